#include "http/body.h"

#include <algorithm>
#include <cstring>

namespace stile::http {

void Input::put_back(Bytes bytes) {
  pending_ = std::string(as_text(bytes)) + pending_.substr(at_);
  at_ = 0;
}

io::Task<Result<std::size_t>> Input::read(MutableBytes into) {
  if (!buffered()) co_return co_await stream_.read(into);
  const std::size_t count = std::min(into.size(), pending_.size() - at_);
  std::memcpy(into.data(), pending_.data() + at_, count);
  at_ += count;
  if (!buffered()) {
    std::string().swap(pending_);  // an idle connection keeps nothing
    at_ = 0;
  }
  co_return count;
}

io::Task<io::Readiness> Input::wait_readable(Milliseconds at_most) {
  if (buffered()) co_return io::Readiness::ready;
  co_return co_await stream_.wait_readable(at_most);
}

Body::Body(Input& input, const RequestHead& head, BodyPace pace, const Clock& clock)
    : input_(input), pace_(pace), clock_(clock), framing_(head.framing), left_(head.content_length),
      expect_continue_(head.expect_continue && head.framing != BodyFraming::none),
      ended_(head.framing == BodyFraming::none || (head.framing == BodyFraming::length && head.content_length == 0)) {}

io::Task<Result<void>> Body::send_continue() {
  if (!expect_continue_) co_return Result<void>{};
  expect_continue_ = false;
  co_return co_await input_.stream().write(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
}

Result<void> Body::check_pace() {
  if (waited_ <= pace_.grace) return {};
  const auto seconds = std::chrono::duration<double>(waited_ - pace_.grace).count();
  if (static_cast<double>(received_) < seconds * static_cast<double>(pace_.min_bytes_per_second))
    return fail(Errc::timed_out, "the body came too slowly");
  return {};
}

io::Task<io::Readiness> Body::wait_readable(Milliseconds at_most) {
  if (ended_ || failed_) co_return io::Readiness::ready;
  if (!co_await send_continue()) co_return io::Readiness::ready;  // the read will say why
  if (input_.buffered()) co_return io::Readiness::ready;
  const SteadyTime start = clock_.steady_now();
  input_.stream().set_deadline(start + pace_.idle_timeout);
  const io::Readiness readiness = co_await input_.wait_readable(at_most);
  waited_ += clock_.steady_now() - start;
  co_return readiness;
}

io::Task<Result<std::size_t>> Body::read(MutableBytes into) {
  if (ended_) co_return std::size_t{0};
  auto got = framing_ == BodyFraming::chunked ? co_await read_chunked(into) : co_await read_raw(into);
  if (got) {
    received_ += *got;
    if (framing_ == BodyFraming::length && (left_ -= *got) == 0) ended_ = true;
    if (auto pace = check_pace(); !pace) got = fail(std::move(pace).error());
  }
  if (!got) failed_ = true;
  co_return got;
}

// Bytes off the wire, at least one.
io::Task<Result<std::size_t>> Body::read_raw(MutableBytes into) {
  STILE_CO_TRY(co_await send_continue());
  if (framing_ == BodyFraming::length) into = into.first(std::min<std::uint64_t>(into.size(), left_));
  if (!input_.buffered()) input_.stream().set_deadline(clock_.steady_now() + pace_.idle_timeout);
  auto got = co_await input_.read(into);
  if (got && *got == 0) co_return fail(Errc::truncated, "the connection ended in the middle of the body");
  co_return got;
}

io::Task<Result<std::size_t>> Body::read_chunked(MutableBytes into) {
  for (;;) {
    auto got = co_await read_raw(into);
    if (!got) co_return got;
    // Decoded in place: the payload moves to the front, what follows the first run goes back.
    Bytes coded = Bytes(into).first(*got);
    std::size_t payload = 0;
    while (!coded.empty()) {
      auto piece = decoder_.decode(coded);
      if (!piece) co_return fail(std::move(piece).error());
      std::memmove(into.data() + payload, piece->payload.data(), piece->payload.size());
      payload += piece->payload.size();
      coded = coded.subspan(piece->consumed);
      if (piece->done) {
        ended_ = true;
        input_.put_back(coded);
        co_return payload;
      }
    }
    if (payload > 0) co_return payload;
  }
}

}  // namespace stile::http
