// ScriptStream: a connection whose peer follows a script, on a FakeClock. For tests only.
//
//   auto peer = std::make_shared<Peer>(clock);
//   peer->sends("GET / HTTP/1.1\r\n…").pauses(Seconds(5)).ends();
//   …serve(home, std::make_unique<ScriptStream>(peer))…
//   peer->written()
//
// Bytes come in pieces of at most `fragment` bytes. A wait for what the script holds back moves the clock instead: by
// the pause, by what the caller is willing to wait, or to the deadline, whichever comes first. A script without ends()
// is silent for ever after. Threads: one.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "io/file_system.h"
#include "io/stream.h"

namespace stile::http {

// The other side: what it will do, and what it got. Shared by the test and the stream, and outlives it.
class Peer {
 public:
  explicit Peer(FakeClock& clock, std::size_t fragment = SIZE_MAX) : clock_(clock), fragment_(fragment) {}

  Peer& sends(std::string bytes) { return add(Sends{std::move(bytes)}); }
  Peer& pauses(Milliseconds length) { return add(Pauses{length}); }
  // Goes on only once it has been sent this text.
  Peer& awaits(std::string text) { return add(Awaits{std::move(text)}); }
  // Runs `action` when somebody comes here to wait.
  Peer& does(std::function<void()> action) { return add(Does{std::move(action)}); }
  Peer& ends() { return add(Ends{}); }
  Peer& resets() { return add(Resets{}); }
  // From now on every write fails.
  void stops_reading() { takes_writes_ = false; }

  const std::string& written() const { return written_; }
  bool saw_end() const { return saw_end_; }  // of what we write
  bool gone() const { return gone_; }        // the stream has been destroyed
  std::size_t read_so_far() const { return read_; }
  std::size_t largest_read() const { return largest_read_; }
  std::size_t waits_inside_read() const { return waits_inside_read_; }

  // One call of write(): what had been read before it, and when.
  struct Write {
    std::string bytes;
    std::size_t read_before;
    SteadyTime at;
  };
  const std::vector<Write>& writes() const { return writes_; }

 private:
  friend class ScriptStream;
  struct Sends {
    std::string bytes;
    std::size_t at = 0;
  };
  struct Pauses {
    Milliseconds left;
  };
  struct Awaits {
    std::string text;
  };
  struct Does {
    std::function<void()> action;
  };
  struct Ends {};
  struct Resets {};
  using Step = std::variant<Sends, Pauses, Awaits, Does, Ends, Resets>;

  struct Poke final : io::Interrupter {
    bool pending = false;
    void interrupt() override { pending = true; }
  };

  Peer& add(Step step) {
    steps_.push_back(std::move(step));
    return *this;
  }

  enum class Came { readable, deadline, patience, interrupted };

  // Waits until a read would not: moves the clock at most to `until`.
  Came wait(SteadyTime until) {
    for (;;) {
      if (std::exchange(poke_->pending, false)) return Came::interrupted;
      if (steps_.empty()) return pass(SteadyTime::max(), until);
      Step& step = steps_.front();
      if (auto* does = std::get_if<Does>(&step)) {
        const auto action = std::move(does->action);
        steps_.pop_front();
        action();
      } else if (auto* awaited = std::get_if<Awaits>(&step)) {
        if (!written_.contains(awaited->text)) return pass(SteadyTime::max(), until);
        steps_.pop_front();
      } else if (auto* pause = std::get_if<Pauses>(&step)) {
        const SteadyTime start = clock_.steady_now();
        const Came came = pass(start + pause->left, until);
        pause->left -= std::chrono::duration_cast<Milliseconds>(clock_.steady_now() - start);
        if (came != Came::readable) return came;
        steps_.pop_front();
      } else if (auto* bytes = std::get_if<Sends>(&step); bytes != nullptr && bytes->at == bytes->bytes.size()) {
        steps_.pop_front();
      } else {
        return Came::readable;
      }
    }
  }

  Came pass(SteadyTime event, SteadyTime until) {
    const SteadyTime first = std::min({event, until, deadline_});
    CHECK(first != SteadyTime::max());  // a test that would hang
    const SteadyTime now = clock_.steady_now();
    if (first > now) clock_.advance(std::chrono::ceil<Milliseconds>(first - now));
    return first == event ? Came::readable : first == deadline_ ? Came::deadline : Came::patience;
  }

  FakeClock& clock_;
  const std::size_t fragment_;
  std::deque<Step> steps_;
  SteadyTime deadline_ = SteadyTime::max();
  std::shared_ptr<Poke> poke_ = std::make_shared<Poke>();
  std::string written_;
  std::vector<Write> writes_;
  bool takes_writes_ = true;
  bool saw_end_ = false;
  bool gone_ = false;
  std::size_t read_ = 0;
  std::size_t largest_read_ = 0;
  std::size_t waits_inside_read_ = 0;
};

class ScriptStream final : public io::Stream {
 public:
  explicit ScriptStream(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  ~ScriptStream() override { peer_->gone_ = true; }

  io::Task<Result<std::size_t>> read(MutableBytes into) override {
    CHECK(!into.empty());
    peer_->largest_read_ = std::max(peer_->largest_read_, into.size());
    const SteadyTime start = peer_->clock_.steady_now();
    Peer::Came came = peer_->wait(SteadyTime::max());
    while (came == Peer::Came::interrupted) {
      came = peer_->wait(SteadyTime::max());
      peer_->poke_->pending = true;  // only wait_readable answers to it
    }
    if (peer_->clock_.steady_now() != start) ++peer_->waits_inside_read_;
    if (came == Peer::Came::deadline) co_return fail(Errc::timed_out);
    if (std::holds_alternative<Peer::Ends>(peer_->steps_.front())) co_return std::size_t{0};
    auto* bytes = std::get_if<Peer::Sends>(&peer_->steps_.front());
    if (bytes == nullptr) co_return fail(Errc::truncated);
    const std::size_t count = std::min({into.size(), peer_->fragment_, bytes->bytes.size() - bytes->at});
    std::memcpy(into.data(), bytes->bytes.data() + bytes->at, count);
    bytes->at += count;
    peer_->read_ += count;
    co_return count;
  }

  io::Task<io::Readiness> wait_readable(Milliseconds at_most) override {
    const SteadyTime now = peer_->clock_.steady_now();
    switch (peer_->wait(at_most == Milliseconds::max() ? SteadyTime::max() : now + at_most)) {
      case Peer::Came::interrupted: co_return io::Readiness::interrupted;
      case Peer::Came::patience: co_return io::Readiness::not_yet;
      default: co_return io::Readiness::ready;  // a passed deadline shows in the read
    }
  }

  io::Task<Result<void>> write(Bytes head, Bytes body) override {
    if (!peer_->takes_writes_) co_return fail(Errc::truncated);
    CHECK(!peer_->saw_end_);
    const std::string bytes = std::string(as_text(head)) + std::string(as_text(body));
    peer_->written_ += bytes;
    peer_->writes_.push_back({bytes, peer_->read_, peer_->clock_.steady_now()});
    co_return Result<void>{};
  }

  io::Task<Result<void>> send_file(const io::File& file, std::uint64_t offset, std::uint64_t length) override {
    std::vector<std::byte> buffer(length);
    auto got = file.read_at_blocking(offset, buffer);
    if (!got || *got != length) co_return fail(Errc::io_error);
    co_return co_await write(buffer, {});
  }

  io::Task<void> pause(Milliseconds time) override {
    peer_->clock_.advance(time);
    co_return;
  }
  void shutdown_write() override { peer_->saw_end_ = true; }
  void set_deadline(SteadyTime deadline) override { peer_->deadline_ = deadline; }
  std::shared_ptr<io::Interrupter> interrupter() override { return peer_->poke_; }
  const std::string& peer() const override { return address_; }

 private:
  const std::shared_ptr<Peer> peer_;
  const std::string address_ = "192.0.2.1";
};

}  // namespace stile::http
