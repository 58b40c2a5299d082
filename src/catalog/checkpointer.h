// Checkpointer: copies the log back into the database on a thread of its own, so that commits go on meanwhile, and has
// the log begin anew when all of it is copied, so that it stays short. Internal to catalog/.
//
// A log that is appended to all the time is never copied whole by a second connection. So the thread copies the bulk,
// and the writer, when so few frames are left that nobody notices, copies those between two of its transactions; its
// next commit then overwrites the log from the start. With snapshots that are left in time the log has at most
// `helps_from` and `ahead` frames and a batch; SQLite copies nothing that is newer than the oldest snapshot anybody
// stands on, so one that lasts lets the log grow until it is left, and then it is short again.
//
// Safety: every copy runs while a connection of ours stands on a snapshot. SQLite up to 3.51.2 can lose commits when a
// log is begun anew while a checkpoint starts ("WAL-reset bug"); under a snapshot either nobody can begin the log anew
// or nothing can be copied, in any process (docs/decisions/0003-catalog.md).
//
// Durability: that of the sessions. With synchronous = FULL the log is synced before it is copied, and the database
// before the log may be overwritten.
//
// Errors: they take nothing. What is not copied stays in the log, and is tried again.
//
// Threads: keep_short_blocking of the writer only; stats of any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "catalog/session.h"
#include "catalog/writer_stats.h"

namespace stile::catalog {

// In frames; one holds a page of 4 KiB.
struct LogLimits {
  std::int64_t copied_from = 4'000;  // hot pages are copied back once per that
  std::int64_t few = 256;            // what the writer copies without being noticed: a millisecond
  std::int64_t helps_from = 8'000;   // in a longer log the writer copies the rest whatever it is
  std::int64_t ahead = 8'000;        // so far the writer commits beyond what the thread copies, and then waits for it
  std::int64_t again_after = 256;    // when a snapshot or an error was in the way
};

// How long the writer waits, in a log that has become very long, for others to leave their snapshots; it does so once
// per `copied_from` frames.
inline constexpr Milliseconds kLongestWaitForSnapshots{100};

class Checkpointer {
 public:
  // Two connections with a busy timeout of kLongestWaitForSnapshots and synchronous as it should be: one that copies
  // and one that stands on snapshots. `trouble` is told of the first failure in a row, on either thread.
  Checkpointer(std::unique_ptr<Session> copying, std::unique_ptr<Session> standing,
               std::function<void(const Error&)> trouble, LogLimits limits = {});
  ~Checkpointer();  // after the copy under way
  Checkpointer(const Checkpointer&) = delete;

  // Between two transactions; `frames`: what the log holds since the last one.
  void keep_short_blocking(std::int64_t frames);
  const CheckpointStats& stats() const { return stats_; }

 private:
  struct Copy {
    std::int64_t frames = 0;  // of the log, when it began
    std::int64_t copied = 0;  // of these, by this and earlier ones
    bool is_whole() const { return copied == frames; }
  };
  enum class Mode { passive, restart };

  void work();
  void begun_anew();
  void finish_blocking(std::int64_t frames);
  std::optional<Copy> copy_blocking(Mode mode);
  std::optional<Copy> copy_or_throw_blocking(Mode mode);
  void failed(const Error& error);

  const LogLimits limits_;
  const std::unique_ptr<Session> copying_;
  const std::unique_ptr<Session> standing_;
  const std::function<void(const Error&)> trouble_;
  CheckpointStats stats_;
  bool failing_ = false;  // as the sessions: of the thread while running_, else of the writer

  // Of the writer
  std::int64_t last_ = 0;     // frames at its last call
  std::int64_t next_;         // nothing is done before the log holds so many
  std::int64_t copied_ = 0;   // as far as is known
  std::int64_t started_ = 0;  // frames when the thread was last asked

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  bool running_ = false;  // the thread is asked to copy, or copies
  bool stopping_ = false;
  bool answered_ = false;       // the thread has copied, and the writer has not yet looked at…
  std::optional<Copy> answer_;  // …this; nothing if it failed
  std::thread thread_;          // last
};

}  // namespace stile::catalog
