// RangeClaims against a list: two writers never overlap, and once everybody asked lets go, nobody waits for ever (I3).
//
// Input: steps of three bytes: what to do, and two numbers.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "engine/range_claims.h"
#include "fragments.h"

namespace {

using namespace stile;

struct Attempt {
  engine::RangeClaims::AttemptId id = 0;
  ByteRange range;
  bool writing = false, asked = false;
};

struct Model {
  engine::RangeClaims claims;
  std::vector<Attempt> attempts;  // by age

  void enter(ByteRange range) { attempts.push_back({claims.enter(range), range}); }

  void try_write(Attempt& mine) {
    if (mine.writing) return;
    const bool free = std::ranges::none_of(attempts, [&](const Attempt& other) {
      return other.id != mine.id && other.range.overlaps(mine.range) && (other.writing || other.id > mine.id);
    });
    CHECK(claims.try_write(mine.id) == free);
    mine.writing = free;
  }

  void take_over(const Attempt& mine) {
    std::vector<engine::RangeClaims::AttemptId> expected;
    for (Attempt& other : attempts)
      if (other.id < mine.id && other.writing && !other.asked && other.range.overlaps(mine.range)) {
        other.asked = true;
        expected.push_back(other.id);
      }
    CHECK(claims.take_over(mine.id) == expected);
  }

  void leave(std::size_t index) {
    claims.leave(attempts[index].id);
    attempts.erase(attempts.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void check() const {
    std::size_t writers = 0;
    for (const Attempt& a : attempts) {
      writers += a.writing;
      CHECK(claims.must_let_go(a.id) == a.asked && claims.anyone_at(a.range) == !a.range.empty());
      for (const Attempt& b : attempts) CHECK(a.id == b.id || !a.writing || !b.writing || !a.range.overlaps(b.range));
    }
    CHECK(claims.writers() == writers && claims.empty() == attempts.empty());
  }

  // Everybody behaves: who writes comes to an end or lets go, who waits asks and tries.
  void drain() {
    while (!attempts.empty()) {
      const std::size_t before = attempts.size();
      for (Attempt& attempt : attempts) {
        if (!attempt.writing) take_over(attempt);
        try_write(attempt);
      }
      for (std::size_t i = attempts.size(); i-- > 0;)
        if (attempts[i].writing) leave(i);
      CHECK(attempts.size() < before);
      check();
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Model model;
  for (std::size_t i = 0; i + 2 < size && i < 600; i += 3) {
    const std::size_t count = model.attempts.size();
    if (data[i] % 4 == 0 || count == 0) {
      if (count < 24) model.enter({data[i + 1], data[i + 1] + std::uint64_t{1} + data[i + 2]});
    } else if (data[i] % 4 == 1) {
      model.try_write(model.attempts[data[i + 1] % count]);
    } else if (data[i] % 4 == 2) {
      const Attempt& mine = model.attempts[data[i + 1] % count];
      if (!mine.writing) model.take_over(mine);
    } else {
      model.leave(data[i + 1] % count);
    }
    model.check();
  }
  model.drain();
  return 0;
}
