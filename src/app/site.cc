#include "app/site.h"

namespace stile::app {

api::Site site_of(const Settings& settings, std::uint16_t bound_port, std::uint16_t tls_port) {
  api::Site site;
  site.public_url = effective_public_url(settings, bound_port);
  // The domain as callbacks name it: without scheme, with a port that is not the scheme's own.
  site.domain = site.public_url.substr(site.public_url.find("://") + 3);
  if (!settings.server.domain.empty()) site.domain = settings.server.domain;
  site.secure_url = effective_secure_url(settings, tls_port);
  site.secure_domain =
      settings.server.domain.empty() ? site.secure_url.substr(site.secure_url.find("://") + 3) : site.domain;
  site.site_name = settings.site.name;
  site.site_key = settings.site.product_key;
  site.product_key = settings.site.product_key;
  site.site_id = static_cast<std::int64_t>(settings.site.id);
  site.license_id = static_cast<std::int64_t>(settings.site.license_id);
  site.tree_id = static_cast<std::int64_t>(settings.site.tree_id);
  return site;
}

api::Rules rules_of(const Settings& settings) {
  api::Rules rules;
  rules.token.default_minutes = static_cast<std::int64_t>(settings.token.valid_minutes);
  rules.token.min_minutes = static_cast<std::int64_t>(settings.token.min_valid_minutes);
  rules.token.max_minutes = static_cast<std::int64_t>(settings.token.max_valid_minutes);
  rules.token.max_uploads_v1 = static_cast<std::int64_t>(settings.token.max_uploads_v1);
  rules.max_webhooks = static_cast<std::int64_t>(settings.notify.max_webhooks);
  rules.token.max_uploads_v2 = static_cast<std::int64_t>(settings.token.max_uploads_v2);
  rules.token.accepted_types = settings.upload.accepted_types;
  rules.token.grace = settings.upload.grace;
  rules.variables.keys = settings.photo.variables;
  rules.variables.max_value = settings.photo.max_variable_bytes;
  rules.login.session_life = settings.auth.session_life;
  rules.login.request_life = settings.auth.request_token_life;
  rules.login.throttle.per_user = settings.auth.login_tries_per_user;
  rules.login.throttle.per_address = settings.auth.login_tries_per_address;
  rules.login.throttle.window = settings.auth.login_window;
  return rules;
}

api::Services services_of(const Settings& settings, catalog::SqlCatalog& catalog, Random& random,
                          api::Passwords* passwords) {
  return {.catalog = catalog,
          .library = catalog,
          .tokens = catalog,
          .grants = catalog,
          .logins = catalog,
          .hooks = catalog,
          .random = random,
          .site = site_of(settings, settings.server.listen.port),
          .rules = rules_of(settings),
          .passwords = passwords};
}

}  // namespace stile::app
