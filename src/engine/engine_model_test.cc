// Random histories of an engine beside a model that cannot be wrong (engine_model.h): attempts that overlap, repeat,
// stop short, stall and are taken over, several at once, test GETs, finishes, expiry, revocation, sweeps, updates,
// deletions, restarts and power cuts. After each step the answer must be the model's, and at every start and end each
// byte (I1 to I6).
//
// STILE_MODEL_STEPS=5000000 STILE_MODEL_SEED=1 engine_test --gtest_filter='EngineModel.*'
// A failure prints seed and step; the same seed makes the same history (bursts of parallel attempts apart).
#include "engine/engine_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <list>

#include "engine/engine.h"
#include "engine/engine_model_house.h"

namespace stile::engine {
namespace {

// An attempt that hangs in the middle of its body until it is released or taken over.
struct Stalled {
  ModelUpload* upload;
  ByteRange range;
  std::string body;
  std::unique_ptr<ScriptedSource> source;
  bool taken_over = false;
  std::atomic<bool> hangs = false;
  std::atomic<bool> ended = false;
  Result<WriteOutcome> outcome = fail(Errc::io_error);
  io::ChangeSignal moved;

  bool moves_on() const { return hangs || ended; }
};

io::Task<void> until_moved(Stalled& attempt, bool (*enough)(const Stalled&)) {
  for (;;) {
    const auto seen = attempt.moved.version();
    if (enough(attempt)) co_return;
    co_await attempt.moved.changed_since(seen);
  }
}

class Driver : private ModelHouse {
 public:
  explicit Driver(std::uint64_t seed) : ModelHouse(seed) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) new_token(slot);
  }
  ~Driver() {
    release_all();
    io::run_until_done(group_.drain());
  }

  void step() {
    struct Kind {
      std::uint64_t of_a_thousand;
      void (Driver::*run)();
    };
    static constexpr Kind kKinds[] = {
        {330, &Driver::attempt},       {90, &Driver::stall},           {80, &Driver::release_one},
        {140, &Driver::test_get},      {140, &Driver::finish},         {60, &Driver::burst},
        {50, &Driver::wait_a_little},  {10, &Driver::wait_long},       {20, &Driver::sweep},
        {10, &Driver::revoke},         {20, &Driver::change_token},    {15, &Driver::delete_a_photo},
        {15, &Driver::update_a_photo}, {16, &Driver::replace_a_photo}, {4, &Driver::power_cut}};
    std::uint64_t dice = below(1000);
    for (const Kind& kind : kKinds) {
      if (dice < kind.of_a_thousand) {
        (this->*kind.run)();
        break;
      }
      dice -= kind.of_a_thousand;
    }
    collect();
  }

  // Every promise at once.
  void audit() {
    release_all();
    io::run_until_done(group_.drain());
    collect();
    rig_.stop();  // what is queued on the disk is done
    rig_.memory.crash(io::MemoryFileSystem::Survivors::everything);
    rig_.start();
    come_back();
  }

 private:
  static constexpr std::size_t kSlots = 3;  // tokens at a time
  static constexpr std::uint64_t kMostStalled = 5;

  void wait_a_little() { rig_.clock.advance(Seconds{static_cast<std::int64_t>(below(600))}); }
  void wait_long() { rig_.clock.advance(Seconds{static_cast<std::int64_t>(below(30 * 3600))}); }
  void change_token() { new_token(below(kSlots)); }
  void delete_a_photo() { delete_photo(); }
  void update_a_photo() { update_photo(); }
  void replace_a_photo() { replace_photo(); }

  // Three uploads of a new token take the places of an old one's.
  void new_token(std::size_t slot) {
    if (tokens_.size() == kSlots) {
      release_all();
      io::run_until_done(group_.drain());
      collect();
      check_uses(tokens_[slot]);
    }
    ModelToken token{.name = "token" + std::to_string(++names_),
                     .valid_until = rig_.clock.wall_now() + Seconds{3600},
                     .max_uploads = static_cast<std::int64_t>(1 + below(3))};
    rig_.add_token(token.max_uploads, Seconds{3600}, token.name);
    if (tokens_.size() < kSlots) {
      tokens_.push_back(token);
    } else {
      std::erase_if(uploads_, [&](const ModelUpload& upload) { return upload.key.token == tokens_[slot].name; });
      tokens_[slot] = token;
    }
    for (const std::uint64_t size : {below(4) + 4, below(60) + 20, below(200) + 30})
      uploads_.emplace_back(catalog::UploadKey{token.name, "file" + std::to_string(++names_), size});
  }

  // A body that comes at once: right, too short, too long, cut off, or no picture.
  void attempt() {
    ModelUpload& upload = any_upload();
    const ByteRange range = any_range(upload);
    const UploadHandle handle = open(upload);
    if (!handle) return;
    std::string body = body_of_attempt(++attempts_, range);
    std::vector<ScriptedSource::Step> tail;
    std::optional<Errc> error;
    const std::uint64_t kind = below(20);
    const bool is_bad = kind == 3 && range.begin == 0 && range.size() >= 4 && upload.has_none_of(range);
    if (kind == 0) {
      body.pop_back();
      error = Errc::wrong_length;
    } else if (kind == 1) {
      body += '!';
      error = Errc::wrong_length;
    } else if (kind == 2) {
      body.resize(below(body.size()));
      tail.emplace_back(Errc::truncated);
      error = Errc::truncated;
    } else if (is_bad) {
      body.replace(0, 4, "BAD!");
      error = Errc::unsupported_type;
    }
    std::vector<ScriptedSource::Step> steps;
    if (!body.empty()) steps.emplace_back(body);
    std::ranges::move(tail, std::back_inserter(steps));

    const bool known = upload.has(range);
    if (!known) take_over(upload, range);
    ScriptedSource source(std::move(steps));
    const auto outcome = rig_.run(rig_.engine->write(handle, {range}, source, source.interrupter()));
    if (known) return expect_outcome(outcome, WriteOutcome::already_there);
    if (error) {
      EXPECT_FALSE(outcome);
      if (!outcome) EXPECT_EQ(to_string(outcome.error().code), to_string(*error));
      if (is_bad) fail_upload(upload, Errc::unsupported_type);
      return;
    }
    expect_outcome(outcome, WriteOutcome::stored);
    store(upload, range, body);
  }

  void stall() {
    ModelUpload& upload = any_upload();
    const ByteRange range = any_range(upload);
    if (stalled_.size() >= kMostStalled || upload.has(range)) return;
    const UploadHandle handle = open(upload);
    if (!handle) return;
    take_over(upload, range);
    Stalled& attempt = stalled_.emplace_back(&upload, range, body_of_attempt(++attempts_, range));
    const std::size_t before = below(range.size());
    std::vector<ScriptedSource::Step> steps;
    if (before > 0) steps.emplace_back(attempt.body.substr(0, before));
    steps.emplace_back(ScriptedSource::Pause{[&attempt] {
      attempt.hangs = true;
      attempt.moved.notify();
    }});
    steps.emplace_back(ScriptedSource::Hang{});
    steps.emplace_back(attempt.body.substr(before));
    attempt.source = std::make_unique<ScriptedSource>(std::move(steps));
    const auto run = [](Engine& engine, UploadHandle at, Stalled& mine) -> io::Task<void> {
      mine.outcome = co_await engine.write(at, {mine.range}, *mine.source, mine.source->interrupter());
      mine.ended = true;
      mine.moved.notify();
    };
    group_.spawn(*loops_[attempts_ % loops_.size()], run(*rig_.engine, handle, attempt));
    io::run_until_done(until_moved(attempt, [](const Stalled& one) { return one.moves_on(); }));
    EXPECT_TRUE(attempt.hangs) << "nobody was in its way, and nothing of it was there";
  }

  void release_one() {
    if (stalled_.empty()) return;
    auto chosen = std::next(stalled_.begin(), static_cast<std::ptrdiff_t>(below(stalled_.size())));
    chosen->source->release();
    // One that was taken over waits for what becomes of the other.
    if (!chosen->taken_over)
      io::run_until_done(until_moved(*chosen, [](const Stalled& one) { return one.ended.load(); }));
  }
  void release_all() {
    // The newest first, as the older may wait for them.
    for (auto one = stalled_.rbegin(); one != stalled_.rend(); ++one) {
      one->source->release();
      if (!one->taken_over) io::run_until_done(until_moved(*one, [](const Stalled& it) { return it.ended.load(); }));
    }
  }
  // Whoever wants these bytes now makes older attempts let go (I3).
  void take_over(const ModelUpload& upload, ByteRange range) {
    for (Stalled& older : stalled_)
      if (older.upload == &upload && older.range.overlaps(range)) older.taken_over = true;
  }
  // What became of stalled attempts that have ended: first of those that wrote, then of those that waited for them.
  void collect() {
    for (const bool taken_over : {false, true}) {
      for (auto one = stalled_.begin(); one != stalled_.end();) {
        if (one->taken_over != taken_over || !one->ended) {
          ++one;
          continue;
        }
        judge(*one);
        one = stalled_.erase(one);
      }
    }
  }
  void judge(const Stalled& attempt) {
    ModelUpload& upload = *attempt.upload;
    const auto refusal = token_of(upload).refuses_more(rig_.clock.wall_now(), grace());
    if (!attempt.taken_over && upload.state == State::receiving && !refusal) {
      expect_outcome(attempt.outcome, WriteOutcome::stored);
      store(upload, attempt.range, attempt.body);
    } else if (attempt.outcome) {
      EXPECT_EQ(static_cast<int>(*attempt.outcome), static_cast<int>(WriteOutcome::already_there));
      EXPECT_TRUE(upload.has(attempt.range));
    }
  }

  void test_get() {
    ModelUpload& upload = any_upload();
    const auto found = rig_.run(rig_.engine->find(upload.key));
    if (upload.state == State::absent) {
      EXPECT_FALSE(found);
      if (!found) EXPECT_EQ(to_string(found.error().code), to_string(Errc::not_found));
      return;
    }
    ASSERT_TRUE(found) << to_string(found.error().code);
    if (upload.state == State::failed) return;  // nobody may count on its ranges
    const ByteRange range = any_range(upload);
    EXPECT_EQ(rig_.engine->has(*found, range), upload.has(range)) << range.begin << ".." << range.end;
  }

  void finish() {
    ModelUpload& upload = any_upload();
    if (upload.state == State::absent) return;
    const UploadHandle handle = open(upload);
    if (!handle) return;
    const auto answer = rig_.run(rig_.engine->finish(handle));
    ModelToken& token = token_of(upload);
    if (upload.state == State::done) return expect_replay(upload, answer);
    std::optional<Errc> error;
    if (!upload.complete())
      error = Errc::invalid_input;
    else if (token.used >= token.max_uploads)
      error = Errc::token_used_up;
    if (error) {
      EXPECT_FALSE(answer);
      if (!answer) EXPECT_EQ(to_string(answer.error().code), to_string(*error));
      if (error == Errc::token_used_up) fail_upload(upload, *error);
      return;
    }
    ASSERT_TRUE(answer) << to_string(answer.error().code) << " " << answer.error().cause;
    is_done(upload, answer->photo);
  }

  // Several bodies for one upload at the same moment, on several threads. Which of them wins a byte is theirs to
  // decide, but it must be one of those that were told "stored".
  void burst() {
    ModelUpload& upload = any_upload();
    // Nobody hangs meanwhile: what then becomes of whom would be anybody's guess.
    release_all();
    io::run_until_done(group_.drain());
    collect();
    const UploadHandle handle = open(upload);
    if (!handle || upload.state == State::done) return;
    struct One {
      ByteRange range;
      std::string body;
      Result<WriteOutcome> outcome = fail(Errc::io_error);
    };
    std::vector<One> all;
    for (std::uint64_t i = 0, count = 2 + below(3); i < count; ++i) {
      const ByteRange range = any_range(upload);
      all.push_back({range, body_of_attempt(++attempts_, range)});
    }
    const auto run = [](EngineRig& rig, UploadHandle at, One& one) -> io::Task<void> {
      one.outcome = co_await rig.write_task(at, one.body, one.range);
    };
    for (std::size_t i = 0; i < all.size(); ++i) group_.spawn(*loops_[i % loops_.size()], run(rig_, handle, all[i]));
    io::run_until_done(group_.drain());
    auto file = rig_.store->open_staging_blocking(handle->record.upload_id);
    ASSERT_TRUE(file);
    const std::string bytes = EngineRig::content_of(**file);
    for (const One& one : all)
      if (one.outcome) EXPECT_TRUE(rig_.engine->has(handle, one.range)) << "an answered range is there";
    for (std::uint64_t at = 0; at < upload.key.total_size; ++at) {
      if (upload.there[at] || !rig_.engine->has(handle, {at, at + 1})) continue;
      const bool is_ones = std::ranges::any_of(all, [&](const One& one) {
        return one.outcome == WriteOutcome::stored && one.range.contains({at, at + 1}) &&
               one.body[at - one.range.begin] == bytes[at];
      });
      EXPECT_TRUE(is_ones) << "nobody who was told \"stored\" wrote byte " << at;
      store(upload, {at, at + 1}, bytes.substr(at, 1));
    }
  }

  void revoke() {
    if (below(3) != 0) return;
    ModelToken& token = tokens_[below(tokens_.size())];
    EXPECT_TRUE(rig_.run(rig_.sql->revoke_token(token.name)));
    rig_.engine->token_changed(token.name);
    token.revoked = true;
  }

  void sweep() {
    rig_.clock.advance(Seconds{90});  // so that idle ones may be let go
    EXPECT_TRUE(rig_.run(rig_.engine->sweep()));
    read_states("a sweep");
  }

  // The machine goes down and comes back. Attempts that hang end with it: here they are let through or fail before.
  void power_cut() {
    release_all();
    io::run_until_done(group_.drain());
    collect();
    rig_.power_cycle(
        below(2) == 0 ? io::MemoryFileSystem::Survivors::synced_only : io::MemoryFileSystem::Survivors::some_unsynced,
        random_());
    come_back();
  }

  std::vector<std::unique_ptr<io::Loop>> loops_ = [] {
    std::vector<std::unique_ptr<io::Loop>> loops;
    for (int i = 0; i < 3; ++i) loops.push_back(std::make_unique<io::Loop>("test"));
    return loops;
  }();
  io::TaskGroup group_{[](std::exception_ptr) { ADD_FAILURE() << "an exception in an attempt"; }};
  std::list<Stalled> stalled_;
};

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_history(std::uint64_t seed, std::uint64_t steps) {
  Driver driver(seed);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
    driver.step();
    if (testing::Test::HasFailure()) return;
  }
  SCOPED_TRACE("seed " + std::to_string(seed) + ", in the end");
  driver.audit();
}

// Each history starts with an empty house, so that a seed that fails is short.
TEST(EngineModel, EveryHistoryEndsAsTheModelSays_I1_I2_I3_I4_I5_I6) {
  constexpr std::uint64_t kStepsOfAHistory = 1000;
  const std::uint64_t steps = number_of("STILE_MODEL_STEPS", 100'000);
  const std::uint64_t first = number_of("STILE_MODEL_SEED", 1);
  for (std::uint64_t done = 0, seed = first; done < steps; done += kStepsOfAHistory, ++seed) {
    run_history(seed, std::min(kStepsOfAHistory, steps - done));
    if (HasFailure()) return;
  }
  std::cout << steps << " steps from seed " << first << "\n";
}

}  // namespace
}  // namespace stile::engine
