#include "media/types.h"

#include <algorithm>
#include <array>

#include "media/sniff.h"

namespace stile::media {
namespace {

constexpr auto kTypes = std::to_array<TypeInfo>({
    {"image/jpeg", "jpg", "a JPEG image", "JPEG images"},
    {"image/png", "png", "a PNG image", "PNG images"},
    {"image/gif", "gif", "a GIF image", "GIF images"},
    {"image/webp", "webp", "a WebP image", "WebP images"},
    {"image/heic", "heic", "a HEIC image", "HEIC images"},
    {"image/avif", "avif", "an AVIF image", "AVIF images"},
    {"image/tiff", "tif", "a TIFF image", "TIFF images"},
    {"video/mp4", "mp4", "an MP4 video", "MP4 videos"},
    {"video/quicktime", "mov", "a QuickTime video", "QuickTime videos"},
    {"video/webm", "webm", "a WebM video", "WebM videos"},
    {"video/x-matroska", "mkv", "a Matroska video", "Matroska videos"},
    {"video/x-msvideo", "avi", "an AVI video", "AVI videos"},
    {"video/mp2t", "ts", "an MPEG transport stream", "MPEG transport streams"},
    {"video/mpeg", "mpg", "an MPEG video", "MPEG videos"},
    {"video/x-flv", "flv", "a Flash video", "Flash videos"},
    {"video/x-ms-wmv", "wmv", "a Windows Media video", "Windows Media videos"},
    {"video/3gpp", "3gp", "a 3GP video", "3GP videos"},
    {"video/3gpp2", "3g2", "a 3G2 video", "3G2 videos"},
    {"video/ogg", "ogv", "an Ogg video", "Ogg videos"},
    {"audio/mpeg", "mp3", "an MP3 audio file", "MP3 audio files"},
    {"audio/mp4", "m4a", "an M4A audio file", "M4A audio files"},
    {"audio/wav", "wav", "a WAV audio file", "WAV audio files"},
    {"audio/flac", "flac", "a FLAC audio file", "FLAC audio files"},
    {"audio/ogg", "ogg", "an Ogg audio file", "Ogg audio files"},
    {"audio/webm", "weba", "a WebM audio file", "WebM audio files"},
    {"audio/x-ms-wma", "wma", "a Windows Media audio file", "Windows Media audio files"},
});

std::string plural(std::string_view entry) {
  if (entry == "image/*") return "photos";
  if (entry == "video/*") return "videos";
  if (entry == "audio/*") return "audio files";
  const auto* info = find_type(entry);
  return std::string(info ? info->many : entry);
}

}  // namespace

std::span<const TypeInfo> type_table() { return kTypes; }

const TypeInfo* find_type(std::string_view content_type) {
  const auto found = std::ranges::find(kTypes, content_type, &TypeInfo::content_type);
  return found == kTypes.end() ? nullptr : &*found;
}

std::string accepted_sentence(const std::vector<std::string>& accepted) {
  if (accepted.empty()) return "No files are accepted.";
  std::string sentence;
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    if (i > 0) sentence += i + 1 == accepted.size() ? " and " : ", ";
    sentence += plural(accepted[i]);
  }
  if (sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence + " are accepted.";
}

const std::vector<std::string>& known_types() {
  static const std::vector<std::string> types = [] {
    std::vector<std::string> all;
    for (const auto& info : kTypes) all.emplace_back(info.content_type);
    return all;
  }();
  return types;
}

std::string_view extension_for(std::string_view content_type) {
  const auto* info = find_type(content_type);
  return info ? info->extension : "bin";
}

bool type_is_in(const std::vector<std::string>& list, std::string_view content_type) {
  return std::ranges::any_of(list, [&](std::string_view entry) {
    return entry.ends_with("/*") ? content_type.starts_with(entry.substr(0, entry.size() - 1)) : content_type == entry;
  });
}

std::vector<std::string> unknown_types(const std::vector<std::string>& accepted) {
  std::vector<std::string> unknown;
  for (const auto& entry : accepted) {
    const bool known =
        std::ranges::any_of(kTypes, [&](const TypeInfo& info) { return type_is_in({entry}, info.content_type); });
    if (!known) unknown.push_back(entry);
  }
  return unknown;
}

}  // namespace stile::media
