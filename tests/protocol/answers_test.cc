// Recorded requests and what the whole server answers to them, word for word, under a clock and secrets that never
// change.
//
// answers/*.wire: the form is that of wire_example.h, but what follows <<< are the answers: "200 text/xml;
// charset=utf-8", with "Location: …" in a line of its own if there is one, then the body. A line that begins with two
// spaces goes on with the line before. A new example is written without answers; STILE_RECORD=1 fills in what was
// answered, to be read by a person before it is committed.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "api/gateway_rig.h"
#include "auth/bearer.h"
#include "wire_example.h"

namespace stile::protocol {

void PrintTo(const WireExample& example, std::ostream* out);

namespace {

constexpr std::size_t kColumns = 118;

std::string header_of(std::string_view head, std::string_view name) {
  const std::string line = "\r\n" + std::string(name) + ": ";
  const std::size_t at = head.find(line);
  return at == std::string_view::npos
             ? ""
             : std::string(head.substr(at + line.size(), head.find("\r\n", at + 2) - at - line.size()));
}

// Status, type, place and body of each answer.
std::string told(std::string_view answers) {
  std::string text;
  while (!answers.empty()) {
    const std::size_t end = answers.find("\r\n\r\n");
    if (end == std::string_view::npos) return text + "(cut)\n";
    const std::string_view head = answers.substr(0, end + 2);
    answers.remove_prefix(end + 4);
    const std::string length = header_of(head, "Content-Length");
    text += std::string(head.substr(9, 3)) + " " + header_of(head, "Content-Type") + "\n";
    if (const std::string place = header_of(head, "Location"); !place.empty()) text += "Location: " + place + "\n";
    const std::size_t bytes = length.empty() ? 0 : std::stoul(length);
    text += std::string(answers.substr(0, bytes)) + "\n";
    answers.remove_prefix(std::min(bytes, answers.size()));
  }
  return text;
}

std::string unfolded(std::string text) {
  for (std::size_t at = 0; (at = text.find("\n  ", at)) != std::string::npos;) text.erase(at, 3);
  return text;
}

std::string folded(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    std::string_view rest = line;
    for (bool first = true; first || !rest.empty(); first = false) {
      // After a comma or a tag, if there is one.
      const std::size_t fits = rest.size() <= kColumns ? rest.size() : rest.substr(0, kColumns).find_last_of(",>") + 1;
      const std::string_view piece = rest.substr(0, fits == 0 ? kColumns : fits);
      out.append(first ? "" : "  ").append(piece).append("\n");
      rest.remove_prefix(piece.size());
    }
  }
  return out;
}

void record(const WireExample& example, const std::string& answers) {
  const std::string path = std::string(STILE_ANSWERS_DIR) + "/" + example.name + ".wire";
  std::ifstream file(path);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    kept += line + "\n";
    if (line == "<<<") break;
  }
  std::ofstream(path) << kept << folded(answers);
}

// A server with a key of each level, its first letter 64 times, and the upload token "T".
class Told {
 public:
  Told() {
    using auth::Level;
    for (const Level level : {Level::read, Level::write, Level::admin, Level::super}) {
      catalog::Credentials credentials;
      credentials.level = level;
      credentials.name = auth::level_name(level);
      credentials.user_id = 1;
      credentials.consumer_key = credentials.access_token = credentials.name + "-consumer";
      credentials.bearer_sha256 = auth::bearer_digest(std::string(auth::kBearerLength, credentials.name.front()));
      CHECK(rig_.parts.run(rig_.parts.sql->add_credentials(std::move(credentials))));
    }
    catalog::Token token = api::test_token("T");
    token.max_uploads = 100;
    token.metadata.title = "A <photo>";
    rig_.add_token(token);
  }
  std::string talk(const std::string& bytes, std::size_t fragment) { return told(rig_.talk(bytes, fragment)); }

 private:
  api::GatewayRig rig_;
};

class Answers : public testing::TestWithParam<WireExample> {};

TEST_P(Answers, AreWordForWordTheSameAtEveryFragmentSize) {
  const WireExample& example = GetParam();
  if (std::getenv("STILE_RECORD")) record(example, Told().talk(example.bytes, SIZE_MAX));
  ASSERT_FALSE(example.transcript.empty()) << "no answers; see the head of this file";
  for (const std::size_t fragment : {SIZE_MAX, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{31}})
    EXPECT_EQ(Told().talk(example.bytes, fragment), unfolded(example.transcript)) << "fragments of " << fragment;
}

INSTANTIATE_TEST_SUITE_P(Examples, Answers, testing::ValuesIn(load_wire_examples(STILE_ANSWERS_DIR)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace stile::protocol
