#include "app/upkeep_job.h"

#include <algorithm>
#include <string>

namespace stile::app {
namespace {

constexpr Milliseconds kSweepEvery{60'000};
constexpr Milliseconds kSweepSoon{1'000};  // when there is more than one round takes
constexpr std::size_t kShortQueue = 64;    // operations that wait for the catalog while it is not busy
constexpr Milliseconds kLookAgain{60'000};

engine::Retention retention_of(const Settings& settings) {
  return {.tokens = settings.token.keep_ended,
          .delivered = settings.notify.keep_delivered,
          .dead = settings.notify.keep_dead,
          .changes = settings.upload.replay};
}

}  // namespace

UpkeepJob::UpkeepJob(const Settings& settings, Parts parts)
    : parts_(std::move(parts)),
      scrubs_(settings.scrub.every > Milliseconds{0}),
      sweep_timer_(parts_.loop),
      scrub_timer_(parts_.loop),
      housekeeper_({.engine = parts_.engine,
                    .upkeep = parts_.catalog,
                    .logins = parts_.catalog,
                    .tokens = parts_.catalog,
                    .clock = parts_.clock,
                    .busy = [this] { return parts_.catalog.queued() > kShortQueue; }},
                   retention_of(settings)),
      scrubber_({.catalog = parts_.catalog,
                 .inspection = parts_.catalog,
                 .store = parts_.store,
                 .disk = parts_.disk,
                 .clock = parts_.clock,
                 .pause = [this](Milliseconds time) { return pause(time); },
                 .on_damage =
                     [this](const catalog::DamagedFile& file) {
                       parts_.log.error("a file of the archive is damaged",
                                        {{"photo", std::to_string(file.photo_id)},
                                         {"file", std::to_string(file.file_id)},
                                         {"damage", std::string(catalog::to_text(file.damage))}});
                     }},
                {.every = settings.scrub.every, .bytes_per_second = settings.scrub.max_rate}) {}

io::Task<void> UpkeepJob::sweep_for_ever() {
  Milliseconds wait = kSweepSoon;  // what has served its time while nobody was here goes first
  while (!stopping_) {
    co_await sweep_timer_.wait(wait);
    if (stopping_) co_return;
    const engine::SweepRound round = co_await housekeeper_.round();
    if (round.clock_jumped)
      parts_.log.warn("the clock has jumped; nothing is removed for its age until it has gone evenly for a day");
    for (const engine::Swept& swept : round.swept) {
      const std::string kind(swept.kind);
      if (swept.error) {
        parts_.log.warn("sweep failed", {{"kind", kind}, {"cause", swept.error->cause}});
        if (parts_.on_failure) parts_.on_failure(*swept.error);
      } else {
        parts_.log.info("swept", {{"kind", kind}, {"removed", std::to_string(swept.removed)}});
      }
    }
    wait = round.more ? kSweepSoon : kSweepEvery;
  }
}

io::Task<void> UpkeepJob::scrub_for_ever() {
  while (scrubs_ && !stopping_) {
    const auto rest = co_await scrubber_.step();
    if (!rest) parts_.log.warn("the archive was not read again", {{"cause", rest.error().cause}});
    // Never for long in one go: the clock may be set meanwhile.
    const Milliseconds wait = rest ? std::min(*rest, kLookAgain) : kLookAgain;
    if (!stopping_ && wait > Milliseconds{0}) co_await scrub_timer_.wait(wait);
  }
}

io::Task<bool> UpkeepJob::pause(Milliseconds time) {
  if (!stopping_) co_await scrub_timer_.wait(time);
  co_return !stopping_;
}

void UpkeepJob::stop() {
  stopping_ = true;
  sweep_timer_.ring();
  scrub_timer_.ring();
}

}  // namespace stile::app
