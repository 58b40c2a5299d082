// Ogg, ASF, FLV and FLAC.
#include <array>

#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

struct OggCodec {
  std::string_view magic;  // first bytes of the stream's first packet
  Finding kind;
};
constexpr auto kOggCodecs = std::to_array<OggCodec>({
    {"\x80theora"sv, strong("video/ogg")},
    {"\x01vorbis"sv, strong("audio/ogg")},
    {"OpusHead"sv, strong("audio/ogg")},
    {"\x7F"
     "FLAC\x01"sv,
     strong("audio/ogg")},
    {"Speex   "sv, strong("audio/ogg")},
    {"OVP80\x01"sv, strong("video/ogg")},
    {"BBCD\0"sv, strong("video/ogg")},
    {"fishead\0"sv, kMore},
    {"CMML\0"sv, kMore},
    {"\x80kate\0"sv, kMore},
});  // kMore: a helper stream, which says nothing about sound or film

constexpr auto kAsfHeader = "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C"sv;
constexpr auto kAsfStream = "\x91\x07\xDC\xB7\xB7\xA9\xCF\x11\x8E\xE6\x00\xC0\x0C\x20\x53\x65"sv;
constexpr auto kAsfVideo = "\xC0\xEF\x19\xBC\x4D\x5B\xCF\x11\xA8\xFD\x00\x80\x5F\x5C\x44\x2B"sv;
constexpr auto kAsfAudio = "\x40\x9E\x69\xF8\x4D\x5B\xCF\x11\xA8\xFD\x00\x80\x5F\x5C\x44\x2B"sv;

}  // namespace

Finding probe_ogg(const Head& head) {
  if (const auto seen = head.spells(0, "OggS\0\x02"sv); seen != Sure::strong) return {seen, {}};
  constexpr std::size_t kPageHeader = 27;
  std::string_view type;
  for (std::size_t at = 0; head.is(at, "OggS\0"sv);) {
    if (!head.has(at, kPageHeader)) break;
    const bool first_of_stream = (head.u8(at + 5) & 2) != 0;
    if (!first_of_stream) return type.empty() ? kNo : strong(type);  // all streams begin before any goes on
    const std::size_t segments = head.u8(at + 26);
    if (segments == 0) return kNo;
    if (!head.has(at + kPageHeader, segments)) break;
    std::size_t length = 0;
    for (std::size_t i = 0; i < segments; ++i) length += head.u8(at + kPageHeader + i);
    const std::size_t packet = at + kPageHeader + segments;
    if (!head.has(packet, std::min<std::size_t>(length, 8))) break;
    for (const auto& codec : kOggCodecs) {
      if (!head.is(packet, codec.magic) || codec.kind.sure != Sure::strong) continue;
      if (codec.kind.type == "video/ogg") return codec.kind;
      type = codec.kind.type;
    }
    at = packet + length;
    if (at < head.size() && head.spells(at, "OggS\0"sv) == Sure::no) return kNo;
  }
  return head.beyond(type.empty() ? kNo : weak(type));
}

Finding probe_asf(const Head& head) {
  if (const auto seen = head.spells(0, kAsfHeader); seen != Sure::strong) return {seen, {}};
  if (!head.has(0, 30)) return head.lack();
  const auto size = head.le64(16);
  const auto objects = head.le32(24);
  if (size < 30 || objects == 0 || objects > 1000 || head.u8(28) != 1 || head.u8(29) != 2) return kNo;
  bool sound = false;
  std::uint64_t at = 30;
  for (std::uint32_t i = 0; i < objects; ++i) {
    if (!head.has(at, 24)) return head.beyond(i == 0 ? weak("video/x-ms-wmv") : strong("video/x-ms-wmv"));
    const auto here = static_cast<std::size_t>(at);
    const auto length = head.le64(here + 16);
    if (length < 24 || length > size) return kNo;
    if (head.is(here, kAsfStream) && head.has(here, 40)) {
      if (head.is(here + 24, kAsfVideo)) return strong("video/x-ms-wmv");
      sound = sound || head.is(here + 24, kAsfAudio);
    }
    at += length;
  }
  return strong(sound ? "audio/x-ms-wma" : "video/x-ms-wmv");
}

Finding probe_flv(const Head& head) {
  if (const auto seen = head.spells(0, "FLV\x01"); seen != Sure::strong) return {seen, {}};
  if (!head.has(0, 14)) return head.lack();
  if ((head.u8(4) & ~5) != 0 || head.be32(5) != 9 || head.be32(9) != 0) return kNo;
  const auto tag = head.u8(13);
  return tag == 8 || tag == 9 || tag == 18 ? strong("video/x-flv") : kNo;
}

Finding probe_flac(const Head& head) {
  if (const auto seen = head.spells(0, "fLaC"); seen != Sure::strong) return {seen, {}};
  if (!head.has(0, 42)) return head.lack();
  const bool stream_info = (head.u8(4) & 0x7F) == 0 && (head.be32(4) & 0xFFFFFF) == 34;
  const auto sample_rate = head.be32(18) >> 12;
  return stream_info && head.be16(8) >= 16 && head.be16(10) >= head.be16(8) && sample_rate > 0 ? strong("audio/flac")
                                                                                               : kNo;
}

}  // namespace stile::media
