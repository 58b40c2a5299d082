#include "base/failpoint.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace stile {
namespace detail {

constinit std::atomic<ArmedFailpoint*> armed_failpoint = nullptr;

void pass_failpoint(ArmedFailpoint& armed, std::size_t index) {
  // Several threads may pass at once: the one that takes the last pass dies.
  if (armed.index != index || armed.passes_left.fetch_sub(1) != 1) return;
  const std::string_view name = kFailpoints[index].name;
  std::fprintf(stderr, "failpoint %.*s\n", static_cast<int>(name.size()), name.data());
  // The signal that nothing can catch: no destructor, no handler, no flush; open transactions and files stay as they
  // are.
  std::raise(SIGKILL);
  std::_Exit(137);  // never reached where signals work
}

}  // namespace detail

Result<void> arm_failpoint(std::string_view text) {
  static ArmedFailpoint armed;
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  std::uint64_t pass = 1;
  if (at != std::string_view::npos) {
    const std::string_view digits = text.substr(at + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pass);
    if (error != std::errc() || end != digits.data() + digits.size() || pass == 0)
      return fail(Errc::invalid_input, "a failpoint is armed as name or name@N, N from 1: " + std::string(text));
  }
  for (std::size_t i = 0; i < kFailpoints.size(); ++i) {
    if (kFailpoints[i].name != name) continue;
    armed.index = i;
    armed.passes_left = pass;
    detail::armed_failpoint.store(&armed, std::memory_order_relaxed);
    return {};
  }
  return fail(Errc::invalid_input, "there is no failpoint " + std::string(name) + "; see `stile failpoints`");
}

}  // namespace stile
