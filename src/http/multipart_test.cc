#include "http/multipart.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace stile::http {
namespace {

using namespace std::string_literals;
using Event = MultipartParser::Event;

struct Part {
  PartHead head;
  std::string payload;
};

struct Parsed {
  std::vector<Part> parts;
  bool done = false;
  std::optional<Error> error;
};

// Feeds `body` as a caller does: a window that grows by `step` bytes whenever the parser needs more.
Parsed parse(std::string_view body, std::size_t step, MultipartLimits limits = {},
             std::string_view boundary = "bound") {
  MultipartParser parser(boundary, limits);
  Parsed out;
  std::size_t begin = 0, end = 0;
  bool in_part = false;
  while (true) {
    const auto got = parser.step(as_bytes(body.substr(begin, end - begin)));
    if (!got) {
      out.error = got.error();
      return out;
    }
    EXPECT_LE(got->consumed, end - begin);
    begin += got->consumed;
    switch (got->event) {
      case Event::part_begin:
        EXPECT_FALSE(std::exchange(in_part, true));
        out.parts.push_back({got->head, {}});
        break;
      case Event::part_data:
        EXPECT_TRUE(in_part);
        EXPECT_FALSE(got->payload.empty());
        EXPECT_EQ(got->payload.size(), got->consumed);
        out.parts.back().payload.append(as_text(got->payload));
        break;
      case Event::part_end: EXPECT_TRUE(std::exchange(in_part, false)); break;
      case Event::done:
        out.done = true;
        EXPECT_TRUE(parser.between_messages());
        return out;
      case Event::need_more:
        if (in_part) EXPECT_LE(end - begin, kMaxMultipartTail);
        EXPECT_LT(end - begin, std::max(limits.max_part_head_bytes, kMaxMultipartTail + 1));
        if (end == body.size()) return out;
        end = std::min(end + step, body.size());
        break;
    }
  }
}

// Parses at several window sizes, which must agree, and returns what they say.
Parsed parse_all(std::string_view body, MultipartLimits limits = {}, std::string_view boundary = "bound") {
  const Parsed whole = parse(body, std::max<std::size_t>(body.size(), 1), limits, boundary);
  for (const std::size_t step : {1, 2, 3, 7, 16, 31}) {
    const Parsed pieces = parse(body, step, limits, boundary);
    EXPECT_EQ(pieces.done, whole.done) << "step " << step;
    EXPECT_EQ(pieces.error.has_value(), whole.error.has_value()) << "step " << step;
    if (pieces.error && whole.error) EXPECT_EQ(pieces.error->code, whole.error->code) << "step " << step;
    EXPECT_EQ(pieces.parts.size(), whole.parts.size()) << "step " << step;
    for (std::size_t i = 0; i < std::min(pieces.parts.size(), whole.parts.size()); ++i) {
      EXPECT_EQ(pieces.parts[i].head.name, whole.parts[i].head.name) << "step " << step;
      EXPECT_EQ(pieces.parts[i].payload, whole.parts[i].payload) << "step " << step;
    }
  }
  return whole;
}

// The body whose only part is `field` = `payload`.
std::string single(const std::string& payload) {
  return "--bound\r\nContent-Disposition: form-data; name=\"field\"\r\n\r\n" + payload + "\r\n--bound--\r\n";
}

void expect_payload(const std::string& payload) {
  const auto parsed = parse_all(single(payload));
  ASSERT_FALSE(parsed.error) << parsed.error->message;
  ASSERT_TRUE(parsed.done);
  ASSERT_EQ(parsed.parts.size(), 1u);
  EXPECT_EQ(parsed.parts[0].payload, payload);
}

// A body whose part head is `lines`.
Parsed with_head(const std::string& lines) { return parse_all("--bound\r\n" + lines + "\r\n\r\nx\r\n--bound--"); }

void expect_refused(const Parsed& parsed, const std::string& what, Errc code = Errc::invalid_input) {
  ASSERT_TRUE(parsed.error) << what;
  EXPECT_EQ(parsed.error->code, code) << what;
  EXPECT_FALSE(parsed.error->message.empty());
}

PartHead disposition(const std::string& parameters) {
  const auto parsed = with_head("Content-Disposition: form-data; " + parameters);
  EXPECT_FALSE(parsed.error) << parameters;
  return parsed.parts.empty() ? PartHead{} : parsed.parts[0].head;
}

TEST(MultipartParser, ReadsFieldsAndFiles) {
  const auto parsed = parse_all(
      "--bound\r\nContent-Disposition: form-data; name=\"upload_token\"\r\n\r\nT\r\n"
      "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
      "\xFF\xD8\r\n\r\ndata\r\n--bound--\r\n");
  ASSERT_TRUE(parsed.done);
  ASSERT_EQ(parsed.parts.size(), 2u);
  EXPECT_EQ(parsed.parts[0].head.name, "upload_token");
  EXPECT_EQ(parsed.parts[0].head.file_name, std::nullopt);
  EXPECT_EQ(parsed.parts[0].head.content_type, "");
  EXPECT_EQ(parsed.parts[0].payload, "T");
  EXPECT_EQ(parsed.parts[1].head.name, "file");
  EXPECT_EQ(parsed.parts[1].head.file_name, "a.jpg");
  EXPECT_EQ(parsed.parts[1].head.content_type, "image/jpeg");
  EXPECT_EQ(parsed.parts[1].payload, "\xFF\xD8\r\n\r\ndata");
}

TEST(MultipartParser, KeepsPayloadThatLooksLikeADelimiter) {
  for (const auto& payload : {""s,
                              "\r"s,
                              "\n"s,
                              "\r\n"s,
                              "\r\n\r\n"s,
                              "\r\n-"s,
                              "\r\n--"s,
                              "\r\n--boun"s,
                              "\r\n--bound"s + "x",
                              "\r\n--bound-"s,
                              "\r\n--bound-x"s,
                              "\r\n--bound \r"s,
                              "\r\n--bound \t x"s,
                              "\r\n--bound\n"s,
                              "\r\r\n--bounc"s,
                              "\r\n\r\n--bound2\r\n"s,
                              "--bound2"s,
                              "--boundary\r\n"s,
                              "\n--bound\r\n"s,
                              "\r--bound\r\n"s,
                              "a\r\n--Bound\r\n"s,
                              "\r\n--bound" + std::string(65, ' ') + "\r\n",
                              "x--bound--"s,
                              std::string(3, '\0'),
                              std::string(1000, '\r'),
                              "\r\n--bound\r"s + "x"})
    expect_payload(payload);
}

TEST(MultipartParser, GivesTheLastLineEndToTheDelimiter) {
  const auto parsed = parse_all(single("a\r\n"));
  ASSERT_EQ(parsed.parts.size(), 1u);
  EXPECT_EQ(parsed.parts[0].payload, "a\r\n");
}

TEST(MultipartParser, TakesWhiteSpaceAfterABoundary) {
  const auto parsed =
      parse_all("--bound \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--bound" + std::string(64, ' ') +
                "\r\nContent-Disposition: form-data; name=b\r\n\r\n2\r\n--bound--  \r\n");
  ASSERT_TRUE(parsed.done);
  ASSERT_EQ(parsed.parts.size(), 2u);
  EXPECT_EQ(parsed.parts[1].payload, "2");
}

TEST(MultipartParser, TakesAPartWithoutPayloadOrItsLineEnd) {
  const auto parsed = parse_all(
      "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n--bound\r\nContent-Disposition: form-data; "
      "name=b\r\n\r\n--bound--");
  ASSERT_TRUE(parsed.done);
  ASSERT_EQ(parsed.parts.size(), 2u);
  EXPECT_EQ(parsed.parts[0].payload, "");
}

TEST(MultipartParser, SkipsPreambleAndEpilogue) {
  for (const auto& preamble : {"\r\n"s, "hello\r\n"s, "--boundx\r\n"s, "--bound x\r\n--\r\n"s}) {
    const auto parsed = parse_all(preamble + single("x") + "epilogue\r\n--bound\r\n");
    ASSERT_TRUE(parsed.done) << preamble;
    ASSERT_EQ(parsed.parts.size(), 1u);
    EXPECT_EQ(parsed.parts[0].payload, "x");
  }
  expect_refused(parse_all("hello--bound\r\n" + std::string(10'000, 'x')), "endless preamble", Errc::limit);
}

TEST(MultipartParser, KnowsAFormWithoutParts) {
  EXPECT_TRUE(parse_all("--bound--\r\n").done);
  EXPECT_TRUE(parse_all("\r\n--bound--").done);
}

TEST(MultipartParser, IsNotDoneWhenTheBodyIsCut) {
  const std::string body = single("payload");
  const std::size_t closing = body.find("--bound--") + 9;
  for (std::size_t length = 0; length < closing; ++length) {
    const auto parsed = parse(body.substr(0, length), 5);
    EXPECT_FALSE(parsed.done) << length;
    EXPECT_FALSE(parsed.error) << length;
  }
}

TEST(MultipartParser, SaysWhetherItIsBetweenMessages) {
  MultipartParser parser("bound");
  EXPECT_TRUE(parser.between_messages());
  const std::string begin = "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  ASSERT_EQ(parser.step(as_bytes(begin))->event, Event::part_begin);
  EXPECT_FALSE(parser.between_messages());
}

TEST(MultipartParser, GivesPayloadInPlace) {
  const std::string body = single("payload");
  MultipartParser parser("bound");
  const auto begin = parser.step(as_bytes(body));
  ASSERT_TRUE(begin && begin->event == Event::part_begin);
  const auto data = parser.step(as_bytes(body).subspan(begin->consumed));
  ASSERT_TRUE(data && data->event == Event::part_data);
  EXPECT_EQ(as_text(data->payload).data(), body.data() + begin->consumed);
}

TEST(MultipartParser, AnswersDoneForEver) {
  MultipartParser parser("bound");
  EXPECT_EQ(parser.step(as_bytes("--bound--"))->event, Event::done);
  const auto again = parser.step(as_bytes("more"));
  EXPECT_EQ(again->event, Event::done);
  EXPECT_EQ(again->consumed, 0u);
}

TEST(MultipartParser, ReadsNamesTheWayBrowsersWriteThem) {
  EXPECT_EQ(disposition("name=\"a%22b%0D%0Ac%20\"").name, "a\"b\r\nc%20");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"\"").file_name, "");
  EXPECT_EQ(disposition("name=\"\"").name, "");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"sm\xC3\xB8rrebr\xC3\xB8"
                        "d \xF0\x9F\x98\x80.jpg\"")
                .file_name,
            "sm\xC3\xB8rrebr\xC3\xB8"
            "d \xF0\x9F\x98\x80.jpg");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"a;b=c.jpg\"").file_name, "a;b=c.jpg");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"say \\\"hi\\\" \\\\ \"").file_name, "say \"hi\" \\ ");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"C:\\path\\file.jpg\"").file_name, "C:\\path\\file.jpg");
  EXPECT_EQ(disposition("name=\"a\"; filename=\"100%.jpg\"").file_name, "100%.jpg");
}

TEST(MultipartParser, ReadsNamesTheWayLibrariesWriteThem) {
  EXPECT_EQ(disposition("name=file; filename=my file.jpg; size=3;").file_name, "my file.jpg");
  EXPECT_EQ(disposition("NAME = \"file\" ;FileName=a").file_name, "a");
  EXPECT_EQ(disposition("name=a; filename=\"plain.jpg\"; filename*=UTF-8''sm%C3%B8r.jpg").file_name, "sm\xC3\xB8r.jpg");
  EXPECT_EQ(disposition("name=a; filename*=utf-8'da'sm%C3%B8r%22.jpg; filename=x").file_name, "sm\xC3\xB8r\".jpg");
}

TEST(MultipartParser, RefusesBadPartHeads) {
  for (const auto& lines : {""s,
                            "Content-Type: image/jpeg"s,
                            "Content-Disposition: attachment; name=a"s,
                            "Content-Disposition: form-data"s,
                            "Content-Disposition: form-data; filename=a"s,
                            "Content-Disposition: form-data; name"s,
                            "Content-Disposition: form-data; name=\"a"s,
                            "Content-Disposition: form-data; name=\"a\"b"s,
                            "Content-Disposition: form-data; name=a; name=b"s,
                            "Content-Disposition: form-data; name=a; filename=x; FILENAME=y"s,
                            "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b"s,
                            "Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=x"s,
                            "Content-Disposition: form-data; name=a\r\nContent-Type: a/b\r\nContent-Type: c/d"s,
                            "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"s,
                            "Content-Disposition: form-data;\r\n name=a"s,
                            "Content-Disposition : form-data; name=a"s,
                            "Content-Disposition: form-data; name=a\nX: y"s,
                            "Content-Disposition: form-data; name=\"\xFF\""s,
                            "Content-Disposition: form-data; name=a; filename=\"\xC0\x80\""s,
                            "Content-Disposition: form-data; name=\"a\0b\""s,
                            "Content-Disposition: form-data; name=a; filename*=UTF-8''%00"s,
                            "Content-Disposition: form-data; name=a; filename*=UTF-8''%ff"s,
                            "Content-Disposition: form-data; name=a; filename*=UTF-8''%"s,
                            "Content-Disposition: form-data; name=a; filename*=latin1''a"s,
                            "Content-Disposition: form-data; name=a; filename*=a"s,
                            "no colon"s,
                            "\xC3\xB8: x"s})
    expect_refused(with_head(lines), lines);
}

TEST(MultipartParser, BoundsParameters) {
  std::string parameters = "name=a";
  for (int i = 1; i < 16; ++i) parameters += "; p" + std::to_string(i) + "=x";
  EXPECT_EQ(disposition(parameters).name, "a");
  expect_refused(with_head("Content-Disposition: form-data; " + parameters + "; one=more"), "17 parameters");
}

TEST(MultipartParser, LeavesOtherHeadersAlone) {
  const auto parsed = with_head(
      "X-Other: 1\r\nContent-Disposition: form-data; name=a\r\ncontent-transfer-encoding: Binary\r\nContent-Length: 1");
  ASSERT_TRUE(parsed.done);
  EXPECT_EQ(parsed.parts[0].head.name, "a");
}

TEST(MultipartParser, BoundsPartsAndPartHeads) {
  const std::string part = "--bound\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
  EXPECT_TRUE(parse_all(part + part + "--bound--", {.max_parts = 2}).done);
  expect_refused(parse_all(part + part + part + "--bound--", {.max_parts = 2}), "parts", Errc::limit);

  const std::string head = "Content-Disposition: form-data; name=a\r\n\r\n";
  EXPECT_TRUE(parse_all(part + "--bound--", {.max_part_head_bytes = head.size()}).done);
  expect_refused(parse_all(part + "--bound--", {.max_part_head_bytes = head.size() - 1}), "part head", Errc::limit);
  expect_refused(parse_all("--bound\r\nX: " + std::string(20'000, 'x')), "endless part head", Errc::limit);
}

TEST(MultipartParser, KeepsRandomPayloadAtRandomWindows) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 engine(seed);
  // An alphabet of pieces of the delimiter makes near misses likely.
  const std::string pieces[] = {"\r", "\n", "-", "--", "\r\n--", "bou", "bound", "\r\n--bound", " ", "x"};
  for (int round = 0; round < 500; ++round) {
    std::string payload;
    for (std::size_t i = engine() % 30; i > 0; --i) payload += pieces[engine() % std::size(pieces)];
    const auto reference = parse(single(payload), 1);
    const auto got = parse(single(payload), 1 + engine() % 50);
    ASSERT_EQ(got.done, reference.done);
    ASSERT_EQ(got.parts.size(), reference.parts.size());
    for (std::size_t i = 0; i < got.parts.size(); ++i) ASSERT_EQ(got.parts[i].payload, reference.parts[i].payload);
  }
}

// Large windows are looked through in blocks.
TEST(MultipartParser, FindsADelimiterAtEveryPlaceOfALargeWindow) {
  const std::string near_miss = "\r\n--bo_nd";  // its first and last bytes are those of the delimiter
  std::string noise;
  while (noise.size() < 1500) noise += near_miss;
  for (std::size_t length = 0; length < noise.size(); ++length) {
    const std::string payload = noise.substr(noise.size() - length);
    const auto parsed = parse(single(payload), single(payload).size());
    ASSERT_EQ(parsed.parts.size(), 1u) << length;
    ASSERT_TRUE(parsed.parts[0].payload == payload) << length;
  }
}

TEST(MultipartBoundary, ReadsWhatClientsSend) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=----WebKitFormBoundaryAbc"), "----WebKitFormBoundaryAbc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_EQ(multipart_boundary("multipart/form-data;boundary=----=_Part_1.2"), "----=_Part_1.2");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(70, 'x')), std::string(70, 'x'));
}

TEST(MultipartBoundary, RefusesTheRest) {
  for (const auto& type :
       {""s, "multipart/form-data"s, "multipart/mixed; boundary=a"s, "text/plain; boundary=a"s,
        "multipart/form-data; boundary="s, "multipart/form-data; boundary=\"\""s, "multipart/form-data; boundary=\"a"s,
        "multipart/form-data; boundary=\"a \""s, "multipart/form-data; boundary=a; boundary=b"s,
        "multipart/form-data; boundary=a\x01"s, "multipart/form-data; boundary=\"a\r\n\""s,
        "multipart/form-data; boundary=a@b"s, "multipart/form-data; boundary=" + std::string(71, 'x'),
        "multipart/form-datax; boundary=a"s})
    EXPECT_EQ(multipart_boundary(type), std::nullopt) << type;
}

}  // namespace
}  // namespace stile::http
