#include "catalog/group_commit.h"

#include <gtest/gtest.h>

#include <future>

#include "catalog/testing.h"

namespace stile::catalog {
namespace {

// A GroupCommit on the schema of a catalog that is closed.
struct GroupCommitTest : testing::Test {
  GroupCommitTest() { temp.close(); }

  TempCatalog temp;
  std::unique_ptr<GroupCommit> writer;

  void start(std::size_t max_queue, Milliseconds busy_timeout = Milliseconds{5'000}) {
    writer = std::make_unique<GroupCommit>(std::make_unique<Session>(temp.path(), busy_timeout), Durability::none,
                                           max_queue);
  }
  using Apply = std::move_only_function<Verdict(Session&)>;
  // The future answer, or nothing when the queue is full.
  std::optional<std::future<Result<void>>> add(Apply apply) {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    if (!writer->try_add({.weight = Weight::full,
                          .apply = std::move(apply),
                          .answer = [promise](Result<void> result) { promise->set_value(std::move(result)); }}))
      return std::nullopt;
    return promise->get_future();
  }
  static Apply set_fact(std::string name, Verdict verdict = Verdict::keep) {
    return [name, verdict](Session& session) {
      session.run("INSERT INTO facts(name, value) VALUES(:name, '')", name);
      return verdict;
    };
  }
  // An operation that holds the writer until released, so that what comes after it waits together.
  struct Gate {
    std::promise<void> entered;
    std::promise<void> released;
  };
  static Apply hold(Gate& gate) {
    return [&gate](Session&) {
      gate.entered.set_value();
      gate.released.get_future().wait();
      return Verdict::keep;
    };
  }
  std::int64_t facts() {
    return Session(temp.path(), Milliseconds{0}).one<std::int64_t>("SELECT COUNT(*) FROM facts").value();
  }
};

TEST_F(GroupCommitTest, CommitsAllThatWaitTogether) {
  start(100);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  std::vector<std::future<Result<void>>> answers;
  for (int i = 0; i < 50; ++i) answers.push_back(add(set_fact(std::to_string(i))).value());
  gate.released.set_value();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().has_value());
  EXPECT_TRUE(first->get().has_value());
  EXPECT_EQ(writer->commits(), 2u);
  EXPECT_EQ(writer->stats().batches.view().sum, 51u);
  EXPECT_EQ(writer->stats().batches.view().counts[0], 1u);  // the one that held up the others
  EXPECT_GT(writer->stats().transactions.view().sum, 0u);
  EXPECT_EQ(facts(), 50);
}

TEST_F(GroupCommitTest, RefusesWhenTheQueueIsFull) {
  start(3);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  std::vector<std::future<Result<void>>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(add(set_fact(std::to_string(i))).value());
  EXPECT_FALSE(add(set_fact("one too many")).has_value());
  EXPECT_EQ(writer->queued(), 3u);
  EXPECT_EQ(writer->stats().refused.value(), 1u);
  gate.released.set_value();
  for (auto& answer : answers) EXPECT_TRUE(answer.get().has_value());
  EXPECT_TRUE(add(set_fact("room again")).value().get().has_value());
}

TEST_F(GroupCommitTest, ARefusalUndoesItselfOnly) {
  start(100);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  auto kept = add(set_fact("kept"));
  auto undone = add(set_fact("undone", Verdict::undo));
  auto broken = add(set_fact("kept"));  // breaks the primary key
  auto also_kept = add(set_fact("also kept"));
  gate.released.set_value();
  EXPECT_TRUE(kept->get().has_value());
  EXPECT_TRUE(undone->get().has_value());
  EXPECT_EQ(broken->get().error().code, Errc::io_error);
  EXPECT_TRUE(also_kept->get().has_value());
  EXPECT_EQ(facts(), 2);
  EXPECT_EQ(writer->commits(), 2u);
}

TEST_F(GroupCommitTest, AFailedCommitFailsAllOfItsBatch) {
  start(100);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  auto innocent = add(set_fact("innocent"));
  // A broken foreign key that is looked at in COMMIT only.
  auto guilty = add([](Session& session) {
    session.run_once("PRAGMA defer_foreign_keys = ON");
    session.run_once("INSERT INTO receipts(upload_id, begin_at, end_at, crc32) VALUES('nobody', 0, 1, 0)");
    return Verdict::keep;
  });
  auto refused = add(set_fact("undone", Verdict::undo));
  gate.released.set_value();
  EXPECT_EQ(innocent->get().error().code, Errc::io_error);
  EXPECT_EQ(guilty->get().error().code, Errc::io_error);
  EXPECT_EQ(refused->get().error().code, Errc::io_error);
  EXPECT_EQ(writer->stats().failed.value(), 1u);
  EXPECT_EQ(facts(), 0);
  EXPECT_TRUE(add(set_fact("life goes on")).value().get().has_value());
  EXPECT_EQ(facts(), 1);
}

TEST_F(GroupCommitTest, AFullDiskFailsTheBatchAndNothingIsApplied) {
  start(100);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  auto small = add(set_fact("small"));
  auto big = add([](Session& session) {
    session.run_once("PRAGMA max_page_count = 1");  // clamped to the present size: no page more
    session.run("INSERT INTO facts(name, value) VALUES(:name, :value)", std::string("big"), std::string(1 << 20, 'x'));
    return Verdict::keep;
  });
  auto after = add(set_fact("after"));
  gate.released.set_value();
  EXPECT_EQ(small->get().error().code, Errc::disk_full);
  EXPECT_EQ(big->get().error().code, Errc::disk_full);
  EXPECT_EQ(after->get().error().code, Errc::disk_full);
  EXPECT_EQ(facts(), 0);
  EXPECT_TRUE(add(set_fact("small")).value().get().has_value());
}

TEST_F(GroupCommitTest, AnExceptionFailsTheBatch) {
  start(100);
  auto thrown = add([](Session& session) -> Verdict {
    session.run_once("INSERT INTO facts(name, value) VALUES('a', '')");
    throw std::runtime_error("out of luck");
  });
  EXPECT_EQ(thrown->get().error().code, Errc::io_error);
  EXPECT_EQ(facts(), 0);
}

TEST_F(GroupCommitTest, IsBusyWhileAnotherProcessWritesForTooLong) {
  start(100, Milliseconds{10});
  Session other(temp.path(), Milliseconds{0});
  other.run_once("BEGIN IMMEDIATE");
  EXPECT_EQ(add(set_fact("a")).value().get().error().code, Errc::busy);
  other.run_once("COMMIT");
  EXPECT_TRUE(add(set_fact("a")).value().get().has_value());
}

TEST_F(GroupCommitTest, AnswersAllThatIsQueuedBeforeItDies) {
  start(100);
  Gate gate;
  auto first = add(hold(gate));
  gate.entered.get_future().wait();
  auto queued = add(set_fact("a"));
  gate.released.set_value();
  writer.reset();
  EXPECT_TRUE(queued->get().has_value());
  EXPECT_EQ(facts(), 1);
}

TEST_F(GroupCommitTest, SyncsLightBatchesLessUnderDurabilityFile) {
  writer = std::make_unique<GroupCommit>(std::make_unique<Session>(temp.path(), Milliseconds{0}), Durability::file, 9);
  std::int64_t synchronous = -1;
  const auto look = [&](Weight weight) {
    std::promise<void> answered;
    writer->try_add({.weight = weight,
                     .apply =
                         [&](Session& session) {
                           synchronous = session.one<std::int64_t>("PRAGMA synchronous").value();
                           return Verdict::keep;
                         },
                     .answer = [&](const Result<void>&) { answered.set_value(); }});
    answered.get_future().wait();
    return synchronous;
  };
  EXPECT_EQ(look(Weight::full), 2);
  EXPECT_EQ(look(Weight::light), 1);
  EXPECT_EQ(look(Weight::light), 1);
  EXPECT_EQ(look(Weight::full), 2);
}

}  // namespace
}  // namespace stile::catalog
