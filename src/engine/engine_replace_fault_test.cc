// A replacement at every point of failure: calls that fail and power that is cut. Whoever reads has the old file whole
// or the new one whole, coming again succeeds, and no file is left behind (I1, I4, I5).
#include "engine/engine.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/replace_rig.h"

namespace stile::engine {
namespace {

using io::Faults;
using Survivors = io::MemoryFileSystem::Survivors;

struct Way {
  std::string name;
  std::function<Result<catalog::Photo>(ReplaceRig&)> replace;
  std::int64_t uses = 1;  // of the replace token, however often it is tried
};

Result<catalog::Photo> photo_of_answer(Result<FinalAnswer> answer) {
  if (!answer) return fail(answer.error());
  return answer->photo;
}

const Way kParts{"parts", [](ReplaceRig& rig) { return photo_of_answer(rig.replace_in_parts(rig.new_content)); }};
const Way kForm{"form", [](ReplaceRig& rig) { return photo_of_answer(rig.replace_by_form(rig.new_content)); }};
const Way kDirect{"direct", [](ReplaceRig& rig) { return rig.upload_directly(rig.new_content, rig.before.photo_id); },
                  0};

void expect_old_or_new(ReplaceRig& rig) {
  const std::string bytes = rig.read();
  EXPECT_TRUE(bytes == rig.old_content || bytes == rig.new_content) << bytes.size() << " bytes";
}

// After whatever went wrong: the client comes again, unless it has been done.
void come_again(ReplaceRig& rig, const Way& way, bool answered) {
  expect_old_or_new(rig);
  if (answered) {
    EXPECT_TRUE(rig.read() == rig.new_content) << "what was answered is there";
  } else if (way.name != "form" || rig.token(kReplace).used == 0) {  // (nothing names a form that is sent again)
    const auto again = way.replace(rig);
    EXPECT_TRUE(again) << to_string(again.error().code) << " " << again.error().cause;
  }
  EXPECT_TRUE(rig.read() == rig.new_content);
  EXPECT_EQ(rig.photo().crc32, crc32_update(0, as_bytes(rig.new_content)));
  EXPECT_EQ(rig.token(kReplace).used, way.uses);
}

void expect_nothing_left(ReplaceRig& rig) {
  rig.restart();
  EXPECT_TRUE(rig.run(rig.engine->recover()));
  EXPECT_TRUE(rig.remove_files());
  EXPECT_TRUE(rig.read() == rig.new_content);
  EXPECT_EQ(rig.files_in_use().size(), 1u) << testing::PrintToString(rig.memory.all_files());
}

struct Plan {
  std::string name;
  Way way;
  Faults::Times times = Faults::Times::once;
  Errc code = Errc::io_error;
  FaultyCatalog::Moment moment = FaultyCatalog::Moment::before;
};

class EngineReplaceFault : public testing::TestWithParam<Plan> {};

TEST_P(EngineReplaceFault, AReplacementSurvivesTheFailureOfAnyCall_I4_I5) {
  const Plan& plan = GetParam();
  std::uint64_t number = 1;
  for (;; ++number) {
    ASSERT_LT(number, 200u);
    SCOPED_TRACE("call " + std::to_string(number));
    ReplaceRig rig;
    rig.catalog.set_moment(plan.moment);
    rig.faults.fail_call(number, plan.times, plan.code);
    const auto answer = plan.way.replace(rig);
    const bool touched = rig.faults.failed() > 0;
    rig.faults.clear();
    if (!answer) EXPECT_TRUE(is_temporary(answer.error().code)) << to_string(answer.error().code);
    come_again(rig, plan.way, answer.has_value());
    expect_nothing_left(rig);
    if (testing::Test::HasFailure() || !touched) break;
  }
  EXPECT_GT(number, 5u);
}

INSTANTIATE_TEST_SUITE_P(
    All, EngineReplaceFault,
    testing::Values(
        Plan{"parts", kParts}, Plan{"parts_from_then_on", kParts, Faults::Times::from_then_on},
        Plan{"parts_disk_full", kParts, Faults::Times::once, Errc::disk_full},
        Plan{"parts_lost_answer", kParts, Faults::Times::once, Errc::io_error, FaultyCatalog::Moment::after},
        Plan{"form", kForm}, Plan{"form_from_then_on", kForm, Faults::Times::from_then_on},
        Plan{"form_lost_answer", kForm, Faults::Times::once, Errc::io_error, FaultyCatalog::Moment::after},
        Plan{"direct", kDirect}, Plan{"direct_from_then_on", kDirect, Faults::Times::from_then_on},
        Plan{"direct_lost_answer", kDirect, Faults::Times::once, Errc::io_error, FaultyCatalog::Moment::after}),
    [](const auto& info) { return info.param.name; });

class EngineReplaceCrash : public testing::TestWithParam<Way> {
 protected:
  // False: the client was through before the cut.
  bool crash_at(std::uint64_t cut, Survivors survivors) {
    ReplaceRig rig;
    rig.faults.fail_call(cut, Faults::Times::from_then_on, Errc::io_error);
    const auto answer = GetParam().replace(rig);
    const bool was_cut = rig.faults.failed() > 0;
    rig.power_cycle(survivors, cut);
    expect_old_or_new(rig);  // before anything is put in order, too
    EXPECT_TRUE(rig.run(rig.engine->recover()));
    come_again(rig, GetParam(), answer.has_value());
    expect_nothing_left(rig);
    return was_cut;
  }
};

TEST_P(EngineReplaceCrash, EveryCutLeavesTheOldFileOrTheNewOne_I1_I4) {
  constexpr std::uint64_t kEnough = 400;
  for (const Survivors survivors : {Survivors::synced_only, Survivors::some_unsynced, Survivors::everything}) {
    std::uint64_t cut = 1;
    for (; cut < kEnough; ++cut) {
      SCOPED_TRACE("cut at call " + std::to_string(cut) + ", survivors " + std::to_string(int(survivors)));
      if (!crash_at(cut, survivors)) break;
      if (HasFailure()) return;
    }
    EXPECT_GT(cut, 5u);
    EXPECT_LT(cut, kEnough);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EngineReplaceCrash, testing::Values(kParts, kForm, kDirect),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace stile::engine
