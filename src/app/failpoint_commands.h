// `stile failpoints`, and the variable STILE_FAILPOINT of `stile serve` and `stile fsck --repair` (base/failpoint.h). For
// tests.
#pragma once

#include "app/user_commands.h"

namespace stile::app {

void add_failpoint_commands(CLI::App& app, const OnCommand& on);

// Arms what the environment names. False, with a line on stderr, when it names nothing there is: a test that kills
// nothing would prove nothing.
bool arm_failpoint_of_environment();

}  // namespace stile::app
