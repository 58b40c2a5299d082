// Body: the payload of one request as a ByteSource, whatever its framing; and Input, the connection's bytes below it.
//
// Reading re-arms the stream's deadline: a body may pause for `idle_timeout`, and over the time we waited for it, less
// `grace`, it must come at `min_bytes_per_second` (slow bodies must not hold a connection for ever).
// After wait_readable has said "ready", read() does not wait: bytes that are framing only do not count as readable, or a
// client could make a reader hold its block with half a chunk size (invariant I8).
// The first read of a body whose head said "Expect: 100-continue" sends the interim answer; a request that is refused
// before that never has its body sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "http/chunked.h"
#include "http/head.h"
#include "io/stream.h"

namespace stile::http {

// The stream and what was read from it beyond the head.
class Input {
 public:
  explicit Input(io::Stream& stream) : stream_(stream) {}

  io::Stream& stream() { return stream_; }
  // Bytes that were read too far stand in front of the stream's.
  void put_back(Bytes bytes);
  io::Task<Result<std::size_t>> read(MutableBytes into);
  io::Task<io::Readiness> wait_readable(Milliseconds at_most);
  Result<std::optional<std::size_t>> try_read(MutableBytes into);
  bool buffered() const { return at_ < pending_.size(); }

 private:
  std::size_t take_pending(MutableBytes into);

  io::Stream& stream_;
  std::string pending_;
  std::size_t at_ = 0;
};

struct BodyPace {
  Milliseconds idle_timeout{60'000};
  Milliseconds grace{30'000};
  std::uint64_t min_bytes_per_second = 1024;
};

class Body final : public io::ByteSource {
 public:
  // `input`, `clock` must outlive the body.
  Body(Input& input, const RequestHead& head, BodyPace pace, const Clock& clock);

  io::Task<Result<std::size_t>> read(MutableBytes into) override;
  io::Task<io::Readiness> wait_readable(Milliseconds at_most) override;
  bool at_end() const override { return ended_ && ready_.empty(); }
  void lend() override { input_.stream().lend(); }
  Result<std::optional<std::size_t>> try_read(MutableBytes into) override;
  bool wait_blocking(Milliseconds at_most) override;

  // Payload bytes handed out so far.
  std::uint64_t received() const { return received_; }
  // False once a read has failed or the client still waits for "100 Continue": then the connection cannot be reused.
  bool can_be_drained() const { return !failed_ && !expect_continue_; }
  std::shared_ptr<io::Interrupter> interrupter() { return input_.stream().interrupter(); }

 private:
  // Whether bytes can be taken as they come: no coding to take off, no interim answer to send first.
  bool is_plain() const { return framing_ == BodyFraming::length && !expect_continue_ && !failed_; }
  io::Task<Result<std::size_t>> read_raw(MutableBytes into);
  io::Task<Result<std::size_t>> read_chunked(MutableBytes into);
  io::Task<Result<std::size_t>> decode_some(MutableBytes into);
  io::Task<bool> more_at_hand();
  io::Task<void> look_ahead();
  io::Task<Result<void>> send_continue();
  Result<void> check_pace();

  Input& input_;
  const BodyPace pace_;
  const Clock& clock_;
  BodyFraming framing_;
  std::uint64_t left_;  // with BodyFraming::length
  ChunkedDecoder decoder_;
  bool expect_continue_;
  bool ended_;
  bool failed_ = false;
  std::uint64_t received_ = 0;
  SteadyTime::duration waited_{};
  bool deadline_set_ = false;    // by the wait before the next read
  bool poked_ = false;           // an interruption that read() saw; wait_readable tells of it
  std::string ready_;            // chunked: payload that look_ahead() found
  std::optional<Error> trouble_;  // and the error
};

}  // namespace stile::http
