#include "catalog/token_admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/session.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Milliseconds kGrace{30'000};

class TokenAdminTest : public testing::Test {
 protected:
  template <class T>
  static T ok(Result<T> result) {
    CHECK(result.has_value());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  template <class T>
  static std::optional<Errc> code(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
  }

  void add(const std::string& name, std::int64_t max_uploads = 1, TokenKind kind = TokenKind::upload,
           std::int64_t photo_id = 0) {
    Token token = make_token(name, max_uploads);
    token.kind = kind;
    token.photo_id = photo_id;
    token.max_total_bytes = 0;
    ok(run_until_done(catalog_->add_token(token)));
  }
  Upload start(const std::string& id, const std::string& token, const std::string& identifier) {
    Upload upload = make_upload(id, token);
    upload.key.identifier = identifier;
    return ok(run_until_done(catalog_->start_upload(upload, kNow, {})));
  }
  Photo finish(Upload upload, std::int64_t photo_id) {
    upload.photo_id = photo_id;
    Finish all = make_finish(upload, photo_id);
    all.photo.metadata = {};
    return ok(run_until_done(catalog_->finish_upload(all, kNow)));
  }
  Photo photo(std::int64_t id) { return *ok(run_until_done(catalog_->find_photo(id))); }
  Token token(const std::string& name) { return *ok(run_until_done(catalog_->find_token(name))); }
  auto change(const UploadsChange& what, WallTime now = kNow) {
    return run_until_done(catalog_->change_uploads(what, now));
  }
  auto redeem(const std::string& name, PhotoChange what, WallTime now = kNow) {
    return run_until_done(catalog_->redeem_update(name, std::move(what), now));
  }
  std::vector<std::string> names(TokenQuery query, WallTime now = kNow, std::int64_t* total = nullptr) {
    const auto page = ok(run_until_done(catalog_->list_tokens(std::move(query), {now, kGrace})));
    std::vector<std::string> found;
    for (const ListedToken& each : page.items) found.push_back(each.token.token);
    if (total) *total = page.total;
    return found;
  }
  std::int64_t total(TokenState state, std::optional<std::int64_t> user_id = {}) {
    std::int64_t n = -1;
    names({.state = state, .user_id = user_id}, kNow, &n);
    return n;
  }

  TempCatalog catalog_;
};

// States and lists

TEST_F(TokenAdminTest, AStateIsTheStrongestThatHolds) {
  Token token = make_token("t", 2);
  const TokenTime before{kNow, kGrace};
  const TokenTime within{token.valid_until + Milliseconds{1}, kGrace};
  const TokenTime after{token.valid_until + kGrace, kGrace};
  EXPECT_EQ(state_of(token, false, before), TokenState::waiting);
  EXPECT_EQ(state_of(token, true, before), TokenState::uploading);
  EXPECT_EQ(state_of(token, false, {token.valid_until, kGrace}), TokenState::expired);
  EXPECT_EQ(state_of(token, true, within), TokenState::uploading);
  EXPECT_EQ(state_of(token, true, after), TokenState::expired);
  token.used = 2;
  EXPECT_EQ(state_of(token, true, before), TokenState::finished);
  token.revoked = true;
  EXPECT_EQ(state_of(token, true, before), TokenState::revoked);
}

TEST_F(TokenAdminTest, ListsAreNewestFirstByStateAndByUser) {
  for (const char* name : {"a", "b", "c", "d", "e"}) add(name);
  finish(start("u1", "b", "x"), 1);
  start("u2", "c", "x");
  ok(run_until_done(catalog_->revoke_token("d")));
  std::int64_t n = 0;
  EXPECT_THAT(names({}, kNow, &n), ElementsAre("e", "d", "c", "b", "a"));
  EXPECT_EQ(n, 5);
  for (const auto user_id : {std::optional<std::int64_t>(), std::optional<std::int64_t>(5)}) {
    EXPECT_THAT(names({.state = TokenState::waiting, .user_id = user_id}), ElementsAre("e", "a"));
    EXPECT_THAT(names({.state = TokenState::uploading, .user_id = user_id}), ElementsAre("c"));
    EXPECT_THAT(names({.state = TokenState::finished, .user_id = user_id}), ElementsAre("b"));
    EXPECT_THAT(names({.state = TokenState::revoked, .user_id = user_id}), ElementsAre("d"));
    EXPECT_THAT(names({.state = TokenState::expired, .user_id = user_id}), IsEmpty());
    const WallTime later = kNow + Seconds{60};
    EXPECT_THAT(names({.state = TokenState::expired, .user_id = user_id}, later, &n), ElementsAre("e", "a"));
    EXPECT_EQ(n, 2);
    EXPECT_THAT(names({.state = TokenState::uploading, .user_id = user_id}, later), ElementsAre("c"));
    EXPECT_THAT(names({.state = TokenState::expired, .user_id = user_id}, later + kGrace, &n),
                ElementsAre("e", "c", "a"));
    EXPECT_EQ(n, 3);
    EXPECT_THAT(names({.state = TokenState::waiting, .user_id = user_id}, later), IsEmpty());
  }
  EXPECT_THAT(names({.user_id = 6}), IsEmpty());
  EXPECT_THAT(names({.offset = 1, .limit = 2}, kNow, &n), ElementsAre("d", "c"));
  EXPECT_EQ(n, 5);
}

TEST_F(TokenAdminTest, TokensOfOneMillisecondAreListedInTheOrderOfTheirCreation) {
  for (const char* name : {"b", "c", "a"}) add(name);
  EXPECT_THAT(names({}), ElementsAre("a", "c", "b"));
  EXPECT_THAT(names({.user_id = 5}), ElementsAre("a", "c", "b"));
}

TEST_F(TokenAdminTest, TokensOfACatalogWithoutNumbersAreNumberedByAge) {
  for (const char* name : {"b", "c", "a"}) add(name);
  catalog_.close();
  {  // as schema 9 left it
    Session session(catalog_.path(), Milliseconds{0});
    for (const char* index : {"by_number", "by_user", "revoked", "finished", "live", "unused"})
      session.run_once(std::string("DROP INDEX tokens_") + index);
    session.run_once("ALTER TABLE tokens DROP COLUMN number");
    session.run_once("DELETE FROM numbers WHERE kind = 'token'");
    session.run_once("CREATE INDEX tokens_by_age ON tokens(created_at, token)");
    for (const char* index : {"by_user", "revoked", "finished", "live", "unused"})
      session.run_once(std::string("CREATE INDEX tokens_") + index + " ON tokens(created_at)");
    session.run_once("UPDATE tokens SET created_at = created_at - 1 WHERE token = 'c'");
    session.run_once("UPDATE schema_version SET version = 9");
  }
  catalog_.reopen();
  add("aa");
  EXPECT_THAT(names({}), ElementsAre("aa", "b", "a", "c"));
}

TEST_F(TokenAdminTest, CountsFollowEveryChangeOfATokensPhase) {
  add("twice", 2);
  add("change", 1, TokenKind::update, 1);
  EXPECT_EQ(total(TokenState::finished), 0);
  finish(start("u1", "twice", "x"), 1);
  EXPECT_EQ(total(TokenState::finished), 0);
  finish(start("u2", "twice", "y"), 2);
  EXPECT_EQ(total(TokenState::finished), 1);
  ok(redeem("change", {.title = "new"}));
  EXPECT_EQ(total(TokenState::finished), 2);
  EXPECT_EQ(total(TokenState::finished, 5), 2);
  ok(run_until_done(catalog_->extend_token({.token = "twice", .max_uploads = 3}, kNow)));
  EXPECT_EQ(total(TokenState::finished), 1);
  EXPECT_EQ(total(TokenState::waiting), 1);
  ok(run_until_done(catalog_->revoke_token("change")));
  ok(run_until_done(catalog_->revoke_token("change")));
  EXPECT_EQ(total(TokenState::finished), 0);
  EXPECT_EQ(total(TokenState::revoked), 1);
  std::int64_t all = 0;
  names({}, kNow, &all);
  EXPECT_EQ(all, 2);
}

TEST_F(TokenAdminTest, AReportHasTheFilesUnderWayWithTheirDurableBytes) {
  add("t", 3);
  finish(start("u1", "t", "done"), 1);
  start("u2", "t", "first");
  ok(run_until_done(catalog_->add_receipt("u2", {{0, 400}, 1}, kNow)));
  ok(run_until_done(catalog_->add_receipt("u2", {{500, 700}, 1}, kNow)));
  start("u3", "t", "second");
  const auto report = ok(run_until_done(catalog_->report_token("t", {kNow, kGrace})));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->listed.token.received_bytes, 1000u);
  EXPECT_EQ(report->listed.bytes_under_way, 600u);
  EXPECT_EQ(report->listed.files_under_way, 2);
  ASSERT_THAT(report->files, SizeIs(2));
  const FileUnderWay& file = report->files[report->files[0].identifier == "first" ? 0 : 1];
  EXPECT_EQ(file.received_bytes, 600u);
  EXPECT_EQ(file.total_size, 1000u);
  EXPECT_EQ(ok(run_until_done(catalog_->report_token("none", {kNow, kGrace}))), std::nullopt);
}

TEST_F(TokenAdminTest, ExtendingRaisesAndNeverShortens) {
  add("t", 2);
  const WallTime later = kNow + Seconds{600};
  const Token longer =
      ok(run_until_done(catalog_->extend_token({.token = "t", .valid_until = later, .valid_minutes = 10}, kNow)));
  EXPECT_EQ(longer.valid_until, later);
  EXPECT_EQ(longer.valid_minutes, 10);
  EXPECT_EQ(longer.max_uploads, 2);
  const Token same = ok(run_until_done(
      catalog_->extend_token({.token = "t", .valid_until = kNow, .valid_minutes = 5, .max_uploads = 1}, kNow)));
  EXPECT_EQ(same.valid_until, later);
  EXPECT_EQ(same.valid_minutes, 10);
  EXPECT_EQ(same.max_uploads, 2);
  EXPECT_EQ(described(token("t")), described(same));
  ok(run_until_done(catalog_->revoke_token("t")));
  EXPECT_EQ(code(run_until_done(catalog_->extend_token({.token = "t", .max_uploads = 9}, kNow))), Errc::token_revoked);
  EXPECT_EQ(code(run_until_done(catalog_->extend_token({.token = "none"}, kNow))), Errc::token_unknown);
}

TEST_F(TokenAdminTest, WhoeverWasAwayLearnsWhichTokensChanged) {
  add("a");
  add("b");
  EXPECT_EQ(ok(run_until_done(catalog_->last_token_news())), 0);
  ok(run_until_done(catalog_->revoke_token("a")));
  ok(run_until_done(catalog_->extend_token({.token = "b", .max_uploads = 2}, kNow)));
  const auto news = ok(run_until_done(catalog_->token_news(0, 10)));
  ASSERT_THAT(news, SizeIs(2));
  EXPECT_EQ(news[0].token, "a");
  EXPECT_EQ(news[1].token, "b");
  EXPECT_EQ(news[1].news_id, ok(run_until_done(catalog_->last_token_news())));
  EXPECT_THAT(ok(run_until_done(catalog_->token_news(news[0].news_id, 10))), SizeIs(1));
  EXPECT_THAT(ok(run_until_done(catalog_->token_news(0, 1))), SizeIs(1));
}

// photo/update-upload-token

TEST_F(TokenAdminTest, AChangeReachesThePhotosTheTokenAndTheFilesToCome) {
  add("t", 3);
  finish(start("u1", "t", "one"), 1);
  const Upload on_its_way = start("u2", "t", "two");
  UploadsChange what{.token = "t", .title = "new", .tags = "x", .album_ids = "", .publish = true};
  ok(change(what));
  EXPECT_EQ(photo(1).metadata.title, "new");
  EXPECT_EQ(photo(1).metadata.tags, "x");
  EXPECT_TRUE(photo(1).metadata.publish);
  EXPECT_EQ(photo(1).edited_at, kNow);
  EXPECT_EQ(token("t").metadata.title, "new");
  EXPECT_EQ(token("t").metadata.album_ids, "");
  EXPECT_EQ(token("t").metadata.description, make_token("t").metadata.description) << "what was not said stays";
  // The finish had read the token before the change.
  EXPECT_EQ(finish(on_its_way, 2).metadata.title, "new");
  EXPECT_EQ(photo(2).metadata.title, "new");
}

TEST_F(TokenAdminTest, AChangeOfOneFileIsOfThatFileOnly) {
  add("t", 4);
  const Upload done = start("u1", "t", "one");
  finish(done, 1);
  const Upload under_way = start("u2", "t", "two");
  finish(start("u3", "t", "three"), 3);
  ok(change({.token = "t", .identifier = "one", .title = "first"}));
  ok(change({.token = "t", .identifier = "two", .title = "second"}));
  ok(change({.token = "t", .identifier = "two", .description = "also"}));
  ok(change({.token = "t", .identifier = "four", .title = "not begun"}));
  EXPECT_EQ(photo(1).metadata.title, "first");
  EXPECT_EQ(photo(3).metadata.title, "");
  EXPECT_EQ(token("t").metadata.title, kAwkward);
  EXPECT_EQ(finish(under_way, 2).metadata.title, "second");
  EXPECT_EQ(photo(2).metadata.description, "also");
  EXPECT_EQ(finish(start("u4", "t", "four"), 4).metadata.title, "not begun");
}

TEST_F(TokenAdminTest, WhatIsSaidLaterWins) {
  add("t", 3);
  const Upload one = start("u1", "t", "one");
  const Upload two = start("u2", "t", "two");
  ok(change({.token = "t", .identifier = "one", .title = "mine", .tags = "kept"}));
  ok(change({.token = "t", .title = "everybody's"}));
  ok(change({.token = "t", .identifier = "two", .title = "not mine"}));
  EXPECT_EQ(finish(one, 1).metadata.title, "everybody's");
  EXPECT_EQ(photo(1).metadata.tags, "kept");
  EXPECT_EQ(finish(two, 2).metadata.title, "not mine");
}

TEST_F(TokenAdminTest, AChangeWaitsThroughACrash) {
  add("t");
  const Upload upload = start("u1", "t", "one");
  ok(change({.token = "t", .identifier = "one", .title = "new"}));
  catalog_.reopen();
  EXPECT_EQ(finish(upload, 1).metadata.title, "new");
}

TEST_F(TokenAdminTest, AFinishThatFailsLeavesTheChangeWaiting) {
  add("t", 2);
  const Upload upload = start("u1", "t", "one");
  ok(change({.token = "t", .identifier = "one", .title = "new"}));
  ok(run_until_done(catalog_->revoke_token("t")));
  EXPECT_EQ(code(run_until_done(catalog_->finish_upload(make_finish(upload, 1), kNow))), Errc::token_revoked);
  Session session(catalog_.path(), Milliseconds{0});
  EXPECT_EQ(session.one<std::int64_t>("SELECT COUNT(*) FROM waiting_changes"), 1);
}

TEST_F(TokenAdminTest, AUsedUpTokenStillChangesAndAnEndedOneDoesNot) {
  add("t");
  add("update", 1, TokenKind::update, 1);
  finish(start("u1", "t", "one"), 1);
  ok(change({.token = "t", .title = "late"}));
  EXPECT_EQ(photo(1).metadata.title, "late");
  EXPECT_EQ(code(change({.token = "t", .title = "later"}, kNow + Seconds{60})), Errc::token_expired);
  EXPECT_EQ(code(change({.token = "none", .title = "x"})), Errc::token_unknown);
  EXPECT_EQ(code(change({.token = "update", .title = "x"})), Errc::token_unknown);
  ok(run_until_done(catalog_->revoke_token("t")));
  EXPECT_EQ(code(change({.token = "t", .title = "x"})), Errc::token_revoked);
  EXPECT_EQ(photo(1).metadata.title, "late");
}

TEST_F(TokenAdminTest, AChangeOfNothingWritesNothing) {
  add("t");
  finish(start("u1", "t", "one"), 1);
  ok(change({.token = "t", .title = "a"}, kNow));
  ok(change({.token = "t", .title = "a"}, kNow + Seconds{1}));
  ok(change({.token = "t"}, kNow + Seconds{2}));
  EXPECT_EQ(photo(1).edited_at, kNow);
}

TEST_F(TokenAdminTest, WaitingChangesAreBoundedAndForgottenWithTheirToken) {
  add("t", 3);
  const Upload upload = start("u1", "t", "kept");
  Session session(catalog_.path(), Milliseconds{5'000});
  for (std::int64_t i = 0; i < kMaxWaitingChanges; ++i)
    session.run("INSERT INTO waiting_changes(token, identifier, change, changed_at) VALUES('t', :identifier, '[]', 0)",
                "file " + std::to_string(i));
  EXPECT_EQ(code(change({.token = "t", .identifier = "one more", .title = "x"})), Errc::limit);
  ok(change({.token = "t", .identifier = "file 1", .title = "x"}));
  const WallTime later = kNow + Seconds{3'600};
  EXPECT_EQ(ok(run_until_done(catalog_->forget_waiting_changes(later, 10))), 0u) << "an upload may still finish";
  ok(run_until_done(catalog_->end_upload("u1", UploadState::aborted, Errc::timed_out, kNow)));
  EXPECT_EQ(ok(run_until_done(catalog_->forget_waiting_changes(kNow + Seconds{59}, 10))), 0u) << "the token lives";
  EXPECT_EQ(ok(run_until_done(catalog_->forget_waiting_changes(later, 10))), 10u);
}

// Update tokens

TEST_F(TokenAdminTest, AnUpdateTokenChangesItsPhotoSoOftenAndNoMore) {
  add("t");
  finish(start("u1", "t", "one"), 1);
  add("update", 2, TokenKind::update, 1);
  EXPECT_EQ(ok(redeem("update", {.title = "a"})).metadata.title, "a");
  EXPECT_EQ(ok(redeem("update", {.photo_id = 1, .title = "b"})).photo_id, 1);
  EXPECT_EQ(code(redeem("update", {.title = "c"})), Errc::token_used_up);
  EXPECT_EQ(photo(1).metadata.title, "b");
  EXPECT_EQ(token("update").used, 2);
}

TEST_F(TokenAdminTest, ACallThatFailsUsesNothing) {
  add("t");
  finish(start("u1", "t", "one"), 1);
  add("update", 1, TokenKind::update, 1);
  add("gone", 1, TokenKind::update, 99);
  EXPECT_EQ(code(redeem("update", {.photo_id = 2, .title = "a"})), Errc::invalid_input);
  EXPECT_EQ(code(redeem("update", {.title = "a"}, kNow + Seconds{60})), Errc::token_expired);
  EXPECT_EQ(code(redeem("gone", {.title = "a"})), Errc::not_found);
  EXPECT_EQ(token("update").used, 0);
  EXPECT_EQ(token("gone").used, 0);
  EXPECT_EQ(total(TokenState::finished), 1) << "counts are undone with the rest; 't' alone has finished";
  ok(run_until_done(catalog_->revoke_token("update")));
  EXPECT_EQ(code(redeem("update", {.title = "a"})), Errc::token_revoked);
}

TEST_F(TokenAdminTest, NoKindOfTokenDoesTheWorkOfAnother) {
  add("t");
  finish(start("u1", "t", "one"), 1);
  add("update", 5, TokenKind::update, 1);
  add("upload", 5);
  add("replace", 5, TokenKind::replace, 1);
  for (const char* name : {"upload", "replace"}) {
    EXPECT_EQ(code(redeem(name, {.title = "a"})), Errc::token_unknown) << name;
    EXPECT_EQ(token(name).used, 0) << name;
  }
  Upload upload = make_upload("u2", "update");
  EXPECT_EQ(code(run_until_done(catalog_->finish_upload(make_finish(upload, 2), kNow))), Errc::token_unknown);
  EXPECT_EQ(token("update").used, 0);
}

TEST_F(TokenAdminTest, TheBytesOfATokensFilesAreBoundedByTheFinishItself) {
  Token token = make_token("t", 10);
  token.max_total_bytes = 2'500;
  ok(run_until_done(catalog_->add_token(token)));
  finish(make_upload("u1", "t", 1'000), 1);
  finish(make_upload("u2", "t", 1'000), 2);
  const auto third = run_until_done(catalog_->finish_upload(make_finish(make_upload("u3", "t", 501), 3), kNow));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::too_large);
  EXPECT_NE(third.error().message, "");
  EXPECT_EQ(this->token("t").used, 2);
  EXPECT_EQ(this->token("t").received_bytes, 2'000u);
  finish(make_upload("u4", "t", 500), 4);
  EXPECT_EQ(this->token("t").received_bytes, 2'500u);
}

// Plans: the pages of a million tokens are read along an index.
TEST_F(TokenAdminTest, EveryQuestionAboutTokensIsAnsweredByKeys) {
  add("t", 5);
  add("update", 5, TokenKind::update, 1);
  finish(start("u1", "t", "one"), 1);
  ok(change({.token = "t", .title = "a"}));
  ok(change({.token = "t", .identifier = "one", .title = "b"}));
  ok(change({.token = "t", .identifier = "two", .title = "b"}));
  ok(redeem("update", {.title = "c"}));
  ok(run_until_done(catalog_->extend_token({.token = "t", .max_uploads = 7}, kNow)));
  ok(run_until_done(catalog_->report_token("t", {kNow, kGrace})));
  ok(run_until_done(catalog_->token_news(0, 5)));
  ok(run_until_done(catalog_->last_token_news()));
  ok(run_until_done(catalog_->forget_waiting_changes(kNow, 5)));
  ok(run_until_done(catalog_->revoke_token("t")));
  Session session(catalog_.path(), Milliseconds{0});
  for (const std::string& sql : catalog_->statements()) {
    if (sql.starts_with("PRAGMA") || sql.find(" schema_version") != std::string::npos) continue;
    for (const std::string& step : session.explain(sql)) {
      if (step.find("VIRTUAL TABLE") != std::string::npos) continue;  // by rowid, which it calls a scan
      EXPECT_THAT(step, testing::Not(testing::HasSubstr("SCAN"))) << sql;
    }
  }
}

}  // namespace
}  // namespace stile::catalog
