#include "engine/token_watch.h"

#include <gtest/gtest.h>

#include "catalog/session.h"
#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

class EngineTokens : public testing::Test {
 protected:
  EngineTokens() { rig.add_token(10); }

  Result<UploadHandle> open_again(const std::string& identifier = "file") {
    OpenRequest request;
    request.key = {std::string(kToken), identifier, content.size()};
    return rig.run(rig.engine->open(std::move(request)));
  }
  std::optional<Errc> code_of_opening() {
    const auto opened = open_again();
    return opened ? std::nullopt : std::optional(opened.error().code);
  }
  void revoke() { ASSERT_TRUE(rig.run(rig.sql->revoke_token(std::string(kToken)))); }
  catalog::Token limited(const std::string& name) {
    catalog::Token token;
    token.token = name;
    token.created_at = rig.clock.wall_now();
    token.valid_until = token.created_at + Seconds{3600};
    token.max_uploads = 5;
    return token;
  }
  Result<UploadHandle> open_with(const catalog::Token& token, std::optional<std::string> origin = {}) {
    CHECK(rig.run(rig.sql->add_token(token)));
    OpenRequest request;
    request.key = {token.token, "file", content.size()};
    request.origin = std::move(origin);
    return rig.run(rig.engine->open(std::move(request)));
  }

  EngineRig rig;
  const std::string content = picture(2 * kPart);
};

TEST_F(EngineTokens, ARevokedTokenStopsItsUploadAtTheNextRequestOnceItIsSaid) {
  ASSERT_TRUE(open_again());
  revoke();
  EXPECT_EQ(code_of_opening(), std::nullopt) << "the copy is still believed";
  rig.engine->token_changed("another token");
  EXPECT_EQ(code_of_opening(), std::nullopt);
  rig.engine->token_changed(std::string(kToken));
  EXPECT_EQ(code_of_opening(), Errc::token_revoked);
}

TEST_F(EngineTokens, WhatWasReadAMomentAgoLetsSomebodyBeginButRefusesNobody) {
  const auto code_of_asking = [&]() -> std::optional<Errc> {
    const auto known = rig.run(rig.engine->check_token(std::string(kToken)));
    return known ? std::nullopt : std::optional(known.error().code);
  };
  EXPECT_EQ(code_of_asking(), std::nullopt);
  revoke();  // as another process would: nobody says so here
  EXPECT_EQ(code_of_asking(), std::nullopt);
  rig.clock.advance(TokenCache::kLifetime);
  EXPECT_EQ(code_of_asking(), Errc::token_revoked);

  const catalog::Token spent = [&] {
    catalog::Token token = limited("spent");
    token.max_uploads = token.used = 1;
    return token;
  }();
  ASSERT_TRUE(rig.run(rig.sql->add_token(spent)));
  EXPECT_EQ(rig.run(rig.engine->check_token("spent")).error().code, Errc::token_used_up);
  catalog::Session(rig.sql.path(), Milliseconds{5'000}).run("UPDATE tokens SET max_uploads = 2 WHERE token = 'spent'");
  EXPECT_TRUE(rig.run(rig.engine->check_token("spent")));
}

TEST_F(EngineTokens, AFileOfATokenThatWasJustRevokedIsRefusedByTheFinish) {
  ASSERT_TRUE(rig.run(rig.engine->check_token(std::string(kToken))));
  revoke();
  auto spool = rig.spool({content}, {content.size(), SpoolJudging::judge});
  ASSERT_TRUE(spool);
  const auto answer = rig.run(rig.engine->finish_spool(std::move(*spool), std::string(kToken), "a.jpg", {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::token_revoked);
}

TEST_F(EngineTokens, AChunkUnderWayIsRefusedAtItsEnd) {
  const auto upload = rig.open(content.size(), "file");
  revoke();
  rig.engine->token_changed(std::string(kToken));
  const auto wrote = rig.write(upload, content, {0, kPart});
  ASSERT_FALSE(wrote);
  EXPECT_EQ(wrote.error().code, Errc::token_revoked);
  EXPECT_FALSE(rig.engine->has(upload, {0, kPart}));
}

TEST_F(EngineTokens, AnExtendedTokenLetsItsUploadGoOnBeyondTheOldGrace) {
  const auto upload = rig.open(content.size(), "file");
  rig.write(upload, content, {0, kPart});
  rig.clock.advance(Seconds{3600} + rig.engine->settings().grace);
  EXPECT_EQ(code_of_opening(), Errc::token_expired);
  const WallTime later = rig.clock.wall_now() + Seconds{60};
  ASSERT_TRUE(rig.run(rig.sql->extend_token({.token = std::string(kToken), .valid_until = later}, later)));
  rig.engine->token_changed(std::string(kToken));
  EXPECT_EQ(code_of_opening(), std::nullopt);
  rig.write(upload, content, {kPart, 2 * kPart});
  EXPECT_TRUE(rig.finish(upload));
}

TEST_F(EngineTokens, TheWatchTellsWhatAnotherProcessHasChanged) {
  TokenWatch watch(*rig.sql, *rig.engine);
  ASSERT_TRUE(rig.run(watch.begin()));
  ASSERT_TRUE(open_again());
  ASSERT_TRUE(rig.run(watch.look()));
  revoke();
  EXPECT_EQ(code_of_opening(), std::nullopt);
  ASSERT_TRUE(rig.run(watch.look()));
  EXPECT_EQ(code_of_opening(), Errc::token_revoked);
}

TEST_F(EngineTokens, AWatchThatMissedSomethingDistrustsEveryCopy) {
  TokenWatch watch(*rig.sql, *rig.engine);
  ASSERT_TRUE(rig.run(watch.begin()));
  ASSERT_TRUE(open_again());
  revoke();
  catalog::Session session(rig.sql.path(), Milliseconds{5'000});
  session.run("DELETE FROM token_news");
  rig.add_token(1, Seconds{60}, "other");
  ASSERT_TRUE(rig.run(rig.sql->revoke_token("other")));
  ASSERT_TRUE(rig.run(watch.look()));
  EXPECT_EQ(code_of_opening(), Errc::token_revoked);
}

TEST_F(EngineTokens, ALimitKeepsAnUploadFromBeginning) {
  catalog::Token small = limited("small");
  small.max_file_bytes = content.size() - 1;
  catalog::Token full = limited("full");
  full.max_total_bytes = content.size() + 5;
  full.received_bytes = 6;
  for (const catalog::Token& token : {small, full}) {
    const auto opened = open_with(token);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::too_large);
    EXPECT_NE(opened.error().message, "");
  }
  EXPECT_TRUE(rig.files_under("staging/").empty());
}

TEST_F(EngineTokens, APageThatIsNotListedNeitherBeginsNorEndsAnUpload) {
  catalog::Token token = limited("pages");
  token.allowed_origins = "https://a.example";
  const auto refused = open_with(token, "https://b.example");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_TRUE(rig.files_under("staging/").empty());
  OpenRequest request;
  request.key = {"pages", "file", content.size()};
  request.origin = "https://a.example";
  ASSERT_TRUE(rig.run(rig.engine->open(request)));
  request.origin = "https://b.example";
  EXPECT_FALSE(rig.run(rig.engine->open(request)));
  request.origin = std::nullopt;
  EXPECT_TRUE(rig.run(rig.engine->open(request)));
}

TEST_F(EngineTokens, ATypeThatTheTokenDoesNotTakeEndsTheUpload) {
  catalog::Token token = limited("videos");
  token.accepted_types = "video/*";
  const auto opened = open_with(token);
  ASSERT_TRUE(opened);
  const auto wrote = rig.write(*opened, content, {0, kPart});
  ASSERT_FALSE(wrote);
  EXPECT_EQ(wrote.error().code, Errc::unsupported_type);
  EXPECT_EQ(wrote.error().message, "This link only accepts videos");
  EXPECT_FALSE(rig.engine->may_go_on(*opened));
}

}  // namespace
}  // namespace stile::engine
