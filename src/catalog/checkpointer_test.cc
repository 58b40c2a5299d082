#include "catalog/checkpointer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>

#include "catalog/group_commit.h"
#include "catalog/test_vfs.h"
#include "catalog/testing.h"

namespace stile::catalog {
namespace {

constexpr LogLimits kSmall{.copied_from = 100, .few = 8, .helps_from = 200, .ahead = 200, .again_after = 10};
constexpr std::int64_t kBound = kSmall.helps_from + kSmall.ahead;
constexpr std::int64_t kFramesOfACommit = 4;  // at the most

// A connection that writes to the catalog, and somebody who keeps its log short.
struct CheckpointerTest : testing::Test {
  CheckpointerTest() {
    temp.close();
    writing = std::make_unique<Session>(temp.path(), Milliseconds{5'000});
    writing->run_once("PRAGMA synchronous = OFF");
    writing->leave_log_alone();
    checkpointer = make_checkpointer();
  }

  std::unique_ptr<Session> connect() {
    auto session = std::make_unique<Session>(temp.path(), kLongestWaitForSnapshots);
    session->run_once("PRAGMA synchronous = OFF");
    return session;
  }
  std::unique_ptr<Checkpointer> make_checkpointer() {
    return std::make_unique<Checkpointer>(
        connect(), connect(), [this](const Error& error) { troubles.push_back(error); }, kSmall);
  }
  static void write_fact(Session& session, std::int64_t n) {
    session.run("INSERT INTO facts(name, value) VALUES(:name, :value)", std::to_string(n), std::string(900, 'x'));
  }
  void write() { write_fact(*writing, ++facts); }
  void commit() {
    write();
    checkpointer->keep_short_blocking(writing->log_frames());
    longest = std::max(longest, writing->log_frames());
  }
  // True as soon as a commit has found the log begun anew.
  bool begins_anew(int commits) {
    for (int i = 0; i < commits; ++i) {
      const std::int64_t before = writing->log_frames();
      commit();
      if (writing->log_frames() < before) return true;
    }
    return false;
  }
  // All connections closed, and so all of the log copied.
  void expect_all_is_there() {
    checkpointer.reset();
    writing.reset();
    Session session(temp.path(), Milliseconds{0});
    EXPECT_EQ(session.one<std::string>("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(session.one<std::int64_t>("SELECT COUNT(*) FROM facts"), facts);
  }

  // Holds whoever writes to the database until opened.
  struct Gate {
    explicit Gate(WatchedVfs& vfs) {
      vfs.on_write([this] {
        std::unique_lock lock(mutex);
        reached = true;
        changed.notify_all();
        changed.wait(lock, [&] { return opened; });
        return SQLITE_OK;
      });
    }
    void wait_for_somebody() {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return reached; });
    }
    void open() {
      std::lock_guard lock(mutex);
      opened = true;
      changed.notify_all();
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool reached = false;
    bool opened = false;
  };

  WatchedVfs vfs;
  TempCatalog temp;
  std::unique_ptr<Session> writing;
  std::unique_ptr<Checkpointer> checkpointer;
  std::vector<Error> troubles;
  std::int64_t facts = 0;
  std::int64_t longest = 0;
};

TEST_F(CheckpointerTest, KeepsALogShortThatIsWrittenAllTheTime) {
  for (int i = 0; i < 5'000; ++i) commit();
  EXPECT_LE(longest, kBound + kFramesOfACommit);
  EXPECT_GE(checkpointer->stats().checkpoints.view().sum, 1u);
  EXPECT_EQ(checkpointer->stats().failed.value(), 0u);
  EXPECT_EQ(checkpointer->stats().log_frames.value(), writing->log_frames());
  expect_all_is_there();
}

TEST_F(CheckpointerTest, CopiesWhileCommitsGoOn) {
  Gate gate(vfs);
  while (writing->log_frames() < kSmall.copied_from) commit();
  gate.wait_for_somebody();
  while (writing->log_frames() < kSmall.copied_from + kSmall.ahead - kFramesOfACommit) commit();
  gate.open();
  EXPECT_TRUE(begins_anew(1'000));
  expect_all_is_there();
}

TEST_F(CheckpointerTest, TheWriterWaitsWhenItIsTooFarAheadOfTheCopy) {
  Gate gate(vfs);
  while (writing->log_frames() < kSmall.copied_from) commit();
  gate.wait_for_somebody();
  while (writing->log_frames() < kSmall.copied_from + kSmall.ahead + kFramesOfACommit) write();
  std::promise<void> about_to_wait;
  std::atomic<bool> opened = false;
  auto waited = std::async(std::launch::async, [&] {
    about_to_wait.set_value();
    checkpointer->keep_short_blocking(writing->log_frames());
    return opened.load();
  });
  about_to_wait.get_future().wait();
  for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
  opened = true;
  gate.open();
  EXPECT_TRUE(waited.get());
  EXPECT_TRUE(begins_anew(2)) << "so long a log the writer finishes itself";
  expect_all_is_there();
}

TEST_F(CheckpointerTest, ASnapshotLetsTheLogGrowUntilItIsLeft) {
  while (facts < 10) commit();
  const std::unique_ptr<Session> reader = connect();
  reader->run("BEGIN");
  EXPECT_EQ(reader->one<std::int64_t>("SELECT COUNT(*) FROM facts"), 10);
  EXPECT_FALSE(begins_anew(1'000));
  EXPECT_EQ(reader->one<std::int64_t>("SELECT COUNT(*) FROM facts"), 10);
  reader->run("ROLLBACK");
  EXPECT_TRUE(begins_anew(1'000));
  longest = 0;
  for (int i = 0; i < 1'000; ++i) commit();
  EXPECT_LE(longest, kBound + kFramesOfACommit);
  EXPECT_TRUE(troubles.empty());
  expect_all_is_there();
}

// At any time somebody stands on a snapshot that is older than the next commit, but nobody stays for long.
TEST_F(CheckpointerTest, ReadersWhoTakeTurnsDoNotKeepTheLogFromBeginningAnew) {
  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0, done = 0;
  bool over = false;
  std::thread readers([&] {
    std::unique_ptr<Session> present = connect(), next = connect();
    const auto enter = [](Session& session) {
      session.run("BEGIN");
      session.one<std::int64_t>("SELECT COUNT(*) FROM numbers");
    };
    enter(*present);
    std::unique_lock lock(mutex);
    while (!over) {
      // After each commit, or when one takes long because the writer waits for us.
      changed.wait_for(lock, Milliseconds{10}, [&] { return over || done < asked; });
      enter(*next);
      present->run("ROLLBACK");
      std::swap(present, next);
      done = asked;
      changed.notify_all();
    }
  });
  for (int i = 0; i < 2'000; ++i) {
    write();
    std::unique_lock lock(mutex);
    ++asked;
    changed.notify_all();
    changed.wait(lock, [&] { return done == asked; });
    lock.unlock();
    checkpointer->keep_short_blocking(writing->log_frames());
    longest = std::max(longest, writing->log_frames());
  }
  {
    std::lock_guard lock(mutex);
    over = true;
    changed.notify_all();
  }
  readers.join();
  EXPECT_GE(longest, kBound) << "they were not in the way: this tests nothing";
  EXPECT_LE(longest, kBound + 2 * kSmall.copied_from);
  expect_all_is_there();
}

TEST_F(CheckpointerTest, AFailureIsCountedToldOnceAndTriedAgainWhileCommitsGoOn) {
  vfs.on_write([] { return SQLITE_IOERR_WRITE; });
  for (int i = 0; i < 500; ++i) commit();
  EXPECT_GE(checkpointer->stats().failed.value(), 2u);
  vfs.on_write({});
  EXPECT_TRUE(begins_anew(1'000));
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_EQ(troubles[0].code, Errc::io_error);

  vfs.on_write([] { return SQLITE_FULL; });
  for (int i = 0; i < 500; ++i) commit();
  vfs.on_write({});
  EXPECT_TRUE(begins_anew(1'000));
  ASSERT_EQ(troubles.size(), 2u) << "after a success it is news again";
  EXPECT_EQ(troubles[1].code, Errc::disk_full);
  expect_all_is_there();
}

// What SQLite up to 3.51.2 does not see: somebody else has copied all, and a commit overwrites the log from its start
// when a copy has just read how long it is. The copy then takes as many of the new frames for copied, and they get
// lost.
TEST_F(CheckpointerTest, ACommitThatBeginsTheLogAnewWhileACopyBeginsIsNotLost) {
  const std::unique_ptr<Session> other = connect();
  while (writing->log_frames() < kSmall.copied_from) write();
  const std::int64_t before = writing->log_frames();
  other->all<std::int64_t>("PRAGMA wal_checkpoint(PASSIVE)");
  std::promise<void> committed;
  vfs.on_log_head_read([&] {
    vfs.on_log_head_read({});
    write();
    committed.set_value();
    return SQLITE_OK;
  });
  checkpointer->keep_short_blocking(before);
  committed.get_future().wait();
  checkpointer.reset();
  while (writing->log_frames() < before - kFramesOfACommit) write();
  other->all<std::int64_t>("PRAGMA wal_checkpoint(PASSIVE)");
  for (int i = 0; i < 3; ++i) write();
  expect_all_is_there();
}

TEST_F(CheckpointerTest, EndsAfterTheCopyUnderWay) {
  writing.reset();
  auto writer = std::make_unique<GroupCommit>(connect(), Durability::none, 1'000, std::move(checkpointer));
  Gate gate(vfs);
  const auto add = [&] {
    auto promise = std::make_shared<std::promise<bool>>();
    const std::int64_t n = ++facts;
    EXPECT_TRUE(
        writer->try_add({.apply =
                             [n](Session& session) {
                               write_fact(session, n);
                               return Verdict::keep;
                             },
                         .answer = [promise](Result<void> result) { promise->set_value(result.has_value()); }}));
    return promise->get_future();
  };
  while (writer->checkpointer()->stats().log_frames.value() < kSmall.copied_from) EXPECT_TRUE(add().get());
  gate.wait_for_somebody();
  auto queued = add();
  auto ended = std::async(std::launch::async, [&] { writer.reset(); });
  EXPECT_TRUE(queued.get()) << "an answer does not wait for the copy";
  gate.open();
  ended.get();
  expect_all_is_there();
}

}  // namespace
}  // namespace stile::catalog
