#include "plan.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr std::string_view kRedeem = "/api/photo/redeem-upload-token";
constexpr std::string_view kBoundary = "----WebKitFormBoundaryX8sF2aB5kQw9ZtRd";
constexpr std::string_view kTail = "\r\n------WebKitFormBoundaryX8sF2aB5kQw9ZtRd--\r\n";

// SOI, a JFIF header, a frame header of 64 x 64 pixels: what a JPEG begins with.
constexpr char kJpegHead[] =
    "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    "\xff\xc0\x00\x11\x08\x00\x40\x00\x40\x03\x01\x22\x00\x02\x11\x00\x03\x11\x00";

// An ISO media file whose one box of media data takes the rest.
std::string mp4_head(std::uint64_t total) {
  std::string head(
      "\x00\x00\x00\x18"
      "ftypisom\x00\x00\x02\x00isommp41\x00\x00\x00\x01mdat",
      32);
  const std::uint64_t size = total - 24;
  for (int shift = 56; shift >= 0; shift -= 8) head += static_cast<char>(size >> shift);
  return head;
}

std::string noise_after(std::string head, std::size_t size) {
  std::mt19937_64 random(7);
  head.reserve(size + 8);
  while (head.size() < size) {
    const std::uint64_t word = random();
    head.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  head.resize(size);
  return head;
}

void add_field(std::string& body, std::string_view name, std::string_view value) {
  body.append("--").append(kBoundary).append("\r\nContent-Disposition: form-data; name=\"").append(name);
  body.append("\"\r\n\r\n").append(value).append("\r\n");
}

void open_file(std::string& body, std::string_view file_name, std::string_view type) {
  body.append("--").append(kBoundary).append("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"");
  body.append(file_name).append("\"\r\nContent-Type: ").append(type).append("\r\n\r\n");
}

std::string head(std::string_view method, std::string_view target, std::string_view type, std::uint64_t length,
                 std::string_view more = {}) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n").append(more);
  if (!type.empty()) text.append("Content-Type: ").append(type).append("\r\n");
  if (method != "GET") text.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  return text + "\r\n";
}

std::string form_type() { return "multipart/form-data; boundary=" + std::string(kBoundary); }

}  // namespace

Plan::Plan(Options options) : options_(std::move(options)) {
  const Options& o = options_;
  const bool chunks = o.kind == "octet" || o.kind == "multipart";
  const bool files = chunks || o.kind == "tus";
  if (!files && o.kind != "form" && o.kind != "put" && o.kind != "get")
    throw std::invalid_argument("unknown kind " + o.kind);
  if ((chunks || o.kind == "form") && o.tokens.empty()) throw std::invalid_argument(o.kind + " needs a token");
  count_ = o.requests;
  if (files) {
    if (o.total_bytes == 0 || o.total_bytes % o.chunk_bytes != 0)
      throw std::invalid_argument("the total is not whole chunks");
    if (in_lanes() && o.uploads != static_cast<std::uint64_t>(o.connections))
      throw std::invalid_argument("each connection needs an upload of its own");
    const std::uint64_t in_file = o.total_bytes / o.chunk_bytes + (o.kind == "tus" ? 1 : 0);
    if (o.first % o.uploads != 0 || o.first >= o.uploads * in_file)
      throw std::invalid_argument("--first is the same for every upload, and leaves something to send");
    const std::uint64_t left = o.uploads * in_file - o.first;
    count_ = count_ == 0 ? left : std::min(count_, left);
  }
  // Every chunk carries the head that only the first one needs, so that one buffer serves them all.
  if (o.kind != "get")
    body_ = noise_after(files ? mp4_head(o.total_bytes) : std::string(kJpegHead, sizeof kJpegHead - 1), o.chunk_bytes);
}

Request Plan::request(std::uint64_t index, std::string_view location) const {
  if (options_.kind == "get") return {head("GET", options_.target, "", 0), {}, {}};
  if (options_.kind == "put")
    return {head("PUT", options_.target + std::to_string(index), "", body_.size()), body_, {}};
  if (options_.kind == "form") return form(index);
  index += options_.first;
  if (options_.kind == "tus") return tus(index / options_.uploads, location);
  return chunk(index % options_.uploads, index / options_.uploads);
}

// As Resumable.js sends it: all parameters in the query; with multipart in the body too, before the file.
Request Plan::chunk(std::uint64_t upload, std::uint64_t number) const {
  const std::string size = std::to_string(options_.chunk_bytes);
  const std::pair<const char*, std::string> parameters[] = {
      {"resumableChunkNumber", std::to_string(number + 1)},
      {"resumableChunkSize", size},
      {"resumableCurrentChunkSize", size},
      {"resumableTotalSize", std::to_string(options_.total_bytes)},
      {"resumableType", "video/mp4"},
      {"resumableIdentifier", options_.identifier + (options_.uploads > 1 ? "-" + std::to_string(upload) : "")},
      {"resumableFilename", "film.mp4"},
      {"resumableRelativePath", "film.mp4"},
      {"resumableTotalChunks", std::to_string(options_.total_bytes / options_.chunk_bytes)},
      {"upload_token", options_.tokens[upload % options_.tokens.size()]}};
  std::string target(kRedeem);
  std::string fields;
  for (const auto& [name, value] : parameters) {
    target.append(target.size() == kRedeem.size() ? "?" : "&").append(name).append("=").append(value);
    add_field(fields, name, value);
  }
  if (options_.kind == "octet") return {head("POST", target, "application/octet-stream", body_.size()), body_, {}};
  open_file(fields, "blob", "application/octet-stream");
  return {head("POST", target, form_type(), fields.size() + body_.size() + kTail.size()) + fields, body_, kTail};
}

Request Plan::form(std::uint64_t index) const {
  std::string fields;
  add_field(fields, "upload_token", options_.tokens[index % options_.tokens.size()]);
  open_file(fields, "photo.jpg", "image/jpeg");
  return {head("POST", kRedeem, form_type(), fields.size() + body_.size() + kTail.size()) + fields, body_, kTail};
}

// tus 1.0: the upload is created, then each chunk is appended where the one before it ended.
Request Plan::tus(std::uint64_t step, std::string_view location) const {
  constexpr std::string_view kVersion = "Tus-Resumable: 1.0.0\r\n";
  if (step == 0) {
    const std::string length = "Upload-Length: " + std::to_string(options_.total_bytes) + "\r\n";
    return {head("POST", options_.target, "", 0, std::string(kVersion) + length), {}, {}};
  }
  if (location.empty()) throw std::runtime_error("the answer to the creation of an upload had no Location");
  // Some say it as a whole URL.
  if (const auto host = location.find("://"); host != std::string_view::npos)
    location.remove_prefix(std::min(location.find('/', host + 3), location.size()));
  const std::string offset = "Upload-Offset: " + std::to_string((step - 1) * options_.chunk_bytes) + "\r\n";
  return {head("PATCH", location, "application/offset+octet-stream", body_.size(), std::string(kVersion) + offset),
          body_,
          {}};
}

}  // namespace bench
