// Every wire example at every fragment size: what is understood must not depend on how the network cut the bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <vector>

#include "transcript.h"
#include "wire_example.h"

namespace stile::protocol {

void PrintTo(const WireExample& example, std::ostream* out) { *out << example.name; }

namespace {

constexpr std::size_t kAll = SIZE_MAX;

std::string read_in_fragments(std::string_view bytes, std::size_t fragment) {
  Transcript transcript;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, fragment);
    transcript.feed(as_bytes(piece));
    bytes.remove_prefix(piece.size());
  }
  transcript.finish();
  return transcript.text();
}

const std::vector<WireExample>& all_examples() {
  static const auto examples = load_wire_examples(STILE_WIRE_DIR);
  return examples;
}

std::vector<WireExample> examples_that_end_well() {
  auto examples = all_examples();
  std::erase_if(examples, [](const WireExample& example) { return !example.transcript.ends_with("\nclosed\n"); });
  return examples;
}

class Wire : public testing::TestWithParam<WireExample> {};
class WholeWire : public testing::TestWithParam<WireExample> {};

TEST_P(Wire, IsUnderstoodAtEveryFragmentSize) {
  const WireExample& example = GetParam();
  for (const std::size_t fragment :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{16}, std::size_t{31}, kAll})
    EXPECT_EQ(read_in_fragments(example.bytes, fragment), example.transcript)
        << "fragments of " << fragment << " bytes";
}

TEST_P(WholeWire, CutAnywhereIsNeitherWholeNorMalformed) {
  const WireExample& example = GetParam();
  const std::string_view bytes = example.bytes;
  const std::size_t step = bytes.size() < 4096 ? 1 : bytes.size() / 50;
  for (std::size_t length = 0; length < bytes.size(); length += step) {
    const std::string got = read_in_fragments(bytes.substr(0, length), 16);
    EXPECT_NE(got, example.transcript) << "cut after " << length << " bytes";
    EXPECT_FALSE(got.contains("error ")) << "cut after " << length << " bytes";
  }
}

const auto name_of = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Examples, Wire, testing::ValuesIn(all_examples()), name_of);
INSTANTIATE_TEST_SUITE_P(Examples, WholeWire, testing::ValuesIn(examples_that_end_well()), name_of);

}  // namespace
}  // namespace stile::protocol
