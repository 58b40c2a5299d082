#include "catalog/columns.h"

#include <boost/json.hpp>

namespace stile::catalog {

namespace json = boost::json;

std::string to_json(const Params& params) {
  json::array pairs;
  for (const auto& [name, value] : params) pairs.push_back(json::array{name, value});
  return json::serialize(pairs);
}

Params params_from_json(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // whatever was stored comes back; judging it was the request's business
  boost::system::error_code error;
  const json::value root = json::parse(text, error, {}, options);
  Params params;
  if (error || !root.is_array()) return params;
  for (const json::value& pair : root.get_array()) {
    const json::array* both = pair.if_array();
    if (both == nullptr || both->size() != 2 || !(*both)[0].is_string() || !(*both)[1].is_string()) continue;
    params.add(std::string((*both)[0].get_string()), std::string((*both)[1].get_string()));
  }
  return params;
}

std::string_view to_text(TokenKind kind) {
  switch (kind) {
    case TokenKind::upload: return "upload";
    case TokenKind::replace: return "replace";
    case TokenKind::update: return "update";
  }
  return "update";
}

std::string_view to_text(UploadState state) {
  switch (state) {
    case UploadState::receiving: return "receiving";
    case UploadState::done: return "done";
    case UploadState::failed: return "failed";
    case UploadState::aborted: return "aborted";
  }
  return "failed";
}

std::string_view to_text(EventState state) {
  switch (state) {
    case EventState::waiting: return "waiting";
    case EventState::delivered: return "delivered";
    case EventState::dead: return "dead";
  }
  return "dead";
}

TokenKind token_kind_from(std::string_view text) {
  for (const TokenKind kind : {TokenKind::upload, TokenKind::replace})
    if (text == to_text(kind)) return kind;
  return TokenKind::update;  // what an older program does not know may upload nothing
}

UploadState upload_state_from(std::string_view text) {
  for (const UploadState state : {UploadState::receiving, UploadState::done, UploadState::aborted})
    if (text == to_text(state)) return state;
  return UploadState::failed;
}

EventState event_state_from(std::string_view text) {
  for (const EventState state : {EventState::waiting, EventState::delivered})
    if (text == to_text(state)) return state;
  return EventState::dead;
}

Errc errc_from(std::string_view text) {
  for (int code = 0; code < static_cast<int>(Errc::io_error); ++code)
    if (text == to_string(static_cast<Errc>(code))) return static_cast<Errc>(code);
  return Errc::io_error;
}

}  // namespace stile::catalog
