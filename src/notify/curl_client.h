// CurlClient: HttpClient over libcurl.
//
// http and https only, certificates verified, HTTP/1.1, a new connection each time.
// Never uses proxies or settings from the environment, never sends cookies or credentials, never follows redirects.
// The address policy is applied to the numeric address of each socket before it is connected, so neither a name that
// resolves inside nor one that resolves differently the second time (DNS rebinding) gets through.
// Threads: any, at the same time. Blocks for at most ClientLimits::total_timeout.
#pragma once

#include <string>
#include <string_view>

#include "notify/http_client.h"

namespace stile::notify {

class CurlClient final : public HttpClient {
 public:
  // `version` is what the User-Agent "Stile/<version>" says.
  CurlClient(AddressPolicy policy, ClientLimits limits, std::string_view version);

  Result<OutboundResponse> send_blocking(const OutboundRequest& request) override;

 private:
  const AddressPolicy policy_;
  const ClientLimits limits_;
  const std::string user_agent_;
};

}  // namespace stile::notify
