#include "app/failpoint_commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/failpoint.h"

namespace stile::app {

void add_failpoint_commands(CLI::App& app, const OnCommand& on) {
  CLI::App* failpoints = app.add_subcommand(
      "failpoints", "Print the places where STILE_FAILPOINT=NAME[@N] kills the server, or `stile fsck --repair`");
  const auto json = std::make_shared<bool>(false);
  failpoints->add_flag("--json", *json, "Print JSON");
  on(failpoints, [json](const Settings&) {
    boost::json::array rows;
    for (const Failpoint& point : kFailpoints) {
      if (*json)
        rows.push_back(boost::json::object{{"name", point.name}, {"crash", point.crash}});
      else
        std::fputs(fmt::format("{:26} {}\n", point.name, point.crash).c_str(), stdout);
    }
    if (*json) std::fputs((boost::json::serialize(rows) + "\n").c_str(), stdout);
    return 0;
  });
}

bool arm_failpoint_of_environment() {
  const char* text = std::getenv("STILE_FAILPOINT");  // no other thread yet
  if (text == nullptr || *text == '\0') return true;
  const auto armed = arm_failpoint(text);
  if (!armed) std::fprintf(stderr, "stile: STILE_FAILPOINT: %s\n", armed.error().message.c_str());
  return armed.has_value();
}

}  // namespace stile::app
