#include "base/crc32.h"

#include <isa-l/crc.h>
#include <zlib.h>

namespace stile {

std::uint32_t crc32_update(std::uint32_t crc, Bytes bytes) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::uint32_t crc32_join(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t length_b) {
  static_assert(sizeof(z_off_t) >= sizeof length_b, "files beyond 4 GiB need a 64-bit z_off_t");
  return static_cast<std::uint32_t>(crc32_combine(crc_a, crc_b, static_cast<z_off_t>(length_b)));
}

}  // namespace stile
