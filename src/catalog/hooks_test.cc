// Hooks, Deliveries and the announcements that photos make, over the catalog that TempCatalog opens.
#include "catalog/hooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/announce.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kUrl = "https://hooks.example/in?key=1";

class HooksContract : public testing::Test {
 protected:
  HooksContract() {
    CHECK(run_until_done(rows->add_token(make_token("t", 1'000))).has_value());
    add_consumer("app");
  }

  void add_consumer(const std::string& key) {
    Credentials credentials;
    credentials.consumer_key = key;
    credentials.consumer_secret = "secret of " + key;
    CHECK(run_until_done(rows->add_credentials(credentials)).has_value());
  }
  std::int64_t subscribe(const std::string& event, const std::string& url = kUrl, const std::string& key = "app") {
    const auto made = run_until_done(rows->subscribe(
        {.consumer_key = key, .event = event, .target_url = url, .secret = "s-" + url, .created_at = kNow}, 10));
    CHECK(made.has_value());
    return made->hook.hook_id;
  }
  std::int64_t upload(
      Metadata metadata = {
          .title = "old", .description = "", .tags = "", .album_ids = "", .publish_date = {}, .absolute_url = ""}) {
    const std::int64_t id = ++last_;
    Finish finish = make_finish(make_upload("u" + std::to_string(id), "t"), id);
    finish.photo.metadata = std::move(metadata);
    finish.photo.created_at = kNow;
    finish.events.clear();
    CHECK(run_until_done(rows->finish_upload(finish, kNow)).has_value());
    return id;
  }
  void update(std::int64_t photo_id, const std::string& title, WallTime now = kNow) {
    CHECK(run_until_done(rows->update_photo({.photo_id = photo_id, .title = title}, now)).has_value());
  }
  std::vector<Event> events(EventQuery query = {.direction = Direction::ascending}) {
    return run_until_done(rows->list_events(query)).value();
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> all;
    for (const Event& event : events()) all.push_back(event.kind);
    return all;
  }
  void store(Event event) { CHECK(run_until_done(rows->update_event(std::move(event))).has_value()); }

  TempCatalog rows;
  std::int64_t last_ = 0;
};

TEST_F(HooksContract, NobodyAskedNothingIsStored) {
  update(upload(), "new");
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(HooksContract, EveryChangeOfAPhotoIsAnnouncedInItsTransaction) {
  const std::int64_t hook = subscribe("all");
  const std::int64_t photo = upload();
  update(photo, "new");
  CHECK(run_until_done(rows->delete_photo(photo, kNow)).has_value());
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded", "video.updated", "video.deleted"));
  const Event first = events().front();
  EXPECT_EQ(first.photo_id, photo);
  EXPECT_EQ(first.url, kUrl);
  EXPECT_EQ(first.signer, "webhook:" + std::to_string(hook));
  EXPECT_EQ(first.created_at, kNow);
  EXPECT_EQ(first.next_attempt_at, kNow);
  EXPECT_EQ(first.body, R"({"event":"video.uploaded","event_id":)" + std::to_string(first.event_id) +
                            R"(,"created_at":1700000000,"webhook_id":)" + std::to_string(hook) + R"(,"photo_id":)" +
                            std::to_string(photo) + "}");
}

TEST_F(HooksContract, AReplacedFileIsAnnouncedAsThat) {
  subscribe("all");
  const std::int64_t photo = upload();
  Token token = make_token("r");
  token.kind = TokenKind::replace;
  token.photo_id = photo;
  CHECK(run_until_done(rows->add_token(token)).has_value());
  Finish finish = make_finish(make_upload("u-replace", "r"), photo);
  finish.target = Finish::Target::replacement;
  finish.events.clear();
  finish.photo.file_id = 999;
  CHECK(run_until_done(rows->finish_upload(finish, kNow)).has_value());
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded", "video.replaced"));
}

TEST_F(HooksContract, WhatIsUndoneIsNotAnnounced) {
  subscribe("all");
  CHECK(run_until_done(rows->revoke_token("t")).has_value());
  EXPECT_FALSE(run_until_done(rows->finish_upload(make_finish(make_upload("u", "t"), 9), kNow)).has_value());
  EXPECT_FALSE(run_until_done(rows->update_photo({.photo_id = 9, .title = "x"}, kNow)).has_value());
  EXPECT_FALSE(run_until_done(rows->delete_photo(9, kNow)).has_value());
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(HooksContract, AChangeOfNothingIsNoNews) {
  subscribe("all");
  const std::int64_t photo = upload();
  update(photo, "old", kNow + Seconds{5});
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded"));
}

TEST_F(HooksContract, AHookHearsOfItsOwnEventOnly) {
  subscribe("video.deleted", "https://a.example/");
  subscribe("video.uploaded", "https://b.example/");
  subscribe("all", "https://c.example/");
  CHECK(run_until_done(rows->delete_photo(upload(), kNow)).has_value());
  std::vector<std::string> urls;
  for (const Event& event : events()) urls.push_back(event.kind + " " + event.url);
  EXPECT_THAT(urls, ElementsAre("video.uploaded https://b.example/", "video.uploaded https://c.example/",
                                "video.deleted https://a.example/", "video.deleted https://c.example/"));
}

TEST_F(HooksContract, APingbackNamesThePhotoInItsUrl) {
  const auto set = [&](const std::string& url) {
    CHECK(run_until_done(rows->set_pingback("app", url, kNow)).has_value());
  };
  set("https://p.example/ping");
  upload();
  set("https://p.example/ping?x=1#part");
  upload();
  ASSERT_EQ(events().size(), 2u);
  EXPECT_EQ(events()[0].url, "https://p.example/ping?type=photo&photo_id=1");
  EXPECT_EQ(events()[1].url, "https://p.example/ping?x=1&type=photo&photo_id=2");
  EXPECT_EQ(events()[1].kind, "pingback");
  EXPECT_EQ(events()[1].signer, "consumer:app");
  EXPECT_EQ(events()[1].body, "");
  EXPECT_EQ(events()[0].state, EventState::dead) << "its URL was changed before it was sent";
  EXPECT_EQ(run_until_done(rows->find_pingback("app")).value(), "https://p.example/ping?x=1#part");
  set("");
  EXPECT_EQ(run_until_done(rows->find_pingback("app")).value(), std::nullopt);
  EXPECT_EQ(events()[1].state, EventState::dead);
  upload();
  EXPECT_EQ(events().size(), 2u);
  EXPECT_EQ(run_until_done(rows->set_pingback("nobody", "https://p.example/", kNow)).error().code, Errc::not_found);
}

TEST_F(HooksContract, TheSamePingbackAgainKeepsWhatWaits) {
  CHECK(run_until_done(rows->set_pingback("app", kUrl, kNow)).has_value());
  upload();
  CHECK(run_until_done(rows->set_pingback("app", kUrl, kNow)).has_value());
  EXPECT_EQ(events()[0].state, EventState::waiting);
}

TEST_F(HooksContract, WhoIsDownIsOwedTheSameNewsOnce) {
  subscribe("all");
  const std::int64_t photo = upload();
  update(photo, "2");
  std::vector<Event> owed = events();
  for (Event& event : owed) {
    event.attempts = 1;
    event.next_attempt_at = kNow + Seconds{600};
    store(event);
  }
  const WallTime later = kNow + Seconds{60};
  update(photo, "3", later);
  update(photo, "4", later + Seconds{1});
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded", "video.updated"));
  EXPECT_EQ(events()[1].created_at, later + Seconds{1}) << "the newest change is tried for a whole day";
  EXPECT_THAT(events()[1].body, HasSubstr("\"created_at\":1700000061"));
  EXPECT_EQ(events()[1].attempts, 1);
  update(upload(), "other photo", later);
  EXPECT_EQ(events().size(), 4u) << "another photo is other news";
}

TEST_F(HooksContract, WhatMayBeUnderWayIsToldAgain) {
  subscribe("all");
  const std::int64_t photo = upload();
  for (const char* title : {"2", "3"}) update(photo, title);  // both are due now
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded", "video.updated", "video.updated"));
}

TEST_F(HooksContract, SubscribingTwiceIsOneWebhookWithItsFirstSecret) {
  const std::int64_t id = subscribe("all");
  const auto again = run_until_done(rows->subscribe(
      {.consumer_key = "app", .event = "all", .target_url = kUrl, .secret = "other", .created_at = kNow}, 10));
  EXPECT_FALSE(again.value().is_new);
  EXPECT_EQ(again->hook.hook_id, id);
  EXPECT_EQ(again->hook.secret, std::string("s-") + kUrl);
  EXPECT_EQ(run_until_done(rows->list_hooks({})).value().total, 1);
}

TEST_F(HooksContract, AnApplicationHasSoManyWebhooksAndNoMore) {
  add_consumer("other");
  CHECK(run_until_done(rows->set_pingback("app", kUrl, kNow)).has_value());
  for (const auto& [url, code] : {std::pair{"https://a/", 0}, {"https://b/", 0}, {"https://c/", 1}}) {
    const auto made = run_until_done(rows->subscribe(
        {.consumer_key = "app", .event = "all", .target_url = url, .secret = "s", .created_at = kNow}, 2));
    EXPECT_EQ(made.has_value(), code == 0) << url;
    if (!made) EXPECT_EQ(made.error().code, Errc::limit);
  }
  EXPECT_TRUE(run_until_done(rows->subscribe(
      {.consumer_key = "app", .event = "all", .target_url = "https://a/", .secret = "s", .created_at = kNow}, 2)))
      << "one that it has";
  subscribe("all", kUrl, "other");
}

TEST_F(HooksContract, ListsPagesOfOnesOwnOrEverybodys) {
  add_consumer("other");
  const std::int64_t a = subscribe("all", "https://a/");
  const std::int64_t b = subscribe("all", "https://b/", "other");
  const std::int64_t c = subscribe("video.deleted", "https://a/");
  const auto listed = [&](HookQuery query) {
    std::vector<std::int64_t> ids;
    for (const Hook& hook : run_until_done(rows->list_hooks(query)).value().items) ids.push_back(hook.hook_id);
    return ids;
  };
  EXPECT_THAT(listed({}), ElementsAre(a, b, c));
  EXPECT_THAT(listed({.consumer_key = "app"}), ElementsAre(a, c));
  EXPECT_THAT(listed({.offset = 1, .limit = 1}), ElementsAre(b));
  EXPECT_THAT(listed({.consumer_key = ""}), IsEmpty());
}

TEST_F(HooksContract, UnsubscribingEndsOnesOwnAndDropsWhatWaits) {
  add_consumer("other");
  const std::int64_t mine = subscribe("all", "https://a/");
  const std::int64_t theirs = subscribe("all", "https://a/", "other");
  upload();
  const auto end = [&](HookFilter filter) { return run_until_done(rows->unsubscribe(std::move(filter))).value(); };
  EXPECT_EQ(end({.consumer_key = "app", .hook_id = theirs}), 0);
  EXPECT_EQ(end({.consumer_key = "app", .target_url = "https://a/"}), 1);
  EXPECT_EQ(end({.consumer_key = "app", .hook_id = mine}), 0);
  ASSERT_EQ(events().size(), 2u);
  EXPECT_EQ(events()[0].state, EventState::dead);
  EXPECT_EQ(events()[0].last_error, "unsubscribed");
  EXPECT_EQ(events()[1].state, EventState::waiting);
  upload();
  EXPECT_EQ(events().size(), 3u);
  EXPECT_EQ(end({.hook_id = theirs}), 1) << "whoever may end everybody's";
  EXPECT_EQ(run_until_done(rows->unsubscribe({.consumer_key = "app"})).error().code, Errc::invalid_input)
      << "never all at once by an empty filter";
}

TEST_F(HooksContract, RevokedCredentialsHearNothingAndSignNothing) {
  const std::int64_t id = subscribe("all");
  CHECK(run_until_done(rows->set_pingback("app", kUrl, kNow)).has_value());
  const auto secret = [&](const std::string& signer) { return run_until_done(rows->signing_secret(signer)).value(); };
  EXPECT_EQ(secret(webhook_signer(id)), std::string("s-") + kUrl);
  EXPECT_EQ(secret("consumer:app"), "secret of app");
  EXPECT_EQ(secret("webhook:999"), std::nullopt);
  EXPECT_EQ(secret("consumer:nobody"), std::nullopt);
  EXPECT_EQ(secret("webhook:"), std::nullopt);
  EXPECT_EQ(secret("else:1"), std::nullopt);
  CHECK(run_until_done(rows->revoke_credentials("app")).has_value());
  EXPECT_EQ(secret(webhook_signer(id)), std::nullopt);
  EXPECT_EQ(secret("consumer:app"), std::nullopt);
  upload();
  EXPECT_THAT(events(), IsEmpty());
}

// Deliveries

TEST_F(HooksContract, TheFirstThatWaitsIsTheOnlyOneThatMayGo) {
  const auto add = [&](std::int64_t photo_id, const std::string& url) {
    Event event = make_event(photo_id, kNow);
    event.url = url;
    CHECK(run_until_done(rows->add_events({event})).has_value());
  };
  for (const char* url : {"https://a.example/xy", "https://a.example/x?1", "https://a.example/x#f", "https://a.example/x",
                          "https://a.example/é?1", "https://a.example/x?/y"})
    add(7, url);
  add(8, "https://a.example/x?other");
  const auto first = [&](std::int64_t photo, const std::string& url) {
    const auto event = run_until_done(rows->first_waiting(photo, receiver_of(url))).value();
    return event ? event->event_id : 0;
  };
  for (const std::int64_t expected : {2, 3, 4, 6, 0}) {
    ASSERT_EQ(first(7, "https://a.example/x?any"), expected);
    if (expected == 0) break;
    Event done = run_until_done(rows->find_event(expected)).value().value();
    done.state = EventState::delivered;
    store(done);
  }
  EXPECT_EQ(first(7, "https://a.example/xy"), 1);
  EXPECT_EQ(first(7, "https://a.example/é"), 5);
  EXPECT_EQ(first(8, "https://a.example/x"), 7);
  EXPECT_EQ(first(9, "https://a.example/x"), 0);
}

TEST_F(HooksContract, EventsAreListedByStateAndPhotoAPageAtATime) {
  for (int i = 0; i < 6; ++i) CHECK(run_until_done(rows->add_events({make_event(1 + i % 2, kNow)})).has_value());
  for (const auto& [id, state] : {std::pair{2, EventState::dead}, {3, EventState::delivered}, {4, EventState::dead}}) {
    Event event = run_until_done(rows->find_event(id)).value().value();
    event.state = state;
    store(event);
  }
  const auto listed = [&](EventQuery query) {
    std::vector<std::int64_t> ids;
    for (const Event& event : events(query)) ids.push_back(event.event_id);
    return ids;
  };
  EXPECT_THAT(listed({}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(listed({.after = 5, .limit = 2}), ElementsAre(4, 3));
  EXPECT_THAT(listed({.state = EventState::dead}), ElementsAre(4, 2));
  EXPECT_THAT(listed({.state = EventState::waiting, .photo_id = 2}), ElementsAre(6));
  EXPECT_THAT(listed({.state = EventState::delivered}), ElementsAre(3));
  EXPECT_THAT(listed({.photo_id = 1, .direction = Direction::ascending, .after = 1}), ElementsAre(3, 5));
}

TEST_F(HooksContract, AReplayIsAsIfItHadJustHappened) {
  CHECK(run_until_done(rows->add_events({make_event(1, kNow), make_event(1, kNow)})).has_value());
  Event dead = run_until_done(rows->find_event(1)).value().value();
  dead.state = EventState::dead;
  dead.attempts = 30;
  dead.last_error = "down";
  store(dead);
  Event waiting = run_until_done(rows->find_event(2)).value().value();
  waiting.attempts = 3;
  waiting.next_attempt_at = kNow + Seconds{3'000};
  store(waiting);
  const WallTime later = kNow + Seconds{100};
  EXPECT_THAT(run_until_done(rows->replay_events({1, 77, 2}, later)).value(), ElementsAre(1, 2));
  dead = run_until_done(rows->find_event(1)).value().value();
  EXPECT_EQ(dead.state, EventState::waiting);
  EXPECT_EQ(dead.attempts, 0);
  EXPECT_EQ(dead.created_at, later);
  EXPECT_EQ(dead.next_attempt_at, later);
  EXPECT_EQ(dead.last_error, "");
  waiting = run_until_done(rows->find_event(2)).value().value();
  EXPECT_EQ(waiting.attempts, 3);
  EXPECT_EQ(waiting.created_at, kNow);
  EXPECT_EQ(waiting.next_attempt_at, later);
}

// Drafts that publish themselves

TEST_F(HooksContract, ADraftIsPublishedWhenItsTimeComesAndNotBefore) {
  subscribe("all");
  const WallTime due = kNow + Seconds{100};
  Metadata draft{.title = "d",
                 .description = "",
                 .tags = "cat",
                 .album_ids = "",
                 .publish = false,
                 .publish_date = due,
                 .absolute_url = ""};
  const std::int64_t photo = upload(draft);
  draft.publish_date = kNow - Seconds{100};
  const std::int64_t old_draft = upload(draft);  // its date is past: a draft until somebody publishes it
  const auto published = [&](std::int64_t id) {
    return run_until_done(rows->find_photo(id)).value()->metadata.publish;
  };
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), due);
  EXPECT_EQ(run_until_done(rows->publish_due(due - Milliseconds{1}, 10)).value(), 0u);
  EXPECT_FALSE(published(photo));
  EXPECT_EQ(run_until_done(rows->publish_due(due, 10)).value(), 1u);
  EXPECT_TRUE(published(photo));
  EXPECT_FALSE(published(old_draft));
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), std::nullopt);
  EXPECT_THAT(kinds(), ElementsAre("video.uploaded", "video.uploaded", "video.updated"));
  const auto found = run_until_done(rows->list_photos({.filter = {.tags = {"cat"}, .published = true}})).value();
  EXPECT_EQ(found.total, 1) << "the tables by which it is found know it too";
  CHECK(run_until_done(rows->update_photo({.photo_id = photo, .publish = false}, due + Seconds{1})).has_value());
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), std::nullopt) << "who unpublishes it by hand means it";
}

TEST_F(HooksContract, AnEditDoesNotMakeADraftStayOne) {
  Metadata draft{.title = "d",
                 .description = "",
                 .tags = "",
                 .album_ids = "",
                 .publish = false,
                 .publish_date = kNow + Seconds{100},
                 .absolute_url = ""};
  const std::int64_t photo = upload(draft);
  update(photo, "before its time", kNow + Seconds{50});
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), draft.publish_date);
  update(photo, "after its time, before anybody looked", kNow + Seconds{101});
  EXPECT_TRUE(run_until_done(rows->find_photo(photo)).value()->metadata.publish);
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), std::nullopt);
}

TEST_F(HooksContract, PublishesABatchAtATimeOldestFirst) {
  Metadata draft{.title = "d",
                 .description = "",
                 .tags = "",
                 .album_ids = "",
                 .publish = false,
                 .publish_date = {},
                 .absolute_url = ""};
  for (const int seconds : {30, 10, 20}) {
    draft.publish_date = kNow + Seconds{seconds};
    upload(draft);
  }
  EXPECT_EQ(run_until_done(rows->publish_due(kNow + Seconds{60}, 2)).value(), 2u);
  EXPECT_FALSE(run_until_done(rows->find_photo(1)).value()->metadata.publish);
  CHECK(run_until_done(rows->delete_photo(1, kNow)).has_value());
  EXPECT_EQ(run_until_done(rows->next_publication()).value(), std::nullopt) << "a deleted draft is none";
}

}  // namespace
}  // namespace stile::catalog
