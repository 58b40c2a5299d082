#include "io/task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "io/block_pool.h"
#include "io/change_signal.h"
#include "io/loop.h"
#include "io/run.h"
#include "io/task_group.h"
#include "io/thread_pool.h"

namespace stile::io {
namespace {

Task<int> seven() { co_return 7; }
Task<int> throws() {
  throw std::runtime_error("no");
  co_return 0;
}
Task<std::uint64_t> sum_of_many(int count) {
  std::uint64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += static_cast<std::uint64_t>(co_await seven());
  co_return sum;
}
Task<int> nested(int depth) { co_return depth == 0 ? 0 : 1 + co_await nested(depth - 1); }
Task<Executor*> home_of_child() { co_return &co_await this_home(); }

TEST(Task, IsLazy) {
  bool ran = false;
  const auto body = [](bool& flag) -> Task<void> {
    flag = true;
    co_return;
  };
  { const Task<void> dropped = body(ran); }
  EXPECT_FALSE(ran);
  run_until_done(body(ran));
  EXPECT_TRUE(ran);
}

TEST(Task, PassesExceptionsToWhoAwaits) {
  EXPECT_THROW(run_until_done(throws()), std::runtime_error);
  const auto catcher = []() -> Task<bool> {
    try {
      co_await throws();
    } catch (const std::runtime_error&) {
      co_return true;
    }
    co_return false;
  };
  EXPECT_TRUE(run_until_done(catcher()));
}

TEST(Task, AMillionAwaitsDoNotGrowTheStack) { EXPECT_EQ(run_until_done(sum_of_many(1'000'000)), 7'000'000u); }

TEST(Task, NestsDeeply) { EXPECT_EQ(run_until_done(nested(100'000)), 100'000); }

TEST(Task, InheritsItsHome) {
  Loop loop("test");
  TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  const auto look = [](Loop& expected, std::thread::id& id) -> Task<void> {
    EXPECT_EQ(co_await home_of_child(), &expected);
    id = std::this_thread::get_id();
  };
  std::thread::id id;
  group.spawn(loop, look(loop, id));
  run_until_done(group.drain());
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST(Task, GoesOnAtHomeAfterAPoolJob) {
  ThreadPool pool("pool", 2, 100);
  const auto body = [](ThreadPool& on) -> Task<bool> {
    const auto before = std::this_thread::get_id();
    std::thread::id inside;
    (void)co_await on.run([&]() -> Result<void> {
      inside = std::this_thread::get_id();
      return {};
    });
    co_return inside != before&& std::this_thread::get_id() == before;
  };
  EXPECT_TRUE(run_until_done(body(pool)));
}

TEST(TaskGroup, DrainWaitsForAllAndReportsExceptions) {
  std::atomic<int> exceptions = 0, ran = 0;
  Loop loop("test");
  TaskGroup group([&](std::exception_ptr) { ++exceptions; });
  const auto body = [](std::atomic<int>& count, bool fails) -> Task<void> {
    ++count;
    if (fails) throw std::runtime_error("no");
    co_return;
  };
  run_until_done(group.drain());  // of nothing
  for (int i = 0; i < 100; ++i) group.spawn(loop, body(ran, i % 10 == 0));
  run_until_done(group.drain());
  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(ran, 100);
  EXPECT_EQ(exceptions, 10);
}

TEST(ThreadPool, AFullQueueIsBusy) {
  ThreadPool nobody("nobody", 0, 1);
  EXPECT_TRUE(nobody.try_post([] {}));
  EXPECT_FALSE(nobody.try_post([] {}));
  EXPECT_EQ(nobody.queued(), 1u);
  EXPECT_EQ(run_until_done(nobody.run([] { return Result<int>(1); })).error().code, Errc::busy);
}

TEST(ThreadPool, RunsInOrderAndEverythingBeforeItEnds) {
  std::vector<int> order;
  {
    ThreadPool pool("pool", 1, 1000);
    for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.try_post([&order, i] { order.push_back(i); }));
  }
  ASSERT_EQ(order.size(), 500u);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(ThreadPool, PassesAJobsExceptionOn) {
  ThreadPool pool("pool", 1, 10);
  EXPECT_THROW(run_until_done(pool.run([]() -> Result<void> { throw std::runtime_error("no"); })), std::runtime_error);
}

TEST(ChangeSignal, NeverMissesANotify) {
  Loop loop("test");
  ChangeSignal signal;
  std::atomic<int> value = 0;
  constexpr int kLast = 20'000;
  const auto wait_for_last = [](ChangeSignal& changes, std::atomic<int>& what) -> Task<void> {
    for (;;) {
      const auto seen = changes.version();
      if (what == kLast) co_return;
      co_await changes.changed_since(seen);
    }
  };
  TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  for (int i = 0; i < 10; ++i) group.spawn(loop, wait_for_last(signal, value));
  for (int i = 0; i < kLast; ++i) {
    ++value;
    signal.notify();
  }
  run_until_done(group.drain());  // hangs if the last one was missed
}

TEST(BlockPool, IsBoundedAndServesWaitersInOrder) {
  BlockPool pool(16, 2);
  InlineExecutor home;
  std::vector<int> served;
  TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  Block a = run_until_done(pool.acquire()), b = run_until_done(pool.acquire());
  EXPECT_TRUE(a && b);
  EXPECT_EQ(a.bytes().size(), 16u);
  const auto take = [](BlockPool& from, std::vector<int>& order, int number) -> Task<void> {
    const Block block = co_await from.acquire();
    EXPECT_LE(from.in_use(), 2u);
    order.push_back(number);
  };
  const auto release = [](Block& block, TaskGroup& tasks, bool& ended) -> Task<void> {
    block.release();
    co_await tasks.drain();
    ended = true;
  };
  for (int i = 0; i < 5; ++i) group.spawn(home, take(pool, served, i));
  bool done = false;
  TaskGroup last([](std::exception_ptr) { ADD_FAILURE(); });
  last.spawn(home, release(a, group, done));
  home.run_until_blocking(done);
  EXPECT_EQ(served, (std::vector<int>{0, 1, 2, 3, 4}));
  b.release();
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(BlockPool, KeepsFewBlocksThatNobodyUses) {
  BlockPool pool(16, 100);
  std::vector<Block> blocks;
  for (int i = 0; i < 100; ++i) blocks.push_back(run_until_done(pool.acquire()));
  EXPECT_EQ(pool.kept(), 0u);
  blocks.resize(40);
  EXPECT_LE(pool.kept(), 60u);
  EXPECT_GE(pool.kept(), 40u);  // it may go on like before
  blocks.clear();
  EXPECT_LE(pool.kept(), 10u);
  EXPECT_GE(pool.kept(), 1u);
}

TEST(BlockPool, ManyThreadsShareFewBlocks) {
  BlockPool pool(16, 3);
  std::atomic<int> inside = 0, most = 0;
  const auto use = [](BlockPool& from, std::atomic<int>& now, std::atomic<int>& peak) -> Task<void> {
    for (int i = 0; i < 200; ++i) {
      const Block block = co_await from.acquire();
      peak = std::max(peak.load(), ++now);
      --now;
    }
  };
  {
    Loop one("one"), two("two");
    TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
    for (int i = 0; i < 20; ++i) group.spawn(i % 2 == 0 ? one : two, use(pool, inside, most));
    run_until_done(group.drain());
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(LoopTimer, EndsByTimeOrByARing) {
  Loop loop("test");
  LoopTimer timer(loop);
  TaskGroup group([](std::exception_ptr) { ADD_FAILURE(); });
  const auto wait = [](LoopTimer& on, Milliseconds at_most) -> Task<void> { co_await on.wait(at_most); };
  group.spawn(loop, wait(timer, Milliseconds{1}));
  run_until_done(group.drain());
  timer.ring();  // before the wait
  group.spawn(loop, wait(timer, Milliseconds{3'600'000}));
  run_until_done(group.drain());
  group.spawn(loop, wait(timer, Milliseconds{3'600'000}));
  timer.ring();  // perhaps during it
  run_until_done(group.drain());
}

}  // namespace
}  // namespace stile::io
