#include "api/cors.h"

#include <algorithm>

#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, OPTIONS";
constexpr std::string_view kUsualHeaders = "Accept, Authorization, Cache-Control, Content-Type, X-Requested-With";

bool is_header_list(std::string_view text) {
  return text.size() <= 1024 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           c == ',' || c == ' ';
  });
}

}  // namespace

Cors::Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {
  any_ = std::ranges::find(origins_, "*") != origins_.end();
}

std::string Cors::allowed_origin(const http::RequestHead& head) const {
  if (any_) return "*";
  const auto origin = head.header("origin");
  if (!origin || std::ranges::find(origins_, *origin) == origins_.end()) return "";
  return std::string(*origin);
}

void Cors::add_headers(const http::RequestHead& head, http::Reply& reply) const {
  if (!any_ && !origins_.empty()) reply.set("Vary", "Origin");
  std::string origin = allowed_origin(head);
  if (origin.empty()) return;
  reply.set("Access-Control-Allow-Origin", std::move(origin));
  reply.set("Access-Control-Expose-Headers", "Location, Retry-After, X-Request-Id");
}

http::Reply Cors::preflight(const http::RequestHead& head) const {
  http::Reply reply;
  reply.status = 204;
  reply.set("Allow", std::string(kMethods));
  add_headers(head, reply);
  if (allowed_origin(head).empty()) return reply;
  reply.set("Access-Control-Allow-Methods", std::string(kMethods));
  const auto wanted = head.header("access-control-request-headers");
  reply.set("Access-Control-Allow-Headers",
            std::string(wanted && !wanted->empty() && is_header_list(*wanted) ? *wanted : kUsualHeaders));
  reply.set("Access-Control-Max-Age", "86400");
  return reply;
}

}  // namespace stile::api
