// Call and Site: one call of a method of the API, and the site it was made on. Plain values.
// Source: spec/api.md 1.1, 1.6, 2.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth/level.h"
#include "base/clock.h"
#include "base/params.h"

namespace stile::api {

enum class Generation { v1, v2 };  // /api/<method> and /api/2/<method>

struct Call {
  Generation generation = Generation::v1;
  std::string endpoint;  // "/api/photo/get-upload-token", under both generations
  Params params;         // of the query or of the body, never of both (spec 1.2); valid UTF-8
  auth::Caller caller;
  std::string request_id = {};  // of the HTTP request, for the log
  std::string upload_id = {};   // that the call turned out to be about, for the log
  WallTime now;
  std::string consumer_key = {};  // of the application that the caller came through; empty: none
  std::string bearer = {};  // the bearer token that the caller showed, if it did; never to be logged
  bool secure = false;      // the client asked by https, of us or of a trusted proxy
  std::optional<std::string> origin = {};  // of the page that called, when it is none of ours (page_origin.h)
};

struct Site {
  std::string domain;         // without scheme; with the port unless it is the scheme's own
  std::string secure_domain;  // the same for https
  std::string site_name;
  std::string site_key;
  std::string product_key = "tube";
  std::string setup_date;  // "YYYY-MM-DD"
  std::int64_t site_id = 1;
  std::int64_t license_id = 0;
  std::int64_t tree_id = 1;  // the storage tree of new photos
  bool allow_signup = false;
  std::string public_url;  // scheme and host, without a slash at the end
  std::string secure_url = {};  // the same for those who asked by https, if that is another
};

// What full addresses in the answer to `call` begin with. Made from the settings, never from what a client says.
inline const std::string& url_of(const Site& site, const Call& call) {
  return call.secure && !site.secure_url.empty() ? site.secure_url : site.public_url;
}

}  // namespace stile::api
