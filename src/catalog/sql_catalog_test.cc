#include "catalog/sql_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <latch>
#include <thread>

#include "catalog/schema.h"
#include "catalog/session.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;
using testing::HasSubstr;

// I5
TEST(SqlCatalog, LetsOneOfManyRacingFinishesUseTheToken) {
  constexpr int kRacers = 200;
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->add_token(make_token("t", 1))));
  std::atomic<int> won = 0;
  std::atomic<int> used_up = 0;
  std::latch all_there(kRacers);
  std::vector<std::jthread> racers;
  for (int i = 0; i < kRacers; ++i)
    racers.emplace_back([&, i] {
      all_there.arrive_and_wait();
      const Finish finish = make_finish(make_upload("u" + std::to_string(i), "t"), i + 1);
      const Result<Photo> result = run_until_done(catalog->finish_upload(finish, kNow));
      if (result)
        ++won;
      else if (result.error().code == Errc::token_used_up)
        ++used_up;
    });
  racers.clear();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(used_up, kRacers - 1);
  EXPECT_EQ(run_until_done(catalog->find_token("t")).value().value().used, 1);
  EXPECT_EQ(run_until_done(catalog->photos_of_token("t", 10)).value().size(), 1u);
}

TEST(SqlCatalog, LetsOneOfManyRacingStartsCreateTheUpload) {
  constexpr int kRacers = 50;
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->add_token(make_token("t", 1))));
  std::mutex mutex;
  std::vector<std::string> ids;
  std::vector<std::jthread> racers;
  for (int i = 0; i < kRacers; ++i)
    racers.emplace_back([&, i] {
      Upload upload = make_upload("same", "t");
      upload.upload_id = "u" + std::to_string(i);
      const Result<Upload> started = run_until_done(catalog->start_upload(upload, kNow, {.max_open_per_token = 1}));
      std::lock_guard lock(mutex);
      ids.push_back(started ? started->upload_id : "refused");
    });
  racers.clear();
  EXPECT_THAT(ids, testing::Each(ids.front()));
  EXPECT_THAT(ids.front(), testing::StartsWith("u"));
}

TEST(SqlCatalog, ReadsSeeWhatWasCommittedBefore) {
  TempCatalog catalog;
  for (int i = 0; i < 200; ++i) {
    const std::string value = std::to_string(i);
    ASSERT_TRUE(run_until_done(catalog->set_fact("n", value)));
    ASSERT_EQ(run_until_done(catalog->find_fact("n")).value(), value);
  }
}

TEST(SqlCatalog, KeepsEverythingWhenReopened) {
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->add_token(make_token("t", 2))));
  const Upload upload = make_upload("u1", "t");
  ASSERT_TRUE(run_until_done(catalog->start_upload(upload, kNow, {})));
  ASSERT_TRUE(run_until_done(catalog->add_receipt("u1", {{0, 7}, 1}, kNow)));
  const std::int64_t id = run_until_done(catalog->reserve_photo_ids(5)).value();
  catalog.reopen();
  EXPECT_TRUE(run_until_done(catalog->find_token("t")).value().has_value());
  EXPECT_EQ(described(run_until_done(catalog->find_upload(upload.key)).value().value()), described(upload));
  EXPECT_EQ(run_until_done(catalog->receipts("u1")).value().size(), 1u);
  EXPECT_EQ(run_until_done(catalog->reserve_photo_ids(1)).value(), id + 5);
}

TEST(SqlCatalog, SharesItsFileWithAnotherWriter) {
  TempCatalog catalog;
  auto other = SqlCatalog::open_blocking(catalog.path(), TempCatalog::fast());
  ASSERT_TRUE(other.has_value()) << other.error().cause;
  std::atomic<int> failures = 0;
  const auto write = [&](SqlCatalog& mine, const std::string& prefix) {
    for (int i = 0; i < 100; ++i)
      if (!run_until_done(mine.add_token(make_token(prefix + std::to_string(i))))) ++failures;
  };
  {
    std::jthread first([&] { write(*catalog, "a"); });
    std::jthread second([&] { write(**other, "b"); });
  }
  EXPECT_EQ(failures, 0);
  EXPECT_TRUE(run_until_done((*other)->find_token("a99")).value().has_value());
  EXPECT_TRUE(run_until_done(catalog->find_token("b99")).value().has_value());
}

TEST(SqlCatalog, IsBusyWhenItsQueueIsFull) {
  TempCatalog catalog({.durability = Durability::none, .reader_threads = 1, .max_queue = 0});
  EXPECT_EQ(run_until_done(catalog->set_fact("a", "b")).error().code, Errc::busy);
  EXPECT_EQ(run_until_done(catalog->find_fact("a")).error().code, Errc::busy);
}

TEST(SqlCatalog, CountsQuestionsThatTheDatabaseCannotAnswer) {
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->find_fact("x")));
  EXPECT_EQ(catalog->failed_reads().value(), 0u);
  Session(catalog.path(), Seconds{5}).run_once("DROP TABLE facts");
  EXPECT_FALSE(run_until_done(catalog->find_fact("x")));
  EXPECT_EQ(catalog->failed_reads().value(), 1u);
}

TEST(SqlCatalog, IsReadableByItsOwnerOnly) {
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->set_fact("a", "b")));
  namespace fs = std::filesystem;
  for (const char* suffix : {"", "-wal", "-shm"})
    EXPECT_EQ(fs::status(catalog.path() + suffix).permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << suffix;
}

TEST(SqlCatalog, RefusesANewerSchema) {
  TempCatalog catalog;
  catalog.close();
  Session(catalog.path(), Milliseconds{0})
      .run("UPDATE schema_version SET version = :version", std::int64_t{newest_schema() + 1});
  const auto opened = SqlCatalog::open_blocking(catalog.path(), {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::invalid_input);
  EXPECT_THAT(opened.error().cause, HasSubstr("newer Stile"));
}

TEST(SqlCatalog, RefusesWhatIsNoDatabase) {
  TempCatalog catalog;
  catalog.close();
  std::ofstream(catalog.path(), std::ios::trunc) << std::string(5000, 'x');
  const auto opened = SqlCatalog::open_blocking(catalog.path(), {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::io_error);
  EXPECT_FALSE(SqlCatalog::open_blocking(catalog.path() + "/no/such/directory", {}).has_value());
}

// Secrets are bound values, and causes go to the log.
TEST(SqlCatalog, KeepsBoundValuesOutOfCauses) {
  TempCatalog catalog;
  ASSERT_TRUE(run_until_done(catalog->add_token(make_token("very-secret", 9))));
  const Upload first = make_upload("u1", "very-secret");
  const Upload second = make_upload("u2", "very-secret");
  ASSERT_TRUE(run_until_done(catalog->finish_upload(make_finish(first, 1), kNow)));
  const Result<Photo> broken = run_until_done(catalog->finish_upload(make_finish(second, 1), kNow));
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().cause, HasSubstr("photos.photo_id"));
  EXPECT_THAT(broken.error().cause, testing::Not(HasSubstr("very-secret")));
  EXPECT_EQ(broken.error().message, "");
}

// A million rows must not make any call slow: no statement may walk a table that grows.
TEST(SqlCatalog, ScansNoTableThatGrows) {
  TempCatalog catalog;
  const Upload upload = make_upload("u1", "t");
  const auto ran = [](auto task) { (void)run_until_done(std::move(task)); };
  ran(catalog->add_token(make_token("t", 9)));
  ran(catalog->find_token("t"));
  ran(catalog->start_upload(upload, kNow, {.max_open_per_token = 3}));
  ran(catalog->find_upload(upload.key));
  ran(catalog->add_receipt("u1", {{0, 1}, 0}, kNow));
  ran(catalog->receipts("u1"));
  ran(catalog->set_content_type("u1", "x"));
  ran(catalog->open_uploads("", 1));
  ran(catalog->known_open({"u1"}));
  ran(catalog->stale_uploads(kNow, 1));
  ran(catalog->distrust_receipts());
  Credentials application;
  application.consumer_key = "k";
  ran(catalog->add_credentials(application));
  ran(catalog->set_pingback("k", "https://a/", kNow));
  ran(catalog->subscribe({.consumer_key = "k", .event = "all", .target_url = "u", .secret = "s", .created_at = kNow}, 1));
  ran(catalog->finish_upload(make_finish(upload, 1), kNow));  // and what it announces
  ran(catalog->end_upload("u2", UploadState::failed, Errc::closed, kNow));
  ran(catalog->forget_ended_uploads(kNow, 1));
  ran(catalog->reserve_photo_ids(1));
  ran(catalog->find_photo(1));
  ran(catalog->photos_of_token("t", 1));
  ran(catalog->photos_of_identifier("t", "i", 1));
  ran(catalog->known_files({1}));
  ran(catalog->add_events({make_event(1, kNow)}));
  ran(catalog->due_events(kNow, 1));
  ran(catalog->next_event_time());
  ran(catalog->update_event(make_event(1, kNow)));
  ran(catalog->events_of_photo(1));
  ran(catalog->add_user("a", kNow));
  ran(catalog->add_credentials({}));
  ran(catalog->find_credentials_by_bearer("h"));
  ran(catalog->find_credentials_by_consumer_key("k"));
  ran(catalog->add_album({}));
  ran(catalog->known_albums({1}));
  ran(catalog->set_fact("a", "b"));
  ran(catalog->find_fact("a"));
  ran(catalog->find_pingback("k"));
  ran(catalog->first_waiting(1, "https://a"));
  ran(catalog->signing_secret("webhook:1"));
  ran(catalog->signing_secret("consumer:k"));
  ran(catalog->find_event(1));
  ran(catalog->replay_events({1}, kNow));
  ran(catalog->unsubscribe({.hook_id = 1}));
  ran(catalog->unsubscribe({.hook_id = 2}));
  ran(catalog->next_publication());
  ran(catalog->publish_due(kNow, 1));
  ran(catalog->find_or_add_album({}));
  ran(catalog->revoke_credentials("k"));
  ran(catalog->revoke_token("t"));
  const std::vector<std::string> statements = catalog->statements();
  EXPECT_GE(statements.size(), 30u);
  Session session(catalog.path(), Milliseconds{0});
  int open_ones = 0;
  for (const std::string& sql : statements) {
    if (sql.starts_with("PRAGMA") || sql.find(" schema_version") != std::string::npos) continue;
    for (const std::string& step : session.explain(sql)) {
      EXPECT_THAT(step, testing::Not(HasSubstr("SCAN"))) << sql;
      EXPECT_THAT(step, testing::Not(HasSubstr("TEMP B-TREE"))) << sql;
      if (step.find("uploads_open_by_") != std::string::npos) ++open_ones;
    }
  }
  EXPECT_EQ(open_ones, 3) << "counting, listing and distrusting look at open uploads only, not at a token's ended ones";
}

}  // namespace
}  // namespace stile::catalog
