#include "api/user_tokens.h"

#include <gtest/gtest.h>

#include "api/testing.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;

Call call_with(std::string bearer, Level level, Params params = {}) {
  Call call = test_call(Generation::v2, "/api/user/tokens", std::move(params), Caller{.level = level, .user_id = 7});
  call.bearer = std::move(bearer);
  return call;
}

TEST(UserTokens, GivesTheBearerTokenBackUnderEveryNameClientsLookFor) {
  ApiBench bench;
  const auto reply = bench.reply(call_with("secret", Level::write, {{"cross_sites_p", "1"}}));
  EXPECT_EQ(reply.status, 200);
  const std::string entry =
      R"([{"domain":"videos.example.com","display_name":"Example","bearer_token":"secret",)"
      R"("expiration_time":"2023-12-14T22:13:20Z","api_base_url":"https://videos.example.com/","site_name":"Example",)"
      R"("site_id":12,"user_id":7,"permission_level":"write","canonical_user_p":true,"starred_p":false}])";
  EXPECT_EQ(reply.body, R"({"status":"ok","permission_level":"write","cached":false,"tokens":)" + entry +
                            R"(,"sites":)" + entry + R"(,"data":)" + entry + R"(,"total_count":1})");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
}

TEST(UserTokens, NeedsABearerToken) {
  ApiBench bench;
  const auto reply = bench.reply(call_with("", Level::super));
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body, R"({"status":"error","message":"This method needs a bearer token","code":"token_required",)"
                        R"("permission_level":"super"})");
}

TEST(UserTokens, IsNoMethodOfTheFirstGeneration) {
  ApiBench bench;
  Call call = call_with("secret", Level::super);
  call.generation = Generation::v1;
  EXPECT_NE(bench.reply(std::move(call)).body.find("no_such_object"), std::string::npos);
}

}  // namespace
}  // namespace stile::api
