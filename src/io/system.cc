#include "io/system.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace stile::io {

std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

std::size_t core_count() { return std::max(1u, std::thread::hardware_concurrency()); }

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace stile::io
