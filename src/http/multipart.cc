#include "http/multipart.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "http/part_head.h"

// Compiled for several processors; the fastest that is there is chosen when the program is loaded, which is too early
// for the thread sanitizer.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define STILE_VECTORISED [[gnu::target_clones("default", "avx2", "arch=x86-64-v4")]]
#else
#define STILE_VECTORISED
#endif

namespace stile::http {
namespace {

using Step = MultipartParser::Step;
using Event = MultipartParser::Event;

enum class Match { no, undecided, delimiter, close_delimiter };

struct Candidate {
  Match match = Match::no;
  std::size_t length = 0;  // of the delimiter with padding and line end, when it is one
};

// Whether `text` begins with `delimiter` and what must follow it. Undecided when `text` ends too early to tell.
Candidate match_delimiter(std::string_view text, std::string_view delimiter) {
  const std::size_t have = std::min(text.size(), delimiter.size());
  if (std::memcmp(text.data(), delimiter.data(), have) != 0) return {Match::no, 0};
  std::string_view rest = text.substr(have);
  if (have < delimiter.size() || rest.empty() || rest == "-") return {Match::undecided, 0};
  if (rest.starts_with("--")) return {Match::close_delimiter, have + 2};
  const std::size_t padding = std::min(rest.find_first_not_of(" \t"), rest.size());
  if (padding > kMaxMultipartPadding) return {Match::no, 0};
  rest.remove_prefix(padding);
  if (rest.empty() || rest == "\r") return {Match::undecided, 0};
  if (rest.starts_with("\r\n")) return {Match::delimiter, have + padding + 2};
  return {Match::no, 0};
}

struct Hit {
  std::size_t at = 0;  // everything before is payload; text.size() when nothing looks like a delimiter
  Candidate candidate;
};

// How many blocks of kScanBlock positions from `text` on have nowhere `first` and, `distance` bytes behind it, `last`.
// What makes a delimiter rare is both together: either alone is one byte in 256 of any compressed file.
constexpr std::size_t kScanBlock = 256;
STILE_VECTORISED std::size_t blocks_without(const char* text, std::size_t blocks, char first, char last,
                                            std::size_t distance) {
  for (std::size_t block = 0; block < blocks; ++block, text += kScanBlock) {
    unsigned char seen = 0;
    for (std::size_t i = 0; i < kScanBlock; ++i)
      seen |= static_cast<unsigned char>((text[i] == first) & (text[i + distance] == last));
    if (seen != 0) return block;
  }
  return blocks;
}

// string_view::find for needles of two and more bytes in much text.
std::size_t find_from(std::string_view text, std::size_t at, std::string_view needle) {
  const std::size_t distance = needle.size() - 1;
  while (text.size() - at > distance) {
    const std::size_t places = text.size() - at - distance;
    at += kScanBlock * blocks_without(text.data() + at, places / kScanBlock, needle.front(), needle.back(), distance);
    const std::size_t end = std::min(at + kScanBlock, text.size() - distance);
    for (; at < end; ++at)
      if (text[at] == needle.front() && text[at + distance] == needle.back() && text.substr(at).starts_with(needle))
        return at;
  }
  return std::string_view::npos;
}

// The first place in `text` that is a delimiter or may become one.
Hit find_delimiter(std::string_view text, std::string_view delimiter) {
  std::size_t at = 0;
  while ((at = find_from(text, at, delimiter)) != std::string_view::npos) {
    const Candidate candidate = match_delimiter(text.substr(at), delimiter);
    if (candidate.match != Match::no) return {at, candidate};
    ++at;
  }
  // The end of the text may be the beginning of a delimiter, whose only CR is its first byte.
  at = text.size() - std::min(text.size(), delimiter.size() - 1);
  while ((at = text.find('\r', at)) != std::string_view::npos) {
    if (delimiter.starts_with(text.substr(at))) return {at, {Match::undecided, 0}};
    ++at;
  }
  return {text.size(), {}};
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits) {}

Result<Step> MultipartParser::step(Bytes bytes) {
  const std::string_view window = as_text(bytes);
  switch (state_) {
    case State::start:
    case State::preamble: return step_before_first(window);
    case State::part_head: return step_part_head(window);
    case State::part_start:
    case State::part_data: return step_payload(window);
    case State::closing: return after_delimiter(Event::done, 0, State::done);
    case State::done: break;
  }
  return Step{.event = Event::done};
}

bool MultipartParser::between_messages() const {
  return state_ == State::start || state_ == State::preamble || state_ == State::closing || state_ == State::done;
}

Step MultipartParser::after_delimiter(Event event, std::size_t consumed, State next) {
  state_ = next;
  return Step{.event = event, .consumed = consumed};
}

Result<Step> MultipartParser::step_before_first(std::string_view window) {
  if (window.empty()) return Step{};
  std::size_t skipped = 0;  // the preamble in this window
  Candidate candidate;
  if (state_ == State::start) {
    candidate = match_delimiter(window, std::string_view(delimiter_).substr(2));  // without the CRLF before it
    if (candidate.match == Match::no) state_ = State::preamble;
  }
  if (state_ == State::preamble) {
    const Hit hit = find_delimiter(window, delimiter_);
    skipped = hit.at;
    candidate = hit.candidate;
  }
  preamble_bytes_ += skipped;
  if (preamble_bytes_ > kMaxMultipartPreamble) return fail(Errc::limit, "Too much before the first boundary");
  const std::size_t consumed = skipped + candidate.length;
  if (candidate.match == Match::close_delimiter) return after_delimiter(Event::done, consumed, State::done);
  if (candidate.match == Match::delimiter) {
    state_ = State::part_head;
    // A head may be in this window already; answering need_more then would break a promise.
    auto step = step_part_head(window.substr(consumed));
    if (step) step->consumed += consumed;
    return step;
  }
  return Step{.consumed = skipped};
}

Result<Step> MultipartParser::step_part_head(std::string_view window) {
  const std::string_view head_window = window.substr(0, limits_.max_part_head_bytes);
  std::size_t end = 0;  // of the header lines
  if (!head_window.starts_with("\r\n")) {
    end = head_window.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      if (window.size() >= limits_.max_part_head_bytes) return fail(Errc::limit, "A part's head is too long");
      return Step{};
    }
    end += 2;
  }
  if (parts_ == limits_.max_parts) return fail(Errc::limit, "Too many parts");
  auto head = parse_part_head(window.substr(0, end));
  if (!head) return fail(std::move(head).error());
  ++parts_;
  state_ = State::part_start;
  return Step{.event = Event::part_begin, .consumed = end + 2, .head = std::move(*head)};
}

Step MultipartParser::step_payload(std::string_view window) {
  if (window.empty()) return Step{};
  Hit hit;
  if (state_ == State::part_start) {
    // The empty line that ended the head may be the line end that begins the delimiter: a part without payload.
    hit.candidate = match_delimiter(window, std::string_view(delimiter_).substr(2));
  }
  if (hit.candidate.match == Match::no) hit = find_delimiter(window, delimiter_);
  if (hit.at > 0) {
    state_ = State::part_data;
    return Step{.event = Event::part_data, .consumed = hit.at, .payload = as_bytes(window.substr(0, hit.at))};
  }
  switch (hit.candidate.match) {
    case Match::delimiter: return after_delimiter(Event::part_end, hit.candidate.length, State::part_head);
    case Match::close_delimiter: return after_delimiter(Event::part_end, hit.candidate.length, State::closing);
    case Match::undecided:
    case Match::no: break;
  }
  return Step{};
}

}  // namespace stile::http
