#include "api/token_words.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

using catalog::TokenKind;

TEST(TokenWords, TheErrorsOfTokensNameTheirKind) {
  EXPECT_EQ(worded(TokenKind::replace, Error{Errc::token_unknown, {}, {}}).message, "The replace token is invalid");
  EXPECT_EQ(worded(TokenKind::replace, Error{Errc::token_expired, {}, {}}).message, "The replace token has expired");
  EXPECT_EQ(worded(TokenKind::replace, Error{Errc::token_used_up, {}, {}}).message,
            "The replace token has already been used");
  EXPECT_EQ(worded(TokenKind::update, Error{Errc::token_revoked, {}, {}}).message, "The update token has been revoked");
  EXPECT_EQ(dialects::words_of(worded(TokenKind::upload, Error{Errc::token_unknown, {}, {}})),
            "The upload token is invalid");
}

TEST(TokenWords, WordsThatAreThereStay) {
  EXPECT_EQ(worded(TokenKind::replace, Error{Errc::token_unknown, "mine", {}}).message, "mine");
  EXPECT_EQ(worded(TokenKind::replace, Error{Errc::too_large, {}, {}}).message, "");
}

TEST(TokenWords, WhatIsMissingWhenAFileIsReplacedIsThePhoto) {
  EXPECT_EQ(problem_of(TokenKind::replace, Error{Errc::not_found, "gone", {}}), problem(Code::no_such_photo, "gone"));
  EXPECT_EQ(problem_of(TokenKind::upload, Error{Errc::not_found, {}, {}}).code, Code::no_such_object);
  const Problem expired = problem_of(TokenKind::replace, Error{Errc::token_expired, {}, {}});
  EXPECT_EQ(expired.code, Code::invalid_upload_token);
  EXPECT_EQ(expired.message, "The replace token has expired");
}

TEST(TokenWords, FieldsAreNamedAfterTheirKind) {
  EXPECT_EQ(token_field(TokenKind::upload), "upload_token");
  EXPECT_EQ(token_field(TokenKind::replace), "replace_token");
  EXPECT_EQ(token_field(TokenKind::update), "update_token");
}

}  // namespace
}  // namespace stile::api
