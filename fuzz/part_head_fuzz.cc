// parse_part_head: names are clean text, and a head written from what was read is read as the same.
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "http/part_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  const std::string_view text = fuzz::as_text(data, size);
  const auto head = http::parse_part_head(text);
  if (!head) {
    CHECK(head.error().code == Errc::invalid_input && !head.error().message.empty());
    CHECK(is_valid_utf8(head.error().message));
    return 0;
  }
  CHECK(is_valid_utf8(head->name) && !head->name.contains('\0'));
  CHECK(!head->file_name || (is_valid_utf8(*head->file_name) && !head->file_name->contains('\0')));
  CHECK(head->content_type.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
  CHECK(!to_lower(head->content_type).starts_with("multipart/"));

  // filename* has a way of its own to say everything; a name has none, so only plain ones are written.
  const bool plain = head->name.find_first_of("\"\\%\r\n") == std::string::npos &&
                     head->name.find_first_of(std::string_view("\x01\x02\x1f\x7f", 4)) == std::string::npos;
  std::string written = "Content-Disposition: form-data; name=\"" + (plain ? head->name : "plain") + "\"";
  if (head->file_name) written += "; filename=\"fallback\"; filename*=UTF-8''" + percent_encode(*head->file_name);
  written += "\r\n";
  if (!head->content_type.empty()) written += "content-type:\t" + head->content_type + " \r\n";
  const auto again = http::parse_part_head(written);
  const bool has_controls = std::ranges::any_of(head->name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (plain && has_controls) return 0;
  CHECK(again.has_value());
  CHECK(again->name == (plain ? head->name : "plain"));
  CHECK(again->file_name == head->file_name && again->content_type == head->content_type);
  return 0;
}
