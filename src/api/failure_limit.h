// FailureLimit: how often the back end hears of failures of one token.
//
// Whoever holds a token can make uploads fail as fast as a form can be posted, and each failure is a callback that is
// owed. Of those of one token within a minute the first few are told, the rest is not: they say the same.
// Memory: at most kMostTokens entries; when so many tokens fail within a minute, failures of further ones are not told.
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace stile::api {

class FailureLimit {
 public:
  static constexpr Milliseconds kWindow{60'000};
  static constexpr std::size_t kMostTokens = 10'000;

  explicit FailureLimit(std::uint64_t per_window) : per_window_(per_window) {}

  // Whether a failure of this token may be told now; if so it is counted.
  bool take(const std::string& token, WallTime now) {
    std::lock_guard lock(mutex_);
    if (windows_.size() >= kMostTokens && !windows_.contains(token)) {
      std::erase_if(windows_, [now](const auto& entry) { return is_over(entry.second, now); });
      if (windows_.size() >= kMostTokens) return false;
    }
    Window& window = windows_[token];
    if (is_over(window, now)) window = {.since = now, .told = 0};
    if (window.told >= per_window_) return false;
    ++window.told;
    return true;
  }

 private:
  struct Window {
    WallTime since;
    std::uint64_t told = 0;
  };
  // Also when the clock was set back: nobody is silenced for longer than a window.
  static bool is_over(const Window& window, WallTime now) {
    return now >= window.since + kWindow || now < window.since;
  }

  const std::uint64_t per_window_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;
};

}  // namespace stile::api
