// Any bytes at all: the sniffer must neither crash nor read out of bounds, and a type that it told from the first part
// of a file must still be its answer when it has seen all of the head.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "media/sniff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const stile::media::Sniffer sniffer({"image/*", "video/*", "audio/*"});
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto last = sniffer.judge(bytes, true);
  if (last && !*last) std::abort();  // the whole head is always enough
  if (last && !stile::media::type_is_in(stile::media::known_types(), (*last)->content_type)) std::abort();
  for (std::size_t part = size / 2; part < size; part += 1 + (size - part) / 2) {
    const auto early = sniffer.judge(bytes.first(part), false);
    if (early && *early && (!last || **early != **last)) std::abort();
  }
  return 0;
}
