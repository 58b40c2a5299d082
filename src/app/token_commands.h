// `stile token list|show|extend|revoke`: tokens as they live. They work beside a running server, which notices within
// token.watch_every. `stile token create` is in commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "app/user_commands.h"

namespace stile::app {

// Below the command `stile token`.
void add_token_commands(CLI::App& token, const OnCommand& on);

}  // namespace stile::app
