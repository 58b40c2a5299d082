// ApiBench: the API's services on a temporary catalog, at a fixed time with predictable secrets. For tests only.
#pragma once

#include <string>
#include <utility>

#include "api/methods.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::api {

inline constexpr WallTime kTestNow{Seconds{1'700'000'000}};  // 2023-11-14 22:13:20 UTC

inline Site test_site() {
  return {.domain = "videos.example.com",
          .secure_domain = "videos.example.com",
          .site_name = "Example",
          .site_key = "example",
          .setup_date = "2026-01-02",
          .site_id = 12,
          .license_id = 3,
          .tree_id = 97531,
          .public_url = "https://videos.example.com"};
}

inline Call test_call(Generation generation, std::string endpoint, Params params,
                      auth::Caller caller = {.level = auth::Level::write, .user_id = 7}) {
  return {.generation = generation,
          .endpoint = std::move(endpoint),
          .params = std::move(params),
          .caller = caller,
          .request_id = "request",
          .now = kTestNow};
}

class ApiBench {
 public:
  static constexpr std::uint64_t kSeed = 41;

  explicit ApiBench(catalog::SqlCatalogOptions options = catalog::TempCatalog::fast()) : catalog_(options) {}

  http::Reply reply(Call call) { return io::run_until_done(call_method(std::move(call), services)); }
  catalog::Catalog& catalog() { return *catalog_; }
  catalog::Library& library() { return *catalog_; }

  // The first secrets that a fresh bench makes.
  static std::string first_token() {
    SeededRandom random(kSeed);
    return random_alphanumeric(random, 64);
  }
  static std::string first_album_token() {
    SeededRandom random(kSeed);
    return random_hex(random, 32);
  }

 private:
  catalog::TempCatalog catalog_;
  SeededRandom random_{kSeed};
  io::ThreadPool password_pool_{"password", 1, 8};
  Passwords passwords_{password_pool_, random_};

 public:
  Services services{.catalog = *catalog_,
                    .library = *catalog_,
                    .tokens = *catalog_,
                    .grants = *catalog_,
                    .logins = *catalog_,
                    .hooks = *catalog_,
                    .random = random_,
                    .site = test_site(),
                    .passwords = &passwords_};
};

inline std::string header(const http::Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "(none)";
}

}  // namespace stile::api
