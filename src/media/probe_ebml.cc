// EBML (RFC 8794): the document type in the header tells WebM from Matroska; track entries tell sound from film.
#include <optional>

#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kUnknownSize = ~std::uint64_t{0};

struct Element {
  std::uint64_t id = 0;
  std::uint64_t size = 0;  // kUnknownSize in live streams
  std::size_t data = 0;    // offset of the payload
};

// A variable-length number at `at`; moves `at` behind it. With `Marker::kept` it is an element id.
enum class Marker { kept, dropped };
std::optional<std::uint64_t> number(const Head& head, std::size_t& at, Marker marker) {
  if (!head.has(at, 1) || head.u8(at) == 0) return std::nullopt;
  const std::uint8_t first = head.u8(at);
  int length = 1;
  while (!(first & (0x80 >> (length - 1)))) ++length;
  if (!head.has(at, length) || (marker == Marker::kept && length > 4)) return std::nullopt;
  std::uint64_t value = marker == Marker::kept ? first : first & (0xFF >> length);
  bool all_ones = marker == Marker::dropped && value == (0xFFu >> length);
  for (int i = 1; i < length; ++i) {
    value = value << 8 | head.u8(at + i);
    all_ones = all_ones && head.u8(at + i) == 0xFF;
  }
  at += length;
  return all_ones ? kUnknownSize : value;
}

std::optional<Element> element(const Head& head, std::size_t at) {
  const auto id = number(head, at, Marker::kept);
  if (!id) return std::nullopt;
  const auto size = number(head, at, Marker::dropped);
  if (!size) return std::nullopt;
  return Element{*id, *size, at};
}

// Whether every track within the head is sound: only a complete list of tracks counts.
bool only_sound(const Head& head, std::size_t segment) {
  constexpr std::uint64_t kTracks = 0x1654AE6B, kTrackEntry = 0xAE, kTrackType = 0x83;
  constexpr std::uint8_t kSound = 2;
  std::uint64_t at = segment;
  while (head.has(at, 2)) {
    const auto part = element(head, static_cast<std::size_t>(at));
    if (!part || part->size == kUnknownSize || !head.has(part->data, part->size)) return false;
    at = part->data + part->size;
    if (part->id != kTracks) continue;
    std::size_t sounds = 0;
    for (std::uint64_t entry_at = part->data; entry_at < at;) {
      const auto entry = element(head, static_cast<std::size_t>(entry_at));
      if (!entry || !head.has(entry->data, entry->size)) return false;
      entry_at = entry->data + entry->size;
      if (entry->id != kTrackEntry) continue;
      for (std::uint64_t field_at = entry->data; field_at < entry_at;) {
        const auto field = element(head, static_cast<std::size_t>(field_at));
        if (!field || !head.has(field->data, field->size)) return false;
        field_at = field->data + field->size;
        if (field->id != kTrackType || field->size != 1) continue;
        if (head.u8(field->data) != kSound) return false;
        ++sounds;
      }
    }
    return sounds > 0;
  }
  return false;
}

}  // namespace

Finding probe_ebml(const Head& head) {
  constexpr std::uint64_t kDocType = 0x4282, kSegment = 0x18538067, kVoid = 0xEC;
  constexpr std::uint64_t kLongestHeader = 1024;
  if (const auto seen = head.spells(0, "\x1A\x45\xDF\xA3"); seen != Sure::strong) return {seen, {}};
  if (!head.has(0, 12)) return head.lack();
  const auto header = element(head, 0);
  if (!header || header->size > kLongestHeader) return kNo;
  if (!head.has(header->data, header->size)) return head.lack();
  const std::uint64_t end = header->data + header->size;
  std::string_view type;
  for (std::uint64_t at = header->data; at < end;) {
    const auto field = element(head, static_cast<std::size_t>(at));
    if (!field || field->data > end || field->size > end - field->data) return kNo;
    at = field->data + field->size;
    if (field->id != kDocType) continue;
    const auto name = head.word(field->data, field->size);
    const auto word = name.substr(0, name.find('\0'));  // writers may pad with NULs
    type = word == "webm" ? "video/webm"sv : word == "matroska" ? "video/x-matroska"sv : ""sv;
  }
  if (type.empty()) return kNo;
  auto at = static_cast<std::size_t>(end);
  if (!head.has(at, 12)) return head.extent() == Extent::part ? kMore : kNo;
  auto next = element(head, at);
  if (next && next->id == kVoid) {
    if (next->size == kUnknownSize) return kNo;
    if (!head.has(next->data, next->size + 12)) return head.beyond(weak(type));
    next = element(head, next->data + next->size);
  }
  if (!next || next->id != kSegment) return kNo;
  if (type == "video/webm") {
    if (head.extent() == Extent::part) return kMore;  // the list of tracks may still come
    if (only_sound(head, next->data)) return strong("audio/webm");
  }
  return strong(type);
}

}  // namespace stile::media
