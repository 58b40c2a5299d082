#include "api/passwords.h"

#include <gtest/gtest.h>

#include <latch>

#include "io/run.h"

namespace stile::api {
namespace {

using io::run_until_done;

struct PasswordsTest : testing::Test {
  SeededRandom random{3};
  io::ThreadPool pool{"password", 1, 1};
  Passwords passwords{pool, random};
};

TEST_F(PasswordsTest, AreKnownAgain) {
  const std::string kept = run_until_done(passwords.hash("correct horse")).value();
  EXPECT_TRUE(run_until_done(passwords.check("correct horse", kept)).value());
  EXPECT_FALSE(run_until_done(passwords.check("wrong horse", kept)).value());
}

TEST_F(PasswordsTest, NobodyHasNoneAndCostsAsMuch) {
  for (const char* password : {"", "correct horse"})
    EXPECT_FALSE(run_until_done(passwords.check(password, "")).value());
  // What stands in for nobody is a whole text of the usual costs: it is hashed against, and refused by its hash.
  const std::string kept = run_until_done(passwords.hash("x")).value();
  EXPECT_EQ(auth::kNobodysPassword.substr(0, 14), std::string_view(kept).substr(0, 14));
  EXPECT_EQ(auth::kNobodysPassword.size(), kept.size());
}

TEST_F(PasswordsTest, TooManyAtOnceAreToldToComeAgain) {
  std::latch begun(1);
  std::latch end(1);
  io::ThreadPool full{"password", 1, 1};  // behind the latches: its thread waits on one until it is joined
  Passwords passwords{full, random};
  ASSERT_TRUE(full.try_post([&] {
    begun.count_down();
    end.wait();
  }));
  begun.wait();
  EXPECT_TRUE(full.try_post([] {}));  // the one that may wait
  EXPECT_EQ(run_until_done(passwords.hash("x")).error().code, Errc::busy);
  EXPECT_EQ(run_until_done(passwords.check("x", "")).error().code, Errc::busy);
  end.count_down();
}

}  // namespace
}  // namespace stile::api
