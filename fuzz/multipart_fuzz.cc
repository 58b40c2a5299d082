// MultipartParser: the same parts whether the body comes in one window or in random pieces; and a file that is sent in
// a part arrives as it was.
//
// Input: a Content-Type value, LF, the body.
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "http/multipart.h"

namespace {

using namespace stile;
using Event = http::MultipartParser::Event;

constexpr http::MultipartLimits kLimits{.max_parts = 10, .max_part_head_bytes = 512};

struct Part {
  http::PartHead head;
  std::string payload;
  bool ended = false;
};

struct Outcome {
  std::optional<Errc> error;
  std::vector<Part> parts;
  bool done = false;
};

template <class NextSize>
Outcome parse(std::string_view boundary, std::string_view body, NextSize next_size) {
  http::MultipartParser parser(boundary, kLimits);
  Outcome out;
  std::size_t begin = 0, end = 0;
  while (!out.done) {
    const std::string_view window = body.substr(begin, end - begin);
    const auto step = parser.step(as_bytes(window));
    if (!step) {
      out.error = step.error().code;
      return out;
    }
    CHECK(step->consumed <= window.size());
    begin += step->consumed;
    switch (step->event) {
      case Event::part_begin:
        CHECK(out.parts.empty() || out.parts.back().ended);
        out.parts.push_back({step->head, {}});
        break;
      case Event::part_data:
        CHECK(!out.parts.empty() && !out.parts.back().ended);
        CHECK(!step->payload.empty() && step->payload.size() <= step->consumed);
        CHECK(as_text(step->payload).data() == window.data());
        out.parts.back().payload.append(as_text(step->payload));
        break;
      case Event::part_end:
        CHECK(!out.parts.empty() && !out.parts.back().ended);
        out.parts.back().ended = true;
        break;
      case Event::done: out.done = true; break;
      case Event::need_more:
        // What a caller must be able to hold for a parser that buffers nothing.
        CHECK(end - begin < std::max(kLimits.max_part_head_bytes, http::kMaxMultipartTail + 1));
        if (end == body.size()) return out;
        end += next_size(body.size() - end);
        break;
    }
  }
  return out;
}

void check_round_trip(std::string_view payload, fuzz::Fragments& fragments) {
  constexpr std::string_view kBoundary = "----a boundary:7";
  if (payload.contains(kBoundary)) return;
  const std::string body = "--" + std::string(kBoundary) +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" +
                           std::string(payload) + "\r\n--" + std::string(kBoundary) + "--\r\n";
  const Outcome back = parse(kBoundary, body, [&](std::size_t left) { return fragments.next(left); });
  CHECK(back.done && !back.error && back.parts.size() == 1);
  CHECK(back.parts[0].head.name == "file" && back.parts[0].head.file_name == "f" && back.parts[0].payload == payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  fuzz::Fragments fragments(text);
  check_round_trip(text, fragments);
  const auto boundary = http::multipart_boundary(text.substr(0, line_end));
  if (!boundary) return 0;
  CHECK(!boundary->empty() && boundary->size() <= 70);
  const std::string_view body = text.substr(std::min(line_end + 1, text.size()));

  const Outcome whole = parse(*boundary, body, [](std::size_t left) { return left; });
  const Outcome pieces = parse(*boundary, body, [&](std::size_t left) { return fragments.next(left); });
  CHECK(whole.error == pieces.error);
  CHECK(whole.done == pieces.done);
  CHECK(whole.parts.size() == pieces.parts.size());
  CHECK(whole.parts.size() <= kLimits.max_parts);
  for (std::size_t i = 0; i < whole.parts.size(); ++i) {
    const Part &a = whole.parts[i], &b = pieces.parts[i];
    CHECK(a.head.name == b.head.name && a.head.file_name == b.head.file_name &&
          a.head.content_type == b.head.content_type);
    CHECK(a.ended == b.ended);
    CHECK(a.payload == b.payload);
    CHECK(is_valid_utf8(a.head.name) && !a.head.name.contains('\0'));
    CHECK(!a.head.file_name || (is_valid_utf8(*a.head.file_name) && !a.head.file_name->contains('\0')));
  }
  return 0;
}
