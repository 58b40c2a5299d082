// CRC-32 (the one of gzip and zip), computed by ISA-L at memory speed and joined by zlib without reading again.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace stile {

// The CRC of everything so far, followed by `bytes`. Start with 0.
std::uint32_t crc32_update(std::uint32_t crc, Bytes bytes);
// The CRC of A followed by B, from theirs and B's length.
std::uint32_t crc32_join(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b);

}  // namespace stile
