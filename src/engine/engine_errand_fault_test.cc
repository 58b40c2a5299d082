// The other errands of the engine and its neighbours, each call of each failing in turn: deletion and the files of it,
// the sweep of what was abandoned, starting on a fresh disk, streams that break, uploads from spools. The error says
// "come again", coming again succeeds in the same process, and nothing is left over (I1, I4, I7, I11).
//
// engine_fault_test.cc sweeps upload, form and recovery; engine_replace_fault_test.cc replacement;
// notify/outbox_fault_test.cc the outbox; io/posix_fault_test.cc the calls below PosixFile.
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/faulty_library.h"
#include "engine/replace_rig.h"

namespace stile::engine {
namespace {

using io::Faults;
using Moment = FaultyCatalog::Moment;

// One thing that somebody wants done, and does again when it failed.
struct Errand {
  std::string name;
  std::function<void(ReplaceRig&)> prepare;
  std::function<Result<void>(ReplaceRig&, Moment)> run;
  std::function<void(ReplaceRig&)> check;  // after it has succeeded
};

template <class T>
Result<void> only_the_error(const Result<T>& result) {
  if (!result) return fail(result.error());
  return {};
}

// As photo/delete does it: out of the catalog, then the files; and whoever hears of a failure asks again.
Result<void> delete_photo(ReplaceRig& rig, Moment moment) {
  FaultyLibrary library(*rig.sql, rig.faults, moment);
  FileRemover remover(library, *rig.store, *rig.disk, rig.clock, Milliseconds{0});
  const auto deleted = rig.run(library.delete_photo(rig.before.photo_id, rig.clock.wall_now()));
  if (!deleted && deleted.error().code != Errc::not_found) return only_the_error(deleted);
  return rig.run(remover.sweep());
}

constexpr std::uint64_t kHalf = kPart / 2;

const Errand kErrands[] = {
    {"delete", [](ReplaceRig&) {}, delete_photo,
     [](ReplaceRig& rig) {
       EXPECT_FALSE(rig.run(rig.sql->find_photo(rig.before.photo_id))->has_value());
       EXPECT_TRUE(rig.memory.all_files().empty()) << testing::PrintToString(rig.memory.all_files());
       EXPECT_TRUE(rig.run(rig.sql->files_to_remove(WallTime::max(), 10))->empty());
     }},
    {"sweep_of_the_abandoned",
     [](ReplaceRig& rig) {
       rig.add_token(1, Seconds{3600}, "other");
       const auto upload = rig.run(rig.engine->open(EngineRig::request(kPart, "left", "other")));
       EXPECT_TRUE(rig.write(*upload, rig.old_content, {0, kHalf}));
       rig.clock.advance(rig.engine->settings().abandon + Seconds{3600});
     },
     [](ReplaceRig& rig, Moment) { return rig.run(rig.engine->sweep()); },
     [](ReplaceRig& rig) {
       rig.restart();
       EXPECT_TRUE(rig.run(rig.engine->recover()));  // a file whose row went before it could be removed
       EXPECT_TRUE(rig.files_under("staging/").empty());
       EXPECT_TRUE(rig.read() == rig.old_content);
     }},
    {"prepare_the_folders", [](ReplaceRig&) {}, [](ReplaceRig& rig, Moment) { return rig.store->prepare_blocking(); },
     [](ReplaceRig& rig) { EXPECT_TRUE(rig.read() == rig.old_content); }},
    {"a_chunk_from_a_spool", [](ReplaceRig&) {},
     [](ReplaceRig& rig, Moment) -> Result<void> {
       auto spool = rig.spool({rig.new_content.substr(0, kPart)}, {kPart, SpoolJudging::doubtful});
       if (!spool) return only_the_error(spool);
       auto upload = rig.try_open_replacement(rig.new_content.size());
       if (!upload) return only_the_error(upload);
       if (auto written = rig.run(rig.engine->write_spool(*upload, {0, kPart}, std::move(*spool))); !written)
         return only_the_error(written);
       if (auto written = rig.write(*upload, rig.new_content, {kPart, rig.new_content.size()}); !written)
         return only_the_error(written);
       return only_the_error(rig.finish(*upload));
     },
     [](ReplaceRig& rig) { EXPECT_TRUE(rig.read() == rig.new_content); }},
};

struct Plan {
  std::string name;
  Faults::Times times = Faults::Times::once;
  Errc code = Errc::io_error;
  Moment moment = Moment::before;
};
const Plan kPlans[] = {{"io_error_once"},
                       {"io_error_from_then_on", Faults::Times::from_then_on},
                       {"disk_full_once", Faults::Times::once, Errc::disk_full},
                       {"disk_full_from_then_on", Faults::Times::from_then_on, Errc::disk_full},
                       {"lost_answer", Faults::Times::once, Errc::io_error, Moment::after}};

class ErrandFault : public testing::TestWithParam<std::tuple<Errand, Plan>> {};

TEST_P(ErrandFault, ComingAgainSucceedsWhicheverCallFailed_I4_I7) {
  const auto& [errand, plan] = GetParam();
  bool touched = true;
  std::uint64_t number = 1;
  // Folders are made by the hundred, one like the other: only the first and the last of each root are looked at.
  const auto next = [&]() -> std::uint64_t {
    if (errand.name != "prepare_the_folders") return number + 1;
    return number == 3 ? 256 : number == 261 ? 514 : number + 1;
  };
  for (; touched; number = next()) {
    ASSERT_LT(number, 900u);
    SCOPED_TRACE("call " + std::to_string(number));
    ReplaceRig rig;
    errand.prepare(rig);
    rig.catalog.set_moment(plan.moment);
    rig.faults.fail_call(number, plan.times, plan.code);
    const auto first = errand.run(rig, plan.moment);
    touched = rig.faults.failed() > 0;
    rig.faults.clear();
    if (!first) EXPECT_TRUE(is_temporary(first.error().code)) << to_string(first.error().code);
    if (!first) {
      const auto again = errand.run(rig, plan.moment);
      EXPECT_TRUE(again) << to_string(again.error().code) << " " << again.error().cause;
    }
    errand.check(rig);
    if (HasFailure()) return;
  }
  EXPECT_GT(number, 2u);
}

INSTANTIATE_TEST_SUITE_P(All, ErrandFault, testing::Combine(testing::ValuesIn(kErrands), testing::ValuesIn(kPlans)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name + "_" + std::get<1>(info.param).name;
                         });

// A stream that breaks after any number of reads, in any way, leaves the range to be sent again, byte for byte.
TEST(StreamFault, ABodyThatBreaksAnywhereIsSentAgain_I1) {
  const std::string content = picture(5 * kPart / 2);
  for (const Errc how : {Errc::closed, Errc::truncated, Errc::timed_out, Errc::io_error}) {
    for (std::size_t pieces = 0; pieces < 8; ++pieces) {
      SCOPED_TRACE(std::string(to_string(how)) + " after " + std::to_string(pieces) + " pieces");
      EngineRig rig;
      rig.add_token(1);
      const auto upload = rig.open(content.size());
      std::vector<ScriptedSource::Step> steps;
      for (std::size_t i = 0; i < pieces; ++i) steps.emplace_back(content.substr(i * 12'345, 12'345));
      steps.emplace_back(how);
      const auto broken = [&](ScriptedSource source) -> Result<WriteOutcome> {
        return rig.run(rig.engine->write(upload, {{0, content.size()}}, source, source.interrupter()));
      }(ScriptedSource(std::move(steps)));
      EXPECT_EQ(to_string(broken.error().code), to_string(how));
      EXPECT_FALSE(rig.engine->has(upload, {0, 1}));
      EXPECT_EQ(rig.write(upload, content, {0, content.size()}), WriteOutcome::stored);
      const auto answer = rig.finish(upload);
      ASSERT_TRUE(answer);
      EXPECT_TRUE(rig.original(answer->photo.photo_id) == content);
      EXPECT_EQ(rig.blocks->in_use(), 0u);
    }
  }
}

}  // namespace
}  // namespace stile::engine
