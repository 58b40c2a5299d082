// `stile events …`: what was told to other servers, what waits and what was given up; and telling it again. All of it
// works beside a running server, which sees what was changed within a few seconds (notify/outbox.cc).
#pragma once

#include "app/user_commands.h"

namespace stile::app {

void add_event_commands(CLI::App& app, const OnCommand& on);  // list, show, replay

}  // namespace stile::app
