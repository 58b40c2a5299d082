// Facts about the machine and limits of the process.
#pragma once

#include <cstddef>
#include <string>

namespace stile::io {

// Changes with every start of the machine; empty when the system does not say.
std::string boot_id();
std::size_t core_count();
// Raises the soft limit of open descriptors to the hard one; returns it.
std::size_t raise_descriptor_limit();

}  // namespace stile::io
