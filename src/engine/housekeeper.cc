#include "engine/housekeeper.h"

#include <utility>

#include "base/failpoint.h"

namespace stile::engine {

const std::vector<Housekeeper::Kind>& Housekeeper::kinds() {
  static const std::vector<Kind> kKinds{
      {"uploads", &Housekeeper::uploads},
      {"orphaned files", &Housekeeper::orphans},
      {"log-ins", &Housekeeper::logins},
      {"changes for files that never came", &Housekeeper::changes},
      {"delivered events", &Housekeeper::delivered},
      {"dead events", &Housekeeper::dead},
      {"tokens", &Housekeeper::tokens},
  };
  return kKinds;
}

io::Task<SweepRound> Housekeeper::round() {
  SweepRound round;
  if (const auto verdict = trust_.look(); verdict != ClockTrust::Verdict::good) {
    round.clock_jumped = verdict == ClockTrust::Verdict::jumped;
    co_return round;
  }
  const WallTime now = parts_.clock.wall_now();
  for (std::size_t done = 0; done < kinds().size(); ++done) {
    if (parts_.busy && parts_.busy() && patience_ < kMostPatience) {
      ++patience_;
      co_return round;
    }
    const Kind& kind = kinds()[next_];
    next_ = (next_ + 1) % kinds().size();
    const auto result = co_await (this->*kind.step)(now);
    failpoint("sweep.kind_done");
    if (!result) {
      round.swept.push_back({kind.name, 0, result.error()});
      continue;
    }
    if (result->removed > 0) round.swept.push_back({kind.name, result->removed});
    if (result->looked_at >= kBatch) round.more = true;
  }
  patience_ = 0;
  co_return round;
}

// Those that nobody goes on with, and those whose answer is not repeated any more.
io::Task<Result<Housekeeper::Done>> Housekeeper::uploads(WallTime) {
  const auto count = [&] { return parts_.engine.stats().abandoned.value() + parts_.engine.stats().forgotten.value(); };
  const std::uint64_t before = count();
  STILE_CO_TRY(co_await parts_.engine.sweep());
  const auto removed = static_cast<std::size_t>(count() - before);
  co_return Done{removed, removed};
}

io::Task<Result<Housekeeper::Done>> Housekeeper::orphans(WallTime) {
  auto removed = co_await parts_.engine.sweep_orphans();
  if (!removed) co_return fail(std::move(removed).error());
  co_return Done{*removed, 0};
}

io::Task<Result<Housekeeper::Done>> Housekeeper::logins(WallTime now) {
  auto removed = co_await parts_.logins.forget_expired_logins(now, kBatch);
  if (!removed) co_return fail(std::move(removed).error());
  co_return Done{*removed, *removed};
}

io::Task<Result<Housekeeper::Done>> Housekeeper::changes(WallTime now) {
  auto removed = co_await parts_.tokens.forget_waiting_changes(now - retention_.changes, kBatch);
  if (!removed) co_return fail(std::move(removed).error());
  co_return Done{*removed, *removed};
}

io::Task<Result<Housekeeper::Done>> Housekeeper::events(catalog::EventState state, Milliseconds keep, WallTime now) {
  if (keep == Milliseconds{0}) co_return Done{};
  auto removed = co_await parts_.upkeep.forget_events(state, now - keep, kBatch);
  if (!removed) co_return fail(std::move(removed).error());
  co_return Done{*removed, *removed};
}

io::Task<Result<Housekeeper::Done>> Housekeeper::delivered(WallTime now) {
  return events(catalog::EventState::delivered, retention_.delivered, now);
}

io::Task<Result<Housekeeper::Done>> Housekeeper::dead(WallTime now) {
  return events(catalog::EventState::dead, retention_.dead, now);
}

// Most old tokens stay, because of their photos: the walk goes over all of them, a batch per round, and then begins
// anew.
io::Task<Result<Housekeeper::Done>> Housekeeper::tokens(WallTime now) {
  if (retention_.tokens == Milliseconds{0}) co_return Done{};
  auto sweep = co_await parts_.upkeep.forget_tokens(now - retention_.tokens, token_cursor_, kBatch);
  if (!sweep) co_return fail(std::move(sweep).error());
  token_cursor_ = sweep->looked_at < kBatch ? catalog::TokenCursor{} : std::move(sweep->next);
  // A walk over those that stay is in no hurry.
  co_return Done{sweep->forgotten, sweep->forgotten};
}

}  // namespace stile::engine
