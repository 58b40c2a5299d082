// MPEG without a container that says so: recognised by the rhythm of packets and frames, never by one lucky byte.
#include <array>

#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

// A layout of transport packets: how far apart they are and where the first sync byte stands.
struct Rhythm {
  std::size_t stride;
  std::size_t first;
};

Finding follow(const Head& head, Rhythm rhythm) {
  constexpr std::size_t kEnough = 5;
  std::size_t packets = 0;
  bool table = false;  // a program association table: PID 0, payload start, table id 0
  for (std::size_t at = rhythm.first; head.has(at, 4); at += rhythm.stride) {
    const auto flags = head.be16(at + 1);
    const bool sane = head.u8(at) == 0x47 && (flags & 0x8000) == 0 && (head.u8(at + 3) & 0x30) != 0;
    if (!sane) return kNo;
    if ((flags & 0x5FFF) == 0x4000 && head.has(at, 13)) {
      const bool adapted = (head.u8(at + 3) & 0x20) != 0;
      const std::size_t payload = at + 4 + (adapted ? 1 + std::size_t{head.u8(at + 4)} : 0);
      if (head.has(payload, 2)) {
        const std::size_t section = payload + 1 + head.u8(payload);
        table = table || (head.has(section, 2) && head.u8(section) == 0 && (head.u8(section + 1) & 0xF0) == 0xB0);
      }
    }
    ++packets;
  }
  if (head.extent() == Extent::part) return kMore;  // a later packet may still be out of step
  if (head.extent() == Extent::file && packets < 2) return kNo;
  if (head.extent() == Extent::start && packets < kEnough) return kNo;
  return table && packets >= kEnough ? strong("video/mp2t") : weak("video/mp2t");
}

struct AudioFrame {
  std::uint32_t kind = 0;  // version, layer and sample rate: the same in all frames of a file
  std::size_t length = 0;
};

// The frame whose header is `word`; length 0 when it is none (or of "free" bit rate, which cannot be followed).
AudioFrame audio_frame(std::uint32_t word) {
  static constexpr std::array<std::array<std::uint16_t, 15>, 5> kBitRates = {{
      {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},  // MPEG-1, layer I
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},     // MPEG-1, layer II
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},      // MPEG-1, layer III
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},     // MPEG-2 and 2.5, layer I
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},          // MPEG-2 and 2.5, layers II and III
  }};
  static constexpr std::array<std::uint32_t, 3> kSampleRates = {44100, 48000, 32000};
  const auto version = word >> 19 & 3, layer = 4 - (word >> 17 & 3), bit_rate = word >> 12 & 15, rate = word >> 10 & 3;
  if ((word & 0xFFE00000) != 0xFFE00000 || version == 1 || layer == 4 || bit_rate == 0 || bit_rate == 15 || rate == 3 ||
      (word & 3) == 2) {
    return {};
  }
  const bool mpeg1 = version == 3;
  const auto bits = 1000u * kBitRates[mpeg1 ? layer - 1 : layer == 1 ? 3 : 4][bit_rate];
  const auto samples_per_second = kSampleRates[rate] >> (mpeg1 ? 0 : version == 2 ? 1 : 2);
  const auto padding = word >> 9 & 1;
  const std::size_t length = layer == 1             ? (12 * bits / samples_per_second + padding) * 4
                             : layer == 3 && !mpeg1 ? 72 * bits / samples_per_second + padding
                                                    : 144 * bits / samples_per_second + padding;
  return {word & 0xFFFE0C00, length};
}

// What may stand behind the last frame of a file: nothing, or one of the old tags. A frame may be cut off, not the only
// one.
bool ends_here(const Head& head, std::size_t at, int frames) {
  return at == head.size() || (at > head.size() && frames > 1) || head.is(at, "TAG") || head.is(at, "APETAGEX");
}

Finding frames_from(const Head& head, std::size_t at) {
  constexpr auto kType = "audio/mpeg"sv;
  constexpr int kEnough = 3;
  AudioFrame last;
  for (int frames = 0; frames < kEnough; ++frames) {
    if (head.extent() == Extent::file && frames > 0 && ends_here(head, at, frames)) return weak(kType);
    if (head.has(at, 1) && head.u8(at) != 0xFF) return kNo;
    if (!head.has(at, 4)) return head.beyond(frames > 0 ? weak(kType) : kNo);
    const auto frame = audio_frame(head.be32(at));
    if (frame.length == 0 || (frames > 0 && frame.kind != last.kind)) return kNo;
    last = frame;
    at += frame.length;
  }
  return strong(kType);
}

// An ID3v2 tag ("ID3", version, flags, four 7-bit size bytes); the sound, or FLAC, stands behind it.
Finding behind_tag(const Head& head) {
  constexpr auto kType = "audio/mpeg"sv;
  if (!head.has(0, 14)) return head.lack();
  const auto version = head.u8(3);
  if (version < 2 || version > 4 || head.u8(4) == 0xFF || (head.u8(5) & 0x0F) != 0) return kNo;
  std::size_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) {
    if (head.u8(i) & 0x80) return kNo;
    size = size << 7 | head.u8(i);
  }
  const bool extended = (head.u8(5) & 0x40) != 0;
  const std::size_t id = version == 2 ? 3 : 4;
  for (std::size_t i = 0; !extended && i < id; ++i) {
    const auto c = head.u8(10 + i);
    const bool frame_id = (c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9') || (i + 1 == id && c == ' ');
    if (!frame_id && c != 0) return kNo;  // zeros: an empty, padded tag
  }
  constexpr std::uint8_t kFooter = 0x10;
  std::size_t at = 10 + size + ((head.u8(5) & kFooter) ? 10 : 0);
  while (head.has(at, 1) && head.u8(at) == 0) ++at;  // some writers pad behind the tag
  if (head.has(at, 4)) {
    if (head.is(at, "fLaC")) return strong("audio/flac");
    const auto found = frames_from(head, at);
    return found.sure == Sure::weak ? strong(kType) : found;  // the tag is the second witness
  }
  return head.beyond(weak(kType));
}

}  // namespace

Finding probe_transport_stream(const Head& head) {
  Finding best = kNo;
  for (const Rhythm rhythm : {Rhythm{188, 0}, Rhythm{192, 4}, Rhythm{204, 0}}) {
    const auto found = follow(head, rhythm);
    if (found.sure > best.sure) best = found;
  }
  return best;
}

Finding probe_program_stream(const Head& head) {
  constexpr auto kType = "video/mpeg"sv;
  if (const auto seen = head.spells(0, "\0\0\x01\xBA"sv); seen != Sure::strong) return {seen, {}};
  if (!head.has(0, 14)) return head.lack();
  const bool mpeg2 = (head.u8(4) & 0xC4) == 0x44 && (head.u8(6) & 4) && (head.u8(8) & 4) && (head.u8(9) & 1);
  const bool mpeg1 = (head.u8(4) & 0xF1) == 0x21 && (head.u8(6) & 1) && (head.u8(8) & 1);
  if (!mpeg1 && !mpeg2) return kNo;
  const std::size_t next = mpeg2 ? 14 + (head.u8(13) & 7) : 12;
  if (!head.has(next, 4)) return head.lack();
  return head.is(next, "\0\0\x01"sv) && head.u8(next + 3) >= 0xBA ? strong(kType) : kNo;
}

Finding probe_mp3(const Head& head) {
  if (const auto tag = head.spells(0, "ID3"); tag == Sure::strong)
    return behind_tag(head);
  else if (tag == Sure::more)
    return kMore;
  return frames_from(head, 0);
}

}  // namespace stile::media
