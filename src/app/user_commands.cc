#include "app/user_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "api/user_methods.h"
#include "app/data_dir.h"
#include "app/printing.h"
#include "app/site.h"
#include "auth/password.h"
#include "base/text.h"
#include "io/run.h"
#include "io/terminal.h"

namespace stile::app {
namespace {

using boost::json::object;

enum class Ask { terminal, standard_input };

object user_facts(const catalog::User& user) {
  return {{"user_id", user.user_id},
          {"username", user.username},
          {"email", user.email},
          {"full_name", user.full_name},
          {"site_admin", user.site_admin},
          {"has_password", !user.password_hash.empty()},
          {"created_at", iso_time(user.created_at)},
          {"last_login_at", user.last_login_at ? iso_time(*user.last_login_at) : ""}};
}

Result<std::string> checked(std::string password) {
  if (password.size() < auth::kMinPassword)
    return fail(Errc::invalid_input, fmt::format("the password must have at least {} characters", auth::kMinPassword));
  if (password.size() > auth::kMaxPassword)
    return fail(Errc::invalid_input, fmt::format("the password must have at most {} bytes", auth::kMaxPassword));
  if (!is_valid_utf8(password) || password.find('\0') != std::string::npos)
    return fail(Errc::invalid_input, "the password must be UTF-8 text");
  return password;
}

// The first line of what comes in.
Result<std::string> read_password_blocking() {
  std::string line;
  for (int c = std::cin.get(); c != std::char_traits<char>::eof() && c != '\n'; c = std::cin.get()) {
    line.push_back(static_cast<char>(c));
    if (line.size() > auth::kMaxPassword) break;
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(Errc::invalid_input, "there is no password on standard input");
  return checked(std::move(line));
}

Result<std::string> ask_password_blocking(Ask where) {
  if (where == Ask::standard_input) return read_password_blocking();
  if (!io::has_terminal())
    return fail(Errc::invalid_input, "there is no terminal to ask for the password; use --password-stdin");
  auto first = io::ask_secret_blocking("Password: ", auth::kMaxPassword + 1);
  if (!first) return first;
  STILE_TRY(checked(*first));
  const auto again = io::ask_secret_blocking("The same again: ", auth::kMaxPassword + 1);
  if (!again) return again;
  if (*first != *again) return fail(Errc::invalid_input, "the two passwords are not the same; nothing was changed");
  return first;
}

struct Given {
  std::string who;
  std::string email;
  std::string username;
  std::string full_name;
  bool site_admin = false;
  bool from_stdin = false;
  bool without_password = false;
  bool json = false;

  Output output() const { return json ? Output::json : Output::text; }
  Ask ask() const { return from_stdin ? Ask::standard_input : Ask::terminal; }
};

int create(const Settings& settings, const Given& given) {
  auto catalog = open_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  SystemClock clock;
  SystemRandom random;
  io::ThreadPool pool("password", 1, 1);
  api::Passwords passwords(pool, random);
  const api::Services services = services_of(settings, **catalog, random, &passwords);
  api::Call call;
  call.generation = api::Generation::v2;
  call.endpoint = "/api/user/create";
  call.caller = {auth::Level::super, 0};
  call.now = clock.wall_now();
  call.params = Params{{"email", given.email}, {"username", given.username}, {"full_name", given.full_name}};
  call.params.add("site_admin", given.site_admin ? "1" : "0");
  // Whoever types a password wants to know before that the rest is wrong.
  catalog::User rehearsal;
  if (const auto good = api::read_user(call, rehearsal); !good) return complain(good.error().message);
  if (!given.without_password) {
    auto password = ask_password_blocking(given.ask());
    if (!password) return complain(password.error());
    call.params.add("password", std::move(*password));
  }
  const auto made = io::run_until_done(api::create_account(std::move(call), services));
  if (!made && made.error().code == api::Code::user_already_exists)
    return complain("somebody has that e-mail address or user name already; see `stile user list`");
  if (!made) return complain(made.error().message);
  print_facts(user_facts(*made), given.output());
  return 0;
}

int list(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  constexpr std::int64_t kAtOnce = 1'000;
  boost::json::array all;
  catalog::UserQuery query{.order = catalog::UserOrder::created, .direction = catalog::Direction::ascending};
  for (query.limit = kAtOnce;; query.offset += kAtOnce) {
    const auto page = io::run_until_done((*catalog)->list_users(query));
    if (!page) return complain(page.error());
    for (const catalog::User& user : page->items) all.push_back(user_facts(user));
    if (page->items.size() < std::size_t(kAtOnce)) break;
  }
  print_list(all, given.output());
  return 0;
}

// By user name or e-mail address; complains when there is none.
std::optional<catalog::User> find(catalog::SqlCatalog& catalog, const std::string& who) {
  auto user = io::run_until_done(catalog.find_user_by_login(who));
  if (user && user->has_value()) return std::move(**user);
  if (!user)
    complain(user.error());
  else
    complain("there is no user " + who + "; see `stile user list`");
  return std::nullopt;
}

int change_password(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  auto user = find(**catalog, given.who);
  if (!user) return 1;
  const auto password = ask_password_blocking(given.ask());
  if (!password) return complain(password.error());
  SystemRandom random;
  user->password_hash = auth::hash_password_blocking(*password, random);
  const auto changed = io::run_until_done((*catalog)->update_user(*user));
  if (!changed) return complain(changed.error());
  // Whoever knew the old password is logged out with it.
  const auto ended = io::run_until_done((*catalog)->end_sessions_of(user->user_id));
  if (!ended) return complain(ended.error());
  print_facts(user_facts(*user), given.output());
  return 0;
}

int remove(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto user = find(**catalog, given.who);
  if (!user) return 1;
  const auto gone = io::run_until_done((*catalog)->delete_user(user->user_id));
  if (!gone) return complain(gone.error());
  print_facts({{"user_id", user->user_id}, {"username", user->username}, {"deleted", true}}, given.output());
  return 0;
}

}  // namespace

void add_user_commands(CLI::App& app, const OnCommand& on) {
  const auto given = std::make_shared<Given>();
  CLI::App* user = app.add_subcommand("user", "People who can log in")->require_subcommand(1);
  const auto add = [&](const char* name, const char* meaning, int (*action)(const Settings&, const Given&)) {
    CLI::App* command = user->add_subcommand(name, meaning);
    command->add_flag("--json", given->json, "Print JSON");
    on(command, [given, action](const Settings& settings) { return action(settings, *given); });
    return command;
  };
  constexpr const char* kFromStdin = "Read the password from the first line of standard input instead of asking";

  CLI::App* command = add("create", "Make a user; asks for the password", create);
  command->add_option("--email", given->email, "Mail address; also good to log in with")->required();
  command->add_option("--username", given->username, "To log in with; made from the address when not given");
  command->add_option("--name", given->full_name, "Name to show");
  command->add_flag("--admin", given->site_admin, "May let applications administrate the site");
  CLI::Option* from_stdin = command->add_flag("--password-stdin", given->from_stdin, kFromStdin);
  command->add_flag("--no-password", given->without_password, "Nobody can log in until `stile user passwd`")
      ->excludes(from_stdin);

  add("list", "List users, oldest first", list);

  command = add("passwd", "Choose a new password; ends all sessions of the user", change_password);
  command->add_option("user", given->who, "User name or mail address")->required();
  command->add_flag("--password-stdin", given->from_stdin, kFromStdin);

  command = add("delete", "Delete a user: sessions and keys are good no more, uploads stay", remove);
  command->add_option("user", given->who, "User name or mail address")->required();
}

}  // namespace stile::app
