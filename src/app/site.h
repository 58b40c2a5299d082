// What the settings say of the site and of tokens, in the API's words. Shared by the server and the command line.
#pragma once

#include "api/services.h"
#include "app/settings.h"

namespace stile::app {

// `bound_port`: of server.listen, or of tls.listen when the former is off; `tls_port`: of tls.listen, 0 when it is off.
api::Site site_of(const Settings& settings, std::uint16_t bound_port, std::uint16_t tls_port = 0);
api::Rules rules_of(const Settings& settings);

}  // namespace stile::app
