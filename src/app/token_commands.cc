#include "app/token_commands.h"

#include <fmt/format.h>

#include <memory>

#include "api/token_life.h"
#include "app/data_dir.h"
#include "app/number_check.h"
#include "app/printing.h"
#include "app/site.h"
#include "base/human_size.h"
#include "base/random.h"
#include "io/run.h"

namespace stile::app {
namespace {

namespace json = boost::json;

struct Given {
  std::string token, state;
  std::int64_t user_id = 0, page = 0, size = 0, valid_minutes = 0, max_uploads = 0;
  bool json = false;
  Output output() const { return json ? Output::json : Output::text; }
};

json::object to_json(const api::Object& object);

struct ToJson {
  json::value operator()(std::monostate) const { return nullptr; }
  json::value operator()(const api::Strings& strings) const {
    json::array array;
    for (const std::string& text : strings) array.emplace_back(text);
    return array;
  }
  json::value operator()(const api::Objects& objects) const {
    json::array array;
    for (const api::Object& each : objects) array.emplace_back(to_json(each));
    return array;
  }
  json::value operator()(const auto& scalar) const { return json::value(scalar); }
};

json::object to_json(const api::Object& object) {
  json::object result;
  for (const api::Field& field : object.fields()) result.emplace(field.name, std::visit(ToJson{}, field.value));
  return result;
}

// Whoever may open the catalog may do everything.
class Desk {
 public:
  Desk(const Settings& settings, catalog::SqlCatalog& catalog, Params params)
      : services_(services_of(settings, catalog, random_)) {
    call_.generation = api::Generation::v2;
    call_.params = std::move(params);
    call_.caller = {auth::Level::super, 0};
    call_.now = SystemClock().wall_now();
  }
  const api::Call& call() const { return call_; }
  const api::Services& services() const { return services_; }

 private:
  SystemRandom random_;
  api::Services services_;
  api::Call call_;
};

void print_token(const catalog::TokenReport& report, Output output) {
  if (output == Output::json) return print_facts(to_json(api::token_details(report)), output);
  const catalog::Token& token = report.listed.token;
  json::object facts = to_json(api::token_item(report.listed));
  for (const char* epoch : {"creation_date_epoch", "valid_until"}) facts.erase(epoch);
  for (const char* maybe : {"user_id", "photo_id"})
    if (facts[maybe].is_null()) facts.erase(maybe);
  facts["created_at"] = iso_time(token.created_at);
  facts["valid_until"] = iso_time(token.valid_until);
  print_facts(facts, output);
  for (const catalog::FileUnderWay& file : report.files)
    fmt::print("{:<20} {} of {}  {}\n", "under way", human_size(file.received_bytes), human_size(file.total_size),
               printable(file.file_name.empty() ? file.identifier : file.file_name));
}

int list(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  Params params;
  if (!given.state.empty()) params.add("state", given.state);
  if (given.user_id != 0) params.add("user_id", std::to_string(given.user_id));
  if (given.page != 0) params.add("p", std::to_string(given.page));
  if (given.size != 0) params.add("size", std::to_string(given.size));
  const Desk desk(settings, **catalog, std::move(params));
  const auto page = io::run_until_done(api::page_of_tokens(desk.call(), desk.services()));
  if (!page) return complain(page.error().message);
  if (given.json) {
    json::array items;
    for (const auto& each : page->listing.items) items.emplace_back(to_json(api::token_item(each)));
    print_facts(
        {{"total_count", page->listing.total}, {"p", page->page.p}, {"size", page->page.size}, {"tokens", items}},
        Output::json);
    return 0;
  }
  fmt::print("{:<64}  {:<9}  {:<7}  {:>9}  {:>10}  {:<20}  {}\n", "TOKEN", "STATE", "KIND", "FILES", "BYTES",
             "VALID UNTIL", "TITLE");
  for (const catalog::ListedToken& each : page->listing.items) {
    const catalog::Token& token = each.token;
    fmt::print("{:<64}  {:<9}  {:<7}  {:>9}  {:>10}  {:<20}  {}\n", token.token, api::name_of(each.state),
               api::name_of(token.kind), fmt::format("{}/{}", token.used, token.max_uploads),
               human_size(token.received_bytes + each.bytes_under_way), iso_time(token.valid_until),
               printable(token.metadata.title));
  }
  fmt::print("{} of {} tokens\n", page->listing.items.size(), page->listing.total);
  return 0;
}

using Act = io::Task<api::Outcome<catalog::TokenReport>> (*)(const api::Call&, const api::Services&);

int act(const Settings& settings, const Given& given, Act what) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  Params params{{"token", given.token}};
  if (given.valid_minutes != 0) params.add("valid_minutes", std::to_string(given.valid_minutes));
  if (given.max_uploads != 0) params.add("max_uploads", std::to_string(given.max_uploads));
  const Desk desk(settings, **catalog, std::move(params));
  const auto report = io::run_until_done(what(desk.call(), desk.services()));
  if (!report) return complain(report.error().message);
  print_token(*report, given.output());
  return 0;
}

int show(const Settings& settings, const Given& given) { return act(settings, given, api::token_report); }
int extend(const Settings& settings, const Given& given) { return act(settings, given, api::extended_token); }
int revoke(const Settings& settings, const Given& given) { return act(settings, given, api::revoked_token); }

}  // namespace

void add_token_commands(CLI::App& token, const OnCommand& on) {
  const auto given = std::make_shared<Given>();
  const auto add = [&](const char* name, const char* meaning, int (*action)(const Settings&, const Given&)) {
    CLI::App* command = token.add_subcommand(name, meaning);
    command->add_flag("--json", given->json, "Print JSON");
    on(command, [given, action](const Settings& settings) { return action(settings, *given); });
    return command;
  };
  const auto name_one = [&](CLI::App* command) {
    command->add_option("token", given->token, "The token itself; see `stile token list`")->required();
  };

  CLI::App* command = add("list", "List tokens with their states, newest first", list);
  command->add_option("--state", given->state, "Only these: waiting, uploading, finished, expired or revoked")
      ->check(CLI::IsMember({"waiting", "uploading", "finished", "expired", "revoked"}));
  command->add_option("--user-id", given->user_id, "Only those of this user")->check(whole_number_from_one());
  command->add_option("--page", given->page, "Which page, from 1")->check(whole_number_from_one());
  command->add_option("--size", given->size, "Tokens on a page, up to 100; 20 unless given")
      ->check(whole_number_from_one());

  name_one(add("show", "Everything known of a token, with its files under way", show));

  command = add("extend", "Let a token live longer, or be used more often; never less", extend);
  name_one(command);
  CLI::Option* minutes = command->add_option("--valid-minutes", given->valid_minutes, "From now on, so many minutes");
  CLI::Option* uploads = command->add_option("--max-uploads", given->max_uploads, "How many files, or uses, in all");
  for (CLI::Option* option : {minutes, uploads}) option->check(whole_number_from_one());

  name_one(add("revoke", "End a token for good, also for uploads under way", revoke));
}

}  // namespace stile::app
