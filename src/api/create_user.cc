// user/create.
#include <algorithm>

#include "api/envelope.h"
#include "api/user_methods.h"
#include "auth/password.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxName = 200;
constexpr std::size_t kMinUsername = 4;
constexpr std::size_t kMaxAbout = 5'000;

// Enough to tell an address from a slip of the keyboard; whether mail arrives is for mail to say.
bool is_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos &&
         std::ranges::none_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '<' || c == '>' || c == '"'; });
}

bool is_username_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
         c == '@' || c == '+';
}

// "ada.l" of "ada.l@example.com", long enough to be a username.
std::string derived_username(std::string_view email) {
  std::string name;
  for (const char c : email.substr(0, email.find('@')))
    if (is_username_character(c)) name.push_back(c);
  while (name.size() < kMinUsername) name.push_back('0');
  return name;
}

// The caller chose none, so one that is taken is not a mistake of theirs: try a few more.
io::Task<Result<catalog::User>> add_under_free_name(catalog::User user, const Services& services) {
  constexpr int kTries = 50;
  const std::string wanted = user.username;
  for (int i = 2;; ++i) {
    auto added = co_await services.library.add_account(user);
    if (added || added.error().code != Errc::already_exists || i > kTries) co_return added;
    const auto by_email = co_await services.library.find_user_by_login(user.email);
    if (!by_email) co_return fail(by_email.error());
    if (by_email->has_value()) co_return fail(Errc::already_exists);
    user.username = wanted + "-" + std::to_string(i);
  }
}

}  // namespace

Outcome<std::string> read_user(const Call& call, catalog::User& user) {
  ParameterReader reader(call.params);
  const std::string email(trim(reader.text("email", kMaxName)));
  const std::string username(trim(reader.text("username", kMaxName)));
  std::string password = reader.text("password", auth::kMaxPassword);
  if (!email.empty() && !is_address(email)) reader.complain(Code::invalid_input, "email must be an address");
  if (!username.empty() && (username.size() < kMinUsername || !std::ranges::all_of(username, is_username_character)))
    reader.complain(Code::invalid_username, "username must have at least 4 of the characters a-z A-Z 0-9 . _ - @ +");
  if (!password.empty() && password.size() < auth::kMinPassword)
    reader.complain(Code::invalid_input, "password must have at least 8 characters");
  if (!email.empty()) user.email = email;
  if (!username.empty()) user.username = username;
  if (call.params.has("full_name")) user.full_name = reader.title("full_name", kMaxName);
  if (call.params.has("timezone")) user.timezone = reader.title("timezone", kMaxName);
  if (call.params.has("about_abstract")) user.about = reader.title("about_abstract", kMaxAbout);
  if (const auto admin = reader.optional_flag("site_admin")) user.site_admin = *admin;
  if (reader.problem()) return std::unexpected(*reader.problem());
  user.name = user.full_name.empty() ? user.username : user.full_name;
  return password;
}

io::Task<Outcome<catalog::User>> create_account(Call call, const Services& services) {
  catalog::User user;
  user.created_at = call.now;
  if (trim(call.params.get_or("email", "")).empty()) co_return refuse(Code::invalid_input, "email is required");
  auto password = read_user(call, user);
  if (!password) co_return std::unexpected(password.error());
  if (!password->empty()) {
    auto hash = co_await services.passwords->hash(std::move(*password));
    if (!hash) co_return std::unexpected(services.trouble(call, hash.error()));
    user.password_hash = std::move(*hash);
  }
  const bool derived = user.username.empty();
  if (derived) user.username = derived_username(user.email);
  if (user.name.empty()) user.name = user.username;
  auto added = derived ? co_await add_under_free_name(std::move(user), services)
                       : co_await services.library.add_account(std::move(user));
  if (!added && added.error().code == Errc::already_exists) co_return refuse(Code::user_already_exists);
  if (!added) co_return std::unexpected(services.trouble(call, added.error()));
  co_return std::move(*added);
}

io::Task<http::Reply> create_user(Call call, Format format, const Services& services) {
  const auto added = co_await create_account(call, services);
  if (!added) co_return error_reply(call, format, added.error());
  Object object;
  object.number("user_id", added->user_id)
      .text("email", added->email)
      .text("username", added->username)
      .text("full_name", added->full_name);
  if (format.v2_json())
    object.flag("site_admin", added->site_admin);
  else
    object.text("site_admin", added->site_admin ? "1" : "0");
  object.text("timezone", added->timezone);
  co_return ok_reply(call, format, services.site,
                     Answer{.message = "The user has been created", .payload = Single{"user", std::move(object)}});
}

}  // namespace stile::api
