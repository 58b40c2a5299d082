// Tally: what the answers were and how long they took; printed as one JSON object.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

struct Tally {
  std::vector<std::uint32_t> micros;  // one per answer, from when its request was due to the answer's last byte
  std::map<int, std::uint64_t> statuses;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;  // of bodies
  std::string first_refusal;
  std::string cipher;
  Clock::time_point last_progress = Clock::now();

  void add(int status, Clock::duration took, std::string_view answer);
  // With the CPU time of this process. Sorts `micros`.
  void print(double wall_seconds);
};

}  // namespace bench
