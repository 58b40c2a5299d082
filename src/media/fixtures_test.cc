// The sniffer against real files: those that tests/fixtures/make_media.py makes with ffmpeg and libvips.
#include "media/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace stile::media {
namespace {

struct Fixture {
  std::string name, path, type;
  bool accepted = false;
  std::string head;
};

// STILE_FIXTURES names a folder that is ready; without it the files are made (once) below the build folder.
std::string fixture_folder() {
  if (const char* ready = std::getenv("STILE_FIXTURES"); ready && *ready) return ready;
  const std::string folder = STILE_FIXTURE_FOLDER;
  const std::string make = "python3 '" STILE_SOURCE_FOLDER "/tests/fixtures/make_media.py' '" + folder + "' --quiet";
  return std::system(make.c_str()) == 0 ? folder : std::string();
}

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = [] {
    std::vector<Fixture> list;
    const auto folder = fixture_folder();
    std::ifstream index(folder + "/index.tsv");
    for (std::string line; !folder.empty() && std::getline(index, line);) {
      std::istringstream fields(line);
      Fixture fixture;
      std::string accepted;
      std::getline(fields, fixture.name, '\t');
      std::getline(fields, fixture.path, '\t');
      std::getline(fields, fixture.type, '\t');
      std::getline(fields, accepted, '\t');
      fixture.accepted = accepted == "1";
      std::ifstream file(folder + "/" + fixture.path, std::ios::binary);
      fixture.head.resize(kSniffBytes);
      file.read(fixture.head.data(), static_cast<std::streamsize>(fixture.head.size()));
      fixture.head.resize(static_cast<std::size_t>(file.gcount()));
      list.push_back(std::move(fixture));
    }
    return list;
  }();
  return all;
}

class RealFiles : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GT(fixtures().size(), 70u) << "The media files are missing: install ffmpeg and libvips-tools, or set "
                                         "STILE_FIXTURES to a folder filled by tests/fixtures/make_media.py.";
  }
  Sniffer sniffer_{{"image/*", "video/*", "audio/*"}};
};

TEST_F(RealFiles, AreToldByTheirContent) {
  std::set<std::string> seen;
  for (const auto& fixture : fixtures()) {
    if (!fixture.accepted) continue;
    const auto found = sniffer_.judge(as_bytes(fixture.head), true);
    ASSERT_TRUE(found) << fixture.path << ": " << found.error().message << " (" << found.error().cause << ")";
    ASSERT_TRUE(*found) << fixture.path;
    EXPECT_EQ((*found)->content_type, fixture.type) << fixture.path;
    seen.insert((*found)->content_type);
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(known_types())) << "every type has a real file";
}

TEST_F(RealFiles, AreNeverRefusedForArrivingInPieces) {
  for (const auto& fixture : fixtures()) {
    if (!fixture.accepted) continue;
    for (std::size_t length = 1; length < fixture.head.size(); length += 1 + length / 16) {
      const auto found = sniffer_.judge(as_bytes(fixture.head).first(length), false);
      ASSERT_TRUE(found) << fixture.path << " after " << length << " bytes: " << found.error().message;
      if (*found) EXPECT_EQ((*found)->content_type, fixture.type) << fixture.path << " after " << length << " bytes";
    }
  }
}

TEST_F(RealFiles, OfOtherKindsAreRefused) {
  for (const auto& fixture : fixtures()) {
    if (fixture.accepted) continue;
    const auto found = sniffer_.judge(as_bytes(fixture.head), true);
    ASSERT_FALSE(found) << fixture.path << " was taken for " << (*found ? (*found)->content_type : "something unknown");
    EXPECT_EQ(found.error().code, fixture.head.empty() ? Errc::empty_file : Errc::unsupported_type) << fixture.path;
    for (std::size_t length = 0; length < fixture.head.size(); length += 1 + length / 16) {
      const auto early = sniffer_.judge(as_bytes(fixture.head).first(length), false);
      EXPECT_FALSE(early && *early) << fixture.path << " was accepted after " << length << " bytes";
    }
  }
}

TEST_F(RealFiles, AreNamedWhenRefused) {
  const std::map<std::string, std::string> words = {{"SVG", "an SVG drawing"},
                                                    {"PDF", "a PDF document"},
                                                    {"program", "a program"},
                                                    {"text", "plain text"},
                                                    {"JSON", "a JSON document"},
                                                    {"XML", "an XML document"},
                                                    {"BMP", "an image of another kind"},
                                                    {"database", "a database"},
                                                    {"JPEG", "a damaged JPEG image"},
                                                    {"PNG", "a damaged PNG image"},
                                                    {"GIF", "a damaged GIF image"}};
  int named = 0;
  for (const auto& fixture : fixtures()) {
    const auto word = words.find(fixture.type);
    if (fixture.accepted || word == words.end()) continue;
    const auto found = sniffer_.judge(as_bytes(fixture.head), true);
    ASSERT_FALSE(found) << fixture.path;
    EXPECT_THAT(found.error().message, testing::HasSubstr(word->second)) << fixture.path;
    ++named;
  }
  EXPECT_GT(named, 12);
}

TEST_F(RealFiles, CutShortAreNotWholeFiles) {
  for (const auto& fixture : fixtures()) {
    if (!fixture.accepted) continue;
    EXPECT_FALSE(sniffer_.judge(as_bytes(fixture.head).first(12), true)) << fixture.path;
  }
}

}  // namespace
}  // namespace stile::media
