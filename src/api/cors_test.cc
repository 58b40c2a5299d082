#include "api/cors.h"

#include <gtest/gtest.h>

#include "api/testing.h"

namespace stile::api {
namespace {

http::RequestHead head(std::vector<http::Header> headers) {
  http::RequestHead made;
  made.method = "OPTIONS";
  made.headers = std::move(headers);
  return made;
}

std::string allowed(const Cors& cors, const http::RequestHead& request) {
  http::Reply reply = http::plain_reply(500, "no");
  cors.add_headers(request, reply);
  return header(reply, "Access-Control-Allow-Origin");
}

TEST(CorsTest, AStarAllowsEverybodyOnEveryAnswer) {
  const Cors cors({"*"});
  EXPECT_EQ(allowed(cors, head({{"Origin", "https://evil.example"}})), "*");
  EXPECT_EQ(allowed(cors, head({})), "*");
  http::Reply reply;
  cors.add_headers(head({}), reply);
  EXPECT_EQ(header(reply, "Vary"), "(none)");
  EXPECT_EQ(header(reply, "Access-Control-Allow-Credentials"), "(none)");
}

TEST(CorsTest, AListAllowsExactlyItsOrigins) {
  const Cors cors({"https://a.example", "https://b.example:8443"});
  EXPECT_EQ(allowed(cors, head({{"origin", "https://a.example"}})), "https://a.example");
  EXPECT_EQ(allowed(cors, head({{"Origin", "https://b.example:8443"}})), "https://b.example:8443");
  for (const char* other : {"https://b.example", "http://a.example", "https://a.example.evil", "https://xa.example",
                            "null", "", "https://A.example/", "*"})
    EXPECT_EQ(allowed(cors, head({{"Origin", other}})), "(none)") << other;
  EXPECT_EQ(allowed(cors, head({})), "(none)");
}

TEST(CorsTest, AListMakesEveryAnswerVaryByOrigin) {
  const Cors cors({"https://a.example"});
  for (const auto& request :
       {head({}), head({{"Origin", "https://a.example"}}), head({{"Origin", "https://evil.example"}})}) {
    http::Reply reply;
    cors.add_headers(request, reply);
    EXPECT_EQ(header(reply, "Vary"), "Origin");
  }
}

TEST(CorsTest, AnEmptyListAllowsNobody) {
  EXPECT_EQ(allowed(Cors({}), head({{"Origin", "https://a.example"}})), "(none)");
  EXPECT_EQ(header(Cors({}).preflight(head({{"Origin", "https://a.example"}})), "Access-Control-Allow-Methods"),
            "(none)");
}

TEST(CorsTest, APreflightIsAnsweredWithMethodsAndTheWantedHeaders) {
  const http::Reply reply = Cors({"*"}).preflight(head({{"Origin", "https://a.example"},
                                                        {"Access-Control-Request-Method", "PUT"},
                                                        {"Access-Control-Request-Headers", "x-one, x-two"}}));
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(header(reply, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(reply, "Access-Control-Allow-Headers"), "x-one, x-two");
  EXPECT_EQ(header(reply, "Access-Control-Max-Age"), "86400");
  for (const char* method : {"POST", "PUT", "PATCH", "GET"})
    EXPECT_TRUE(header(reply, "Access-Control-Allow-Methods").contains(method)) << method;
}

TEST(CorsTest, HostileWantedHeadersAreNotEchoed) {
  for (const std::string& wanted :
       {std::string("x\r\nSet-Cookie: a=b"), std::string("<script>"), std::string(2000, 'x'), std::string("x;y")}) {
    const auto reply = Cors({"*"}).preflight(head({{"Origin", "o"}, {"Access-Control-Request-Headers", wanted}}));
    EXPECT_TRUE(header(reply, "Access-Control-Allow-Headers").contains("Content-Type"));
    EXPECT_FALSE(header(reply, "Access-Control-Allow-Headers").contains(wanted));
  }
}

}  // namespace
}  // namespace stile::api
