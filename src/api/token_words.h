// What tokens are called on the wire, by kind. Source: spec/api.md 3.1, 3.5, 3.7.
#pragma once

#include <string>
#include <string_view>

#include "api/errors.h"
#include "catalog/records.h"
#include "dialects/answers.h"

namespace stile::api {

// The parameter that carries it: "upload_token", "replace_token", "update_token".
constexpr std::string_view token_field(catalog::TokenKind kind) {
  switch (kind) {
    case catalog::TokenKind::upload: return "upload_token";
    case catalog::TokenKind::replace: return "replace_token";
    case catalog::TokenKind::update: return "update_token";
  }
  return "upload_token";
}

// `error` with words of its own, which for the errors of tokens name their kind: "The replace token has expired".
inline Error worded(catalog::TokenKind kind, Error error) {
  if (kind == catalog::TokenKind::upload || !error.message.empty()) return error;
  std::string words = dialects::words_of(error);
  const std::size_t at = words.find("upload token");
  if (at == std::string::npos) return error;
  const std::string_view field = token_field(kind);
  error.message = words.replace(at, 6, field.substr(0, field.find('_')));
  return error;
}

// As problem_of; what is missing is the photo when a file is to be replaced.
inline Problem problem_of(catalog::TokenKind kind, const Error& error) {
  if (kind == catalog::TokenKind::replace && error.code == Errc::not_found)
    return problem(Code::no_such_photo, error.message);
  return problem_of(worded(kind, error));
}

}  // namespace stile::api
