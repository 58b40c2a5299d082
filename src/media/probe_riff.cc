#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

// VP8 and VP8L carry a picture and say so in their first bytes; VP8X announces extensions.
Finding webp(const Head& head) {
  if (!head.has(12, 18)) return head.lack();
  const auto chunk = head.word(12, 4);
  const auto size = head.le32(16);
  if (chunk == "VP8 ") return head.is(23, "\x9D\x01\x2A") && size > 10 ? strong("image/webp") : kNo;
  if (chunk == "VP8L") return head.u8(20) == 0x2F && size > 5 ? strong("image/webp") : kNo;
  if (chunk == "VP8X") return size == 10 ? strong("image/webp") : kNo;
  return kNo;
}

// Follows the chunks from 12 on until `wanted`; kNo and kMore as found, strong at its offset, weak past the head.
Finding find_chunk(const Head& head, std::string_view wanted, std::size_t& at) {
  for (std::uint64_t here = 12; head.has(here, 8);) {
    at = static_cast<std::size_t>(here);
    const auto name = head.word(at, 4);
    if (name == wanted) return strong({});
    if (std::ranges::any_of(name, [](char c) { return c < ' ' || c > '~'; })) return kNo;
    const std::uint64_t size = head.le32(at + 4);
    here += 8 + size + size % 2;
  }
  return head.beyond(weak({}));
}

Finding wave(const Head& head) {
  std::size_t at = 0;
  const auto found = find_chunk(head, "fmt ", at);
  if (found.sure == Sure::weak) return weak("audio/wav");
  if (found.sure != Sure::strong) return found;
  if (!head.has(at, 24)) return head.lack();
  const auto size = head.le32(at + 4);
  const bool sane =
      size >= 16 && size < 1024 && head.le16(at + 8) != 0 && head.le16(at + 10) != 0 && head.le32(at + 12) > 0;
  return sane ? strong("audio/wav") : kNo;
}

Finding avi(const Head& head) {
  std::size_t at = 0;
  const auto found = find_chunk(head, "LIST", at);
  if (found.sure == Sure::weak) return weak("video/x-msvideo");
  if (found.sure != Sure::strong) return found;
  if (!head.has(at, 20)) return head.lack();
  return head.is(at + 8, "hdrlavih") ? strong("video/x-msvideo") : kNo;
}

}  // namespace

Finding probe_riff(const Head& head) {
  const auto riff = head.spells(0, "RIFF"), rf64 = head.spells(0, "RF64");
  if (riff == Sure::more || rf64 == Sure::more) return kMore;
  if (riff != Sure::strong && rf64 != Sure::strong) return kNo;
  if (!head.has(0, 12)) return head.lack();
  const auto form = head.word(8, 4);
  if (form == "WAVE") return wave(head);
  if (rf64 == Sure::strong) return kNo;
  if (form == "WEBP") return webp(head);
  if (form == "AVI ") return avi(head);
  return kNo;
}

}  // namespace stile::media
