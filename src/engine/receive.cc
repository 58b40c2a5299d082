#include "engine/receive.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <vector>

#include "io/started_job.h"

namespace stile::engine {
namespace {

// How long after its first byte a block may wait for more before it is written out.
constexpr Milliseconds kLinger{200};

// One reception; a class so that each step has a name and sees the two blocks.
class Reception {
 public:
  Reception(io::ByteSource& source, const Receiver& how) : source_(source), how_(how) {}

  io::Task<Result<std::uint64_t>> run() {
    Result<void> outcome{};
    std::exception_ptr exception;
    try {
      while (outcome && !ended_) {
        outcome = co_await fill();
        if (outcome && (filled_ > 0 || (ended_ && offset_ > 0))) outcome = co_await start_writing();
      }
    } catch (...) {
      exception = std::current_exception();
    }
    // Whatever happened, the pool must be done with our memory before we go.
    auto written = co_await job_.join();
    if (exception) std::rethrow_exception(exception);
    if (outcome) outcome = std::move(written);
    if (!outcome) co_return fail(std::move(outcome).error());
    co_return offset_;
  }

 private:
  // What is left of the time that the block being filled may be kept.
  Milliseconds linger_left() const {
    if (filled_ == 0) return kLinger;
    const auto kept = std::chrono::floor<Milliseconds>(how_.clock.steady_now() - since_);
    return std::max(kLinger - kept, Milliseconds(0));
  }
  bool head_complete() const { return head_done_ || filled_ >= how_.head_bytes; }

  io::Task<Result<void>> fill() {
    filled_ = 0;
    if (how_.must_stop && how_.must_stop()) co_return fail(Errc::interrupted);
    if (how_.may_go_on) STILE_CO_TRY(how_.may_go_on(offset_, Flow::running));
    while (!ended_ && (filled_ == 0 || filled_ + source_.min_read() <= filling_.bytes().size())) {
      if (source_.at_end()) break;
      const bool holds_block = filled_ > 0 || job_.started();
      switch (co_await source_.wait_readable(holds_block ? linger_left() : Milliseconds::max())) {
        case io::Readiness::interrupted:
          if (how_.must_stop && how_.must_stop()) co_return fail(Errc::interrupted);
          continue;
        case io::Readiness::not_yet:
          if (how_.may_go_on) STILE_CO_TRY(how_.may_go_on(offset_, Flow::silent));
          if (filled_ == 0) {
            // What was written last is on its way to the disk: give its block back before the long wait (I8).
            STILE_CO_TRY(co_await job_.join());
            writing_.release();
            continue;
          }
          if (head_complete()) co_return Result<void>{};
          stash();
          continue;
        case io::Readiness::ready: break;
      }
      if (filled_ > 0 && linger_left().count() == 0) {
        // It trickles.
        if (head_complete()) co_return Result<void>{};
        stash();
      }
      STILE_CO_TRY(co_await have_block());
      auto got = co_await source_.read(filling_.bytes().subspan(filled_));
      if (!got) co_return fail(std::move(got).error());
      if (*got == 0) ended_ = true;
      filled_ += *got;
      if (filled_ > how_.limit - offset_) co_return fail(how_.over_limit);
    }
    if (source_.at_end()) ended_ = true;
    if (ended_ && !stash_.empty()) STILE_CO_TRY(co_await have_block());
    co_return Result<void>{};
  }

  // Gets a block to fill, with the stashed bytes at its front.
  io::Task<Result<void>> have_block() {
    if (filling_) co_return Result<void>{};
    filling_ = job_.started() ? how_.blocks.try_acquire() : co_await how_.blocks.acquire();
    if (!filling_) {
      // No second block is free: do with one.
      STILE_CO_TRY(co_await job_.join());
      filling_ = std::move(writing_);
    }
    if (!stash_.empty()) std::memcpy(filling_.bytes().data(), stash_.data(), stash_.size());
    filled_ = stash_.size();
    stash_.clear();
    stash_.shrink_to_fit();
    since_ = how_.clock.steady_now();
    co_return Result<void>{};
  }

  // The head is not complete, so nothing may be written yet, and the source is silent: keep the few bytes, not the block.
  void stash() {
    const Bytes bytes = Bytes(filling_.bytes()).first(filled_);
    stash_.assign(bytes.begin(), bytes.end());
    filling_.release();
    filled_ = 0;
  }

  io::Task<Result<void>> start_writing() {
    STILE_CO_TRY(co_await job_.join());
    writing_ = std::move(filling_);
    const Bytes bytes = Bytes(writing_.bytes()).first(filled_);
    const bool first = !head_done_ && how_.on_head != nullptr;
    head_done_ = true;
    job_ = io::StartedJob::start(how_.disk, [this, bytes, first, offset = offset_, ended = ended_]() -> Result<void> {
      if (first) STILE_TRY(how_.on_head(bytes.first(std::min(bytes.size(), how_.head_bytes)), ended || bytes.size() >= how_.head_bytes));
      return how_.sink(offset, bytes, ended ? Piece::last : Piece::middle);
    });
    offset_ += filled_;
    co_return Result<void>{};
  }

  io::ByteSource& source_;
  const Receiver& how_;
  io::Block filling_;
  io::Block writing_;
  io::StartedJob job_;
  std::vector<std::byte> stash_;
  SteadyTime since_;  // when the block being filled was taken
  std::size_t filled_ = 0;
  std::uint64_t offset_ = 0;
  bool head_done_ = false;
  bool ended_ = false;
};

}  // namespace

io::Task<Result<std::uint64_t>> receive(io::ByteSource& source, const Receiver& how) {
  Reception reception(source, how);
  co_return co_await reception.run();
}

}  // namespace stile::engine
