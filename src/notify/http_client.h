// HttpClient: outbound requests, with the rules that keep a stranger's URL from reaching inside (SSRF).
//
// Real: CurlClient. In tests: RecordingClient (testing.h). Blocking; threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "notify/address_policy.h"

namespace stile::notify {

struct OutboundRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
};
struct OutboundResponse {
  int status = 0;
};

struct ClientLimits {
  Milliseconds connect_timeout{5'000};
  Milliseconds total_timeout{15'000};  // from the name look-up to the end of the answer
  std::size_t max_response_bytes =
      64 * 1024;  // of headers and of body, each; read and dropped, and then no more is read
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Makes the request once. Redirects are not followed. Any status is a success of this function; so is an answer whose
  // body was too long, cut off or too slow, once its headers are complete.
  // Errors that trying again will not cure: permission_denied (address, scheme or user info refused), invalid_input
  // (not a URL, or a header with a line break). Others: timed_out, io_error. Neither message nor cause holds the URL.
  virtual Result<OutboundResponse> send_blocking(const OutboundRequest& request) = 0;
};

}  // namespace stile::notify
