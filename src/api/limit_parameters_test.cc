#include "api/limit_parameters.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

std::optional<std::string> problem_with(const Params& params, const TokenRules& rules = {}) {
  ParameterReader reader(params);
  catalog::Token token;
  read_limits(rules, reader, token);
  return reader.problem() ? std::optional(reader.problem()->message) : std::nullopt;
}

catalog::Token limits_of(const Params& params) {
  ParameterReader reader(params);
  catalog::Token token;
  read_limits({}, reader, token);
  EXPECT_FALSE(reader.problem());
  return token;
}

TEST(LimitParameters, WithoutAnyThereIsNoLimitAndNothingIsShown) {
  const catalog::Token token = limits_of({{"max_file_bytes", ""}, {"accepted_types", " "}});
  EXPECT_EQ(token.max_file_bytes, 0u);
  EXPECT_EQ(token.accepted_types, "");
  Object object;
  add_limits(object, token);
  EXPECT_TRUE(object.empty());
}

TEST(LimitParameters, AreTidied) {
  const catalog::Token token = limits_of({{"max_file_bytes", "5"},
                                          {"max_total_bytes", "99999999999999999999"},
                                          {"accepted_types", "IMAGE/png , video/*"},
                                          {"allowed_origins", "HTTP://a.example:80, https://[::1]:8443/"}});
  EXPECT_EQ(token.max_file_bytes, 5u);
  EXPECT_EQ(token.max_total_bytes, std::uint64_t{1} << 50);
  EXPECT_EQ(token.accepted_types, "image/png, video/*");
  EXPECT_EQ(token.allowed_origins, "http://a.example, https://[::1]:8443");
}

TEST(LimitParameters, ANegativeSizeIsNotTakenForNoLimit) {
  EXPECT_EQ(problem_with({{"max_file_bytes", "-5"}}), "max_file_bytes must not be negative");
  EXPECT_EQ(problem_with({{"max_total_bytes", "-99999999999999999999"}}), "max_total_bytes must not be negative");
  EXPECT_EQ(problem_with({{"max_file_bytes", "5 MB"}}), "max_file_bytes must be a number");
}

TEST(LimitParameters, TypesStayWithinWhatTheServerTakes) {
  const TokenRules rules{.accepted_types = {"image/jpeg", "video/*"}};
  EXPECT_EQ(problem_with({{"accepted_types", "image/*,video/mp4"}}, rules), std::nullopt);
  EXPECT_EQ(problem_with({{"accepted_types", "video/mp4, image/png"}}, rules),
            "accepted_types: image/png is not accepted here");
}

TEST(LimitParameters, OriginsAreWhatABrowserWrites) {
  EXPECT_EQ(normal_origin("https://App.Example.com:443"), "https://app.example.com");
  EXPECT_EQ(normal_origin("http://app.example.com:443"), "http://app.example.com:443");
  EXPECT_EQ(normal_origin("http://127.0.0.1:8023/"), "http://127.0.0.1:8023");
  EXPECT_EQ(normal_origin("http://[2001:db8::1]"), "http://[2001:db8::1]");
  for (const char* bad : {"", "null", "*", "app.example.com", "ftp://a", "https://", "https:///", "https://a/b",
                          "https://a:0", "https://a:65536", "https://a:", "https://a:x", "https://u@a", "https://a?b",
                          "https://[::1", "https://[x]", "https://a b", "https://a\n", "https://ä.example"})
    EXPECT_EQ(normal_origin(bad), "") << bad;
}

}  // namespace
}  // namespace stile::api
