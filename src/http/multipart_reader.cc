#include "http/multipart_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace stile::http {
namespace {

constexpr std::size_t kReadBytes = 4 * kKiB;
constexpr std::size_t kPeekBytes = 512;  // enough to tell payload from a delimiter

std::unexpected<Error> cut_off() { return fail(Errc::invalid_input, "the multipart body ended before its closing delimiter"); }

}  // namespace

MultipartReader::MultipartReader(io::ByteSource& body, std::string_view boundary, MultipartLimits limits)
    : body_(body), parser_(boundary, limits) {}

io::Task<Result<void>> MultipartReader::read_more(std::size_t at_most) {
  if (trouble_) co_return fail(*trouble_);
  const std::size_t before = pending_.size();
  pending_.resize(before + at_most);
  auto got = co_await body_.read(MutableBytes(std::as_writable_bytes(std::span(pending_))).subspan(before));
  pending_.resize(before + (got ? *got : 0));
  if (got && *got == 0) got = cut_off();
  if (!got) trouble_ = got.error();
  if (!got) co_return fail(std::move(got).error());
  co_return Result<void>{};
}

io::Task<Result<std::optional<PartHead>>> MultipartReader::next_part() {
  while (!done_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step) co_return fail(std::move(step).error());
    consume(step->consumed);
    switch (step->event) {
      case MultipartParser::Event::need_more:
        co_await body_.wait_readable(Milliseconds::max());  // without a buffer while nothing comes
        STILE_CO_TRY(co_await read_more(kReadBytes));
        break;
      case MultipartParser::Event::part_begin: in_part_ = true; co_return std::move(step->head);
      case MultipartParser::Event::part_data: break;  // unread payload is dropped
      case MultipartParser::Event::part_end: in_part_ = false; break;
      case MultipartParser::Event::done: done_ = true; break;
    }
  }
  co_return std::optional<PartHead>();
}

io::Task<Result<std::string>> MultipartReader::read_text(std::size_t max_bytes, ByteLoan& memory) {
  std::string text;
  while (in_part_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step) co_return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::part_data) {
      if (step->payload.size() > max_bytes - text.size()) co_return fail(Errc::limit, "a form field is too long");
      STILE_CO_TRY(memory.grow(step->payload.size()));
      text.append(as_text(step->payload));
    }
    if (step->event == MultipartParser::Event::part_end) in_part_ = false;
    consume(step->consumed);
    if (step->event != MultipartParser::Event::need_more) continue;
    co_await body_.wait_readable(Milliseconds::max());
    STILE_CO_TRY(co_await read_more(kReadBytes));
  }
  co_return std::move(text);
}

// The caller's buffer is the parser's window: bytes go from the kernel to where they will be written from.
io::Task<Result<std::size_t>> MultipartReader::read_part(MutableBytes into) {
  if (!in_part_) co_return std::size_t{0};  // what is pending belongs to the next part
  if (into.size() < kMinWindow) co_return co_await read_little(into);
  std::size_t filled = std::min(pending_.size(), into.size());
  std::memcpy(into.data(), pending_.data(), filled);
  consume(filled);
  bool has_read = false;
  while (in_part_) {
    const Bytes window = Bytes(into).first(filled);
    auto step = parser_.step(window);
    if (!step) co_return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::need_more) {
      CHECK(step->consumed == 0 && filled < into.size());
      if (trouble_) co_return fail(*trouble_);
      auto got = co_await body_.read(into.subspan(filled));
      if (!got) co_return got;
      if (*got == 0) co_return cut_off();
      filled += *got;
      has_read = true;
      continue;
    }
    // Payload that a wait found; behind it there may be much more.
    if (step->event == MultipartParser::Event::part_data && step->consumed == filled && !std::exchange(has_read, true) &&
        co_await top_up(into, filled))
      continue;
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

// read_part() for a thread that cannot await: gives up, with everything kept, where that would wait.
Result<std::optional<std::size_t>> MultipartReader::try_read_part(MutableBytes into) {
  if (!in_part_) return std::size_t{0};
  if (into.size() < kMinWindow || trouble_) return std::nullopt;
  std::size_t filled = std::min(pending_.size(), into.size());
  std::memcpy(into.data(), pending_.data(), filled);
  consume(filled);
  for (;;) {
    const Bytes window = Bytes(into).first(filled);
    auto step = parser_.step(window);
    if (!step) return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::need_more) {
      auto got = body_.try_read(into.subspan(filled));
      if (got && *got == std::size_t{0}) got = cut_off();
      if (!got) return got;
      if (!got->has_value()) {
        pending_.insert(0, as_text(window));
        return std::nullopt;
      }
      filled += **got;
      continue;
    }
    pending_.insert(0, as_text(window.subspan(step->consumed)));
    if (step->event == MultipartParser::Event::part_end) in_part_ = false;
    if (step->event != MultipartParser::Event::part_data) return std::size_t{0};
    notice_end();
    return step->payload.size();
  }
}

// Reads what is there without waiting. True when that was something.
io::Task<bool> MultipartReader::top_up(MutableBytes into, std::size_t& filled) {
  if (trouble_ || filled == into.size()) co_return false;
  const io::Readiness readiness = co_await body_.wait_readable(Milliseconds(0));
  if (readiness == io::Readiness::interrupted) poked_ = true;
  if (readiness != io::Readiness::ready) co_return false;
  auto got = co_await body_.read(into.subspan(filled));
  if (got && *got == 0) got = cut_off();
  if (!got) trouble_ = std::move(got).error();
  if (trouble_) co_return false;
  filled += *got;
  co_return true;
}

// A buffer too small to be a window, such as the end of a block.
io::Task<Result<std::size_t>> MultipartReader::read_little(MutableBytes into) {
  while (in_part_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step) co_return fail(std::move(step).error());
    if (step->event == MultipartParser::Event::need_more) {
      STILE_CO_TRY(co_await read_more(kPeekBytes));
    } else if (step->event == MultipartParser::Event::part_end) {
      consume(step->consumed);
      in_part_ = false;
    } else {
      const std::size_t count = std::min(into.size(), step->payload.size());
      std::memcpy(into.data(), pending_.data(), count);
      consume(count);
      notice_end();
      co_return count;
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
  if (std::exchange(poked_, false)) co_return io::Readiness::interrupted;
  while (in_part_ && !trouble_) {
    auto step = parser_.step(as_bytes(pending_));
    if (!step || step->event == MultipartParser::Event::part_data) co_return io::Readiness::ready;
    consume(step->consumed);
    if (step->event == MultipartParser::Event::part_end) in_part_ = false;
    if (step->event != MultipartParser::Event::need_more) continue;
    const io::Readiness readiness = co_await body_.wait_readable(at_most);
    if (readiness != io::Readiness::ready) co_return readiness;
    (void)co_await read_more(kPeekBytes);  // its error is told by the read
  }
  co_return io::Readiness::ready;
}

}  // namespace stile::http
