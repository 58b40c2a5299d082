#include "media/lookalike.h"

#include <array>

#include "base/text.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  std::string_view name;
};

constexpr auto kSignatures = std::to_array<Signature>({
    {"%PDF", "a PDF document"},
    {"\x7F"
     "ELF",
     "a program"},
    {"\xCF\xFA\xED\xFE", "a program"},
    {"\xCE\xFA\xED\xFE", "a program"},
    {"\xFE\xED\xFA\xCE", "a program"},
    {"\xFE\xED\xFA\xCF", "a program"},
    {"\xCA\xFE\xBA\xBE", "a program"},
    {"\0asm"sv, "a program"},
    {"dex\n", "a program"},
    {"PK\x03\x04", "a ZIP archive or an office document"},
    {"PK\x05\x06", "a ZIP archive or an office document"},
    {"PK\x07\x08", "a ZIP archive or an office document"},
    {"Rar!", "an archive"},
    {"7z\xBC\xAF", "an archive"},
    {"\xFD"
     "7zX",
     "an archive"},
    {"\x28\xB5\x2F\xFD", "an archive"},
    {"\xD0\xCF\x11\xE0", "an office document"},
    {"{\\rtf", "a text document"},
    {"%!PS", "a PostScript document"},
    {"\xC5\xD0\xD3\xC6", "a PostScript document"},
    {"8BPS", "a Photoshop document"},
    {"SQLite format 3", "a database"},
    {"\0\0\x01\0"sv, "an icon"},
    {"wOFF", "a font"},
    {"wOF2", "a font"},
    {"OTTO", "a font"},
    {"<?php", "a script"},
    {"\xFF\xFE<\0"sv, "a web page"},
    {"\xFE\xFF\0<"sv, "a web page"},
    // Too short to refuse on sight, good enough for a name.
    {"\x1F\x8B", "an archive"},
    {"BZh", "an archive"},
    {"MZ", "a program"},
    {"#!", "a script"},
    {"<?=", "a script"},
});

constexpr auto kHtmlTags = std::to_array<std::string_view>(
    {"html",  "head",  "body",     "script",   "iframe",  "h1",    "div",   "font",   "table", "a",
     "style", "title", "b",        "br",       "p",       "img",   "meta",  "link",   "form",  "object",
     "embed", "base",  "template", "noscript", "marquee", "video", "audio", "details"});

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == '\0'; }

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_';
}

bool begins_with_any_case(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && iequals(text.substr(0, word.size()), word);
}

void skip_to_behind(std::string_view& text, std::string_view end) {
  const auto found = text.find(end);
  text = found == std::string_view::npos ? std::string_view{} : text.substr(found + end.size());
}

// Names the markup language by the first tag, with everything in front of it that parsers skip too.
std::string_view markup_name(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  bool xml = false;
  for (;;) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (text.starts_with("<!--")) {
      text.remove_prefix(4);
      skip_to_behind(text, "-->");
      if (text.empty()) return "a web page";
    } else if (begins_with_any_case(text, "<?xml")) {
      xml = true;
      skip_to_behind(text, "?>");
    } else if (begins_with_any_case(text, "<!doctype")) {
      if (begins_with_any_case(text, "<!doctype svg")) return "an SVG drawing";
      if (begins_with_any_case(text, "<!doctype html")) return "a web page";
      xml = true;
      skip_to_behind(text, ">");
    } else {
      break;
    }
  }
  if (text.starts_with("<?")) return xml ? "an XML document" : "a script";
  if (!text.starts_with('<')) return xml ? "an XML document" : "";
  text.remove_prefix(1);
  if (text.starts_with('%')) return "a script";
  const auto tag = to_lower(text.substr(0, std::ranges::find_if_not(text, is_name_char) - text.begin()));
  if (tag == "svg" || tag.ends_with(":svg")) return "an SVG drawing";
  if (std::ranges::find(kHtmlTags, tag) != kHtmlTags.end()) return "a web page";
  return xml || (!tag.empty() && tag[0] >= 'a' && tag[0] <= 'z') ? "an XML document" : "";
}

std::string_view signature_name(std::string_view head, std::size_t shortest) {
  for (const auto& signature : kSignatures) {
    if (signature.bytes.size() >= shortest && head.starts_with(signature.bytes)) return signature.name;
  }
  return {};
}

}  // namespace

std::string_view certain_foreign_name(std::string_view head) {
  constexpr std::size_t kShortest = 4;
  if (const auto name = signature_name(head, kShortest); !name.empty()) return name;
  return head.size() >= kShortest ? markup_name(head) : "";
}

std::string_view foreign_name(std::string_view head) {
  if (const auto name = signature_name(head, 1); !name.empty()) return name;
  if (hides_pdf(head)) return "a PDF document";
  return markup_name(head);
}

bool hides_pdf(std::string_view head) {
  const auto place = head.substr(0, kHidingPlaceBytes);
  for (auto at = place.find("%PDF-"); at != std::string_view::npos; at = place.find("%PDF-", at + 1)) {
    if (at + 5 < place.size() && place[at + 5] >= '0' && place[at + 5] <= '9') return true;
  }
  return false;
}

bool hides_markup(std::string_view head) {
  const auto place = to_lower(head.substr(0, kHidingPlaceBytes));
  for (std::string_view tag :
       {"<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<svg", "<?php", "<?="}) {
    if (place.find(tag) != std::string::npos) return true;
  }
  return false;
}

std::string_view name_of_mime(std::string_view mime) {
  if (mime == "application/pdf") return "a PDF document";
  if (mime == "text/html") return "a web page";
  if (mime == "image/svg+xml") return "an SVG drawing";
  if (mime.ends_with("/xml")) return "an XML document";
  if (mime == "application/json" || mime.ends_with("json")) return "a JSON document";
  if (mime == "text/plain") return "plain text";
  if (mime.starts_with("text/x-")) return "a script";
  if (mime.starts_with("text/")) return "a text document";
  if (mime.starts_with("application/x-") &&
      (mime.find("executable") != mime.npos || mime.find("sharedlib") != mime.npos ||
       mime.find("mach-binary") != mime.npos || mime.find("dosexec") != mime.npos)) {
    return "a program";
  }
  if (mime.find("officedocument") != mime.npos || mime.find("opendocument") != mime.npos ||
      mime == "application/msword" || mime.starts_with("application/vnd.ms-")) {
    return "an office document";
  }
  for (std::string_view word : {"zip", "tar", "rar", "7z", "xz", "zstd", "compress", "archive"}) {
    if (mime.starts_with("application/") && mime.find(word) != mime.npos) return "an archive";
  }
  if (mime.starts_with("font/")) return "a font";
  if (mime.starts_with("image/")) return "an image of another kind";
  if (mime.starts_with("video/")) return "a video of another kind";
  if (mime.starts_with("audio/")) return "an audio file of another kind";
  return {};
}

}  // namespace stile::media
