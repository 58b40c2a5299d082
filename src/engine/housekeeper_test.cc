// What the sweep takes and what it leaves, with a clock of the test's own.
#include "engine/housekeeper.h"

#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using catalog::EventState;

constexpr std::chrono::hours kDay{24};

class HousekeeperTest : public testing::Test {
 protected:
  SweepRound round(bool is_busy = false) {
    busy = is_busy;
    return rig.run(keeper.round());
  }
  static std::size_t removed(const SweepRound& round, std::string_view kind) {
    for (const Swept& swept : round.swept)
      if (swept.kind == kind && !swept.error) return swept.removed;
    return 0;
  }
  bool has_token(const std::string& name) { return rig.run(rig.sql->find_token(name))->has_value(); }
  catalog::Photo upload(std::string_view token, const std::string& identifier = "file") {
    const std::string content = picture(kPart);
    const auto handle = rig.run(rig.engine->open(EngineRig::request(content.size(), identifier, token)));
    CHECK(handle);
    CHECK(rig.write(*handle, content, {0, content.size()}));
    const auto answer = rig.finish(*handle);
    CHECK(answer);
    return answer->photo;
  }
  void add_event(EventState state) {
    catalog::Event event{.kind = "callback",
                         .url = "https://example.com/",
                         .state = state,
                         .created_at = rig.clock.wall_now(),
                         .next_attempt_at = rig.clock.wall_now(),
                         .last_error = {}};
    CHECK(rig.run(rig.sql->add_events({event})));
    auto all = rig.run(rig.sql->list_events({.limit = 1000}));
    CHECK(all);
    for (catalog::Event& each : *all)
      if (each.attempts == 0) {
        each.attempts = 1;
        each.state = state;
        CHECK(rig.run(rig.sql->update_event(each)));
      }
  }
  std::size_t events(EventState state) {
    return rig.run(rig.sql->list_events({.state = state, .limit = 1000}))->size();
  }

  EngineRig rig;
  bool busy = false;
  Retention retention{.tokens = 90 * kDay, .delivered = 30 * kDay, .dead = 180 * kDay, .changes = kDay};
  Housekeeper keeper{{.engine = *rig.engine,
                      .upkeep = *rig.sql,
                      .logins = *rig.sql,
                      .tokens = *rig.sql,
                      .clock = rig.clock,
                      .busy = [this] { return busy; }},
                     retention};
};

TEST_F(HousekeeperTest, ForgetsTokensThatNobodyUsedLongAfterTheirEnd) {
  rig.add_token(1, Seconds{60}, "old");
  rig.add_token(1, std::chrono::hours{24 * 100}, "later");
  rig.clock.advance(90 * kDay);
  EXPECT_EQ(removed(round(), "tokens"), 0u);
  EXPECT_TRUE(has_token("old"));
  rig.clock.advance(Seconds{61});
  EXPECT_EQ(removed(round(), "tokens"), 1u);
  EXPECT_FALSE(has_token("old"));
  EXPECT_TRUE(has_token("later"));
}

TEST_F(HousekeeperTest, ATokenStaysAsLongAsAPhotoThatCameByIt) {
  rig.add_token(2, Seconds{60}, "used");
  const auto photo = upload("used");
  rig.clock.advance(1000 * kDay);
  round();
  round();
  EXPECT_TRUE(has_token("used")) << "photo/list and photo/update-upload-token ask about the photos of a token";
  ASSERT_TRUE(rig.run(rig.sql->delete_photo(photo.photo_id, rig.clock.wall_now())));
  EXPECT_EQ(removed(round(), "tokens"), 1u);
  EXPECT_FALSE(has_token("used"));
}

TEST_F(HousekeeperTest, ATokenStaysWhileAnUploadIsUnderWayOrItsAnswerIsRepeated) {
  rig.add_token(2, Seconds{60}, "busy");
  ASSERT_TRUE(rig.run(rig.engine->open(EngineRig::request(kPart, "file", "busy"))));
  // Asked directly, as the round would end the upload first.
  const auto sweep = rig.run(rig.sql->forget_tokens(rig.clock.wall_now() + 1000 * kDay, {}, 10));
  ASSERT_TRUE(sweep);
  EXPECT_EQ(sweep->looked_at, 1u);
  EXPECT_EQ(sweep->forgotten, 0u);
  EXPECT_TRUE(has_token("busy"));
}

TEST_F(HousekeeperTest, TheWalkOverOldTokensGoesOnBehindThoseThatStay) {
  rig.add_token(1, Seconds{60}, "a");
  upload("a");
  rig.add_token(1, Seconds{60}, "b");
  const WallTime later = rig.clock.wall_now() + kDay;
  const auto first = rig.run(rig.sql->forget_tokens(later, {}, 1));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->forgotten, 0u);
  EXPECT_EQ(rig.run(rig.sql->forget_tokens(later, first->next, 1))->forgotten, 1u);
  EXPECT_FALSE(has_token("b"));
}

TEST_F(HousekeeperTest, CountsOfTokensFollow) {
  rig.add_token(1, Seconds{60}, "old");
  rig.clock.advance(200 * kDay);
  round();
  EXPECT_TRUE(rig.run(rig.sql->check_totals())->empty());
}

TEST_F(HousekeeperTest, DeliveredEventsGoBeforeDeadOnesAndWaitingOnesNever) {
  for (const EventState state : {EventState::delivered, EventState::dead, EventState::waiting}) add_event(state);
  rig.clock.advance(30 * kDay);
  EXPECT_EQ(removed(round(), "delivered events"), 0u);
  rig.clock.advance(Seconds{1});
  EXPECT_EQ(removed(round(), "delivered events"), 1u);
  EXPECT_EQ(events(EventState::dead), 1u);
  rig.clock.advance(150 * kDay);
  EXPECT_EQ(removed(round(), "dead events"), 1u);
  rig.clock.advance(10'000 * kDay);
  round();
  EXPECT_EQ(events(EventState::waiting), 1u);
}

TEST_F(HousekeeperTest, ARoundTakesOneBatchAndSaysThatThereIsMore) {
  for (std::size_t i = 0; i < Housekeeper::kBatch + 1; ++i) rig.add_token(1, Seconds{60}, "t" + std::to_string(i));
  rig.clock.advance(91 * kDay);
  const SweepRound first = round();
  EXPECT_EQ(removed(first, "tokens"), Housekeeper::kBatch);
  EXPECT_TRUE(first.more);
  const SweepRound second = round();
  EXPECT_EQ(removed(second, "tokens"), 1u);
  EXPECT_FALSE(second.more);
}

TEST_F(HousekeeperTest, WaitsForOthersButNotForEver) {
  rig.add_token(1, Seconds{60}, "old");
  rig.clock.advance(91 * kDay);
  for (int i = 0; i < Housekeeper::kMostPatience; ++i) EXPECT_EQ(removed(round(true), "tokens"), 0u);
  EXPECT_EQ(removed(round(true), "tokens"), 1u);
}

TEST_F(HousekeeperTest, AFailedKindDoesNotKeepTheOthers) {
  rig.add_token(1, Seconds{60}, "old");
  rig.clock.advance(91 * kDay);
  rig.faults.only("list");  // of the staging area, for the orphans
  rig.faults.fail_call(1, io::Faults::Times::once, Errc::io_error);
  const SweepRound first = round();
  ASSERT_FALSE(first.swept.empty());
  EXPECT_TRUE(first.swept.front().error);
  EXPECT_EQ(removed(first, "tokens"), 1u);
}

TEST_F(HousekeeperTest, OrphanedStagingFilesGoAtTheSecondLook) {
  ASSERT_TRUE(rig.store->create_spool_blocking(std::string(32, 'a'), 0));
  rig.add_token();
  rig.open(kPart);
  round();
  EXPECT_EQ(rig.files_under("staging/").size(), 2u) << "it may be about to get its row";
  rig.clock.advance(Engine::kSuspectFor - Seconds{1});
  EXPECT_EQ(removed(round(), "orphaned files"), 0u);
  rig.clock.advance(Seconds{2});
  EXPECT_EQ(removed(round(), "orphaned files"), 1u);
  EXPECT_EQ(rig.files_under("staging/").size(), 1u) << "the upload under way keeps its file";
}

TEST_F(HousekeeperTest, ASpoolInUseIsNoOrphan) {
  auto spool = rig.spool({picture(kPart)}, {.max_bytes = 1 << 20});
  ASSERT_TRUE(spool);
  round();
  rig.clock.advance(2 * Engine::kSuspectFor);
  EXPECT_EQ(removed(round(), "orphaned files"), 0u);
  EXPECT_EQ(rig.files_under("staging/").size(), 1u);
}

TEST_F(HousekeeperTest, AClockThatIsSetBackForgetsNothing) {
  rig.add_token();
  rig.add_token(1, Seconds{60}, "old");
  const auto handle = rig.open(kPart, "x");
  rig.clock.advance(-365 * kDay);
  EXPECT_TRUE(round().swept.empty());
  EXPECT_TRUE(has_token("old"));
  EXPECT_EQ(rig.files_under("staging/").size(), 1u);
}

}  // namespace
}  // namespace stile::engine
