#include "engine/receive.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <vector>

namespace stile::engine {
namespace {

// How long after its first byte a block may wait for more before it is written out.
constexpr Milliseconds kLinger{200};
// What the page cache works in.
constexpr std::size_t kPage = 4096;
// How much one job may take from a source that never runs dry, before others get the thread.
constexpr std::uint64_t kBurst = 8 * kMiB;
// How long a job waits for a source that has just run dry: less than the two thread switches that giving up costs.
constexpr Milliseconds kPatience{1};

// One reception. `filled_` bytes of the block are waiting to be handed to the sink; `offset_` bytes have been.
class Reception {
 public:
  Reception(io::ByteSource& source, const Receiver& how) : source_(source), how_(how) {}

  io::Task<Result<std::uint64_t>> run() {
    while (!ended_) {
      STILE_CO_TRY(co_await fill());
      if (filled_ == 0 && !(ended_ && offset_ > 0)) continue;
      source_.lend();
      STILE_CO_TRY(co_await how_.disk.run([this] { return pump_blocking(); }));
      if (filled_ == 0) block_.release();  // not while we wait for more (I8)
    }
    co_return offset_;
  }

 private:
  // What is left of the time that a block with something in it may be kept.
  Milliseconds linger_left() const {
    const auto kept = std::chrono::floor<Milliseconds>(how_.clock.steady_now() - since_);
    return std::max(kLinger - kept, Milliseconds(0));
  }
  bool head_complete() const { return head_done_ || filled_ >= how_.head_bytes; }
  bool has_room() const { return filled_ == 0 || filled_ + source_.min_read() <= block_.bytes().size(); }

  // On the home: until the block is full, the source has ended, or the block has been kept long enough.
  io::Task<Result<void>> fill() {
    if (how_.must_stop && how_.must_stop()) co_return fail(Errc::interrupted);
    if (how_.may_go_on) STILE_CO_TRY(how_.may_go_on(offset_, Flow::running));
    while (!ended_ && has_room()) {
      if (source_.at_end()) break;
      if (filled_ > 0) {  // the block is held in any case, so there is no need to ask first
        auto got = source_.try_read(block_.bytes().subspan(filled_));
        if (!got) co_return fail(std::move(got).error());
        if (got->has_value()) {
          STILE_CO_TRY(count(**got));
          continue;
        }
      }
      switch (co_await source_.wait_readable(filled_ > 0 ? linger_left() : patience())) {
        case io::Readiness::interrupted:
          if (how_.must_stop && how_.must_stop()) co_return fail(Errc::interrupted);
          continue;
        case io::Readiness::not_yet:
          told_of_silence_ = true;
          if (how_.may_go_on) STILE_CO_TRY(how_.may_go_on(offset_, Flow::silent));
          if (filled_ == 0) continue;
          if (head_complete()) co_return Result<void>{};
          stash();
          continue;
        case io::Readiness::ready: break;
      }
      if (filled_ > 0 && linger_left().count() == 0) {  // it trickles
        if (head_complete()) co_return Result<void>{};
        stash();
      }
      co_await have_block();
      auto got = co_await source_.read(block_.bytes().subspan(filled_));
      if (!got) co_return fail(std::move(got).error());
      STILE_CO_TRY(count(*got));
    }
    if (source_.at_end()) ended_ = true;
    if (ended_ && !stash_.empty()) co_await have_block();
    co_return Result<void>{};
  }

  // Somebody who wants to hear of silence is told of it once; more wake-ups nobody needs.
  Milliseconds patience() const { return how_.may_go_on && !told_of_silence_ ? kLinger : Milliseconds::max(); }

  // On the pool: hands over what fill() brought, and goes on by itself while the source gives without waiting. A fast
  // upload lives here: one thread that receives and writes, no switches in between.
  Result<void> pump_blocking() {
    try {
      return pump_until_dry_blocking();
    } catch (const std::exception& error) {
      return fail(Errc::io_error, {}, error.what());
    }
  }

  Result<void> pump_until_dry_blocking() {
    STILE_TRY(hand_over_blocking());
    for (const std::uint64_t start = offset_; !ended_ && offset_ - start < kBurst;) {
      if (how_.must_stop && how_.must_stop()) return {};  // fill() says so
      if (how_.may_go_on) STILE_TRY(how_.may_go_on(offset_, Flow::running));
      STILE_TRY(fill_blocking());
      if (has_room() && !ended_) return {};  // the source has run dry
      STILE_TRY(hand_over_blocking());
    }
    return {};
  }

  Result<void> fill_blocking() {
    while (!ended_ && has_room()) {
      if (source_.at_end()) break;
      auto got = source_.try_read(block_.bytes().subspan(filled_));
      if (!got) return fail(std::move(got).error());
      if (got->has_value()) {
        STILE_TRY(count(**got));
      } else if (how_.disk.queued() > 0 || !source_.wait_blocking(kPatience)) {
        break;
      }
    }
    if (source_.at_end()) ended_ = true;
    if (filled_ > 0) since_ = how_.clock.steady_now();
    return {};
  }

  Result<void> count(std::size_t got) {
    if (got == 0) ended_ = true;
    filled_ += got;
    told_of_silence_ = false;
    return filled_ > how_.limit - offset_ ? Result<void>(fail(how_.over_limit)) : Result<void>{};
  }

  Result<void> hand_over_blocking() {
    const Bytes bytes = Bytes(block_.bytes()).first(filled_);
    if (!head_done_ && how_.on_head) {
      const std::size_t length = std::min(bytes.size(), how_.head_bytes);
      STILE_TRY(how_.on_head(bytes.first(length), ended_ || bytes.size() >= how_.head_bytes));
    }
    head_done_ = true;
    // Of a full block only whole pages go, and the rest waits for its page: half pages cost the kernel a third more.
    const bool whole_pages_only = !has_room() && !ended_ && filled_ > kPage;
    const std::size_t length = whole_pages_only ? filled_ - filled_ % kPage : filled_;
    STILE_TRY(how_.sink(offset_, bytes.first(length), ended_ ? Piece::last : Piece::middle));
    offset_ += length;
    filled_ -= length;
    if (filled_ > 0) std::memmove(block_.bytes().data(), block_.bytes().data() + length, filled_);
    return {};
  }

  // Gets a block to fill, with the stashed bytes at its front.
  io::Task<void> have_block() {
    if (block_) co_return;
    block_ = co_await how_.blocks.acquire();
    if (!stash_.empty()) std::memcpy(block_.bytes().data(), stash_.data(), stash_.size());
    filled_ = stash_.size();
    stash_.clear();
    stash_.shrink_to_fit();
    since_ = how_.clock.steady_now();
  }

  // The head is not complete, so nothing may be written yet, and the source is slow: keep the few bytes, not the block.
  void stash() {
    const Bytes bytes = Bytes(block_.bytes()).first(filled_);
    stash_.assign(bytes.begin(), bytes.end());
    block_.release();
    filled_ = 0;
  }

  io::ByteSource& source_;
  const Receiver& how_;
  io::Block block_;
  std::vector<std::byte> stash_;
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;
  SteadyTime since_;  // when the block being filled was taken, or had its first byte
  bool head_done_ = false;
  bool told_of_silence_ = false;
  bool ended_ = false;
};

}  // namespace

io::Task<Result<std::uint64_t>> receive(io::ByteSource& source, const Receiver& how) {
  Reception reception(source, how);
  co_return co_await reception.run();
}

}  // namespace stile::engine
