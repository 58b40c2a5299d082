#include "catalog/checkpointer.h"

#include <pthread.h>

#include "base/clock.h"

namespace stile::catalog {
namespace {

// What `PRAGMA wal_checkpoint` answers.
struct CheckpointRow {
  bool busy = false;  // another process checkpoints, or a restart could not wait for all
  std::int64_t frames = 0;
  std::int64_t copied = 0;
};

// Stands on what is committed when it is made.
class Snapshot {
 public:
  explicit Snapshot(Session& session) : session_(session) {
    session_.run("BEGIN");
    try {
      session_.one<std::int64_t>("SELECT rootpage FROM sqlite_schema LIMIT 1");  // BEGIN alone opens nothing
    } catch (...) {
      leave();
      throw;
    }
  }
  ~Snapshot() { leave(); }
  Snapshot(const Snapshot&) = delete;

 private:
  void leave() {
    try {
      session_.run("ROLLBACK");
    } catch (const SqlError&) {
      // The database has rolled back by itself: there is no snapshot, which is the aim.
    }
  }
  Session& session_;
};

}  // namespace

template <>
struct Columns<CheckpointRow> {
  static constexpr std::string_view kTable = "";
  static void each(auto& row, auto&& visit) {
    visit("busy", row.busy);
    visit("log", row.frames);
    visit("checkpointed", row.copied);
  }
};

Checkpointer::Checkpointer(std::unique_ptr<Session> copying, std::unique_ptr<Session> standing,
                           std::function<void(const Error&)> trouble, LogLimits limits)
    : limits_(limits),
      copying_(std::move(copying)),
      standing_(std::move(standing)),
      trouble_(std::move(trouble)),
      next_(limits.copied_from) {
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "db-checkpoint");
}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Checkpointer::keep_short_blocking(std::int64_t frames) {
  stats_.log_frames.set(frames);
  if (frames < last_) begun_anew();
  last_ = frames;
  if (frames < next_) return;
  {
    std::unique_lock lock(mutex_);
    if (running_ && frames < started_ + limits_.ahead) return;
    done_.wait(lock, [&] { return !running_; });
    bool helps = false;
    if (answered_) {
      answered_ = false;
      if (!answer_ || answer_->copied < started_) {
        next_ = frames + limits_.again_after;
        return;
      }
      copied_ = answer_->copied;
      helps = frames >= limits_.helps_from;
    }
    if (!helps && frames - copied_ > limits_.few) {
      started_ = frames;
      running_ = true;
      wake_.notify_one();
      return;
    }
  }
  finish_blocking(frames);
}

// The thread has copied all there was, so it is at its end if it is not through.
void Checkpointer::begun_anew() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return !running_; });
  answered_ = false;
  copied_ = 0;
  next_ = limits_.copied_from;
}

// Nothing is appended meanwhile, unless by another process.
void Checkpointer::finish_blocking(std::int64_t frames) {
  next_ = frames + limits_.again_after;
  const std::optional<Copy> copy = copy_blocking(Mode::passive);
  if (!copy) return;
  copied_ = copy->copied;
  if (!copy->is_whole() || frames < limits_.helps_from + limits_.ahead) return;
  // All is copied time and again, yet never begun anew: there is always one who still reads the log. Whoever comes now
  // reads the database alone, so it is enough to wait until those who were there have gone.
  next_ = frames + limits_.copied_from;
  copy_blocking(Mode::restart);
}

void Checkpointer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || running_; });
    if (stopping_) return;
    lock.unlock();
    std::optional<Copy> copy = copy_blocking(Mode::passive);
    // Once more, for what was committed meanwhile: then the writer has little left, and if nothing is committed during
    // this one, the database is synced here and not there.
    if (copy && !copy->is_whole()) copy = copy_blocking(Mode::passive);
    lock.lock();
    answer_ = copy;
    answered_ = true;
    running_ = false;
    done_.notify_all();
  }
}

std::optional<Checkpointer::Copy> Checkpointer::copy_blocking(Mode mode) {
  const Stopwatch watch;
  std::optional<Copy> copy;
  try {
    copy = copy_or_throw_blocking(mode);
    failing_ = false;
  } catch (const SqlError& error) {
    if (error.code() != Errc::busy) failed(error.to_error());
  } catch (const std::exception& error) {  // bad_alloc and the like
    failed(Error{Errc::io_error, {}, std::string("catalog: ") + error.what()});
  }
  stats_.checkpoints.observe(watch.elapsed());
  return copy;
}

std::optional<Checkpointer::Copy> Checkpointer::copy_or_throw_blocking(Mode mode) {
  const Snapshot snapshot(*standing_);
  // A restart under a snapshot of a log that is all copied, as it is, waits for the others' only.
  const auto row = copying_->one<CheckpointRow>(mode == Mode::passive ? "PRAGMA wal_checkpoint(PASSIVE)"
                                                                      : "PRAGMA wal_checkpoint(RESTART)");
  if (!row || row->busy) return std::nullopt;
  return Copy{.frames = row->frames, .copied = row->copied};
}

void Checkpointer::failed(const Error& error) {
  stats_.failed.add();
  if (!std::exchange(failing_, true) && trouble_) trouble_(error);
}

}  // namespace stile::catalog
