// Passwords: hashing and checking, on a pool of their own, because one takes 50 ms and 16 MiB by design.
//
// Threads: any; each task goes on at its home. Errors: busy, when too many wait already; guessing passwords in masses
// therefore costs those who log in a "please try again", and uploads nothing.
#pragma once

#include <string>

#include "auth/password.h"
#include "base/random.h"
#include "io/task.h"
#include "io/thread_pool.h"

namespace stile::api {

class Passwords {
 public:
  // Both outlive it.
  Passwords(io::ThreadPool& pool, Random& random) : pool_(pool), random_(random) {}

  // What is to be kept of a password.
  io::Task<Result<std::string>> hash(std::string password) {
    co_return co_await pool_.run(
        [this, &password]() -> Result<std::string> { return auth::hash_password_blocking(password, random_); });
  }

  // Whether `password` is the one of which `kept` is kept. Of nobody, and of somebody who has no password, `kept` is
  // empty: that is false, and takes as long.
  io::Task<Result<bool>> check(std::string password, std::string kept) {
    co_return co_await pool_.run([&password, &kept]() -> Result<bool> {
      const bool fits = auth::check_password_blocking(password, kept.empty() ? auth::kNobodysPassword : kept);
      return fits && !kept.empty();
    });
  }

 private:
  io::ThreadPool& pool_;
  Random& random_;
};

}  // namespace stile::api
