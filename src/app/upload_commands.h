// `stile upload …`: uploads as the catalog knows them, and the time line of each. Works beside a running server.
#pragma once

#include "app/user_commands.h"

namespace stile::app {

void add_upload_commands(CLI::App& app, const OnCommand& on);  // list, show

}  // namespace stile::app
