#include "api/album_methods.h"

#include <gtest/gtest.h>

#include "api/testing.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;

constexpr const char* kEndpoint = "/api/album/create";
constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

TEST(AlbumCreate, AnswersWithIdAndToken) {
  ApiBench bench;
  const auto reply = bench.reply(test_call(Generation::v1, kEndpoint, {{"title", "Summer"}}));
  EXPECT_EQ(reply.body, std::string(kXmlHead) +
                            "<response status=\"ok\" permission_level=\"write\" message=\"The album was successfully "
                            "created\" cached=\"0\"><album_id>1</album_id><token>" +
                            ApiBench::first_album_token() + "</token></response>");
}

TEST(AlbumCreate, AnswersInJson) {
  ApiBench v1;
  EXPECT_TRUE(v1.reply(test_call(Generation::v1, kEndpoint, {{"title", "Summer"}, {"format", "json"}, {"raw", ""}}))
                  .body.starts_with(R"({"status":"ok","message":"The album was successfully created",)"
                                    R"("permission_level":"write","cached":"0","album":{"album_id":"1","token":")" +
                                    ApiBench::first_album_token() + R"("},"p":"1","size":"1","site":{)"));
  ApiBench v2;
  EXPECT_EQ(v2.reply(test_call(Generation::v2, kEndpoint, {{"title", "Summer"}})).body,
            R"({"status":"ok","message":"The album was successfully created","permission_level":"write","cached":false,)"
            R"("data":{"album_id":1,"token":")" +
                ApiBench::first_album_token() + "\"}}");
}

TEST(AlbumCreate, StoresAnAlbumThatTokensMayName) {
  ApiBench bench;
  bench.reply(test_call(Generation::v2, kEndpoint, {{"title", "Summer"}}));
  EXPECT_EQ(io::run_until_done(bench.catalog().known_albums({1, 2})).value(), std::vector<std::int64_t>{1});
}

TEST(AlbumCreate, NeedsATitle) {
  for (const Params& params : {Params{}, Params{{"title", ""}}, Params{{"title", "<b> </b>"}}}) {
    ApiBench bench;
    const auto reply = bench.reply(test_call(Generation::v2, kEndpoint, params));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.body, R"({"status":"error","message":"title is required","code":"invalid_input",)"
                          R"("permission_level":"write"})");
    EXPECT_TRUE(io::run_until_done(bench.catalog().known_albums({1})).value().empty());
  }
}

TEST(AlbumCreate, HonoursUserIdForSuperOnly) {
  ApiBench bench;
  EXPECT_EQ(bench.reply(test_call(Generation::v2, kEndpoint, {{"title", "x"}, {"user_id", "nonsense"}})).status, 200);
  EXPECT_EQ(bench.reply(test_call(Generation::v2, kEndpoint, {{"title", "x"}, {"user_id", "nonsense"}},
                                  Caller{.level = Level::super, .user_id = 1}))
                .status,
            400);
}

TEST(AlbumIds, ReadsAList) {
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(parse_album_ids("", 9).value(), Ids{});
  EXPECT_EQ(parse_album_ids("12", 9).value(), Ids{12});
  EXPECT_EQ(parse_album_ids(" 12, 13,,12,007 ", 9).value(), (Ids{12, 13, 7}));
}

TEST(AlbumIds, RefusesOtherText) {
  for (auto text : {"x", "1;2", "1,x", "-1", "0", "1.5", "99999999999999999999", "1 2", "0x1", "1' OR '1'='1"}) {
    const auto ids = parse_album_ids(text, 9);
    ASSERT_FALSE(ids) << text;
    EXPECT_EQ(ids.error().code, Code::invalid_album) << text;
  }
  EXPECT_EQ(parse_album_ids("1,2,3", 2).error().code, Code::invalid_album);
}

}  // namespace
}  // namespace stile::api
