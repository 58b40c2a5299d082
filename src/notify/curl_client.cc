#include "notify/curl_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/check.h"

namespace stile::notify {
namespace {

constexpr std::size_t kMaxUrl = 64 * 1024;  // beyond any that callback_url.h makes, below what libcurl refuses

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What the callbacks of one request know and learn.
struct Exchange {
  AddressPolicy policy;
  std::size_t max_bytes = 0;
  std::size_t header_bytes = 0;
  std::size_t body_bytes = 0;
  bool headers_complete = false;
  int status = 0;
  int sockets_opened = 0;
  int sockets_refused = 0;
};

std::string numeric_address(const curl_sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address.family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr;
  if (address.family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr;
  if (!bytes || !inet_ntop(address.family, bytes, text.data(), text.size())) return {};
  return text.data();
}

curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string numeric = numeric_address(*address);
  if (numeric.empty() || (!exchange.policy.allow_private && !is_public_address(numeric))) {
    ++exchange.sockets_refused;
    return CURL_SOCKET_BAD;
  }
  ++exchange.sockets_opened;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.header_bytes += size;
  if (exchange.header_bytes > exchange.max_bytes) return 0;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    const std::size_t space = line.find(' ');
    exchange.status = space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
  }
  // 1xx answers come before the real one.
  if ((line == "\r\n" || line == "\n") && exchange.status >= 200) exchange.headers_complete = true;
  return size;
}

std::size_t on_body(char*, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  exchange.body_bytes += size;
  return exchange.body_bytes > exchange.max_bytes ? 0 : size;
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  // Only out of memory and an option that this libcurl does not know can fail; a security option must never be missing.
  CHECK(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

Error translate(CURLcode code, const Exchange& exchange, const char* detail) {
  if (code == CURLE_OK) return {Errc::io_error, "the answer broke off", "connection closed within the headers"};
  const std::string cause = *detail ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return {Errc::timed_out, "no answer in time", cause};
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (exchange.sockets_opened > 0) return {Errc::io_error, "the answer is not HTTP", cause};
      return {Errc::permission_denied, "only http and https are allowed", cause};
    case CURLE_LOGIN_DENIED: return {Errc::permission_denied, "user names in a URL are not allowed", cause};
    case CURLE_URL_MALFORMAT: return {Errc::invalid_input, "not a valid URL", cause};
    default: break;
  }
  // Where a name has several addresses and one of them may be called, that one may answer another time.
  if (exchange.sockets_refused > 0 && exchange.sockets_opened == 0)
    return {Errc::permission_denied, "the address is not public", "refused by the address policy"};
  return {Errc::io_error, "the request failed", cause};
}

}  // namespace

CurlClient::CurlClient(AddressPolicy policy, ClientLimits limits, std::string_view version)
    : policy_(policy), limits_(limits), user_agent_("Stile/" + std::string(version)) {
  // Initialised once for the process and never undone: other users of libcurl may come later.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
}

Result<OutboundResponse> CurlClient::send_blocking(const OutboundRequest& request) {
  if (!is_one_line(request.url) || !is_one_line(request.method) || !std::ranges::all_of(request.headers, is_one_line))
    return fail(Errc::invalid_input, "a line break in a URL or header");
  if (request.url.size() > kMaxUrl) return fail(Errc::invalid_input, "the URL is too long");

  std::unique_ptr<CURL, EasyDeleter> handle(curl_easy_init());
  if (!handle) return fail(Errc::io_error, {}, "curl_easy_init");
  CURL* curl = handle.get();
  Exchange exchange{.policy = policy_, .max_bytes = limits_.max_response_bytes};
  std::array<char, CURL_ERROR_SIZE> detail{};

  set(curl, CURLOPT_ERRORBUFFER, detail.data());
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_USERAGENT, user_agent_.c_str());

  // Where it may go.
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_PROXY, "");  // not even one from the environment
  set(curl, CURLOPT_NOPROXY, "*");
  set(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  set(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  set(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(curl, CURLOPT_PATH_AS_IS, 1L);  // ask for what we say we asked for

  // How long and how much.
  set(curl, CURLOPT_NOSIGNAL, 1L);  // timeouts without SIGALRM: we have threads
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout.count()));
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total_timeout.count()));
  set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(curl, CURLOPT_HEADERFUNCTION, &on_header);
  set(curl, CURLOPT_HEADERDATA, &exchange);
  set(curl, CURLOPT_WRITEFUNCTION, &on_body);
  set(curl, CURLOPT_WRITEDATA, &exchange);

  // libcurl would wait for a "100 Continue" and call every body a form unless told not to.
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  list = curl_slist_append(list, "Content-Type:");
  for (const std::string& header : request.headers) list = curl_slist_append(list, header.c_str());
  std::unique_ptr<curl_slist, ListDeleter> headers(list);
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  const bool has_body = !request.body.empty() || (request.method != "GET" && request.method != "HEAD");
  if (has_body) {
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method == "HEAD") set(curl, CURLOPT_NOBODY, 1L);
  if (request.method != "GET" || has_body) set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (exchange.headers_complete) return OutboundResponse{exchange.status};
  return fail(translate(code, exchange, detail.data()));
}

}  // namespace stile::notify
