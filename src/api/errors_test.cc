#include "api/errors.h"

#include <gtest/gtest.h>

#include <set>

namespace stile::api {
namespace {

constexpr Errc kAllErrcs[] = {
    Errc::invalid_input,    Errc::not_found,     Errc::permission_denied, Errc::unauthenticated, Errc::already_exists,
    Errc::no_file,          Errc::empty_file,    Errc::unsupported_type,  Errc::too_large,       Errc::wrong_length,
    Errc::token_unknown,    Errc::token_expired, Errc::token_used_up,     Errc::token_revoked,   Errc::too_many_open,
    Errc::closed,           Errc::truncated,     Errc::timed_out,         Errc::interrupted,     Errc::limit,
    Errc::busy,             Errc::disk_full,     Errc::draining,          Errc::poisoned,        Errc::io_error};

TEST(Errors, KeepTheDocumentedTexts) {
  EXPECT_EQ(permission_denied(auth::Level::write).message,
            "You don't have the necessary permissions to perform this action (required level: 'write')");
  EXPECT_EQ(problem(Code::invalid_signature).message, "The API signature is invalid.");
  EXPECT_EQ(problem(Code::user_already_exists).message, "User already exists");
  EXPECT_EQ(problem(Code::missing_authentication).message, "The request could not be authenticated.");
}

TEST(Errors, HaveTheDocumentedStatuses) {
  EXPECT_EQ(problem(Code::invalid_input).v2_status, 400);
  EXPECT_EQ(problem(Code::invalid_album).v2_status, 400);
  EXPECT_EQ(problem(Code::no_file).v2_status, 400);
  EXPECT_EQ(problem(Code::missing_authentication).v2_status, 401);
  EXPECT_EQ(problem(Code::permission_denied).v2_status, 403);
  EXPECT_EQ(problem(Code::invalid_photo_token).v2_status, 403);
  EXPECT_EQ(problem(Code::token_required).v2_status, 403);
  EXPECT_EQ(problem(Code::no_such_album).v2_status, 404);
  EXPECT_EQ(problem(Code::feature_not_available).v2_status, 412);
  EXPECT_EQ(problem(Code::error_processing_upload).v2_status, 500);
}

TEST(Errors, TranslateEveryErrcToWordsAndAnErrorStatus) {
  for (const Errc code : kAllErrcs) {
    const Problem translated = problem_of(Error{code, {}, "internal cause"});
    EXPECT_FALSE(translated.message.empty()) << to_string(code);
    EXPECT_EQ(translated.message.find("internal"), std::string::npos) << to_string(code);
    EXPECT_GE(translated.v2_status, 400) << to_string(code);
    EXPECT_LT(translated.v2_status, 504) << to_string(code);
  }
}

TEST(Errors, TroubleThatMayPassIs503AndNever500_I7) {
  for (const Errc code : kAllErrcs) {
    const Problem translated = problem_of(Error{code, {}, {}});
    if (is_temporary(code)) EXPECT_EQ(translated.v2_status, 503) << to_string(code);
    EXPECT_NE(translated.v2_status, 500) << to_string(code);
  }
}

TEST(Errors, KeepTheClientsMessage) {
  EXPECT_EQ(problem_of(Error{Errc::invalid_input, "return_url is odd", "why"}),
            (Problem{Code::invalid_input, "return_url is odd", 400}));
}

TEST(Errors, HaveDifferentNames) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::user_already_exists); ++i)
    EXPECT_TRUE(names.insert(code_name(static_cast<Code>(i))).second);
}

}  // namespace
}  // namespace stile::api
