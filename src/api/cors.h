// Cross-origin rules: which pages may call the API from a browser. Pure. Source: spec/api.md 4.6, design.md "Answers".
//
// Every answer under /api/ carries the headers, errors included, so that a script can read what went wrong. Credentials
// (cookies) are never allowed: the upload token is the credential.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/reply.h"

namespace stile::api {

class Cors {
 public:
  // `origins`: "*" or exact origins such as "https://example.com". Empty: no cross-origin use.
  explicit Cors(std::vector<std::string> origins);

  void add_headers(const http::RequestHead& head, http::Reply& reply) const;
  // Answers an OPTIONS request, before any token is looked at.
  http::Reply preflight(const http::RequestHead& head) const;

 private:
  // What to say in Access-Control-Allow-Origin; empty: nothing.
  std::string allowed_origin(const http::RequestHead& head) const;

  std::vector<std::string> origins_;
  bool any_ = false;
};

}  // namespace stile::api
