// Signed events: webhooks and pingbacks.
#include <gtest/gtest.h>

#include "notify/outbox_rig.h"
#include "notify/signature.h"

namespace stile::notify {
namespace {

using catalog::Event;
using catalog::EventState;

constexpr const char* kStored = R"({"event":"video.updated","event_id":1,"photo_id":7})";

class SignedEvents : public OutboxTest {
 protected:
  SignedEvents() { catalog.set_secret("webhook:3", "s3cret"); }
  Event webhook(std::int64_t photo_id = 7) {
    Event result = event(photo_id, "http://a.example/hook", "video.updated");
    result.body = kStored;
    result.signer = "webhook:3";
    return result;
  }
  static std::string header(const OutboundRequest& request, const std::string& name) {
    for (const std::string& line : request.headers)
      if (line.starts_with(name + ": ")) return line.substr(name.size() + 2);
    return "(none)";
  }
};

TEST_F(SignedEvents, APostOfJsonNamesTheSiteTheEventAndTheDelivery) {
  catalog.add({webhook()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  const OutboundRequest request = client.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, R"({"domain":"media.example.com","event":"video.updated","event_id":1,"photo_id":7})");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_EQ(header(request, "Stile-Event"), "video.updated");
  EXPECT_EQ(header(request, "Stile-Delivery"), "1");
  EXPECT_EQ(header(request, "Stile-Signature"), signature_of("s3cret", clock.wall_now(), request.body));
}

TEST_F(SignedEvents, EachAttemptIsSignedAtItsOwnTimeWithTheSecretOfThatTime) {
  client.set_answer(always(503));
  catalog.add({webhook()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  const WallTime first = clock.wall_now();
  catalog.set_secret("webhook:3", "changed");
  running.advance(Milliseconds(10'000));
  ASSERT_TRUE(running.wait_for_reports(2));
  const auto requests = client.requests();
  EXPECT_EQ(header(requests[0], "Stile-Signature"), signature_of("s3cret", first, requests[0].body));
  EXPECT_EQ(header(requests[1], "Stile-Signature"),
            signature_of("changed", first + Milliseconds(10'000), requests[1].body));
}

TEST_F(SignedEvents, APingbackIsSignedOverItsEmptyBody) {
  catalog.set_secret("consumer:k", "consumer secret");
  Event ping = event(7, "http://a.example/ping?type=photo&photo_id=7", "pingback");
  ping.signer = "consumer:k";
  catalog.add({ping});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  const OutboundRequest request = client.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "");
  EXPECT_EQ(header(request, "Content-Type"), "(none)");
  EXPECT_EQ(header(request, "Stile-Signature"), signature_of("consumer secret", clock.wall_now(), ""));
}

TEST_F(SignedEvents, ACallbackHasNoHeadersOfOurs) {
  catalog.add({event(7)});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  EXPECT_TRUE(client.requests()[0].headers.empty());
}

TEST_F(SignedEvents, WhatNobodyListensToIsDeadWithoutARequest) {
  catalog.set_secret("webhook:3", std::nullopt);
  catalog.add({webhook(), webhook()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(2));
  running.stop();
  EXPECT_TRUE(client.requests().empty());
  EXPECT_EQ(catalog.row(1).state, EventState::dead);
  EXPECT_EQ(catalog.row(1).last_error, "permission_denied: nobody listens there any more: webhook:3");
  EXPECT_EQ(catalog.row(2).state, EventState::dead) << "it does not wait for the first one for ever";
}

TEST_F(SignedEvents, ASecretThatCannotBeReadIsNoAttempt) {
  catalog.secrets_to_fail = 1;
  catalog.add({webhook()});
  Running running(catalog, client, clock);
  EXPECT_GE(running.alarm.next_quiet_wait().count(), 0);
  EXPECT_EQ(catalog.row(1).attempts, 0);
  EXPECT_EQ(catalog.row(1).state, EventState::waiting);
  // The answer about the secret may come after the outbox has gone quiet: then one step of the clock was too early.
  for (int step = 0; step < 10 && running.reports().empty(); ++step) {
    EXPECT_GE(running.alarm.next_quiet_wait().count(), 0);
    running.advance(Milliseconds(2'000));
  }
  ASSERT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(catalog.row(1).state, EventState::delivered);
}

TEST_F(SignedEvents, ARedirectIsNoDeliveryOfWhatIsPosted) {
  client.set_answer(always(302));
  catalog.add({webhook()});
  Running running(catalog, client, clock);
  ASSERT_TRUE(running.wait_for_reports(1));
  EXPECT_EQ(catalog.row(1).state, EventState::waiting);
  EXPECT_EQ(catalog.row(1).last_error, "HTTP status 302");
}

TEST_F(SignedEvents, AreTriedForADayAndOnceMoreAtItsEnd) {
  client.set_answer(always(503));
  catalog.add({webhook()});
  const WallTime created = clock.wall_now();
  Running running(catalog, client, clock);
  std::size_t attempts = 1;
  for (;; ++attempts) {
    ASSERT_TRUE(running.wait_for_reports(attempts));
    const Event row = catalog.row(1);
    if (row.state != EventState::waiting) break;
    ASSERT_LE(row.next_attempt_at - clock.wall_now(), std::chrono::minutes(66)) << "an hour and its jitter";
    running.advance(row.next_attempt_at - clock.wall_now());
  }
  EXPECT_EQ(catalog.row(1).state, EventState::dead);
  EXPECT_EQ(clock.wall_now(), created + std::chrono::hours(24));
  EXPECT_GE(attempts, 30u);
}

TEST(Signature, IsThatOfTheDocuments) {
  // printf '1700000000.{"event":"video.uploaded"}' | openssl dgst -sha256 -hmac whisper
  EXPECT_EQ(signature_of("whisper", WallTime{Milliseconds{1'700'000'000'999}}, R"({"event":"video.uploaded"})"),
            "t=1700000000,v1=3a5983451adbc5ad84f7602112a7e8014ce815f6bc671cfa1a5b2b427a149a5e");
  EXPECT_EQ(signature_of("", WallTime{Seconds{0}}, ""),
            "t=0,v1=b849d5a581847b281957065739df36df2463d1977ea8d6e1e4e6cf33fadc68c3");
}

}  // namespace
}  // namespace stile::notify
