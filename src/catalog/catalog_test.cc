// The contract of Catalog, one test per promise, over the implementation that TempCatalog opens.
#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;

struct CatalogTest : testing::Test {
  TempCatalog temp;
  Catalog& catalog = *temp;

  template <class T>
  T done(io::Task<Result<T>> task) {
    Result<T> result = run_until_done(std::move(task));
    if (!result) {
      ADD_FAILURE() << to_string(result.error().code) << ": " << result.error().cause;
      std::abort();
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  template <class T>
  Errc refused(io::Task<Result<T>> task) {
    Result<T> result = run_until_done(std::move(task));
    if (!result) return result.error().code;
    ADD_FAILURE() << "was not refused";
    return Errc::interrupted;
  }
  Upload started(const Upload& upload) { return done(catalog.start_upload(upload, kNow, {})); }
  Token token_now(const std::string& token) { return done(catalog.find_token(token)).value(); }
};

TEST_F(CatalogTest, KeepsEveryFieldOfAToken) {
  Token token = make_token("t'\"");
  done(catalog.add_token(token));
  token.number = 1;  // the catalog's to give
  EXPECT_EQ(described(token_now("t'\"")), described(token));
  EXPECT_EQ(token_now("t'\"").extras, token.extras);
  EXPECT_FALSE(done(catalog.find_token("T'\"")).has_value());
  EXPECT_FALSE(done(catalog.find_token("")).has_value());
}

TEST_F(CatalogTest, KeepsTheAbsenceOfAPublishDate) {
  Token token = make_token("t");
  token.metadata.publish_date.reset();
  done(catalog.add_token(token));
  done(catalog.add_token(make_token("u")));
  EXPECT_EQ(token_now("u").metadata.publish_date, make_metadata().publish_date);
  EXPECT_EQ(token_now("t").metadata.publish_date, std::nullopt);
  EXPECT_EQ(token_now("u").metadata.publish_date, make_metadata().publish_date);
}

TEST_F(CatalogTest, RefusesATokenTwiceAndKeepsTheFirst) {
  done(catalog.add_token(make_token("t", 3)));
  EXPECT_EQ(refused(catalog.add_token(make_token("t", 9))), Errc::already_exists);
  EXPECT_EQ(token_now("t").max_uploads, 3);
}

TEST_F(CatalogTest, RevokesATokenForNewUploadsAndFinishes) {
  done(catalog.add_token(make_token("t", 5)));
  const Upload open = started(make_upload("u1", "t"));
  done(catalog.revoke_token("t"));
  done(catalog.revoke_token("t"));
  EXPECT_TRUE(token_now("t").revoked);
  EXPECT_EQ(refused(catalog.start_upload(make_upload("u2", "t"), kNow, {})), Errc::token_revoked);
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(open, 1), kNow)), Errc::token_revoked);
  EXPECT_EQ(refused(catalog.revoke_token("other")), Errc::token_unknown);
}

TEST_F(CatalogTest, KeepsEveryFieldOfAnUpload) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = make_upload("u1", "t", (std::uint64_t{1} << 63) - 1);
  EXPECT_EQ(described(started(upload)), described(upload));
  EXPECT_EQ(described(done(catalog.find_upload(upload.key)).value()), described(upload));
  UploadKey other = upload.key;
  other.total_size -= 1;
  EXPECT_FALSE(done(catalog.find_upload(other)).has_value());
}

TEST_F(CatalogTest, RefusesSizesThatADatabaseCannotHold) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = make_upload("u1", "t", std::uint64_t{1} << 63);
  EXPECT_EQ(refused(catalog.start_upload(upload, kNow, {})), Errc::invalid_input);
  EXPECT_EQ(refused(catalog.find_upload(upload.key)), Errc::invalid_input);
}

TEST_F(CatalogTest, StartingTwiceGivesTheUploadThatIsThere) {
  done(catalog.add_token(make_token("t")));
  Upload first = make_upload("u1", "t");
  Upload second = first;
  second.upload_id = "u2";
  started(first);
  EXPECT_EQ(started(second).upload_id, "u1");
  // Also when the token would not let a new one start any more.
  const WallTime late = kNow + Seconds{3600};
  EXPECT_EQ(done(catalog.start_upload(second, late, {.max_open_per_token = 1})).upload_id, "u1");
}

TEST_F(CatalogTest, StartsNothingWithoutAGoodToken) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = make_upload("u1", "t");
  EXPECT_EQ(refused(catalog.start_upload(make_upload("u1", "unknown"), kNow, {})), Errc::token_unknown);
  EXPECT_EQ(refused(catalog.start_upload(upload, kNow + Seconds{60}, {})), Errc::token_expired);
  EXPECT_FALSE(done(catalog.find_upload(upload.key)).has_value());
  done(catalog.start_upload(upload, kNow + Seconds{60} - Milliseconds{1}, {}));
  done(catalog.finish_upload(make_finish(upload, 1), kNow));
  EXPECT_EQ(refused(catalog.start_upload(make_upload("u2", "t"), kNow, {})), Errc::token_used_up);
}

TEST_F(CatalogTest, BoundsTheOpenUploadsOfAToken) {
  done(catalog.add_token(make_token("t", 9)));
  done(catalog.add_token(make_token("other", 9)));
  const StartLimits limits{.max_open_per_token = 2};
  done(catalog.start_upload(make_upload("u1", "t"), kNow, limits));
  done(catalog.start_upload(make_upload("u2", "t"), kNow, limits));
  EXPECT_EQ(refused(catalog.start_upload(make_upload("u3", "t"), kNow, limits)), Errc::too_many_open);
  done(catalog.start_upload(make_upload("u3", "other"), kNow, limits));
  done(catalog.end_upload("u1", UploadState::aborted, Errc::closed, kNow));
  done(catalog.start_upload(make_upload("u4", "t"), kNow, limits));
}

TEST_F(CatalogTest, KeepsReceiptsInOrderAndTheFirstOfTwo) {
  done(catalog.add_token(make_token("t")));
  started(make_upload("u1", "t"));
  const std::uint64_t far = (std::uint64_t{1} << 63) - 1;
  const Receipt a{{0, 10}, 0xffffffff};
  const Receipt b{{10, 20}, 2};
  const Receipt c{{20, far}, 3};
  for (const Receipt& receipt : {c, a, b, Receipt{{10, 15}, 9}}) done(catalog.add_receipt("u1", receipt, kNow));
  EXPECT_EQ(done(catalog.receipts("u1")), (std::vector{a, b, c}));
  EXPECT_TRUE(done(catalog.receipts("u2")).empty());
}

TEST_F(CatalogTest, AReceiptNeedsItsUpload) {
  EXPECT_EQ(refused(catalog.add_receipt("nobody", {{0, 1}, 0}, kNow)), Errc::not_found);
  EXPECT_TRUE(done(catalog.receipts("nobody")).empty());
}

TEST_F(CatalogTest, AReceiptFreshensItsUpload) {
  done(catalog.add_token(make_token("t")));
  started(make_upload("u1", "t"));
  const WallTime later = kNow + kChangeGranularity + Milliseconds{1};
  done(catalog.add_receipt("u1", {{0, 1}, 0}, later));
  EXPECT_TRUE(done(catalog.stale_uploads(later, 10)).empty());
  EXPECT_EQ(done(catalog.stale_uploads(later + Milliseconds{1}, 10)).size(), 1u);
}

TEST_F(CatalogTest, SetsTheContentType) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = started(make_upload("u1", "t"));
  done(catalog.set_content_type("u1", "video/mp4"));
  done(catalog.set_content_type("nobody", "video/mp4"));
  EXPECT_EQ(done(catalog.find_upload(upload.key)).value().content_type, "video/mp4");
}

TEST_F(CatalogTest, EndsAnUploadOnce) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = started(make_upload("u1", "t"));
  done(catalog.end_upload("u1", UploadState::failed, Errc::too_large, kNow + Seconds{1}));
  done(catalog.end_upload("u1", UploadState::aborted, Errc::closed, kNow + Seconds{2}));
  const Upload ended = done(catalog.find_upload(upload.key)).value();
  EXPECT_EQ(ended.state, UploadState::failed);
  EXPECT_EQ(ended.failure, Errc::too_large);
  EXPECT_EQ(ended.changed_at, kNow + Seconds{1});
  EXPECT_EQ(refused(catalog.end_upload("u1", UploadState::done, Errc::closed, kNow)), Errc::invalid_input);
}

// I4
TEST_F(CatalogTest, FinishMakesEverythingTrueAtOnce) {
  done(catalog.add_token(make_token("t")));
  Upload upload = started(make_upload("u1", "t"));
  upload.callback_url = "https://example.com/done?x=1";
  const Finish finish = make_finish(upload, 42);
  done(catalog.finish_upload(finish, kNow + Seconds{3}));

  EXPECT_EQ(token_now("t").used, 1);
  const Upload finished = done(catalog.find_upload(upload.key)).value();
  EXPECT_EQ(finished.state, UploadState::done);
  EXPECT_EQ(finished.callback_url, upload.callback_url);
  EXPECT_EQ(finished.changed_at, kNow + Seconds{3});
  EXPECT_EQ(described(done(catalog.find_photo(42)).value()), described(finish.photo));
  const std::vector<Event> events = done(catalog.events_of_photo(42));
  ASSERT_EQ(events.size(), 1u);
  EXPECT_GT(events[0].event_id, 0);
  EXPECT_EQ(events[0].url, finish.events[0].url);
  EXPECT_TRUE(done(catalog.open_uploads("", 10)).empty());
}

TEST_F(CatalogTest, FinishInsertsTheUploadOfAPlainForm) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = make_upload("u1", "t");
  done(catalog.finish_upload(make_finish(upload, 1), kNow));
  EXPECT_EQ(done(catalog.find_upload(upload.key)).value().state, UploadState::done);
}

TEST_F(CatalogTest, FinishIsRefusedWhenRepeatedEvenIfTheTokenIsUsedUp) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = started(make_upload("u1", "t"));
  done(catalog.finish_upload(make_finish(upload, 1), kNow));
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(upload, 2), kNow)), Errc::already_exists);
  EXPECT_FALSE(done(catalog.find_photo(2)).has_value());
  EXPECT_EQ(token_now("t").used, 1);
}

// I5
TEST_F(CatalogTest, FinishNeverExceedsMaxUploads) {
  done(catalog.add_token(make_token("t", 1)));
  const Upload first = started(make_upload("u1", "t"));
  const Upload second = started(make_upload("u2", "t"));
  done(catalog.finish_upload(make_finish(first, 1), kNow));
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(second, 2), kNow)), Errc::token_used_up);
  EXPECT_EQ(token_now("t").used, 1);
  EXPECT_FALSE(done(catalog.find_photo(2)).has_value());
  EXPECT_TRUE(done(catalog.events_of_photo(2)).empty());
  EXPECT_EQ(done(catalog.find_upload(second.key)).value().state, UploadState::receiving);
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(make_upload("u3", "unknown"), 3), kNow)), Errc::token_unknown);
}

// I6
TEST_F(CatalogTest, AnUploadUnderWayFinishesAfterItsTokenExpired) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = started(make_upload("u1", "t"));
  done(catalog.finish_upload(make_finish(upload, 1), kNow + Seconds{24 * 3600}));
}

TEST_F(CatalogTest, AnEndedUploadCannotFinish) {
  done(catalog.add_token(make_token("t")));
  const Upload upload = started(make_upload("u1", "t"));
  done(catalog.end_upload("u1", UploadState::aborted, Errc::closed, kNow));
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(upload, 1), kNow)), Errc::not_found);
  EXPECT_EQ(token_now("t").used, 0);
}

// I4: a photo id that is taken breaks the last but one statement of the finish.
TEST_F(CatalogTest, AFinishThatBreaksInTheMiddleLeavesNothing) {
  done(catalog.add_token(make_token("t", 9)));
  const Upload first = started(make_upload("u1", "t"));
  const Upload second = started(make_upload("u2", "t"));
  done(catalog.finish_upload(make_finish(first, 1), kNow));
  EXPECT_EQ(refused(catalog.finish_upload(make_finish(second, 1), kNow)), Errc::io_error);
  EXPECT_EQ(token_now("t").used, 1);
  EXPECT_EQ(done(catalog.find_upload(second.key)).value().state, UploadState::receiving);
  EXPECT_EQ(done(catalog.events_of_photo(1)).size(), 1u);
  done(catalog.finish_upload(make_finish(second, 2), kNow));
}

TEST_F(CatalogTest, ListsOpenUploadsPageByPage) {
  done(catalog.add_token(make_token("t", 9)));
  for (const char* id : {"c", "a", "e", "b", "d"}) started(make_upload(id, "t"));
  done(catalog.end_upload("b", UploadState::failed, Errc::closed, kNow));
  const auto ids = [&](std::string after, std::size_t limit) {
    std::string text;
    for (const Upload& upload : done(catalog.open_uploads(std::move(after), limit))) text += upload.upload_id;
    return text;
  };
  EXPECT_EQ(ids("", 2), "ac");
  EXPECT_EQ(ids("c", 2), "de");
  EXPECT_EQ(ids("e", 2), "");
  EXPECT_EQ(ids("", SIZE_MAX), "acde");
  EXPECT_EQ(done(catalog.known_open({"e", "b", "nobody", "a"})), (std::vector<std::string>{"e", "a"}));
}

TEST_F(CatalogTest, ForgetsEndedUploadsButNeitherOpenOnesNorPhotos) {
  done(catalog.add_token(make_token("t", 9)));
  for (const char* id : {"done", "failed", "open", "fresh"}) {
    started(make_upload(id, "t"));
    done(catalog.add_receipt(id, {{0, 1}, 0}, kNow));
  }
  done(catalog.finish_upload(make_finish(make_upload("done", "t"), 1), kNow));
  done(catalog.end_upload("failed", UploadState::failed, Errc::closed, kNow));
  done(catalog.end_upload("fresh", UploadState::failed, Errc::closed, kNow + Seconds{1}));
  EXPECT_EQ(done(catalog.forget_ended_uploads(kNow + Seconds{1}, 1)), 1u);
  EXPECT_EQ(done(catalog.forget_ended_uploads(kNow + Seconds{1}, 10)), 1u);
  EXPECT_EQ(done(catalog.forget_ended_uploads(kNow + Seconds{1}, 10)), 0u);
  EXPECT_TRUE(done(catalog.receipts("done")).empty());
  EXPECT_TRUE(done(catalog.receipts("failed")).empty());
  EXPECT_EQ(done(catalog.receipts("open")).size(), 1u);
  EXPECT_EQ(done(catalog.receipts("fresh")).size(), 1u);
  EXPECT_TRUE(done(catalog.find_photo(1)).has_value());
}

TEST_F(CatalogTest, DistrustsTheReceiptsOfOpenUploadsOnly) {
  done(catalog.add_token(make_token("t", 9)));
  for (const char* id : {"done", "open"}) {
    started(make_upload(id, "t"));
    done(catalog.add_receipt(id, {{0, 1}, 0}, kNow));
  }
  done(catalog.finish_upload(make_finish(make_upload("done", "t"), 1), kNow));
  done(catalog.distrust_receipts());
  EXPECT_EQ(done(catalog.receipts("done")).size(), 1u);
  EXPECT_TRUE(done(catalog.receipts("open")).empty());
}

TEST_F(CatalogTest, GivesPhotoIdsOnce) {
  const std::int64_t first = done(catalog.reserve_photo_ids(10));
  EXPECT_GT(first, 0);
  EXPECT_GE(done(catalog.reserve_photo_ids(1)), first + 10);
  EXPECT_EQ(refused(catalog.reserve_photo_ids(0)), Errc::invalid_input);
}

TEST_F(CatalogTest, ListsThePhotosOfATokenNewestFirst) {
  done(catalog.add_token(make_token("t", 9)));
  for (const int id : {2, 1, 3})
    done(catalog.finish_upload(make_finish(make_upload("u" + std::to_string(id), "t"), id), kNow));
  const std::vector<Photo> photos = done(catalog.photos_of_token("t", 2));
  ASSERT_EQ(photos.size(), 2u);
  EXPECT_EQ(photos[0].photo_id, 3);
  EXPECT_EQ(photos[1].photo_id, 2);
  EXPECT_TRUE(done(catalog.photos_of_token("other", 2)).empty());
  EXPECT_FALSE(done(catalog.find_photo(99)).has_value());
}

TEST_F(CatalogTest, GivesDueEventsLongestDueFirst) {
  EXPECT_EQ(done(catalog.next_event_time()), std::nullopt);
  done(catalog.add_events({make_event(1, kNow + Seconds{2}), make_event(2, kNow), make_event(3, kNow + Seconds{9})}));
  EXPECT_EQ(done(catalog.next_event_time()), kNow);
  EXPECT_TRUE(done(catalog.due_events(kNow - Milliseconds{1}, 10)).empty());
  std::vector<Event> due = done(catalog.due_events(kNow + Seconds{2}, 10));
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].photo_id, 2);
  EXPECT_EQ(due[1].photo_id, 1);
  EXPECT_EQ(done(catalog.due_events(kNow + Seconds{2}, 1)).size(), 1u);

  due[0].state = EventState::delivered;
  due[0].attempts = 1;
  done(catalog.update_event(due[0]));
  due[1].attempts = 7;
  due[1].next_attempt_at = kNow + Seconds{99};
  due[1].last_error = kAwkward;
  done(catalog.update_event(due[1]));
  EXPECT_TRUE(done(catalog.due_events(kNow + Seconds{2}, 10)).empty());
  EXPECT_EQ(done(catalog.next_event_time()), kNow + Seconds{9});
  EXPECT_EQ(described(done(catalog.events_of_photo(1)).at(0)), described(due[1]));
  EXPECT_EQ(refused(catalog.update_event(make_event(999, kNow))), Errc::not_found);
}

TEST_F(CatalogTest, KeepsCallers) {
  const User anna = done(catalog.add_user("Anna", kNow));
  EXPECT_GT(done(catalog.add_user("Bob", kNow)).user_id, anna.user_id);
  Credentials credentials{.name = "app",
                          .level = Level::admin,
                          .user_id = anna.user_id,
                          .consumer_key = "1-abc",
                          .consumer_secret = "s",
                          .access_token = "a",
                          .access_token_secret = "b",
                          .bearer_sha256 = "hash",
                          .revoked = false,
                          .created_at = kNow};
  done(catalog.add_credentials(credentials));
  EXPECT_EQ(described(done(catalog.find_credentials_by_bearer("hash")).value()), described(credentials));
  EXPECT_FALSE(done(catalog.find_credentials_by_bearer("other")).has_value());
  EXPECT_EQ(described(done(catalog.find_credentials_by_consumer_key("1-abc")).value()), described(credentials));
  for (const char* other : {"", "1-AB", "1-abcd", "9-abc"})
    EXPECT_FALSE(done(catalog.find_credentials_by_consumer_key(other)).has_value()) << other;
  EXPECT_EQ(refused(catalog.add_credentials(credentials)), Errc::already_exists);
  credentials.consumer_key = "2-abc";
  EXPECT_EQ(refused(catalog.add_credentials(credentials)), Errc::already_exists);
  credentials.bearer_sha256.clear();
  done(catalog.add_credentials(credentials));
  credentials.consumer_key = "3-abc";
  done(catalog.add_credentials(credentials));
  EXPECT_FALSE(done(catalog.find_credentials_by_bearer("")).has_value());
  EXPECT_EQ(done(catalog.list_credentials()).size(), 3u);
  done(catalog.revoke_credentials("1-abc"));
  EXPECT_TRUE(done(catalog.find_credentials_by_bearer("hash")).value().revoked);
  EXPECT_TRUE(done(catalog.find_credentials_by_consumer_key("1-abc")).value().revoked);
  done(catalog.revoke_credentials("1-abc"));
  EXPECT_EQ(refused(catalog.revoke_credentials("9-abc")), Errc::not_found);
}

TEST_F(CatalogTest, KeepsAlbumsAndFacts) {
  Album album;
  album.title = kAwkward;
  album.album_id = done(catalog.add_album(album)).album_id;
  EXPECT_EQ(done(catalog.known_albums({album.album_id, 999})), std::vector{album.album_id});
  EXPECT_EQ(done(catalog.find_fact("boot")), std::nullopt);
  done(catalog.set_fact("boot", "1"));
  done(catalog.set_fact("boot", kAwkward));
  EXPECT_EQ(done(catalog.find_fact("boot")), kAwkward);
}

}  // namespace
}  // namespace stile::catalog
