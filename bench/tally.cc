#include "tally.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

namespace bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

void Tally::add(int status, Clock::duration took, std::string_view answer) {
  micros.push_back(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  ++statuses[status];
  if (status / 100 != 2 && first_refusal.empty()) first_refusal = answer.substr(0, 300);
}

void Tally::print(double wall_seconds) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::ranges::sort(micros);
  const auto at = [&](double share) {
    return micros.empty() ? 0 : micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  std::string of_status;
  for (const auto& [status, count] : statuses)
    of_status += (of_status.empty() ? "\"" : ", \"") + std::to_string(status) + "\": " + std::to_string(count);
  std::printf(
      "{\"requests\": %zu, \"bytes_sent\": %llu, \"bytes_received\": %llu, \"wall_s\": %.4f, \"cpu_s\": %.4f, "
      "\"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, \"max_us\": %u, \"statuses\": {%s}, \"cipher\": \"%s\"}\n",
      micros.size(), static_cast<unsigned long long>(bytes_sent), static_cast<unsigned long long>(bytes_received),
      wall_seconds, seconds(used.ru_utime) + seconds(used.ru_stime), at(0.5), at(0.9), at(0.99), at(1),
      of_status.c_str(), cipher.c_str());
}

}  // namespace bench
