// Signer: makes OAuth headers and parameters as a client would. For tests only.
#pragma once

#include <string>
#include <utility>

#include "auth/oauth.h"
#include "base/text.h"
#include "catalog/records.h"

namespace stile::api {

struct Signer {
  catalog::Credentials keys;
  bool with_token = true;
  std::string url_front = "https://videos.example.com";
  std::int64_t timestamp = 1'700'000'000;
  int next_nonce = 1;

  // All oauth_… parameters of a request to `path` that carries `params` besides.
  Params sign(const std::string& method, const std::string& path, const Params& params) {
    Params made{{"oauth_consumer_key", keys.consumer_key},
                {"oauth_nonce", "nonce" + std::to_string(next_nonce++)},
                {"oauth_signature_method", "HMAC-SHA1"},
                {"oauth_timestamp", std::to_string(timestamp)},
                {"oauth_version", "1.0"}};
    if (with_token) made.add("oauth_token", keys.access_token);
    Params all = params;
    for (const auto& [name, value] : made) all.add(name, value);
    const std::string text = auth::base_string(method, url_front + path, all, auth::Tilde::unreserved);
    made.add("oauth_signature",
             auth::oauth_signature(text, {keys.consumer_secret, with_token ? keys.access_token_secret : ""}));
    return made;
  }

  static std::string header(const Params& oauth) {
    std::string text = "OAuth ";
    for (const auto& [name, value] : oauth)
      text.append(text.size() > 6 ? ", " : "").append(name).append("=\"").append(percent_encode(value)).append("\"");
    return text;
  }
};

}  // namespace stile::api
