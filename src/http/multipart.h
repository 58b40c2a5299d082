// MultipartParser: multipart/form-data as a stream, without copying a byte of payload. Source: RFC 7578, RFC 2046.
//
// Text in, value out. The caller feeds a window of bytes; the parser answers with one event and how much of the window
// it has consumed; what was not consumed must stand at the front of the next window, followed by more bytes. So the
// parser buffers nothing: payload is a part of the caller's own window, and the tail it leaves unconsumed while inside
// a part is at most kMaxMultipartTail bytes.
//
//   window:  [ payload payload payload \r\n--bound ]      event part_data, payload = all before "\r\n--bound"
//                                      ^ left for the next window, because it may be a delimiter
//
// A delimiter is CRLF "--" boundary followed by "--" or by optional white space and CRLF; anything else that looks like
// it is payload. The first one may stand at the very start of the body, or after a preamble of at most
// kMaxMultipartPreamble bytes.
// Limits of the format: no nested multipart, no Content-Transfer-Encoding that changes bytes (RFC 7578 forbids both),
// no folded header lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::http {

// The boundary of a Content-Type value, or nullopt when it is not multipart/form-data with a valid boundary (1–70 of
// the characters RFC 2046 allows; quoted or not).
std::optional<std::string> multipart_boundary(std::string_view content_type);

struct PartHead {
  std::string name;                      // of the form field; UTF-8
  std::optional<std::string> file_name;  // present (perhaps empty) when the part says it is a file; UTF-8, may hold
                                         // anything but NUL. Understands quoted strings with \" and \\, the %22 %0D %0A
                                         // of browsers, and filename* (RFC 5987), which wins.
  std::string content_type;  // as sent; empty when absent
};

struct MultipartLimits {
  std::size_t max_parts = 1000;
  std::size_t max_part_head_bytes = 8 * kKiB;  // with the empty line that ends it
};

inline constexpr std::size_t kMaxMultipartPadding = 64;  // white space after a boundary; real clients send none
inline constexpr std::size_t kMaxMultipartTail = 4 + 70 + kMaxMultipartPadding + 1;
inline constexpr std::size_t kMaxMultipartPreamble = 8 * kKiB;

class MultipartParser {
 public:
  enum class Event {
    need_more,   // nothing more to say without more bytes
    part_begin,  // `head` is valid
    part_data,   // `payload` holds at least one byte of the current part
    part_end,
    done,  // the closing delimiter was seen; whatever follows is ignored by the caller
  };
  struct Step {
    Event event = Event::need_more;
    std::size_t consumed = 0;
    Bytes payload = {};  // with part_data: a prefix of the window
    PartHead head = {};  // with part_begin
  };

  // `boundary` as multipart_boundary() gives it.
  explicit MultipartParser(std::string_view boundary, MultipartLimits limits = {});

  // Errors: invalid_input (the message says what is malformed: no Content-Disposition: form-data, no name, nested
  // multipart, invalid UTF-8 or NUL in a name, …), limit (parts, part head). A window that holds a whole part head, or
  // max_part_head_bytes of one, is never answered with need_more.
  Result<Step> step(Bytes window);

  // True until the first delimiter was seen, and after `done`.
  bool between_messages() const;

 private:
  enum class State { start, preamble, part_head, part_start, part_data, closing, done };
  Result<Step> step_before_first(std::string_view window);
  Result<Step> step_part_head(std::string_view window);
  Step step_payload(std::string_view window);
  Step after_delimiter(Event event, std::size_t consumed, State next);

  std::string delimiter_;  // "\r\n--" boundary
  MultipartLimits limits_;
  State state_ = State::start;
  std::size_t parts_ = 0;
  std::size_t preamble_bytes_ = 0;
};

}  // namespace stile::http
