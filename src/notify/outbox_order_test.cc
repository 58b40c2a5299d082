#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <random>
#include <semaphore>
#include <thread>

#include "catalog/testing.h"
#include "notify/outbox_rig.h"

namespace stile::notify {
namespace {

using catalog::Event;
using catalog::EventState;

TEST_F(OutboxTest, SleepsUntilTheNextEventIsDueButNotForLong) {
  for (const auto& [due_in, wait] : {std::pair{500, 500}, {4'999, 4'999}, {3'600'000, 5'000}}) {
    FakeCatalog rows;
    Event later = event();
    later.next_attempt_at += Milliseconds(due_in);
    rows.add({later});
    Running running(rows, client, clock);
    EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(wait));
  }
  EXPECT_TRUE(client.requests().empty());
}

TEST_F(OutboxTest, KeepsNoMoreDeliveriesUnderWayThanAllowedAndNeverOneTwice) {
  std::counting_semaphore<64> gate(0);
  client.set_answer([&gate](const OutboundRequest&) {
    gate.acquire();
    return OutboundResponse{200};
  });
  for (int i = 0; i < 10; ++i) catalog.add({event(i, "http://a.example/" + std::to_string(i))});
  OutboxSettings settings;
  settings.parallel = 3;
  Running running(catalog, client, clock, settings, /*pool_threads=*/8);
  EXPECT_TRUE(client.wait_for_requests(3));
  running.look_again();
  EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(5'000));
  running.advance(Milliseconds(100'000));
  running.look_again();
  EXPECT_EQ(client.requests().size(), 3u);
  gate.release(10);
  EXPECT_TRUE(running.wait_for_reports(10));
  running.stop();
  auto all = urls();
  std::ranges::sort(all);
  EXPECT_EQ(std::ranges::unique(all).size(), 0u);
  EXPECT_EQ(all.size(), 10u);
}

TEST_F(OutboxTest, ComesAgainLaterWhenThePoolIsFull) {
  std::counting_semaphore<64> gate(0);
  client.set_answer([&gate](const OutboundRequest&) {
    gate.acquire();
    return OutboundResponse{200};
  });
  for (int i = 0; i < 8; ++i) catalog.add({event()});
  OutboxSettings settings;
  settings.parallel = 8;
  Running running(catalog, client, clock, settings, /*pool_threads=*/1, /*pool_queue=*/1);
  EXPECT_TRUE(client.wait_for_requests(1));
  running.look_again();
  // No spinning meanwhile: nothing is looked for until the pause is over.
  EXPECT_EQ(running.alarm.next_quiet_wait(), Milliseconds(1'000));
  gate.release(64 - 1);
  for (std::size_t reported = running.reports().size(); reported < 8; reported = running.reports().size()) {
    // Whatever the pool took is reported, and it takes at least one each time that it has nothing left.
    running.advance(Milliseconds(1'000));
    ASSERT_TRUE(running.wait_for_reports(reported + 1));
  }
  for (const Event& row : catalog.all()) {
    EXPECT_EQ(row.state, EventState::delivered);
    EXPECT_EQ(row.attempts, 1);
  }
  EXPECT_EQ(client.requests().size(), 8u);
}

TEST_F(OutboxTest, KeepsTheOrderOfAPhotosEventsForEachReceiver) {
  client.set_answer(
      [](const OutboundRequest& request) { return OutboundResponse{request.url == "http://a.example/x?1" ? 503 : 200}; });
  catalog.add({event(7, "http://a.example/x?1"), event(7, "http://a.example/x?2"), event(7, "http://a.example/y?3"),
               event(8, "http://a.example/x?4"), event(7, "http://a.example/x"), event(0, "http://a.example/x?6")});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(4));
  running.look_again();
  auto first = urls();
  std::ranges::sort(first);
  EXPECT_EQ(first, (std::vector<std::string>{"http://a.example/x?1", "http://a.example/x?4", "http://a.example/x?6",
                                             "http://a.example/y?3"}));
  EXPECT_EQ(catalog.row(2).next_attempt_at, catalog.row(1).next_attempt_at);
  EXPECT_EQ(catalog.row(2).attempts, 0);

  client.set_answer(always(200));
  running.advance(Milliseconds(2'200));
  ASSERT_TRUE(running.wait_for_reports(7));
  const auto all = urls();
  EXPECT_EQ((std::vector<std::string>(all.begin() + 4, all.end())),
            (std::vector<std::string>{"http://a.example/x?1", "http://a.example/x?2", "http://a.example/x"}));
}

TEST_F(OutboxTest, LetsTheNextEventGoOnceTheEarlierIsDead) {
  client.set_answer([](const OutboundRequest& request) -> Result<OutboundResponse> {
    if (request.url == "http://a.example/?1") return fail(Errc::permission_denied);
    return OutboundResponse{200};
  });
  catalog.add({event(7, "http://a.example/?1"), event(7, "http://a.example/?2")});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  EXPECT_EQ(catalog.row(1).state, EventState::dead);
  EXPECT_EQ(catalog.row(2).state, EventState::delivered);
}

TEST_F(OutboxTest, ManyHeldBackEventsDoNotKeepOthersWaiting) {
  std::counting_semaphore<1024> gate(0);
  client.set_answer([&gate](const OutboundRequest& request) {
    if (request.url == "http://slow.example/") gate.acquire();
    return OutboundResponse{200};
  });
  for (int i = 0; i < 300; ++i) catalog.add({event(7, "http://slow.example/")});
  catalog.add({event(8, "http://a.example/")});
  Running running(catalog, client, clock);
  EXPECT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(catalog.row(301).state, EventState::delivered);
  gate.release(1024);
  EXPECT_TRUE(running.wait_for_reports(301));
}

TEST_F(OutboxTest, DoesNotTrustAListThatIsOlderThanADelivery) {
  // The second list of due events is read while the delivery is under way and comes back when it is over.
  std::counting_semaphore<64> gate(0);
  client.set_answer([&gate](const OutboundRequest&) {
    gate.acquire();
    return OutboundResponse{200};
  });
  catalog.add({event()});
  std::atomic<int> lists = 0;
  Running* self = nullptr;
  std::latch ready(1);
  std::jthread late;
  catalog.due_read = [&](std::function<void()> go_on) {
    if (++lists != 2) return go_on();
    late = std::jthread([&, go_on] {
      ready.wait();
      gate.release();
      EXPECT_TRUE(self->wait_for_reports(1));
      go_on();
    });
  };
  Running running(catalog, client, clock);
  self = &running;
  EXPECT_TRUE(client.wait_for_requests(1));
  running.outbox().wake();
  ready.count_down();
  EXPECT_TRUE(running.wait_for_reports(1));
  gate.release(8);
  running.look_again();
  running.stop();
  EXPECT_GE(lists, 2);
  EXPECT_EQ(client.requests().size(), 1u);
  EXPECT_EQ(catalog.row(1).attempts, 1);
}

TEST_F(OutboxTest, StopWaitsForTheDeliveryUnderWay) {
  std::counting_semaphore<8> gate(0);
  client.set_answer([&gate](const OutboundRequest&) {
    gate.acquire();
    return OutboundResponse{200};
  });
  OutboxSettings settings;
  settings.parallel = 1;
  catalog.add({event(), event()});
  Running running(catalog, client, clock, settings);
  ASSERT_TRUE(client.wait_for_requests(1));
  running.outbox().stop();
  gate.release(8);
  running.stop();
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
  EXPECT_EQ(catalog.row(2).state, EventState::waiting);
  EXPECT_EQ(client.requests().size(), 1u);
}

TEST_F(OutboxTest, DeliversEverythingOnceInOrderThroughRandomTrouble) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mutex mutex;
  std::mt19937 dice(seed);
  const auto roll = [&](int sides) {
    std::lock_guard lock(mutex);
    return static_cast<int>(dice() % static_cast<unsigned>(sides));
  };
  std::vector<std::string> delivered;
  client.set_answer([&](const OutboundRequest& request) -> Result<OutboundResponse> {
    const int luck = roll(4);
    if (luck == 0) return OutboundResponse{503};
    if (luck == 1) return fail(Errc::timed_out);
    std::lock_guard lock(mutex);
    delivered.push_back(request.url);
    return OutboundResponse{200};
  });
  constexpr int kEvents = 120;
  for (int i = 0; i < kEvents; ++i) catalog.add({event(1 + i % 5, "http://a.example/?" + std::to_string(i))});
  OutboxSettings settings;
  settings.max_retry = Milliseconds(8'000);
  Running running(catalog, client, clock, settings, /*pool_threads=*/2, /*pool_queue=*/2);
  const auto all_delivered = [&] {
    return std::ranges::all_of(catalog.all(), [](const Event& row) { return row.state == EventState::delivered; });
  };
  for (int i = 0; i < 50'000 && !all_delivered(); ++i) {
    if (roll(20) == 0) catalog.writes_to_fail = 1;
    if (roll(20) == 0) catalog.reads_to_fail = 1;
    const Milliseconds wait = running.alarm.next_quiet_wait();
    ASSERT_GE(wait.count(), 0);
    running.advance(std::min(wait, Milliseconds(1'000)));
  }
  running.stop();
  EXPECT_TRUE(all_delivered());
  EXPECT_EQ(delivered.size(), static_cast<std::size_t>(kEvents));
  std::map<int, int> last;  // by photo
  for (const std::string& url : delivered) {
    const int number = std::stoi(url.substr(url.rfind('?') + 1));
    EXPECT_TRUE(!last.contains(number % 5) || last[number % 5] < number) << number;
    last[number % 5] = number;
  }
}

TEST_F(OutboxTest, DeliversFromARealCatalogAcrossARestart) {
  catalog::TempCatalog rows;
  constexpr int kEvents = 30;
  std::vector<Event> events;
  for (int i = 0; i < kEvents; ++i) events.push_back(event(1 + i % 3, "http://a.example/?" + std::to_string(i)));
  ASSERT_TRUE(io::run_until_done(rows->add_events(events)));
  const auto count = [&rows](EventState state) {
    std::ptrdiff_t result = 0;
    for (std::int64_t photo_id = 1; photo_id <= 3; ++photo_id)
      result += std::ranges::count(io::run_until_done(rows->events_of_photo(photo_id)).value(), state, &Event::state);
    return result;
  };

  client.set_answer(always(503));
  {
    Running before(*rows, client, clock);
    EXPECT_TRUE(before.wait_for_reports(3));  // the first of each photo; the others wait behind it
    before.look_again();
  }
  EXPECT_EQ(client.requests().size(), 3u);
  EXPECT_EQ(count(EventState::waiting), kEvents);

  rows.reopen();
  client.set_answer(always(200));
  Running after(*rows, client, clock);
  after.look_again();
  EXPECT_EQ(client.requests().size(), 3u);
  after.advance(Milliseconds(2'200));
  EXPECT_TRUE(after.wait_for_reports(kEvents));
  after.stop();
  EXPECT_EQ(count(EventState::delivered), kEvents);
  EXPECT_EQ(client.requests().size(), 3u + kEvents);
  std::vector<int> last(3, -1);
  const std::vector<std::string> all = urls();
  for (auto url = all.begin() + 3; url != all.end(); ++url) {
    const int number = std::stoi(url->substr(url->rfind('?') + 1));
    EXPECT_LT(last[static_cast<std::size_t>(number % 3)], number);
    last[static_cast<std::size_t>(number % 3)] = number;
  }
}

}  // namespace
}  // namespace stile::notify
