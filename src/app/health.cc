#include "app/health.h"

namespace stile::app {

Health::Health(Probe probe_blocking, io::ThreadPool& disk, const Clock& clock, std::uint64_t low_water_bytes,
               std::function<void(std::string_view)> on_change)
    : probe_(std::move(probe_blocking)),
      disk_(disk),
      clock_(clock),
      low_water_bytes_(low_water_bytes),
      on_change_(std::move(on_change)),
      seen_at_(clock.steady_now()) {}

std::string_view Health::words_of(State state) {
  switch (state) {
    case State::ready: return "";
    case State::low: return "low on disk space";
    case State::gone: return "the data directory is gone";
    case State::read_only: return "the disk is read-only";
    case State::unknown: break;
  }
  return "the disk has a fault";
}

Health::State Health::judge(const Result<std::uint64_t>& seen) const {
  if (seen) return *seen < low_water_bytes_ ? State::low : State::ready;
  switch (seen.error().code) {
    case Errc::not_found: return State::gone;
    case Errc::permission_denied: return State::read_only;
    default: return State::unknown;
  }
}

io::Task<void> Health::look() {
  const Result<std::uint64_t> seen = co_await disk_.run([this] { return probe_(); });
  if (!seen && seen.error().code == Errc::busy) co_return;  // the queue is full: nothing was seen
  if (seen) free_bytes_ = *seen;
  seen_at_ = clock_.steady_now();
  const State now = judge(seen);
  if (state_.exchange(now) != now && on_change_) on_change_(words_of(now));
}

std::string Health::not_ready() const {
  if (stopping_) return "stopping";
  if (clock_.steady_now() - seen_at_.load() > kSilence) return "the disk does not answer";
  return std::string(words_of(state_));
}

}  // namespace stile::app
