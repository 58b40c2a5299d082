#include "catalog/insight.h"

#include <gtest/gtest.h>

#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;

struct InsightTest : testing::Test {
  InsightTest() { CHECK(run_until_done(catalog->add_token(make_token("t", 5)))); }

  Upload start(const std::string& id, WallTime at = kNow) {
    Upload upload = make_upload(id, "t");
    upload.created_at = upload.changed_at = at;
    CHECK(run_until_done(catalog->start_upload(upload, at, {})));
    return upload;
  }
  void receive(const Upload& upload, ByteRange range, WallTime at) {
    CHECK(run_until_done(catalog->add_receipt(upload.upload_id, {range, 0}, at)));
  }
  UploadReport report(const std::string& id) {
    auto found = run_until_done(catalog->report_upload(id));
    CHECK(found && found->has_value());
    return std::move(**found);
  }

  TempCatalog catalog;
};

TEST_F(InsightTest, KnowsWhenEachChunkCame) {
  const Upload upload = start("u");
  receive(upload, {50, 80}, kNow + Seconds(1));
  receive(upload, {0, 50}, kNow + Seconds(9));
  const UploadReport found = report(upload.upload_id);
  EXPECT_EQ(found.summary.chunks, 2);
  EXPECT_EQ(found.summary.received_bytes, 80u);
  EXPECT_EQ(found.summary.first_chunk_at, kNow + Seconds(1));
  EXPECT_EQ(found.summary.last_chunk_at, kNow + Seconds(9));
  ASSERT_EQ(found.chunks.size(), 2u);
  EXPECT_EQ(found.chunks[0].begin, 50u);  // as they came
  EXPECT_EQ(found.chunks[1].received_at, kNow + Seconds(9));
  EXPECT_FALSE(found.photo);
}

TEST_F(InsightTest, ARepeatedReceiptKeepsItsFirstTime) {
  const Upload upload = start("u");
  receive(upload, {0, 50}, kNow);
  receive(upload, {0, 50}, kNow + Seconds(5));
  EXPECT_EQ(report(upload.upload_id).summary.last_chunk_at, kNow);
}

TEST_F(InsightTest, AnUploadWithoutChunksHasNoTimes) {
  const Upload upload = start("u");
  const UploadReport found = report(upload.upload_id);
  EXPECT_FALSE(found.summary.first_chunk_at || found.summary.last_chunk_at);
  EXPECT_EQ(found.troubles.attempts, 0);
  EXPECT_FALSE(found.troubles.last_error_at);
  EXPECT_FALSE(run_until_done(catalog->report_upload("another")).value().has_value());
}

TEST_F(InsightTest, TroublesAddUpAndKeepTheLastError) {
  const Upload upload = start("u");
  const auto note = [&](UploadTroubles more) {
    ASSERT_TRUE(run_until_done(catalog->note_troubles({{"gone", more}, {upload.upload_id, more}})));
  };
  note({.attempts = 3, .found = 1, .stalled = 1, .cut = 1, .last_error = Errc::truncated, .last_error_at = kNow});
  note({.attempts = 2, .found = 4});
  const UploadTroubles found = report(upload.upload_id).troubles;
  EXPECT_EQ(found.attempts, 5);
  EXPECT_EQ(found.found, 5);
  EXPECT_EQ(found.stalled, 1);
  EXPECT_EQ(found.cut, 1);
  EXPECT_EQ(found.last_error, Errc::truncated);
  EXPECT_EQ(found.last_error_at, kNow);
}

TEST_F(InsightTest, TroublesGoWithTheirUpload) {
  const Upload upload = start("u");
  ASSERT_TRUE(run_until_done(catalog->note_troubles({{upload.upload_id, {.attempts = 1}}})));
  ASSERT_TRUE(run_until_done(catalog->end_upload(upload.upload_id, UploadState::aborted, Errc::timed_out, kNow)));
  ASSERT_EQ(run_until_done(catalog->forget_ended_uploads(kNow + Seconds(1), 10)), 1u);
  start("u");
  EXPECT_EQ(report(upload.upload_id).troubles.attempts, 0);
}

TEST_F(InsightTest, AFinishedUploadHasItsPhotoAndItsEvents) {
  Upload upload = start("u");
  upload.photo_id = 7;
  ASSERT_TRUE(run_until_done(catalog->finish_upload(make_finish(upload, 7), kNow + Seconds(2))));
  const UploadReport found = report(upload.upload_id);
  ASSERT_TRUE(found.photo);
  EXPECT_EQ(found.photo->photo_id, 7);
  EXPECT_EQ(found.summary.upload.changed_at, kNow + Seconds(2));
  EXPECT_EQ(found.events.size(), make_finish(upload, 7).events.size());
}

TEST_F(InsightTest, ListsTheLastChangedFirst) {
  start("a", kNow);
  start("b", kNow + Seconds(2));
  const Upload failed = start("c", kNow + Seconds(1));
  ASSERT_TRUE(run_until_done(
      catalog->end_upload(failed.upload_id, UploadState::failed, Errc::unsupported_type, kNow + Seconds(1))));
  const auto ids = [&](UploadQuery query) {
    std::string all;
    for (const UploadSummary& each : run_until_done(catalog->list_uploads(std::move(query))).value())
      all += each.upload.upload_id + " ";
    return all;
  };
  EXPECT_EQ(ids({}), "b c a ");
  EXPECT_EQ(ids({.limit = 2}), "b c ");
  EXPECT_EQ(ids({.state = UploadState::receiving}), "b a ");
  EXPECT_EQ(ids({.state = UploadState::failed}), "c ");
  EXPECT_EQ(ids({.token = "t"}), "b c a ");
  EXPECT_EQ(ids({.token = "another"}), "");
}

TEST_F(InsightTest, TheBacklogIsWhatWaits) {
  const Upload upload = start("u");
  Event waiting;
  waiting.kind = "callback";
  waiting.url = "http://a.example/";
  waiting.created_at = waiting.next_attempt_at = kNow;
  ASSERT_TRUE(run_until_done(catalog->add_events({waiting, waiting, waiting})));
  Event dead = run_until_done(catalog->due_events(kNow, 1)).value().front();
  dead.state = EventState::dead;
  ASSERT_TRUE(run_until_done(catalog->update_event(dead)));
  const Backlog backlog = run_until_done(catalog->backlog()).value();
  EXPECT_EQ(backlog.waiting_events, 2);
  EXPECT_EQ(backlog.dead_events, 1);
  EXPECT_EQ(backlog.open_uploads, 1);
  EXPECT_EQ(backlog.reserved_bytes, upload.key.total_size);
}

}  // namespace
}  // namespace stile::catalog
