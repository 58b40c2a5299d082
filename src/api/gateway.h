// Gateway: head → where does it go → reply. The table of routes, and nothing else.
//
//   OPTIONS  anything                       preflight
//   *        /api[/2]/photo/redeem-upload-token, …/redeem-replace-token   RedeemCall
//   *        /api[/2]/photo/upload, …/replace     file_calls.h
//   *        /api[/2]/<method>              call_method
//   GET      /api/2/openapi.json            OpenApiPage
//   *        /login  /logout  /oauth/authorize             AccountPages
//   *        /oauth/request_token  /oauth/access_token     OAuthEndpoints
//   GET      /upload/{upload_token}         the upload page
//   GET      /assets/…                      its scripts and styles
//   GET      /{tree}/{photo}/{token}/{size} Downloads
//   GET      /healthz  /readyz  /metrics      Probes
//   GET      /
#pragma once

#include <functional>
#include <string>

#include "api/account_pages.h"
#include "api/cors.h"
#include "api/download.h"
#include "api/file_calls.h"
#include "api/identify.h"
#include "api/methods.h"
#include "api/oauth_endpoints.h"
#include "api/openapi.h"
#include "api/probes.h"
#include "api/redeem.h"
#include "api/services.h"
#include "http/server.h"
#include "web/upload_page.h"

namespace stile::api {

struct PageSettings {
  std::uint64_t chunk_bytes = 8 * kMiB;
  int parallel = 3;
  std::string accent;
  std::string logo;
  std::vector<std::string> accepted_types;
};

struct GatewaySettings {
  RedeemSettings redeem;
  PageSettings page;
  std::size_t max_form_bytes = kMiB;
  std::size_t max_form_fields = 200;
  IdentifySettings identify;
  // Of a file that could not be sent; for the log. May be empty. Any thread.
  std::function<void(std::string_view request_id, const Error&)> on_failed_download = {};
};

// Of those who came with keys and passwords.
struct CallerStats {
  std::size_t nonces = 0;          // remembered now
  std::size_t login_windows = 0;   // names and addresses that the throttle watches now
  std::uint64_t refused_keys = 0;  // bearer tokens and signatures that did not hold
  std::uint64_t wrong_passwords = 0;
  std::uint64_t throttled_logins = 0;
};

class Gateway final : public http::Handler {
 public:
  // All collaborators outlive the gateway.
  Gateway(const Services& services, engine::Engine& engine, Downloads& downloads, Cors cors, GatewaySettings settings,
          const Clock& clock, Probes::Parts probes);

  io::Task<http::Reply> handle(http::Request& request) override;
  http::Reply refuse(int status, const std::string& message) override;
  CallerStats caller_stats() const;
  const Counter& failed_downloads() const { return downloads_.failed(); }

 private:
  io::Task<http::Reply> route(http::Request& request);
  io::Task<http::Reply> api(http::Request& request, Target target);
  io::Task<http::Reply> receive_file(http::Request& request, Call call);
  io::Task<http::Reply> upload_page(const http::RequestHead& head, std::string token);
  // Fails on what is malformed; `readable` has what can be read of it then, and outlives the task.
  io::Task<Result<Arguments>> read_arguments(http::Request& request, Params& readable);
  http::Reply not_found() const;

  const Services& services_;
  engine::Engine& engine_;
  Downloads& downloads_;
  const Cors cors_;
  const GatewaySettings settings_;
  const Clock& clock_;
  const Probes probes_;
  Identifier identifier_;
  OAuthEndpoints oauth_endpoints_;
  AccountPages account_pages_;
  const OpenApiPage openapi_;
};

}  // namespace stile::api
