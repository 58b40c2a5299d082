// `stile fsck`: looks whether catalog and files agree (engine/checkup.h), and says so in sentences.
#pragma once

#include <CLI/CLI.hpp>

#include "app/user_commands.h"

namespace stile::app {

// Exit codes: 0 nothing is wrong (any more), 1 something is, 2 it could not look.
void add_fsck_command(CLI::App& app, const OnCommand& on);

}  // namespace stile::app
