#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <map>
#include <new>

#include "notify/outbox_rig.h"

namespace stile::notify {
namespace {

using catalog::Event;
using catalog::EventState;

TEST_F(OutboxTest, DeliversADueEventOnceAndStoresThat) {
  catalog.add({event(7, "http://a.example/cb?x=1")});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  running.look_again();
  running.stop();
  ASSERT_EQ(client.requests().size(), 1u);
  EXPECT_EQ(client.requests()[0].method, "GET");
  EXPECT_EQ(client.requests()[0].url, "http://a.example/cb?x=1");
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
  EXPECT_EQ(catalog.row(1).attempts, 1);
  EXPECT_EQ(running.reports()[0].status, 200);
  EXPECT_EQ(running.reports()[0].error, "");
}

TEST_F(OutboxTest, PostsAPingbackWithoutABody) {
  catalog.add({event(7, "http://a.example/ping?type=photo&photo_id=7", "pingback")});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(client.requests()[0].method, "POST");
  EXPECT_EQ(client.requests()[0].body, "");
}

TEST_F(OutboxTest, SeesAnEventThatIsAddedWhileItSleeps) {
  Running running(catalog, client, clock);
  EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(5'000));
  catalog.add({event()});
  running.outbox().wake();
  EXPECT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
}

TEST_F(OutboxTest, TakesOnly2xxAnd3xxForADelivery) {
  const std::map<int, EventState> expected = {
      {200, EventState::delivered}, {204, EventState::delivered}, {301, EventState::delivered},
      {399, EventState::delivered}, {400, EventState::waiting},   {404, EventState::waiting},
      {410, EventState::waiting},   {500, EventState::waiting},   {503, EventState::waiting}};
  for (const auto& [status, state] : expected) {
    FakeCatalog rows;
    rows.add({event()});
    client.set_answer(always(status));
    Running running(rows, client, clock);
    ASSERT_TRUE(running.wait_for_reports(1));
    EXPECT_EQ(rows.row(1).state, state) << status;
    EXPECT_EQ(rows.row(1).last_error, state == EventState::waiting ? "HTTP status " + std::to_string(status) : "");
    EXPECT_EQ(running.reports()[0].error, rows.row(1).last_error);
  }
}

TEST_F(OutboxTest, AClockThatIsSetBackDelaysNothing) {
  clock.advance(std::chrono::hours{24 * 400});  // the steady clock has no time before its beginning
  catalog.add({event(7), event(8)});
  client.set_answer(always(503));
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  client.set_answer(always(200));
  running.advance(-std::chrono::hours{24 * 365});
  ASSERT_TRUE(running.wait_for_reports(4)) << "they were due in a year and two seconds";
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
  EXPECT_EQ(catalog.row(2).state, EventState::delivered);
}

TEST_F(OutboxTest, ASmallStepBackKeepsTheWaitBetweenAttempts) {
  catalog.add({event(7)});
  client.set_answer(always(503));
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  const WallTime due = catalog.row(1).next_attempt_at;
  running.advance(-Seconds{1});
  running.look_again();
  EXPECT_EQ(catalog.row(1).next_attempt_at, due);
  EXPECT_EQ(running.reports().size(), 1u);
}

TEST_F(OutboxTest, WhatAClockThatWasAheadHasPutOffIsDueAtTheNextStart) {
  Event late = event(7);
  late.next_attempt_at += std::chrono::hours{24 * 365};
  Event soon = event(8);
  soon.next_attempt_at += std::chrono::minutes{59};
  catalog.add({late, soon});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  running.look_again();
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
  EXPECT_EQ(catalog.row(2).state, EventState::waiting);
}

TEST(Backoff, DoublesUpToTheMaximum) {
  const OutboxSettings settings;
  EXPECT_EQ(backoff(0, settings), Milliseconds(2'000));
  EXPECT_EQ(backoff(1, settings), Milliseconds(4'000));
  EXPECT_EQ(backoff(10, settings), Milliseconds(2'048'000));
  EXPECT_EQ(backoff(11, settings), Milliseconds(3'600'000));
  EXPECT_EQ(backoff(1'000'000'000'000, settings), Milliseconds(3'600'000));
}

TEST_F(OutboxTest, WaitsLongerAfterEachFailureAndGivesUpAtTheEnd) {
  OutboxSettings settings;
  settings.give_up_after = Milliseconds(100'000);
  client.set_answer(always(503));
  catalog.add({event()});
  const WallTime created = clock.wall_now();
  Running running(catalog, client, clock, settings);
  std::size_t attempts = 0;
  for (; attempts < 20; ++attempts) {
    ASSERT_TRUE(running.wait_for_reports(attempts + 1));
    const Event row = catalog.row(1);
    ASSERT_EQ(row.attempts, static_cast<std::int64_t>(attempts) + 1);
    if (row.state != EventState::waiting) break;
    const Milliseconds delay = row.next_attempt_at - clock.wall_now();
    const Milliseconds expected = backoff(static_cast<std::int64_t>(attempts), settings);
    if (row.next_attempt_at != created + settings.give_up_after) {
      EXPECT_GE(delay, expected);
      EXPECT_LE(delay, expected + expected / 10);
    }
    running.advance(delay);
  }
  EXPECT_EQ(attempts, 6u);  // after 0, 2, 6, 14, 30, 62 and, cut short, 100 seconds
  EXPECT_EQ(clock.wall_now(), created + settings.give_up_after);
  EXPECT_EQ(catalog.row(1).state, EventState::dead);
  EXPECT_EQ(catalog.row(1).last_error, "HTTP status 503");
  running.advance(Milliseconds(1'000'000));
  running.look_again();
  running.stop();
  EXPECT_EQ(client.requests().size(), attempts + 1);
}

TEST_F(OutboxTest, NeverTriesBeforeTheTime) {
  client.set_answer(always(503));
  catalog.add({event()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  running.advance(catalog.row(1).next_attempt_at - clock.wall_now() - Milliseconds(1));
  running.look_again();
  EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(1));
  EXPECT_EQ(client.requests().size(), 1u);
  running.advance(Milliseconds(1));
  EXPECT_TRUE(running.wait_for_reports(2));
}

TEST_F(OutboxTest, TriesAnOldEventOnceBeforeItIsGivenUp) {
  catalog.add({event(), event()});
  client.set_answer([](const OutboundRequest&) { return OutboundResponse{503}; });
  clock.advance(Milliseconds(48 * 3'600'000));
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  EXPECT_EQ(catalog.row(1).state, EventState::dead);
  EXPECT_EQ(catalog.row(1).attempts, 1);
}

TEST_F(OutboxTest, GivesUpAtOnceWhereTryingAgainCannotHelp) {
  for (const Errc code : {Errc::permission_denied, Errc::invalid_input}) {
    FakeCatalog rows;
    rows.add({event()});
    client.set_answer(always(code));
    Running running(rows, client, clock);
    ASSERT_TRUE(running.wait_for_reports(1));
    EXPECT_EQ(rows.row(1).state, EventState::dead);
    EXPECT_EQ(rows.row(1).last_error, std::string(to_string(code)) + ": words: cause");
  }
}

TEST_F(OutboxTest, TriesAgainAfterNetworkTrouble) {
  for (const Errc code : {Errc::io_error, Errc::timed_out}) {
    FakeCatalog rows;
    rows.add({event()});
    client.set_answer(always(code));
    Running running(rows, client, clock);
    ASSERT_TRUE(running.wait_for_reports(1));
    EXPECT_EQ(rows.row(1).state, EventState::waiting);
    EXPECT_EQ(running.reports()[0].status, 0);
    client.set_answer(always(200));
    running.advance(Milliseconds(2'200));
    ASSERT_TRUE(running.wait_for_reports(2));
    EXPECT_EQ(rows.row(1).state, EventState::delivered);
    EXPECT_EQ(rows.row(1).attempts, 2);
  }
}

TEST_F(OutboxTest, TakesAnExceptionOfTheClientForAFailedAttempt) {
  client.set_answer([](const OutboundRequest&) -> Result<OutboundResponse> { throw std::bad_alloc(); });
  catalog.add({event()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(catalog.row(1).state, EventState::waiting);
  EXPECT_EQ(catalog.row(1).attempts, 1);
}

TEST_F(OutboxTest, GoesOnAfterARestart) {
  client.set_answer(always(503));
  catalog.add({event()});
  {
    Running before(catalog, client, clock);
    ASSERT_TRUE(before.wait_for_reports(1));
  }
  client.set_answer(always(200));
  Running after(catalog, client, clock);
  after.look_again();
  EXPECT_EQ(client.requests().size(), 1u);
  after.advance(Milliseconds(2'200));
  ASSERT_TRUE(after.wait_for_reports(1));
  EXPECT_EQ(catalog.row(1).attempts, 2);
}

TEST_F(OutboxTest, DeliversAgainAfterACrashBetweenDeliveryAndUpdate) {
  catalog.add({event()});
  catalog.writes_to_fail = 1'000;
  {
    Running before(catalog, client, clock);
    ASSERT_TRUE(before.wait_for_reports(2));  // the catalog's failure and the delivery
  }
  EXPECT_EQ(catalog.row(1).state, EventState::waiting);
  EXPECT_EQ(client.requests().size(), 1u);
  catalog.writes_to_fail = 0;
  Running after(catalog, client, clock);
  ASSERT_TRUE(after.wait_for_reports(1));
  EXPECT_EQ(client.requests().size(), 2u);
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
}

TEST_F(OutboxTest, DoesNotDeliverAgainBecauseTheCatalogFailed) {
  catalog.add({event()});
  catalog.writes_to_fail = 3;
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  for (int second = 0; second < 5; ++second) {
    running.look_again();
    EXPECT_LE(running.alarm.next_quiet_wait(), Milliseconds(5'000));
    running.advance(Milliseconds(1'000));
  }
  running.look_again();
  running.stop();
  EXPECT_EQ(catalog.writes_to_fail, 0);
  EXPECT_EQ(client.requests().size(), 1u);
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
  EXPECT_EQ(catalog.row(1).attempts, 1);
}

TEST_F(OutboxTest, GoesOnWhenTheRowIsRemovedDuringItsDelivery) {
  client.set_answer([this](const OutboundRequest& request) {
    if (request.url == "http://a.example/?gone") catalog.remove(1);
    return OutboundResponse{200};
  });
  catalog.add({event(7, "http://a.example/?gone"), event(7, "http://a.example/?next")});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  EXPECT_EQ(catalog.row(2).state, EventState::delivered);
  EXPECT_EQ(running.reports()[0].error, "");
}

TEST_F(OutboxTest, WaitsAndGoesOnWhenTheCatalogCannotBeRead) {
  catalog.add({event()});
  catalog.reads_to_fail = 1;
  Running running(catalog, client, clock);
  EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(1'000));
  ASSERT_EQ(running.reports().size(), 1u);
  EXPECT_EQ(running.reports()[0].event.event_id, 0);
  EXPECT_EQ(running.reports()[0].error, "catalog: io_error: no");
  running.advance(Milliseconds(1'000));
  ASSERT_TRUE(running.wait_for_reports(2));
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
}

}  // namespace
}  // namespace stile::notify
