// GroupCommit: the one thread that writes. It takes every operation that waits, runs each in its own savepoint inside
// one transaction, commits once, and answers all. Internal to catalog/.
//
// So many small writers share one sync of the disk, and a refusal inside one operation undoes that operation only.
// Bounds: at most `max_queue` operations wait; try_add says no to more.
// Errors: when the transaction itself breaks or its COMMIT fails, every operation of the batch gets that error and
// nothing of the batch is stored: a refusal too may have rested on a neighbour that is gone now.
// Durability: see Durability; each answer is given after the commit that it belongs to.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/checkpointer.h"
#include "catalog/session.h"
#include "catalog/sql_catalog.h"
#include "catalog/writer_stats.h"

namespace stile::catalog {

// What a power loss may take: see Durability::file.
enum class Weight {
  light,  // receipts and content types: what a client can send again
  full,   // everything else
};

enum class Verdict { keep, undo };

class GroupCommit {
 public:
  struct Operation {
    Weight weight = Weight::full;
    // Runs inside the transaction. SqlError of scope `statement` counts as undo, with that error as the answer.
    std::move_only_function<Verdict(Session&)> apply;
    // Called once, after the commit or its failure, on the writing thread: keep it short.
    std::move_only_function<void(Result<void>)> answer;
  };

  // Without a checkpointer SQLite copies the log back within a commit.
  GroupCommit(std::unique_ptr<Session> session, Durability durability, std::size_t max_queue,
              std::unique_ptr<Checkpointer> checkpointer = nullptr);
  ~GroupCommit();  // runs what is queued, then joins
  GroupCommit(const GroupCommit&) = delete;

  // False when the queue is full. Threads: any.
  bool try_add(Operation operation);
  std::uint64_t commits() const { return commits_; }
  std::size_t queued() const;
  const WriterStats& stats() const { return stats_; }
  const Checkpointer* checkpointer() const { return checkpointer_.get(); }

  // For tests, while nothing is queued.
  Session& session() { return *session_; }

 private:
  void work();
  void gather(std::unique_lock<std::mutex>& lock);
  void run_batch(std::deque<Operation> batch);
  Result<void> run_transaction(std::deque<Operation>& batch, std::vector<Result<void>>& answers);
  void choose_synchronous(const std::deque<Operation>& batch);

  const std::unique_ptr<Session> session_;
  const std::unique_ptr<Checkpointer> checkpointer_;  // its connections are closed before the session, which tidies up
  const Durability durability_;
  const std::size_t max_queue_;
  bool synchronous_full_;
  std::atomic<std::uint64_t> commits_ = 0;
  WriterStats stats_;
  std::size_t last_batch_ = 0;  // of the writing thread, as is last_duration_
  std::chrono::nanoseconds last_duration_{};

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Operation> queue_;
  std::size_t enough_ = 0;  // while more are waited for: so many need not be waited for longer
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace stile::catalog
