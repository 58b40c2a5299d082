// `stile user …` and `stile grants …`: people who log in, and what they let applications do. They work beside a running
// server. Passwords are asked for at the terminal, without echo, or read from standard input; never taken from the
// command line, which everybody on the machine can see.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/settings.h"

namespace stile::app {

// Gives `command` the flags of all settings, and runs the action with them; its result is the exit code.
using OnCommand = std::function<void(CLI::App* command, std::function<int(const Settings&)> action)>;

void add_user_commands(CLI::App& app, const OnCommand& on);   // create, list, passwd, delete
void add_grant_commands(CLI::App& app, const OnCommand& on);  // list, revoke

}  // namespace stile::app
