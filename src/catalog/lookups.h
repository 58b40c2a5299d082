// Rows that both a read and a step of a transaction ask for. Internal to catalog/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "catalog/session.h"

namespace stile::catalog {

inline std::optional<Upload> upload_row(Session& session, const UploadKey& key) {
  static const std::string kFind = select_of<Upload>() +
                                   "WHERE token = :token AND identifier = :identifier AND total_size = :total_size";
  return session.one<Upload>(kFind, key.token, key.identifier, key.total_size);
}

// A LIMIT from whatever a caller means by "all".
inline std::int64_t limit_of(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

inline std::optional<Token> token_row(Session& session, const std::string& token) {
  static const std::string kFind = select_of<Token>() + "WHERE token = :token";
  return session.one<Token>(kFind, token);
}

}  // namespace stile::catalog
