// load: sends one workload to 127.0.0.1 and prints what it saw as one JSON object. Any answer outside 2xx is a failure.
//
//   load --kind octet --port 8023 --connections 3 --chunk-bytes 8388608 --total-bytes 4294967296 --token T
//
// One thread, epoll, keep-alive connections. It reports its own CPU time, so that a run whose bottleneck was the load
// can be told.
#include <sys/resource.h>

#include <cstdio>
#include <exception>

#include "driver.h"

namespace {

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int main_or_throw(int argc, char** argv) {
  const bench::Options options = bench::parse_options(argc, argv);
  const bench::Plan plan(options);
  bench::Tally tally;
  raise_descriptor_limit();
  const auto start = bench::Clock::now();
  bench::Driver(options, plan, tally).run();
  tally.print(std::chrono::duration<double>(bench::Clock::now() - start).count());
  if (tally.first_refusal.empty()) return 0;
  std::fprintf(stderr, "load: not everything was answered with 2xx; the first refusal:\n%s\n",
               tally.first_refusal.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return main_or_throw(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
  }
}
