#include "http/multipart_reader.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace stile::http {
namespace {

constexpr std::size_t kReadBytes = 4 * kKiB;

std::unexpected<Error> cut_off() { return fail(Errc::invalid_input, "the multipart body ended before its closing delimiter"); }

}  // namespace

MultipartReader::MultipartReader(io::ByteSource& body, std::string_view boundary, MultipartLimits limits)
    : body_(body), parser_(boundary, limits) {}

io::Task<Result<void>> MultipartReader::read_more() {
  co_await body_.wait_readable(Milliseconds::max());  // without a buffer while nothing comes
  const std::size_t before = pending_.size();
  pending_.resize(before + kReadBytes);
  auto got = co_await body_.read(MutableBytes(std::as_writable_bytes(std::span(pending_))).subspan(before));
  pending_.resize(before + (got ? *got : 0));
  if (!got) co_return fail(std::move(got).error());
  if (*got == 0) co_return cut_off();
  co_return Result<void>{};
}

io::Task<Result<std::optional<PartHead>>> MultipartReader::next_part() {
  while (!done_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step) co_return fail(std::move(step).error());
    consume(step->consumed);
    switch (step->event) {
      case MultipartParser::Event::need_more: STILE_CO_TRY(co_await read_more()); break;
      case MultipartParser::Event::part_begin: in_part_ = true; co_return std::move(step->head);
      case MultipartParser::Event::part_data: break;  // unread payload is dropped
      case MultipartParser::Event::part_end: in_part_ = false; break;
      case MultipartParser::Event::done: done_ = true; break;
    }
  }
  co_return std::optional<PartHead>();
}

io::Task<Result<std::string>> MultipartReader::read_text(std::size_t max_bytes) {
  std::string text;
  while (in_part_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step) co_return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::part_data) {
      if (step->payload.size() > max_bytes - text.size()) co_return fail(Errc::limit, "a form field is too long");
      text.append(as_text(step->payload));
    }
    if (step->event == MultipartParser::Event::part_end) in_part_ = false;
    consume(step->consumed);
    if (step->event == MultipartParser::Event::need_more) STILE_CO_TRY(co_await read_more());
  }
  co_return std::move(text);
}

// The caller's buffer is the parser's window: bytes go from the kernel to where they will be written from.
io::Task<Result<std::size_t>> MultipartReader::read_part(MutableBytes into) {
  CHECK(into.size() >= kMinWindow);
  if (!in_part_) co_return std::size_t{0};
  std::size_t filled = std::min(pending_.size(), into.size());
  std::memcpy(into.data(), pending_.data(), filled);
  consume(filled);
  while (in_part_) {
    const Bytes window = Bytes(into).first(filled);
    auto step = parser_.step(window);
    if (!step) co_return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::need_more) {
      CHECK(step->consumed == 0 && filled < into.size());
      auto got = co_await body_.read(into.subspan(filled));
      if (!got) co_return got;
      if (*got == 0) co_return cut_off();
      filled += *got;
      continue;
    }
    pending_.insert(0, as_text(window.subspan(step->consumed)));
    if (step->event == MultipartParser::Event::part_end) in_part_ = false;
    if (step->event == MultipartParser::Event::part_data) {
      CHECK(step->payload.data() == window.data());
      notice_end();
      co_return step->payload.size();
    }
  }
  co_return std::size_t{0};
}

// If the delimiter has come already, say so now: the last block can then be written and synced in one go.
void MultipartReader::notice_end() {
  auto step = parser_.step(as_bytes(pending_));
  if (!step || step->event != MultipartParser::Event::part_end) return;  // the next read sees it again
  consume(step->consumed);
  in_part_ = false;
}

io::Task<io::Readiness> MultipartReader::wait_part(Milliseconds at_most) {
  if (!in_part_) co_return io::Readiness::ready;
  auto step = parser_.step(as_bytes(pending_));
  if (!step || step->event == MultipartParser::Event::part_data) co_return io::Readiness::ready;
  consume(step->consumed);
  if (step->event == MultipartParser::Event::part_end) {
    in_part_ = false;
    co_return io::Readiness::ready;
  }
  co_return co_await body_.wait_readable(at_most);
}

}  // namespace stile::http
