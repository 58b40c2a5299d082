// Every single call of the outbox to the catalog and to the receiver fails, once or for a while: nothing is lost,
// nothing overtakes, what was delivered and stored is not delivered again, and no restart is needed when the fault has
// passed.
#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "notify/outbox_rig.h"

namespace stile::notify {
namespace {

using catalog::EventState;
using io::Faults;

struct Plan {
  std::string name;
  Faults::Times times = Faults::Times::once;
  Errc code = Errc::io_error;
};

class OutboxFault : public testing::TestWithParam<Plan> {
 protected:
  static constexpr int kEvents = 4;

  static catalog::Event event(int number, WallTime now) {
    catalog::Event event;
    event.kind = "callback";
    event.photo_id = 1 + number % 2;
    event.url = "http://a.example/?" + std::to_string(number);
    event.created_at = event.next_attempt_at = now;
    if (number == kEvents - 1) {  // one that is signed asks for its secret first
      event.kind = "webhook";
      event.signer = "key";
    }
    return event;
  }
};

TEST_P(OutboxFault, EveryEventIsDeliveredInOrderWhicheverCallFails) {
  bool touched = true;
  std::uint64_t number = 1;
  for (; touched; ++number) {
    ASSERT_LT(number, 200u);
    SCOPED_TRACE("call " + std::to_string(number));
    FakeClock clock;
    FakeCatalog rows;
    Faults faults;
    rows.faults = &faults;
    rows.set_secret("key", "secret");
    std::mutex mutex;
    std::map<int, int> heard;  // by event: how often the receiver has taken it
    std::vector<std::string> mistakes;
    std::map<int, int> latest;  // by photo
    RecordingClient client([&](const OutboundRequest& request) -> Result<OutboundResponse> {
      if (auto allowed = faults.next("send"); !allowed) return fail(allowed.error());
      std::lock_guard lock(mutex);
      const int event = std::stoi(request.url.substr(request.url.rfind('?') + 1));
      ++heard[event];
      int& last = latest[event % 2];
      if (event < last) mistakes.push_back(request.url + " was overtaken");
      last = event;
      return OutboundResponse{200};
    });
    for (int i = 0; i < kEvents; ++i) rows.add({event(i, clock.wall_now())});
    faults.fail_call(number, GetParam().times, GetParam().code);
    Running running(rows, client, clock);
    const auto all_delivered = [&] {
      return std::ranges::all_of(rows.all(), [](const auto& row) { return row.state == EventState::delivered; });
    };
    const auto go_on = [&](int rounds, const auto& enough) {
      for (int i = 0; i < rounds && !enough(); ++i) {
        const Milliseconds wait = running.alarm.next_quiet_wait();
        ASSERT_GE(wait.count(), 0);
        running.advance(std::min(wait, Milliseconds(60'000)));
      }
    };
    go_on(20, all_delivered);  // what can be done while the fault lasts
    touched = faults.failed() > 0;
    faults.clear();
    go_on(2'000, all_delivered);
    running.stop();
    EXPECT_TRUE(all_delivered());
    EXPECT_TRUE(mistakes.empty()) << mistakes.front();
    for (int i = 0; i < kEvents; ++i) EXPECT_EQ(heard[i], 1) << "event " << i;
    if (HasFailure()) return;
  }
  EXPECT_GT(number, 10u);
}

INSTANTIATE_TEST_SUITE_P(All, OutboxFault,
                         testing::Values(Plan{"io_error_once"},
                                         Plan{"io_error_for_a_while", Faults::Times::from_then_on},
                                         Plan{"disk_full_once", Faults::Times::once, Errc::disk_full},
                                         Plan{"busy_once", Faults::Times::once, Errc::busy},
                                         Plan{"busy_for_a_while", Faults::Times::from_then_on, Errc::busy}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace stile::notify
