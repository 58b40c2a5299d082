// ByteBudget: memory that many share, and of which none may know how much the others need.
//
// ByteLoan is one holder's part: it grows as bytes come and is given back whole at its end. What a holder needs in the
// ordinary case is free, so that whoever holds the budget cannot shut out the others.
// Threads: the budget, any; a loan, one at a time. The budget outlives its loans.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/metrics.h"
#include "base/result.h"

namespace stile {

class ByteBudget {
 public:
  ByteBudget(std::uint64_t limit, std::uint64_t free_each)
      : limit_(static_cast<std::int64_t>(limit)), free_each_(free_each) {}

  const Gauge& held() const { return held_; }          // bytes
  const Counter& refused() const { return refused_; }  // loans that could not grow
  std::int64_t limit() const { return limit_; }

 private:
  friend class ByteLoan;

  bool take(std::uint64_t bytes) {
    const auto wanted = static_cast<std::int64_t>(bytes);
    held_.add(wanted);
    if (held_.value() <= limit_) return true;
    held_.sub(wanted);
    refused_.add();
    return false;
  }
  void give_back(std::uint64_t bytes) { held_.sub(static_cast<std::int64_t>(bytes)); }

  const std::int64_t limit_;
  const std::uint64_t free_each_;
  Gauge held_;
  Counter refused_;
};

class ByteLoan {
 public:
  ByteLoan() = default;  // of no budget: grows without a bound
  explicit ByteLoan(ByteBudget& budget) : budget_(&budget) {}
  ByteLoan(const ByteLoan&) = delete;
  ByteLoan& operator=(const ByteLoan&) = delete;
  ~ByteLoan() {
    if (budget_ != nullptr) budget_->give_back(borrowed_);
  }

  // busy when the budget is used up; the loan is as before then.
  Result<void> grow(std::uint64_t bytes) {
    if (budget_ == nullptr) return {};
    const std::uint64_t used = used_ + bytes;
    const std::uint64_t more = used - std::min(used, budget_->free_each_ + borrowed_);
    if (more > 0 && !budget_->take(more)) return fail(Errc::busy, "Too many large forms at once; try again later");
    used_ = used;
    borrowed_ += more;
    return {};
  }

 private:
  ByteBudget* budget_ = nullptr;
  std::uint64_t used_ = 0;
  std::uint64_t borrowed_ = 0;
};

}  // namespace stile
