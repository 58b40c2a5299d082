#include "io/tls_stream.h"

#include <algorithm>
#include <vector>

#include "io/file_system.h"

namespace stile::io {
namespace {

constexpr std::size_t kRecord = 16 * kKiB;  // the most that one record holds

}  // namespace

TlsStream::TlsStream(std::unique_ptr<TcpStream> socket, std::shared_ptr<const TlsContext> context)
    : socket_(std::move(socket)), context_(std::move(context)) {}

TlsStream::~TlsStream() {
  // An idle connection that is given up ends as cleanly as its socket allows without waiting.
  if (session_) (void)session_->say_goodbye();
}

Task<Result<void>> TlsStream::open() {
  auto prefix = co_await read_prefix();
  if (!prefix) co_return fail(std::move(prefix).error());
  session_.emplace(std::move(context_), socket_->descriptor(), *prefix);
  for (;;) {
    auto step = session_->handshake();
    if (!step) co_return fail(std::move(step).error());
    if (step->wants == Wants::nothing) co_return Result<void>{};
    STILE_CO_TRY(co_await wait_in_handshake(step->wants));
  }
}

Task<Result<HelloPrefix>> TlsStream::read_prefix() {
  HelloPrefix prefix;
  for (;;) {
    auto got = socket_->try_read(prefix.room());
    if (!got) co_return fail(std::move(got).error());
    if (!got->has_value()) {
      STILE_CO_TRY(co_await wait_in_handshake(Wants::to_read));
      continue;
    }
    if (**got == 0) co_return fail(Errc::closed);
    switch (prefix.add(**got)) {
      case HelloPrefix::Verdict::need_more: continue;
      case HelloPrefix::Verdict::tls: co_return prefix;
      case HelloPrefix::Verdict::plain_text:
        co_return fail(Errc::invalid_input, "This port speaks TLS: the address begins with https://");
      case HelloPrefix::Verdict::nonsense: co_return fail(Errc::closed);
    }
  }
}

// Unlike wait_for(), ended by an interruption: a server that stops does not wait for handshakes.
Task<Result<void>> TlsStream::wait_in_handshake(Wants wants) {
  if (wants == Wants::to_write) co_return co_await socket_->wait_to_write();
  if (socket_->expired()) co_return fail(Errc::timed_out);
  if (co_await socket_->wait_readable(Milliseconds::max()) == Readiness::interrupted) co_return fail(Errc::closed);
  co_return Result<void>{};
}

Task<Result<void>> TlsStream::wait_for(Wants wants) {
  if (wants == Wants::to_write) co_return co_await socket_->wait_to_write();
  co_return co_await socket_->wait_to_read();
}

Task<Result<std::size_t>> TlsStream::read(MutableBytes into) {
  if (!session_) co_return co_await socket_->read(into);
  co_await finish_closing();
  for (;;) {
    auto step = session_->read(into);
    if (!step) co_return fail(std::move(step).error());
    if (step->wants == Wants::nothing) co_return step->bytes;
    STILE_CO_TRY(co_await wait_for(step->wants));
  }
}

Result<std::optional<std::size_t>> TlsStream::try_read(MutableBytes into) {
  if (!session_) return socket_->try_read(into);
  auto step = session_->read(into);
  if (!step) return fail(std::move(step).error());
  if (step->wants == Wants::nothing) return step->bytes;
  return std::nullopt;
}

// What OpenSSL holds is part of a record, or try_read() would have had it: only the socket can bring more.
bool TlsStream::wait_blocking(Milliseconds at_most) { return socket_->wait_blocking(at_most); }

Task<Readiness> TlsStream::wait_readable(Milliseconds at_most) {
  if (!session_) co_return co_await socket_->wait_readable(at_most);
  co_await finish_closing();
  const SteadyTime start = std::chrono::steady_clock::now();
  Milliseconds left = at_most;
  for (;;) {
    const auto step = session_->peek();
    if (!step || step->wants == Wants::nothing || socket_->expired())
      co_return Readiness::ready;  // the read will say why
    if (step->wants == Wants::to_write) {
      if (!co_await socket_->wait_to_write()) co_return Readiness::ready;
    } else if (const Readiness readiness = co_await socket_->wait_readable(left); readiness != Readiness::ready) {
      co_return readiness;
    }
    if (at_most == Milliseconds::max()) continue;
    const auto waited = std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - start);
    left = std::max(at_most - waited, Milliseconds(0));
  }
}

Task<Result<void>> TlsStream::write_all(Bytes bytes) {
  while (!bytes.empty()) {
    auto step = session_->write(bytes);
    if (!step) co_return fail(std::move(step).error());
    bytes = bytes.subspan(step->bytes);
    if (step->wants == Wants::nothing) continue;
    if (auto waited = co_await wait_for(step->wants); !waited) {
      session_->spoil();
      co_return waited;
    }
  }
  co_return Result<void>{};
}

Task<Result<void>> TlsStream::write(Bytes head, Bytes body) {
  if (!session_) co_return co_await socket_->write(head, body);
  // A head and the body behind it are one record, and one packet, if they are small.
  if (!head.empty() && head.size() < kRecord && !body.empty()) {
    const std::size_t joined = std::min(body.size(), kRecord - head.size());
    std::vector<std::byte> first;
    first.reserve(head.size() + joined);
    first.insert(first.end(), head.begin(), head.end());
    first.insert(first.end(), body.begin(), body.begin() + static_cast<std::ptrdiff_t>(joined));
    STILE_CO_TRY(co_await write_all(first));
    co_return co_await write_all(body.subspan(joined));
  }
  STILE_CO_TRY(co_await write_all(head));
  co_return co_await write_all(body);
}

Task<Result<void>> TlsStream::send_file(const File& file, std::uint64_t offset, std::uint64_t length) {
  if (!session_) co_return co_await socket_->send_file(file, offset, length);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(length, kRecord));
  while (length > 0) {
    const MutableBytes room = MutableBytes(buffer).first(std::min<std::uint64_t>(length, buffer.size()));
    auto got = file.read_at_blocking(offset, room);
    if (got && *got == 0) got = fail(Errc::io_error, {}, "send_file: the file ended early");
    if (!got) {
      session_->spoil();
      co_return fail(std::move(got).error());
    }
    STILE_CO_TRY(co_await write_all(Bytes(room).first(*got)));
    offset += *got;
    length -= *got;
  }
  co_return Result<void>{};
}

// True when there is nothing more to do.
bool TlsStream::close_some() {
  const auto step = session_->say_goodbye();
  if (step && step->wants != Wants::nothing) return false;
  socket_->shutdown_write();
  return true;
}

void TlsStream::shutdown_write() {
  if (!session_) return socket_->shutdown_write();
  closing_ = !close_some();
}

Task<void> TlsStream::finish_closing() {
  while (closing_) {
    // A peer that takes nothing until the deadline does not get to hear it.
    if (auto waited = co_await socket_->wait_to_write(); !waited) session_->spoil();
    closing_ = !close_some();
  }
}

}  // namespace stile::io
