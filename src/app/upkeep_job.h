// UpkeepJob: the two background tasks that keep the data in order, with their settings, timers and log lines: the sweep
// of what has served its time, and the scrub that reads the archive again.
//
// Threads: the tasks run on `loop`; stop() from any. Ownership: everything given outlives the job, and both tasks end
// before it goes.
#pragma once

#include <atomic>

#include "app/log.h"
#include "app/settings.h"
#include "catalog/sql_catalog.h"
#include "engine/housekeeper.h"
#include "engine/scrubber.h"
#include "io/loop.h"

namespace stile::app {

class UpkeepJob {
 public:
  struct Parts {
    engine::Engine& engine;
    catalog::SqlCatalog& catalog;
    store::BlobStore& store;
    io::ThreadPool& disk;
    io::Loop& loop;
    const Clock& clock;
    const Log& log;
    std::function<void(const Error&)> on_failure = {};  // of a sweep; may be empty
  };
  UpkeepJob(const Settings& settings, Parts parts);

  io::Task<void> sweep_for_ever();
  io::Task<void> scrub_for_ever();
  void stop();

  const engine::ScrubStats& scrub_stats() const { return scrubber_.stats(); }

 private:
  io::Task<bool> pause(Milliseconds time);

  Parts parts_;
  const bool scrubs_;
  std::atomic<bool> stopping_ = false;
  io::LoopTimer sweep_timer_;
  io::LoopTimer scrub_timer_;
  engine::Housekeeper housekeeper_;
  engine::Scrubber scrubber_;
};

}  // namespace stile::app
