#include "app/fsck_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "app/data_dir.h"
#include "app/failpoint_commands.h"
#include "app/printing.h"
#include "base/human_size.h"
#include "engine/checkup.h"
#include "io/posix_file_system.h"
#include "io/terminal.h"

namespace stile::app {
namespace {

constexpr int kCouldNotLook = 2;
constexpr int kBarWidth = 30;
constexpr auto kRedrawEvery = std::chrono::milliseconds{100};

struct Given {
  bool deep = false;
  bool repair = false;
  bool json = false;
};

// A line on the terminal that is written over; nothing where there is none.
class Bar {
 public:
  ~Bar() { clear(); }

  void show(const engine::CheckProgress& progress) {
    if (!shown_ && !io::errors_go_to_a_terminal()) return;
    const auto now = std::chrono::steady_clock::now();
    if (progress.stage == stage_ && now < drawn_at_ + kRedrawEvery) return;
    stage_ = progress.stage;
    drawn_at_ = now;
    clear();
    shown_ = true;
    if (progress.total == 0) {
      fmt::print(stderr, "looking at {}", progress.stage);
    } else {
      const int full = static_cast<int>(std::min(progress.done, progress.total) * kBarWidth / progress.total);
      fmt::print(stderr, "[{:<{}}] {} of {}: {}", std::string(static_cast<std::size_t>(full), '#'), kBarWidth,
                 progress.done, progress.total, progress.stage);
    }
    std::fflush(stderr);
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool shown_ = false;
  std::string stage_;
  std::chrono::steady_clock::time_point drawn_at_;
};

int could_not_look(const Error& error) {
  complain(error);
  return kCouldNotLook;
}

boost::json::object facts_of(const engine::Finding& finding) {
  return {{"kind", finding.kind},
          {"where", finding.where},
          {"meaning", finding.meaning},
          {"remedy", finding.remedy},
          {"repaired", finding.repaired}};
}

void print(const engine::CheckReport& report, const Given& given) {
  if (given.json) {
    boost::json::array findings;
    for (const engine::Finding& finding : report.findings) findings.push_back(facts_of(finding));
    print_facts({{"clean", report.open() == 0},
                 {"findings", findings},
                 {"left_out", report.left_out},
                 {"photos", report.photos},
                 {"files", report.files},
                 {"bytes_read", report.bytes_read}},
                Output::json);
    return;
  }
  for (const engine::Finding& finding : report.findings)
    fmt::print("{}: {}\n  {}\n  {}{}\n", finding.kind, printable(finding.where), printable(finding.meaning),
               finding.repaired ? "Repaired: "
               : given.repair   ? ""
                                : "With --repair: ",
               printable(finding.remedy));
  if (report.left_out > 0) fmt::print("and {} more\n", report.left_out);
  fmt::print("{} photos, {} files looked at", report.photos, report.files);
  if (given.deep) fmt::print(", {} read", human_size(report.bytes_read));
  const std::size_t all = report.findings.size() + report.left_out;
  if (all == 0)
    fmt::print(": all is well\n");
  else
    fmt::print(": {} {}, {} repaired\n", all, all == 1 ? "finding" : "findings", all - report.open());
}

Result<bool> locked_by_another(io::PosixFileSystem& root) {
  const auto lock = root.lock_root_blocking();
  if (!lock && lock.error().code != Errc::already_exists) return fail(lock.error());
  return !lock;
}

// Tries the lock and lets it go.
Result<bool> server_runs(const Settings& settings) {
  auto probe = io::PosixFileSystem::open_root_blocking(settings.server.data);
  if (!probe) return fail(std::move(probe).error());
  return locked_by_another(**probe);
}

int fsck(const Settings& settings, const Given& given) {
  // Opening the directory would make what is not there, and then find it well.
  if (auto there = check_catalog_exists(settings); !there) return could_not_look(there.error());
  auto files = io::PosixFileSystem::open_root_blocking(settings.server.data);
  if (!files) return could_not_look(files.error());
  // The lock is kept while this repairs, and only tried when it looks.
  const auto running = given.repair ? locked_by_another(**files) : server_runs(settings);
  if (!running) return could_not_look(running.error());
  if (*running && given.repair)
    return could_not_look(Error{Errc::busy, "a server runs on this data; stop it before --repair", {}});

  auto catalog = open_catalog_blocking(settings);
  if (!catalog) return could_not_look(catalog.error());
  if (auto fits = check_catalog_is_of_archive_blocking(settings, **catalog, **files); !fits)
    return could_not_look(fits.error());
  store::Inventory inventory(**files);
  SystemClock clock;
  Bar bar;
  const engine::CheckParts parts{.catalog = **catalog,
                                 .inspection = **catalog,
                                 .library = **catalog,
                                 .inventory = inventory,
                                 .clock = clock,
                                 .progress = [&](const engine::CheckProgress& progress) { bar.show(progress); },
                                 .wait = [](Milliseconds time) { std::this_thread::sleep_for(time); }};
  engine::CheckOptions options{.deep = given.deep,
                               .repair = given.repair,
                               .server_running = *running,
                               .keep_removed_files = settings.photo.keep_removed_files};
  auto report = engine::Checkup(parts, options).run_blocking();
  if (report && report->open() > 0 && !given.repair && !*running && server_runs(settings).value_or(false)) {
    // One has started meanwhile, and some of what was found may be its uploads in motion.
    options.server_running = true;
    report = engine::Checkup(parts, options).run_blocking();
  }
  bar.clear();
  if (!report) return could_not_look(report.error());
  if (given.repair) {
    // What the catalog does at its next opening belongs to the repair.
    catalog->reset();
    catalog = open_catalog_blocking(settings);
    if (!catalog) return could_not_look(catalog.error());
  }
  print(*report, given);
  return report->open() == 0 ? 0 : 1;
}

}  // namespace

void add_fsck_command(CLI::App& app, const OnCommand& on) {
  const auto given = std::make_shared<Given>();
  CLI::App* command =
      app.add_subcommand("fsck", "Check the catalog against the files (also while the server runs); 1: findings");
  command->add_flag("--deep", given->deep, "Read every file and compare its CRC-32");
  command->add_flag("--repair", given->repair, "Put right what can be, losing nothing; not while the server runs");
  command->add_flag("--json", given->json, "Print JSON");
  on(command, [given](const Settings& settings) {
    if (given->repair && !arm_failpoint_of_environment()) return kCouldNotLook;
    return fsck(settings, *given);
  });
}

}  // namespace stile::app
