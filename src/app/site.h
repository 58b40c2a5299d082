// What the settings say of the site and of tokens, in the API's words. Shared by the server and the command line.
#pragma once

#include "api/services.h"
#include "app/settings.h"

namespace stile::app {

api::Site site_of(const Settings& settings, std::uint16_t bound_port);
api::Rules rules_of(const Settings& settings);

}  // namespace stile::app
