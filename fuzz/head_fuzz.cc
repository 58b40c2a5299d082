// HeadParser: the same answer however the bytes are cut, a head that keeps its promises, and one that is written down
// from what was read is read as the same.
#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "http/head.h"

namespace {

using namespace stile;

struct Outcome {
  std::optional<Errc> error;
  std::optional<http::RequestHead> head;
  std::size_t consumed = 0;
};

template <class NextSize>
Outcome parse(std::string_view text, NextSize next_size) {
  http::HeadParser parser({.max_bytes = 2048, .max_headers = 20});
  Outcome out;
  while (out.consumed < text.size()) {
    const std::size_t size = next_size(text.size() - out.consumed);
    const auto progress = parser.feed(as_bytes(text.substr(out.consumed, size)));
    if (!progress) {
      out.error = progress.error().code;
      return out;
    }
    CHECK(progress->consumed <= size);
    out.consumed += progress->consumed;
    if (progress->done) {
      out.head = parser.take();
      return out;
    }
    CHECK(progress->consumed == size);
  }
  return out;
}

void check_promises(const http::RequestHead& head) {
  CHECK(!head.method.empty());
  CHECK(head.path.starts_with('/') && is_valid_utf8(head.path) && !head.path.contains('\0'));
  CHECK(head.headers.size() <= 20);
  CHECK(head.version_minor == 0 || head.version_minor == 1);
  CHECK(head.version_minor == 0 || head.header("host"));
  CHECK(head.framing == http::BodyFraming::length || head.content_length == 0);
  for (const auto& [name, value] : head.headers) {
    CHECK(!name.empty() && name.find_first_of(" \t\r\n:") == std::string::npos);
    CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    CHECK(trim(value) == value);
  }
  const bool has_length = head.header("content-length").has_value(),
             has_coding = head.header("transfer-encoding").has_value();
  CHECK(!(has_length && has_coding));
  CHECK((head.framing == http::BodyFraming::length) == has_length);
  CHECK((head.framing == http::BodyFraming::chunked) == has_coding);
}

void check_way_back(const http::RequestHead& head) {
  if (!head.target.starts_with('/')) return;  // a host in the target has taken the place of the header's
  std::string text = head.method + " " + head.target + " HTTP/1." + std::to_string(head.version_minor) + "\r\n";
  for (const auto& [name, value] : head.headers) text.append(name).append(":").append(value).append("\r\n");
  text += "\r\n";
  if (text.size() > 2048) return;
  const Outcome again = parse(text, [](std::size_t left) { return left; });
  CHECK(again.head && again.consumed == text.size());
  CHECK(again.head->method == head.method && again.head->path == head.path && again.head->query == head.query);
  CHECK(again.head->framing == head.framing && again.head->content_length == head.content_length);
  CHECK(again.head->keep_alive == head.keep_alive && again.head->expect_continue == head.expect_continue);
  CHECK(std::ranges::equal(again.head->headers, head.headers,
                           [](const auto& a, const auto& b) { return a.name == b.name && a.value == b.value; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const Outcome whole = parse(text, [](std::size_t left) { return left; });
  fuzz::Fragments fragments(text);
  const Outcome pieces = parse(text, [&](std::size_t left) { return fragments.next(left); });
  CHECK(whole.error == pieces.error);
  CHECK(whole.head.has_value() == pieces.head.has_value());
  if (whole.head) {
    CHECK(whole.consumed == pieces.consumed);
    check_promises(*whole.head);
    check_way_back(*whole.head);
    CHECK(whole.head->target == pieces.head->target && whole.head->path == pieces.head->path);
    CHECK(whole.head->headers.size() == pieces.head->headers.size());
    CHECK(whole.head->content_length == pieces.head->content_length);
  }
  return 0;
}
