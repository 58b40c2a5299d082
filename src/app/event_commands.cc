#include "app/event_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "app/data_dir.h"
#include "app/number_check.h"
#include "app/printing.h"
#include "catalog/columns.h"
#include "io/run.h"

namespace stile::app {
namespace {

using boost::json::array;
using boost::json::object;
using catalog::Event;
using catalog::EventState;

constexpr std::int64_t kReplayBatch = 500;  // rows per transaction, so that uploads do not wait for a long one

// What was said on the command line.
struct Given {
  std::string state;              // "waiting", "delivered", "dead"; empty: any
  std::int64_t photo_id = 0;      // 0: any
  std::int64_t limit = 50;        // of list
  std::int64_t before = 0;        // of list: older than this event; 0: from the newest
  std::vector<std::int64_t> ids;  // of show and replay
  bool all_dead = false;          // of replay
  bool json = false;
  Output output() const { return json ? Output::json : Output::text; }
};

object event_facts(const Event& event) {
  object facts{{"event_id", event.event_id}, {"kind", event.kind},
               {"photo_id", event.photo_id}, {"state", catalog::to_text(event.state)},
               {"attempts", event.attempts}, {"since", iso_time(event.created_at)}};
  if (event.state == EventState::waiting) facts["next_attempt_at"] = iso_time(event.next_attempt_at);
  // A URL may hold a token; a list of them on a screen, or in somebody's log, shows only where it goes.
  facts["receiver"] = catalog::origin_of(event.url);
  facts["last_error"] = event.last_error;
  return facts;
}

void print_line(const Event& event) {
  const std::string photo = event.photo_id == 0 ? "-" : std::to_string(event.photo_id);
  fmt::print("{:>8}  {:<15} {:>8}  {:<9} {:>3}  {}  {}  {}\n", event.event_id, event.kind, photo,
             catalog::to_text(event.state), event.attempts, iso_time(event.created_at), catalog::origin_of(event.url),
             printable(event.last_error));
}

Result<std::optional<EventState>> state_of(const std::string& text) {
  if (text.empty()) return std::optional<EventState>();
  for (const EventState state : {EventState::waiting, EventState::delivered, EventState::dead})
    if (catalog::to_text(state) == text) return std::optional(state);
  return fail(Errc::invalid_input, "--state must be waiting, delivered or dead, not \"" + text + "\"");
}

std::optional<std::int64_t> unless_zero(std::int64_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

struct Replayed {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> unknown;
};

Result<Replayed> replay_named(catalog::Deliveries& events, const std::vector<std::int64_t>& ids, WallTime now) {
  auto replayed = io::run_until_done(events.replay_events(ids, now));
  if (!replayed) return fail(replayed.error());
  Replayed result{.ids = std::move(*replayed), .unknown = {}};
  for (const std::int64_t id : ids)
    if (std::ranges::find(result.ids, id) == result.ids.end()) result.unknown.push_back(id);
  return result;
}

// Oldest first, as they would have been told. Those that die meanwhile have later numbers or were here before: what is
// dead now is gone through once.
Result<Replayed> replay_dead(catalog::Deliveries& events, std::optional<std::int64_t> photo_id, WallTime now) {
  catalog::EventQuery query{.state = EventState::dead, .photo_id = photo_id, .limit = 1};
  auto newest = io::run_until_done(events.list_events(query));
  if (!newest) return fail(newest.error());
  Replayed result;
  if (newest->empty()) return result;
  query.direction = catalog::Direction::ascending;
  query.limit = kReplayBatch;
  for (;;) {
    auto page = io::run_until_done(events.list_events(query));
    if (!page) return fail(page.error());
    std::vector<std::int64_t> ids;
    for (const Event& event : *page)
      if (event.event_id <= newest->front().event_id) ids.push_back(event.event_id);
    if (ids.empty()) return result;
    query.after = ids.back();
    auto replayed = io::run_until_done(events.replay_events(ids, now));
    if (!replayed) return fail(replayed.error());
    result.ids.insert(result.ids.end(), replayed->begin(), replayed->end());
    if (page->size() == static_cast<std::size_t>(kReplayBatch))
      fmt::print(stderr, "stile: {} events wait again, going on\n", result.ids.size());
  }
}

int list(const Settings& settings, const Given& given) {
  const auto state = state_of(given.state);
  if (!state) return complain(state.error());
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto events = io::run_until_done((*catalog)->list_events({.state = *state,
                                                                  .photo_id = unless_zero(given.photo_id),
                                                                  .after = unless_zero(given.before),
                                                                  .limit = given.limit}));
  if (!events) return complain(events.error());
  if (given.output() == Output::json) {
    array all;
    for (const Event& event : *events) all.push_back(event_facts(event));
    print_list(all, given.output());
    return 0;
  }
  for (const Event& event : *events) print_line(event);
  if (static_cast<std::int64_t>(events->size()) == given.limit)
    fmt::print(stderr, "stile: there may be more: --before {}\n", events->back().event_id);
  return 0;
}

int show(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const std::int64_t id = given.ids.front();
  const auto event = io::run_until_done((*catalog)->find_event(id));
  if (!event) return complain(event.error());
  if (!event->has_value()) return complain(fmt::format("there is no event {}", id));
  object facts = event_facts(**event);
  facts["url"] = (*event)->url;
  facts["signer"] = (*event)->signer;
  facts["body"] = (*event)->body;
  print_facts(facts, given.output());
  return 0;
}

int replay(const Settings& settings, const Given& given) {
  if (given.ids.empty() == !given.all_dead) return complain("say which: the numbers of events, or --all-dead");
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const WallTime now = SystemClock().wall_now();
  const auto replayed = given.all_dead ? replay_dead(**catalog, unless_zero(given.photo_id), now)
                                       : replay_named(**catalog, given.ids, now);
  if (!replayed) return complain(replayed.error());
  if (given.output() == Output::json) {
    print_facts(
        {{"replayed", boost::json::value_from(replayed->ids)}, {"unknown", boost::json::value_from(replayed->unknown)}},
        given.output());
  } else {
    fmt::print("{} {} again; a running server sends within a few seconds\n", replayed->ids.size(),
               replayed->ids.size() == 1 ? "event waits" : "events wait");
  }
  std::fflush(stdout);  // first what was done, also where both go to the same place
  for (const std::int64_t id : replayed->unknown) complain(fmt::format("there is no event {}", id));
  return replayed->unknown.empty() ? 0 : 1;
}

using Action = int (*)(const Settings& settings, const Given& given);

CLI::App* add(CLI::App* parent, const OnCommand& on, const char* name, const char* meaning,
              const std::shared_ptr<Given>& given, Action action) {
  CLI::App* command = parent->add_subcommand(name, meaning);
  command->add_flag("--json", given->json, "Print JSON");
  on(command, [given, action](const Settings& settings) { return action(settings, *given); });
  return command;
}

}  // namespace

void add_event_commands(CLI::App& app, const OnCommand& on) {
  CLI::App* events =
      app.add_subcommand("events", "What other servers were told, or are still to be told")->require_subcommand(1);
  const auto given = std::make_shared<Given>();

  CLI::App* command = add(events, on, "list", "Newest first: callbacks, pingbacks and webhooks", given, list);
  command->add_option("--state", given->state, "waiting, delivered or dead");
  command->add_option("--photo", given->photo_id, "Of this photo")->check(whole_number_from_one());
  command->add_option("--limit", given->limit, "At most so many (50)")->check(CLI::Range(1, 10'000));
  command->add_option("--before", given->before, "Older than this event")->check(whole_number_from_one());

  command = add(events, on, "show", "Everything known of an event; its URL may hold a token", given, show);
  command->add_option("event_id", given->ids, "Its number")->required()->expected(1);

  command = add(events, on, "replay", "Send events again, for another day (also while the server runs)", given, replay);
  command->add_option("event_id", given->ids, "Their numbers");
  command->add_flag("--all-dead", given->all_dead, "All that were given up");
  command->add_option("--photo", given->photo_id, "With --all-dead: of this photo")->check(whole_number_from_one());
}

}  // namespace stile::app
