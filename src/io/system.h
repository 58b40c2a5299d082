// Facts about the machine and limits of the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace stile::io {

// Changes with every start of the machine; empty when the system does not say.
std::string boot_id();
std::size_t core_count();
// Raises the soft limit of open descriptors to the hard one; returns it.
std::size_t raise_descriptor_limit();

// What is as large as a block of an upload goes back to the kernel when it is freed, whatever has been freed before.
// Once, before there are threads.
void return_large_memory();

// Of this process, as /proc has it; what cannot be read is 0.
struct ProcessFacts {
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
};
ProcessFacts process_facts_blocking();

}  // namespace stile::io
