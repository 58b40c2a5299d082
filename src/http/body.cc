#include "http/body.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace stile::http {

void Input::put_back(Bytes bytes) {
  pending_ = std::string(as_text(bytes)) + pending_.substr(at_);
  at_ = 0;
}

io::Task<Result<std::size_t>> Input::read(MutableBytes into) {
  if (!buffered()) co_return co_await stream_.read(into);
  co_return take_pending(into);
}

Result<std::optional<std::size_t>> Input::try_read(MutableBytes into) {
  if (!buffered()) return stream_.try_read(into);
  return take_pending(into);
}

std::size_t Input::take_pending(MutableBytes into) {
  const std::size_t count = std::min(into.size(), pending_.size() - at_);
  std::memcpy(into.data(), pending_.data() + at_, count);
  at_ += count;
  if (!buffered()) {
    std::string().swap(pending_);  // an idle connection keeps nothing
    at_ = 0;
  }
  return count;
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
  if (std::exchange(poked_, false)) co_return io::Readiness::interrupted;
  for (;;) {
    if (ended_ || failed_ || trouble_ || !ready_.empty()) co_return io::Readiness::ready;
    if (!co_await send_continue()) co_return io::Readiness::ready;  // the read will say why
    if (!input_.buffered()) {
      const SteadyTime start = clock_.steady_now();
      input_.stream().set_deadline(start + pace_.idle_timeout);
      deadline_set_ = true;  // if it is this that ends the wait, the read must not start another one
      const io::Readiness readiness = co_await input_.wait_readable(at_most);
      waited_ += clock_.steady_now() - start;
      if (readiness != io::Readiness::ready) co_return readiness;
    }
    if (framing_ == BodyFraming::length) co_return io::Readiness::ready;
    co_await look_ahead();
  }
}

io::Task<Result<std::size_t>> Body::read(MutableBytes into) {
  if (at_end()) co_return std::size_t{0};
  auto got = framing_ == BodyFraming::chunked ? co_await read_chunked(into) : co_await read_raw(into);
  if (got) {
    received_ += *got;
    if (framing_ == BodyFraming::length && (left_ -= *got) == 0) ended_ = true;
    if (auto pace = check_pace(); !pace) got = fail(std::move(pace).error());
  }
  if (!got) failed_ = true;
  co_return got;
}

Result<std::optional<std::size_t>> Body::try_read(MutableBytes into) {
  if (at_end()) return std::size_t{0};
  if (!is_plain()) return std::nullopt;
  auto got = input_.try_read(into.first(std::min<std::uint64_t>(into.size(), left_)));
  if (got && *got == std::size_t{0}) got = fail(Errc::truncated, "the connection ended in the middle of the body");
  if (!got) failed_ = true;
  if (!got || !got->has_value()) return got;
  received_ += **got;
  if ((left_ -= **got) == 0) ended_ = true;
  return got;
}

bool Body::wait_blocking(Milliseconds at_most) {
  return is_plain() && !at_end() && (input_.buffered() || input_.stream().wait_blocking(at_most));
}

// Bytes off the wire, at least one.
io::Task<Result<std::size_t>> Body::read_raw(MutableBytes into) {
  STILE_CO_TRY(co_await send_continue());
  if (framing_ == BodyFraming::length) into = into.first(std::min<std::uint64_t>(into.size(), left_));
  const SteadyTime start = clock_.steady_now();
  if (!input_.buffered() && !std::exchange(deadline_set_, false)) input_.stream().set_deadline(start + pace_.idle_timeout);
  auto got = co_await input_.read(into);
  waited_ += clock_.steady_now() - start;
  if (got && *got == 0) co_return fail(Errc::truncated, "the connection ended in the middle of the body");
  co_return got;
}

// Payload of one read off the wire; none when that was framing only.
io::Task<Result<std::size_t>> Body::decode_some(MutableBytes into) {
  auto got = co_await read_raw(into);
  if (!got) co_return got;
  STILE_CO_TRY(check_pace());
  // Decoded in place: the payload moves to the front, what follows the first run goes back.
  Bytes coded = Bytes(into).first(*got);
  std::size_t payload = 0;
  while (!coded.empty()) {
    auto piece = decoder_.decode(coded);
    if (!piece) co_return fail(std::move(piece).error());
    if (!piece->payload.empty()) std::memmove(into.data() + payload, piece->payload.data(), piece->payload.size());
    payload += piece->payload.size();
    coded = coded.subspan(piece->consumed);
    if (piece->done) {
      ended_ = true;
      input_.put_back(coded);
      break;
    }
  }
  co_return payload;
}

// Turns a little of what is there into payload or an error, if it is enough for either.
io::Task<void> Body::look_ahead() {
  std::array<std::byte, 512> little;
  auto payload = co_await decode_some(little);
  if (payload)
    ready_ = as_text(Bytes(little).first(*payload));
  else
    trouble_ = std::move(payload).error();
}

io::Task<bool> Body::more_at_hand() {
  const io::Readiness readiness = co_await input_.wait_readable(Milliseconds(0));
  if (readiness == io::Readiness::interrupted) poked_ = true;
  co_return readiness == io::Readiness::ready;
}

io::Task<Result<std::size_t>> Body::read_chunked(MutableBytes into) {
  const std::size_t count = std::min(into.size(), ready_.size());
  if (count > 0) {
    std::memcpy(into.data(), ready_.data(), count);
    ready_.erase(0, count);
    if (!ready_.empty() || ended_ || trouble_ || count == into.size() || !co_await more_at_hand()) co_return count;
    auto more = co_await decode_some(into.subspan(count));
    if (!more) trouble_ = std::move(more).error();
    co_return count + (more ? *more : 0);
  }
  if (trouble_) co_return fail(*trouble_);
  for (;;) {
    auto payload = co_await decode_some(into);
    if (!payload || *payload > 0 || ended_) co_return payload;
  }
}

}  // namespace stile::http
