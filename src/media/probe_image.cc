#include "base/crc32.h"
#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

bool is_frame_header(std::uint8_t marker) {  // SOF0…SOF15 without DHT, JPG and DAC
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool may_stand_before_frame(std::uint8_t marker) {
  return (marker >= 0xE0 && marker <= 0xEF) || marker == 0xDB || marker == 0xC4 || marker == 0xCC || marker == 0xDD ||
         marker == 0xFE;
}

// Cameras write a first segment that is longer than the head; its name then has to do.
bool has_known_name(const Head& head, std::size_t payload) {
  for (std::string_view name : {"JFIF\0"sv, "JFXX\0"sv, "Exif\0\0"sv, "http://ns.adobe.com/"sv, "ICC_PROFILE\0"sv,
                                "MPF\0"sv, "Photoshop 3.0\0"sv, "Adobe\0"sv, "AVI1"sv}) {
    if (head.is(payload, name)) return true;
  }
  return false;
}

bool bits_fit_colour(std::uint8_t bits, std::uint8_t colour) {
  switch (colour) {
    case 0: return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    case 3: return bits == 1 || bits == 2 || bits == 4 || bits == 8;
    case 2:
    case 4:
    case 6: return bits == 8 || bits == 16;
    default: return false;
  }
}

// The length of a chain of GIF sub-blocks at `at`, its terminator included; 0 when it leaves the head.
std::size_t sub_blocks(const Head& head, std::size_t at) {
  for (std::size_t here = at; head.has(here, 1); here += 1 + head.u8(here)) {
    if (head.u8(here) == 0) return here + 1 - at;
  }
  return 0;
}

// One directory of a TIFF file: entries with rising tags and known types.
bool is_sane_tiff_directory(const Head& head, std::size_t at, std::size_t entries, std::size_t entry_size,
                            bool little) {
  const auto u16 = [&](std::size_t offset) { return little ? head.le16(offset) : head.be16(offset); };
  std::uint16_t last_tag = 0;
  for (std::size_t i = 0; i < entries && head.has(at + i * entry_size, 4); ++i) {
    const std::size_t entry = at + i * entry_size;
    if (const auto tag = u16(entry); tag < last_tag || tag == 0)
      return false;
    else
      last_tag = tag;
    if (const auto type = u16(entry + 2); type == 0 || type > 18) return false;
  }
  return true;
}

}  // namespace

Finding probe_jpeg(const Head& head) {
  constexpr auto kType = "image/jpeg"sv;
  if (const auto seen = head.spells(0, "\xFF\xD8\xFF"sv); seen != Sure::strong) return {seen, {}};
  bool named = false;
  std::size_t segments = 0;
  for (std::size_t at = 2;;) {
    while (head.has(at, 2) && head.u8(at) == 0xFF && head.u8(at + 1) == 0xFF) ++at;  // fill bytes
    // A first segment that reaches past the head has nothing to show but its own name.
    if (!head.has(at, 4)) return head.beyond(named || segments > 0 ? weak(kType) : kNo);
    const auto marker = head.u8(at + 1);
    const auto length = head.be16(at + 2);
    if (head.u8(at) != 0xFF || length < 2) return kNo;
    if (is_frame_header(marker)) {
      if (!head.has(at, 10)) return head.beyond(weak(kType));
      const auto components = head.u8(at + 9);
      const bool sane = head.be16(at + 7) > 0 && components >= 1 && components <= 4 && length == 8 + 3 * components;
      return sane ? strong(kType) : kNo;
    }
    if (!may_stand_before_frame(marker)) return kNo;
    if (segments == 0) {
      constexpr std::size_t kLongestName = 20;
      if (!head.has(at + 4, kLongestName) && head.extent() == Extent::part) return kMore;
      named = has_known_name(head, at + 4);
    }
    at += 2 + std::size_t{length};
    if (head.has(at, 2)) ++segments;
  }
}

Finding probe_png(const Head& head) {
  constexpr auto kSignature = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv;
  if (const auto seen = head.spells(0, kSignature); seen != Sure::strong) return {seen, {}};
  if (!head.has(16, 17)) return head.lack();
  const auto width = head.be32(16), height = head.be32(20);
  const bool sane = width > 0 && width < 0x80000000 && height > 0 && height < 0x80000000 &&
                    bits_fit_colour(head.u8(24), head.u8(25)) && head.u8(26) == 0 && head.u8(27) == 0 &&
                    head.u8(28) <= 1;
  if (!sane || crc32_update(0, as_bytes(head.word(12, 17))) != head.be32(29)) return kNo;
  if (!head.has(33, 8)) return head.lack();  // a second chunk must follow: a header is no picture
  for (std::size_t i = 37; i < 41; ++i) {
    const auto letter = head.u8(i) | 0x20;
    if (letter < 'a' || letter > 'z') return kNo;
  }
  return strong("image/png");
}

Finding probe_gif(const Head& head) {
  constexpr auto kType = "image/gif"sv;
  if (const auto seen = head.spells(0, "GIF8"); seen != Sure::strong) return {seen, {}};
  const auto old = head.spells(4, "7a"), current = head.spells(4, "9a");
  if (old != Sure::strong && current != Sure::strong) return old == Sure::more || current == Sure::more ? kMore : kNo;
  if (!head.has(6, 7)) return head.lack();
  if (head.le16(6) == 0 || head.le16(8) == 0) return kNo;
  // 10,799 pixels wide to a decoder, the start of a comment to a script engine; no camera or editor makes it.
  if (head.is(6, "/*")) return kNo;
  std::size_t at = 13;
  if (const auto flags = head.u8(10); flags & 0x80) at += std::size_t{3} << ((flags & 7) + 1);
  for (;;) {
    if (!head.has(at, 1)) return head.beyond(weak(kType));
    const auto block = head.u8(at);
    if (block == 0x2C) {
      if (!head.has(at, 10)) return head.beyond(weak(kType));
      if (head.le16(at + 5) == 0 || head.le16(at + 7) == 0) return kNo;
      std::size_t data = at + 10;
      if (const auto flags = head.u8(at + 9); flags & 0x80) data += std::size_t{3} << ((flags & 7) + 1);
      if (!head.has(data, 1)) return head.beyond(weak(kType));
      return head.u8(data) >= 1 && head.u8(data) <= 11 ? strong(kType) : kNo;
    }
    if (block != 0x21) return kNo;
    if (!head.has(at, 3)) return head.beyond(weak(kType));
    const auto label = head.u8(at + 1), first = head.u8(at + 2);
    const bool known = (label == 0xF9 && first == 4) || label == 0xFE || (label == 0x01 && first == 12) ||
                       (label == 0xFF && first == 11);
    if (!known) return kNo;
    const auto length = sub_blocks(head, at + 2);
    if (length == 0) return head.beyond(weak(kType));
    at += 2 + length;
  }
}

Finding probe_tiff(const Head& head) {
  constexpr auto kType = "image/tiff"sv;
  const auto ii = head.spells(0, "II"), mm = head.spells(0, "MM");
  if (ii == Sure::more || mm == Sure::more) return kMore;
  if (ii != Sure::strong && mm != Sure::strong) return kNo;
  const bool little = ii == Sure::strong;
  if (!head.has(0, 4)) return head.lack();
  const auto version = little ? head.le16(2) : head.be16(2);
  if (version != 42 && version != 43) return kNo;
  const bool big = version == 43;
  if (!head.has(0, big ? 16 : 8)) return head.lack();
  if (big && (little ? head.le32(4) != 8 : head.be32(4) != 0x00080000)) return kNo;
  const std::uint64_t directory = big ? (little ? head.le64(8) : head.be64(8)) : little ? head.le32(4) : head.be32(4);
  if (directory < (big ? 16u : 8u)) return kNo;
  const std::size_t count_size = big ? 8 : 2;
  if (!head.has(directory, count_size + 4)) return head.beyond(weak(kType));
  const auto at = static_cast<std::size_t>(directory);
  const std::uint64_t entries = big ? (little ? head.le64(at) : head.be64(at)) : little ? head.le16(at) : head.be16(at);
  const std::size_t entry_size = big ? 20 : 12;
  if (entries == 0 || entries > 1000) return kNo;
  if (!is_sane_tiff_directory(head, at + count_size, entries, entry_size, little)) return kNo;
  if (!head.has(at + count_size, entries * entry_size)) return head.beyond(weak(kType));
  return strong(kType);
}

}  // namespace stile::media
