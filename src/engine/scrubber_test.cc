// Files that have changed since they came are found, in one's own time.
#include "engine/scrubber.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using catalog::Damage;
using catalog::DamagedFile;

constexpr std::chrono::hours kDay{24};

class ScrubberTest : public testing::Test {
 protected:
  ScrubberTest() {
    rig.add_token(100);
    restart();
  }
  void restart() {
    scrubber =
        std::make_unique<Scrubber>(ScrubParts{.catalog = rig.catalog,
                                              .inspection = *rig.sql,
                                              .store = *rig.store,
                                              .disk = *rig.disk,
                                              .clock = rig.clock,
                                              .pause = [this](Milliseconds time) { return pause(time); },
                                              .on_damage = [this](const DamagedFile& file) { told.push_back(file); }},
                                   ScrubSettings{.every = 30 * kDay, .bytes_per_second = 10'000});
  }
  io::Task<bool> pause(Milliseconds time) {
    rig.clock.advance(time);
    paused += time;
    co_return !stop;
  }
  catalog::Photo upload(const std::string& identifier) {
    const std::string content = picture(kPart, identifier.size());
    const auto handle = rig.open(content.size(), identifier);
    CHECK(rig.write(handle, content, {0, content.size()}));
    return rig.finish(handle)->photo;
  }
  void spoil(std::int64_t file_id, std::string_view bytes = "rot") {
    for (const std::string& name : rig.files_under("archive/"))
      if (name.ends_with("/" + std::to_string(file_id) + "/original")) {
        io::SafePath safe;
        for (const auto part : split(name, '/')) safe = safe / part;
        auto file = rig.memory.open_blocking(safe, io::OpenMode::read_write);
        CHECK(file && (*file)->write_at_blocking(100, std::as_bytes(std::span(bytes))));
      }
  }
  // Until there is nothing to do for a while; returns for how long.
  Milliseconds pass() {
    for (;;) {
      const auto rest = rig.run(scrubber->step());
      CHECK(rest);
      if (*rest > Milliseconds{0}) return *rest;
    }
  }
  std::vector<DamagedFile> damaged() { return *rig.run(rig.sql->damaged_files(100)); }

  EngineRig rig;
  std::unique_ptr<Scrubber> scrubber;
  std::vector<DamagedFile> told;
  Milliseconds paused{0};
  bool stop = false;
};

TEST_F(ScrubberTest, ReadsEverythingAndFindsWhatHasChanged) {
  upload("a");
  const auto rotten = upload("bb");
  upload("ccc");
  spoil(rotten.file_id);
  pass();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].photo_id, rotten.photo_id);
  EXPECT_EQ(told[0].damage, Damage::content);
  ASSERT_EQ(damaged().size(), 1u);
  EXPECT_EQ(damaged()[0].file_id, rotten.file_id);
  EXPECT_EQ(scrubber->stats().files.value(), 2u);
  EXPECT_EQ(scrubber->stats().damaged.value(), 1u);
  EXPECT_EQ(scrubber->stats().bytes.value(), 3 * kPart);
  EXPECT_EQ(scrubber->stats().passes.value(), 1u);
  EXPECT_EQ(scrubber->stats().damaged_now.value(), 1);
  EXPECT_EQ(scrubber->stats().last_pass.value(), epoch_seconds(rig.clock.wall_now()));
}

TEST_F(ScrubberTest, AfterARestartItStillKnowsWhatIsDamagedAndWhenTheLastPassEnded) {
  spoil(upload("a").file_id);
  pass();
  const auto ended = scrubber->stats().last_pass.value();
  rig.clock.advance(31 * kDay);  // a pass is due, and has not ended
  restart();
  ASSERT_TRUE(rig.run(scrubber->step()));
  EXPECT_EQ(scrubber->stats().last_pass.value(), ended);
  EXPECT_EQ(scrubber->stats().damaged_now.value(), 1);
}

TEST_F(ScrubberTest, ReadsNoFasterThanItMay) {
  upload("a");
  pass();
  EXPECT_GE(paused, Milliseconds{kPart * 1000 / 10'000});
}

TEST_F(ScrubberTest, MissingAndTruncatedFilesAreFound) {
  const auto missing = upload("a");
  const auto longer = upload("bb");
  CHECK(rig.store->remove_photo_blocking(missing.file_id));
  spoil(longer.file_id, std::string(kPart, 'x'));
  pass();
  ASSERT_EQ(damaged().size(), 2u);
  EXPECT_EQ(damaged()[0].damage, Damage::missing);
  EXPECT_EQ(damaged()[1].damage, Damage::size);
}

TEST_F(ScrubberTest, ThereIsOnePassPerPeriod) {
  const auto photo = upload("a");
  const Milliseconds rest = pass();
  EXPECT_LE(rest, 30 * kDay);
  EXPECT_GT(rest, 29 * kDay);
  spoil(photo.file_id);
  rig.clock.advance(rest - Seconds{1});
  pass();
  EXPECT_TRUE(told.empty());
  rig.clock.advance(Seconds{1});
  pass();
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(ScrubberTest, GoesOnWhereItStoodAfterARestart) {
  for (const char* name : {"a", "bb", "ccc"}) upload(name);
  for (int i = 0; i < 2; ++i) {
    rig.clock.advance(Seconds{31});  // so that where it stands is written down
    ASSERT_TRUE(rig.run(scrubber->step()));
  }
  restart();
  pass();
  EXPECT_EQ(scrubber->stats().files.value(), 1u);
  restart();
  EXPECT_GT(pass(), 29 * kDay) << "a finished pass is not begun again by a restart";
  EXPECT_EQ(scrubber->stats().files.value(), 0u);
}

TEST_F(ScrubberTest, WhatWasPutRightIsForgotten) {
  const auto photo = upload("a");
  const std::string content = rig.original(photo.file_id);
  spoil(photo.file_id);
  pass();
  ASSERT_EQ(damaged().size(), 1u);
  spoil(photo.file_id, content.substr(100, 3));
  rig.clock.advance(31 * kDay);
  restart();
  pass();
  EXPECT_TRUE(damaged().empty());
  EXPECT_EQ(scrubber->stats().damaged_now.value(), 0);
}

TEST_F(ScrubberTest, AFileOfADeletedPhotoIsNoFinding) {
  const auto photo = upload("a");
  rig.clock.advance(Seconds{31});
  ASSERT_TRUE(rig.run(rig.sql->photo_files(0, 10)));
  upload("bb");
  ASSERT_TRUE(rig.run(scrubber->step()));  // the page has both
  const auto second = rig.photos().front();
  ASSERT_TRUE(rig.run(rig.sql->delete_photo(second.photo_id, rig.clock.wall_now())));
  CHECK(rig.store->remove_photo_blocking(second.file_id));
  pass();
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(damaged().empty());
  EXPECT_NE(photo.photo_id, second.photo_id);
}

TEST_F(ScrubberTest, StopsInTheMiddleOfAFileAndReadsItAgain) {
  const auto photo = upload("a");
  spoil(photo.file_id);
  stop = true;
  ASSERT_TRUE(rig.run(scrubber->step()));
  EXPECT_TRUE(told.empty());
  stop = false;
  restart();
  pass();
  EXPECT_EQ(told.size(), 1u);
}

TEST_F(ScrubberTest, AClockThatIsSetBackDoesNotStopItForYears) {
  upload("a");
  rig.clock.advance(1000 * kDay);
  pass();
  rig.clock.advance(-1000 * kDay);
  EXPECT_LE(pass(), 30 * kDay);
}

}  // namespace
}  // namespace stile::engine
