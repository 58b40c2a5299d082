// Every wire example told to the whole server: what it answers must not depend on how the network cut the bytes, and it
// must be there for the next client.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "api/gateway_rig.h"
#include "wire_example.h"

namespace stile::protocol {

void PrintTo(const WireExample& example, std::ostream* out);

namespace {

// The answers without what differs from one to the next: dates, ids and the secrets of photos.
std::string status_lines(const std::string& answers) {
  std::string lines;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string::npos; ++at)
    lines += answers.substr(at, answers.find("\r\n", at) - at) + "\n";
  return lines;
}

class Conversation : public testing::TestWithParam<WireExample> {};

TEST_P(Conversation, IsTheSameAtEveryFragmentSize) {
  const WireExample& example = GetParam();
  std::string whole;
  for (const std::size_t fragment : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    api::GatewayRig rig;
    catalog::Token token = api::test_token("T");
    token.max_uploads = 100;
    rig.add_token(token);
    const std::string answers = status_lines(rig.talk(example.bytes, fragment));
    if (fragment == SIZE_MAX) whole = answers;
    EXPECT_EQ(answers, whole) << "fragments of " << fragment << " bytes";
    EXPECT_TRUE(rig.troubles.empty());
    EXPECT_EQ(rig.parts.blocks->in_use(), 0u);
    EXPECT_TRUE(rig.talk("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
  }
}

INSTANTIATE_TEST_SUITE_P(Examples, Conversation, testing::ValuesIn(load_wire_examples(STILE_WIRE_DIR)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace stile::protocol
