#include "catalog/group_commit.h"

#include <pthread.h>

#include <algorithm>

#include "base/failpoint.h"

namespace stile::catalog {
namespace {

constexpr Milliseconds kLongestGather{2};

}  // namespace

GroupCommit::GroupCommit(std::unique_ptr<Session> session, Durability durability, std::size_t max_queue,
                         std::unique_ptr<Checkpointer> checkpointer)
    : session_(std::move(session)), checkpointer_(std::move(checkpointer)), durability_(durability),
      max_queue_(max_queue),
      synchronous_full_(durability != Durability::none) {
  if (checkpointer_) session_->leave_log_alone();
  session_->run_once(synchronous_full_ ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "db-writer");
}

GroupCommit::~GroupCommit() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  thread_.join();
}

bool GroupCommit::try_add(Operation operation) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) {
      stats_.refused.add();
      return false;
    }
    queue_.push_back(std::move(operation));
    if (queue_.size() < enough_) return true;
  }
  ready_.notify_one();
  return true;
}

std::size_t GroupCommit::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void GroupCommit::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    gather(lock);
    std::deque<Operation> batch;
    batch.swap(queue_);
    lock.unlock();
    run_batch(std::move(batch));
    // After the answers: nobody waits for it but who comes next.
    if (checkpointer_) checkpointer_->keep_short_blocking(session_->log_frames());
  }
}

// Where several have come together, more are about to: most who were answered just now write again. Waiting for them a
// fraction of what a commit takes makes fewer of them, and of the pages that each writes. Who writes alone never waits.
void GroupCommit::gather(std::unique_lock<std::mutex>& lock) {
  if (last_batch_ < 2) return;
  enough_ = last_batch_ + 1;
  const auto most = std::min<std::chrono::nanoseconds>(last_duration_ / 2, kLongestGather);
  ready_.wait_for(lock, most, [&] { return stopping_ || queue_.size() >= enough_; });
  enough_ = 0;
}

void GroupCommit::run_batch(std::deque<Operation> batch) {
  const Stopwatch watch;
  std::vector<Result<void>> answers(batch.size());
  Result<void> committed;
  try {
    committed = run_transaction(batch, answers);
  } catch (const SqlError& error) {
    committed = fail(error.to_error());
  } catch (const std::exception& error) {  // bad_alloc and the like: the operation is half done, so none is kept
    committed = fail(Errc::io_error, {}, std::string("catalog: ") + error.what());
  }
  if (!committed) {
    try {
      session_->run("ROLLBACK");
    } catch (const SqlError&) {
      // BEGIN never got through, or the database has rolled back by itself: there is no transaction, which is the aim.
    }
  }
  last_batch_ = batch.size();
  last_duration_ = watch.elapsed();
  stats_.transactions.observe(last_duration_);
  stats_.batches.observe(batch.size());
  if (!committed) stats_.failed.add();
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].answer(committed ? std::move(answers[i]) : committed);
}

Result<void> GroupCommit::run_transaction(std::deque<Operation>& batch, std::vector<Result<void>>& answers) {
  choose_synchronous(batch);
  // IMMEDIATE: the command line may be writing; waiting for the lock here is allowed, failing in the middle is not.
  session_->run("BEGIN IMMEDIATE");
  failpoint("catalog.begun");
  for (std::size_t i = 0; i < batch.size(); ++i) {
    session_->run("SAVEPOINT operation");
    Verdict verdict = Verdict::undo;
    try {
      verdict = batch[i].apply(*session_);
    } catch (const SqlError& error) {
      if (error.scope() == SqlError::Scope::transaction) throw;
      answers[i] = fail(error.to_error());
    } catch (const NumberTooLarge& error) {
      answers[i] = fail(Errc::invalid_input, {}, error.what());
    }
    if (verdict == Verdict::undo) session_->run("ROLLBACK TO SAVEPOINT operation");
    session_->run("RELEASE SAVEPOINT operation");
  }
  failpoint("catalog.applied");
  // The line that survives a power loss: with synchronous = FULL it returns after the log is synced.
  session_->run("COMMIT");
  failpoint("catalog.committed");
  ++commits_;
  return {};
}

void GroupCommit::choose_synchronous(const std::deque<Operation>& batch) {
  if (durability_ != Durability::file) return;
  bool full = false;
  for (const Operation& operation : batch) full = full || operation.weight == Weight::full;
  if (full == synchronous_full_) return;
  // The log is one file, so a later full commit also syncs the light ones before it.
  session_->run_once(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  synchronous_full_ = full;
}

}  // namespace stile::catalog
