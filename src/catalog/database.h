// SqlCatalog::Database: turns work on a Session into tasks, on the writing thread or on a reader. Internal to catalog/.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

#include "catalog/group_commit.h"
#include "catalog/session.h"
#include "catalog/sql_catalog.h"
#include "io/task.h"
#include "io/thread_pool.h"

namespace stile::catalog {

struct SqlCatalog::Database {
  Database(std::unique_ptr<Session> writing, std::unique_ptr<Checkpointer> checkpointer,
           std::vector<std::unique_ptr<Session>> reading, const Options& options)
      : writer(std::move(writing), options.durability, options.max_queue, std::move(checkpointer)),
        idle(std::move(reading)), readers("db-reader", options.reader_threads, options.max_queue) {}

  // Runs `body(Session&)`, which returns a Result, in its savepoint; resolves after the commit. A failed result undoes
  // what the body did.
  template <class Body, class R = std::invoke_result_t<Body&, Session&>>
  io::Task<R> write(Weight weight, Body body) {
    std::optional<R> outcome;
    Result<void> committed = co_await io::from_callback<Result<void>>([&](auto resume) {
      const bool queued = writer.try_add({
          .weight = weight,
          .apply =
              [&body, &outcome](Session& session) {
                outcome.emplace(body(session));
                return outcome->has_value() ? Verdict::keep : Verdict::undo;
              },
          .answer = resume,
      });
      if (!queued) resume(fail(Errc::busy, {}, "catalog: the writer's queue is full"));
    });
    if (!committed) co_return fail(std::move(committed.error()));
    co_return std::move(*outcome);
  }

  // Runs `body(Session&)`, which returns a plain value, on a reader.
  template <class Body, class T = std::invoke_result_t<Body&, Session&>>
  io::Task<Result<T>> read(Body body) {
    // The frame holds `body` until the awaited job has ended.
    co_return co_await readers.run([this, &body]() -> Result<T> {
      std::unique_ptr<Session> session = lend();
      Result<T> result = fail(Errc::io_error);
      try {
        result = body(*session);
      } catch (const SqlError& error) {
        failed_reads.add();
        result = fail(error.to_error());
      } catch (const NumberTooLarge& error) {
        result = fail(Errc::invalid_input, {}, error.what());
      }
      give_back(std::move(session));
      return result;
    });
  }

  // There are as many sessions as reader threads, so one is always idle; the last used one has the warmest cache.
  std::unique_ptr<Session> lend() {
    std::lock_guard lock(mutex);
    std::unique_ptr<Session> session = std::move(idle.back());
    idle.pop_back();
    return session;
  }
  void give_back(std::unique_ptr<Session> session) {
    std::lock_guard lock(mutex);
    idle.push_back(std::move(session));
  }

  GroupCommit writer;
  Counter failed_reads;
  std::mutex mutex;
  std::vector<std::unique_ptr<Session>> idle;
  io::ThreadPool readers;  // last, so that its jobs end before the sessions go
};

}  // namespace stile::catalog
