#include "app/upload_commands.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "app/data_dir.h"
#include "app/printing.h"
#include "base/human_size.h"
#include "catalog/columns.h"
#include "io/run.h"

namespace stile::app {
namespace {

using boost::json::array;
using boost::json::object;
using catalog::UploadReport;
using catalog::UploadState;
using catalog::UploadSummary;

constexpr std::size_t kMostOfToken = 1000;  // what one token can make

struct Given {
  std::string upload_id;
  std::string token;
  std::string state;  // empty: any
  std::int64_t limit = 50;
  bool json = false;
  Output output() const { return json ? Output::json : Output::text; }
};

// With milliseconds: a time line of seconds would not be one.
std::string exact_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(epoch_seconds(time))),
                     epoch_milliseconds(time) % 1000);
}

object summary_facts(const UploadSummary& summary) {
  const catalog::Upload& upload = summary.upload;
  object facts{{"upload_id", upload.upload_id},
               {"state", catalog::to_text(upload.state)},
               {"file_name", upload.file_name},
               {"content_type", upload.content_type},
               {"total_size", upload.key.total_size},
               {"received_bytes", summary.received_bytes},
               {"chunks", summary.chunks},
               {"created_at", exact_time(upload.created_at)},
               {"changed_at", exact_time(upload.changed_at)}};
  if (summary.first_chunk_at) facts["first_chunk_at"] = exact_time(*summary.first_chunk_at);
  if (summary.last_chunk_at) facts["last_chunk_at"] = exact_time(*summary.last_chunk_at);
  if (upload.state == UploadState::failed) facts["failure"] = to_string(upload.failure);
  if (upload.state == UploadState::done) facts["photo_id"] = upload.photo_id;
  return facts;
}

object trouble_facts(const catalog::UploadTroubles& troubles) {
  object facts{{"attempts", troubles.attempts}, {"found", troubles.found}, {"taken_over", troubles.taken_over},
               {"stalled", troubles.stalled},   {"cut", troubles.cut},     {"failed", troubles.failed}};
  if (!troubles.last_error_at) return facts;
  facts["last_error"] = to_string(troubles.last_error);
  facts["last_error_at"] = exact_time(*troubles.last_error_at);
  return facts;
}

// What happened when, in order.
struct Moment {
  WallTime at;
  std::string what;
  std::string more;
  std::size_t place = 0;  // among those of the same time
};

std::string end_of(const UploadReport& report) {
  switch (report.summary.upload.state) {
    case UploadState::done: return "finished";
    case UploadState::failed: return "failed";
    case UploadState::aborted: return "abandoned";
    case UploadState::receiving: break;
  }
  return "";
}

std::vector<Moment> time_line(const UploadReport& report) {
  const catalog::Upload& upload = report.summary.upload;
  std::vector<Moment> moments;
  moments.push_back({upload.created_at, "created", fmt::format("{} bytes", upload.key.total_size)});
  for (const catalog::StoredChunk& chunk : report.chunks)
    if (chunk.received_at)
      moments.push_back({*chunk.received_at, "chunk", fmt::format("[{}, {})", chunk.begin, chunk.end)});
  if (report.troubles.last_error_at)
    moments.push_back(
        {*report.troubles.last_error_at, "last trouble", std::string(to_string(report.troubles.last_error))});
  if (const std::string end = end_of(report); !end.empty()) {
    std::string more;
    if (upload.state == UploadState::failed) more = to_string(upload.failure);
    if (upload.state == UploadState::done) more = fmt::format("photo {}", upload.photo_id);
    moments.push_back({upload.changed_at, end, more});
  }
  for (const catalog::Event& event : report.events) {
    std::string more = fmt::format("{} {}, {} attempts, {}", event.event_id, event.kind, event.attempts,
                                   catalog::to_text(event.state));
    if (!event.last_error.empty()) more += ": " + event.last_error;
    moments.push_back({event.created_at, "event", std::move(more)});
  }
  // The end and its events may have one time; what was put in first comes first.
  for (std::size_t i = 0; i < moments.size(); ++i) moments[i].place = i;
  std::ranges::sort(moments, {}, [](const Moment& moment) { return std::pair(moment.at, moment.place); });
  return moments;
}

object report_facts(const UploadReport& report) {
  object facts = summary_facts(report.summary);
  facts["troubles"] = trouble_facts(report.troubles);
  if (report.photo) facts["photo_title"] = report.photo->metadata.title;
  array line;
  for (const Moment& moment : time_line(report))
    line.push_back(object{{"at", exact_time(moment.at)}, {"what", moment.what}, {"more", moment.more}});
  facts["time_line"] = std::move(line);
  return facts;
}

void print_report(const UploadReport& report) {
  object facts = summary_facts(report.summary);
  print_facts(facts, Output::text);
  const catalog::UploadTroubles& troubles = report.troubles;
  fmt::print("{:<20} {} bodies, {} of them taken over, {} stalled, {} cut, {} failed; {} times there already\n",
             "attempts", troubles.attempts, troubles.taken_over, troubles.stalled, troubles.cut, troubles.failed,
             troubles.found);
  fmt::print("\n");
  for (const Moment& moment : time_line(report))
    fmt::print("{}  {:<12}  {}\n", exact_time(moment.at), moment.what, printable(moment.more));
}

std::optional<UploadState> state_of(const std::string& text) {
  for (const UploadState state : {UploadState::receiving, UploadState::done, UploadState::failed, UploadState::aborted})
    if (catalog::to_text(state) == text) return state;
  return std::nullopt;  // the option has been checked: none was given
}

void print_line(const UploadSummary& summary) {
  const catalog::Upload& upload = summary.upload;
  const std::string size = human_size(upload.key.total_size);
  const std::string received = upload.state == UploadState::done ? size : human_size(summary.received_bytes);
  fmt::print("{}  {:<9}  {:>10} of {:>10}  {:>6}  {}  {}\n", upload.upload_id, catalog::to_text(upload.state), received,
             size, summary.chunks, iso_time(upload.changed_at), printable(upload.file_name));
}

int list(const Settings& settings, const Given& given) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  catalog::UploadQuery query{.state = state_of(given.state), .limit = static_cast<std::size_t>(given.limit)};
  if (!given.token.empty()) query.token = given.token;
  const auto uploads = io::run_until_done((*catalog)->list_uploads(std::move(query)));
  if (!uploads) return complain(uploads.error());
  array all;
  for (const UploadSummary& summary : *uploads) {
    if (given.json)
      all.push_back(summary_facts(summary));
    else
      print_line(summary);
  }
  if (given.json) print_list(all, Output::json);
  return 0;
}

int show_one(catalog::Insight& catalog, const std::string& upload_id, array* all) {
  const auto report = io::run_until_done(catalog.report_upload(upload_id));
  if (!report) return complain(report.error());
  if (!report->has_value())
    return complain("there is no upload " + upload_id + "; what ended longer than upload.replay ago is forgotten");
  if (all != nullptr)
    all->push_back(report_facts(**report));
  else
    print_report(**report);
  return 0;
}

int show(const Settings& settings, const Given& given) {
  if (given.upload_id.empty() == given.token.empty()) return complain("say which: the id of an upload, or --token");
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  array all;
  if (!given.upload_id.empty()) {
    const int code = show_one(**catalog, given.upload_id, given.json ? &all : nullptr);
    if (code == 0 && given.json) print_facts(all.front().as_object(), Output::json);
    return code;
  }
  const auto uploads = io::run_until_done((*catalog)->list_uploads({.token = given.token, .limit = kMostOfToken}));
  if (!uploads) return complain(uploads.error());
  if (uploads->empty() && !given.json) fmt::print("no uploads of this token are remembered\n");
  for (const UploadSummary& summary : *uploads) {
    if (const int code = show_one(**catalog, summary.upload.upload_id, given.json ? &all : nullptr); code != 0)
      return code;
    if (!given.json) fmt::print("\n");
  }
  if (given.json) print_list(all, Output::json);
  return 0;
}

}  // namespace

void add_upload_commands(CLI::App& app, const OnCommand& on) {
  CLI::App* uploads = app.add_subcommand("upload", "Uploads under way, and how they fared")->require_subcommand(1);
  const auto given = std::make_shared<Given>();
  const auto add = [&](const char* name, const char* meaning, int (*action)(const Settings&, const Given&)) {
    CLI::App* command = uploads->add_subcommand(name, meaning);
    command->add_flag("--json", given->json, "Print JSON");
    on(command, [given, action](const Settings& settings) { return action(settings, *given); });
    return command;
  };

  CLI::App* command = add("list", "Last changed first; those that ended are remembered for upload.replay", list);
  CLI::Option* state = command->add_option("--state", given->state, "receiving, done, failed or aborted");
  state->check(CLI::IsMember({"receiving", "done", "failed", "aborted"}));
  command->add_option("--token", given->token, "Of this upload token")->excludes(state);
  command->add_option("--limit", given->limit, "At most so many (50)")->check(CLI::Range(1, 10'000));

  command = add("show", "The time line of an upload, or of all of a token", show);
  command->add_option("upload_id", given->upload_id, "Its id; see `stile upload list`, or upload= in the log");
  command->add_option("--token", given->token, "Of this upload token");
}

}  // namespace stile::app
