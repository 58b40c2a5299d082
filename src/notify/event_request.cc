#include "notify/event_request.h"

#include <boost/json.hpp>

#include "notify/signature.h"

namespace stile::notify {

std::string webhook_body(std::string_view domain, std::string_view stored) {
  boost::json::error_code broken;
  const boost::json::value facts = boost::json::parse(stored, broken);
  boost::json::object body{{"domain", domain}};
  if (!broken && facts.is_object())
    for (const auto& [name, value] : facts.get_object()) body.emplace(name, value);
  return boost::json::serialize(body);
}

OutboundRequest request_for(const catalog::Event& event, std::string_view domain,
                            const std::optional<std::string>& secret, WallTime now) {
  OutboundRequest request;
  request.url = event.url;
  if (event.kind == "callback") return request;
  request.method = "POST";
  if (!event.body.empty()) {
    request.body = webhook_body(domain, event.body);
    request.headers.push_back("Content-Type: application/json");
  }
  request.headers.push_back("Stile-Event: " + event.kind);
  request.headers.push_back("Stile-Delivery: " + std::to_string(event.event_id));
  if (secret) request.headers.push_back("Stile-Signature: " + signature_of(*secret, now, request.body));
  return request;
}

bool is_delivery(const catalog::Event& event, int status) {
  return status >= 200 && status < (event.kind == "callback" ? 400 : 300);
}

}  // namespace stile::notify
