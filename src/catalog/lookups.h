// Rows that both a read and a step of a transaction ask for. Internal to catalog/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "catalog/library.h"
#include "catalog/session.h"

namespace stile::catalog {

template <>
struct Columns<UserNames> {
  static constexpr std::string_view kTable = "users";
  static void each(auto& names, auto&& visit) {
    visit("username", names.username);
    visit("name", names.name);
  }
};

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

inline std::optional<Photo> photo_row(Session& session, std::int64_t photo_id) {
  static const std::string kFind = select_of<Photo>() + "WHERE photo_id = :photo_id";
  return session.one<Photo>(kFind, photo_id);
}

inline UserNames user_names(Session& session, std::int64_t user_id) {
  if (user_id == 0) return {};
  return session.one<UserNames>("SELECT username, name FROM users WHERE user_id = :user_id", user_id)
      .value_or(UserNames{});
}

// `wanted`, or the same with a number behind it when somebody has it, in whatever case.
inline std::string free_username(Session& session, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; session.one<std::int64_t>("SELECT user_id FROM users WHERE lower(username) = lower(:username)", name); ++i)
    name = wanted + "-" + std::to_string(i);
  return name;
}

}  // namespace stile::catalog
