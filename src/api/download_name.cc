#include "api/download_name.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/visible.h"
#include "media/sniff.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxStem = 150;  // bytes: file systems take 255, and nginx 4 KiB for all of an answer's head

// Extensions that say the same as the usual one.
constexpr auto kAlike = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"jpeg", "jpg"},
    {"jpe", "jpg"},
    {"jfif", "jpg"},
    {"tiff", "tif"},
    {"heif", "heic"},
    {"m4v", "mp4"},
    {"qt", "mov"},
    {"mpeg", "mpg"},
    {"m2ts", "ts"},
    {"mts", "ts"},
    {"3gpp", "3gp"},
    {"oga", "ogg"},
    {"opus", "ogg"},
    {"wave", "wav"},
});

bool means_something_to_a_file_system(char32_t code) { return std::u32string_view(U"/\\:*?\"<>|").contains(code); }

std::string last_component(std::string_view name) { return std::string(name.substr(name.find_last_of("/\\") + 1)); }

std::string without_special_characters(std::string_view name) {
  std::string result;
  while (!name.empty()) {
    const Character next = first_character(name);
    if (!next.visible || means_something_to_a_file_system(next.code))
      result += '_';
    else
      result += name.substr(0, next.bytes);
    name.remove_prefix(next.bytes);
  }
  return result;
}

// Windows drops dots and spaces at the end; at the beginning a dot hides the file.
std::string_view without_dots_around(std::string_view name) {
  const std::size_t begin = std::min(name.find_first_not_of(". "), name.size());
  name.remove_prefix(begin);
  return name.substr(0, name.find_last_not_of(". ") + 1);
}

bool is_device(std::string_view name) {
  const std::string stem = to_lower(without_dots_around(name.substr(0, name.find('.'))));
  if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '0' && stem[3] <= '9';
}

bool says_the_same(std::string_view extension, std::string_view usual) {
  const std::string lower = to_lower(extension);
  return lower == usual || std::ranges::find(kAlike, std::pair(std::string_view(lower), usual)) != kAlike.end();
}

// At most `bytes`, and no character cut in two.
std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::string download_name(std::string_view file_name, std::string_view content_type, std::int64_t photo_id) {
  const std::string_view usual = media::extension_for(content_type);
  const std::string clean = without_special_characters(last_component(file_name));
  std::string_view stem = without_dots_around(clean);
  std::string extension(usual);
  if (const std::size_t dot = stem.rfind('.'); dot != stem.npos && says_the_same(stem.substr(dot + 1), usual)) {
    extension = stem.substr(dot + 1);  // as it was written
    stem = without_dots_around(stem.substr(0, dot));
  }
  std::string name(without_dots_around(cut(stem, kMaxStem)));
  if (name.empty()) name = "photo-" + std::to_string(photo_id);
  if (is_device(name)) name.insert(0, "_");
  return name + "." + extension;
}

}  // namespace stile::api
