#include "transcript.h"

#include <algorithm>

#include "base/crc32.h"
#include "base/text.h"

namespace stile::protocol {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      out += "\\r";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' || c == '\\') {
      out += std::string("\\") + c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x" + hex_encode(std::as_bytes(std::span(&c, 1)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string summary(std::string_view payload) {
  if (payload.size() <= 100) return quoted(payload);
  const std::uint32_t crc = crc32_update(0, as_bytes(payload));
  std::string hex;
  for (int shift = 28; shift >= 0; shift -= 4) hex.push_back("0123456789abcdef"[crc >> shift & 15]);
  return std::to_string(payload.size()) + " bytes, crc " + hex;
}

}  // namespace

void Transcript::feed(Bytes bytes) {
  while (!bytes.empty() && !failed_) {
    const auto fed = head_ ? feed_body(bytes) : feed_head(bytes);
    if (!fed) {
      write("error " + std::string(to_string(fed.error().code)) + ": " + fed.error().message);
      failed_ = true;
    }
  }
}

void Transcript::finish() {
  if (!failed_) write(!head_ && parser_.at_start() ? "closed" : "cut");
  write("");
}

Result<void> Transcript::feed_head(Bytes& bytes) {
  const auto progress = parser_.feed(bytes);
  if (!progress) return fail(progress.error());
  bytes = bytes.subspan(progress->consumed);
  if (!progress->done) return {};
  head_ = parser_.take();
  parser_.reset();
  chunks_ = {};
  left_ = head_->content_length;
  collected_.clear();
  window_.clear();
  multipart_.reset();
  multipart_done_ = false;
  part_.reset();
  write_head();
  STILE_TRY(write_pairs("query", head_->query));
  const std::string_view type = head_->header("content-type").value_or("");
  if (iequals(type.substr(0, 10), "multipart/")) {
    const auto boundary = http::multipart_boundary(type);
    if (!boundary) return fail(Errc::invalid_input, "no usable boundary");
    multipart_.emplace(*boundary);
  }
  if (head_->framing == http::BodyFraming::none) head_.reset();
  if (head_ && head_->framing == http::BodyFraming::length && left_ == 0) return end_of_body();
  return {};
}

Result<void> Transcript::feed_body(Bytes& bytes) {
  if (head_->framing == http::BodyFraming::length) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const Bytes piece = bytes.first(length);
    bytes = bytes.subspan(length);
    left_ -= length;
    STILE_TRY(payload(piece));
    return left_ == 0 ? end_of_body() : Result<void>();
  }
  const auto piece = chunks_.decode(bytes);
  if (!piece) return fail(piece.error());
  bytes = bytes.subspan(piece->consumed);
  STILE_TRY(payload(piece->payload));
  return piece->done ? end_of_body() : Result<void>();
}

Result<void> Transcript::payload(Bytes bytes) {
  if (!multipart_) {
    collected_ += as_text(bytes);
    return {};
  }
  using Event = http::MultipartParser::Event;
  window_ += as_text(bytes);
  std::size_t at = 0;
  while (!multipart_done_) {
    auto step = multipart_->step(as_bytes(window_).subspan(at));
    if (!step) return fail(std::move(step).error());
    at += step->consumed;
    if (step->event == Event::need_more) break;
    if (step->event == Event::part_begin) part_ = std::move(step->head);
    if (step->event == Event::part_data) collected_ += as_text(step->payload);
    if (step->event == Event::part_end) write_part();
    multipart_done_ = step->event == Event::done;
  }
  window_.erase(0, multipart_done_ ? window_.size() : at);
  return {};
}

Result<void> Transcript::end_of_body() {
  const http::RequestHead head = std::move(*head_);
  head_.reset();
  if (multipart_)
    return multipart_done_ ? Result<void>() : fail(Errc::truncated, "the body ended before its last boundary");
  if (iequals(head.header("content-type").value_or(""), "application/x-www-form-urlencoded"))
    return write_pairs("field", collected_);
  write("body = " + summary(collected_));
  return {};
}

void Transcript::write_head() {
  std::string line = head_->method + " " + quoted(head_->path) + " HTTP/1." + std::to_string(head_->version_minor);
  if (head_->framing == http::BodyFraming::length) line += ", body of " + std::to_string(left_) + " bytes";
  if (head_->framing == http::BodyFraming::chunked) line += ", chunked body";
  if (head_->expect_continue) line += ", expects 100";
  if (!head_->keep_alive) line += ", closes";
  write(std::move(line));
}

Result<void> Transcript::write_pairs(std::string_view kind, std::string_view form) {
  const auto params = parse_form(form, 100);
  if (!params) return fail(params.error());
  for (const auto& [name, value] : *params) write(std::string(kind) + " " + quoted(name) + " = " + summary(value));
  return {};
}

void Transcript::write_part() {
  std::string line = "part " + quoted(part_->name);
  if (part_->file_name) line += " file " + quoted(*part_->file_name);
  if (!part_->content_type.empty()) line += " type " + quoted(part_->content_type);
  write(line + " = " + summary(collected_));
  part_.reset();
  collected_.clear();
}

void Transcript::write(std::string line) {
  if (line == line_) {
    ++times_;
    return;
  }
  if (!line_.empty()) text_ += line_ + (times_ > 1 ? " (" + std::to_string(times_) + " times)" : "") + "\n";
  line_ = std::move(line);
  times_ = 1;
}

}  // namespace stile::protocol
