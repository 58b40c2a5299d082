// `stile grants …`: access pairs that users gave to applications.
#include <memory>

#include "app/data_dir.h"
#include "app/printing.h"
#include "app/user_commands.h"
#include "auth/three_legged.h"
#include "io/run.h"

namespace stile::app {
namespace {

struct Given {
  std::string token;
  bool json = false;
  Output output() const { return json ? Output::json : Output::text; }
};

int list(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto grants = io::run_until_done((*catalog)->list_grants());
  if (!grants) return complain(grants.error());
  boost::json::array all;
  for (const catalog::Grant& grant : *grants) {
    const auto found = io::run_until_done((*catalog)->find_application(grant.consumer_key, grant.token));
    if (!found) return complain(found.error());
    const catalog::Application known = found->value_or(catalog::Application{});
    const bool works = known.user && !known.credentials.revoked && !grant.revoked;
    all.push_back(boost::json::object{
        {"access_token", grant.token},
        {"application", known.credentials.name},
        {"consumer_key", grant.consumer_key},
        {"user_id", grant.user_id},
        {"username", known.user ? known.user->username : ""},
        {"level",
         works ? std::string(auth::level_name(auth::granted_level(known.credentials.level, *known.user))) : "none"},
        {"revoked", grant.revoked},
        {"created_at", iso_time(grant.created_at)}});
  }
  print_list(all, given.output());
  return 0;
}

int revoke(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto revoked = io::run_until_done((*catalog)->revoke_grant(given.token));
  if (!revoked && revoked.error().code == Errc::not_found)
    return complain("there is no access token " + given.token + "; see `stile grants list`");
  if (!revoked) return complain(revoked.error());
  print_facts({{"access_token", given.token}, {"revoked", true}}, given.output());
  return 0;
}

}  // namespace

void add_grant_commands(CLI::App& app, const OnCommand& on) {
  const auto given = std::make_shared<Given>();
  CLI::App* grants = app.add_subcommand("grants", "What users let applications do")->require_subcommand(1);
  CLI::App* command = grants->add_subcommand("list", "List access tokens, oldest first, without their secrets");
  command->add_flag("--json", given->json, "Print JSON");
  on(command, [given](const Settings& settings) { return list(settings, *given); });
  command = grants->add_subcommand("revoke", "End an access token at once (also while the server runs)");
  command->add_option("access_token", given->token, "See `stile grants list`")->required();
  command->add_flag("--json", given->json, "Print JSON");
  on(command, [given](const Settings& settings) { return revoke(settings, *given); });
}

}  // namespace stile::app
