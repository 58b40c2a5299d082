// What the settings say of the site and of tokens, in the API's words. Shared by the server and the command line.
#pragma once

#include "api/services.h"
#include "app/settings.h"
#include "catalog/sql_catalog.h"

namespace stile::app {

// `bound_port`: of server.listen, or of tls.listen when the former is off; `tls_port`: of tls.listen, 0 when it is off.
api::Site site_of(const Settings& settings, std::uint16_t bound_port, std::uint16_t tls_port = 0);
api::Rules rules_of(const Settings& settings);
// What a method needs that the command line calls, beside no server: nobody waits to be woken or told.
api::Services services_of(const Settings& settings, catalog::SqlCatalog& catalog, Random& random,
                          api::Passwords* passwords = nullptr);

}  // namespace stile::app
