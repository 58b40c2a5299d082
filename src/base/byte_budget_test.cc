#include "base/byte_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace stile {
namespace {

TEST(ByteBudget, WhatIsNeededOrdinarilyIsFree) {
  ByteBudget budget(100, 10);
  ByteLoan loan(budget);
  EXPECT_TRUE(loan.grow(4));
  EXPECT_TRUE(loan.grow(6));
  EXPECT_EQ(budget.held().value(), 0);
  EXPECT_TRUE(loan.grow(5));
  EXPECT_EQ(budget.held().value(), 5);
}

TEST(ByteBudget, IsNeverPassedAndComesBack) {
  ByteBudget budget(100, 10);
  {
    ByteLoan one(budget), two(budget);
    EXPECT_TRUE(one.grow(70));
    EXPECT_TRUE(two.grow(50));
    EXPECT_EQ(budget.held().value(), 100);
    EXPECT_EQ(two.grow(1).error().code, Errc::busy);
    EXPECT_EQ(one.grow(1).error().code, Errc::busy);
    EXPECT_EQ(budget.refused().value(), 2u);
    ByteLoan ordinary(budget);
    EXPECT_TRUE(ordinary.grow(10)) << "whoever holds the budget shuts nobody out";
  }
  EXPECT_EQ(budget.held().value(), 0);
}

TEST(ByteBudget, ALoanOfNoBudgetHasNoBound) {
  ByteLoan loan;
  EXPECT_TRUE(loan.grow(UINT32_MAX));
}

TEST(ByteBudget, ManyThreadsGiveBackAllOfIt) {
  ByteBudget budget(1'000, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 2'000; ++round) {
        ByteLoan loan(budget);
        for (int step = 0; step < 5; ++step)
          if (!loan.grow(100)) break;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.held().value(), 0);
}

}  // namespace
}  // namespace stile
