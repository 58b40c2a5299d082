// The table of the API's methods, and the one way to call them: format, existence and level are judged here.
//
// A new method is a function in its own file and one row in methods.cc.
// Redeeming streams a body and so has routes of its own; every method here gets its parameters whole.
// An unknown method is answered with an envelope too, code no_such_object: HTTP 200 in v1 like every error, 404 in v2.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "api/call.h"
#include "api/format.h"
#include "api/services.h"
#include "http/reply.h"
#include "io/task.h"

namespace stile::api {

struct Method {
  enum class Offered { both, v1, v2 };
  // `services` must outlive the task; the rest is the task's own.
  using Handler = io::Task<http::Reply> (*)(Call call, Format format, const Services& services);

  std::string_view name;  // "photo/get-upload-token"
  auth::Level level;      // the least that may call it
  Offered offered;
  Handler handler;
  std::string_view opened_by = {};  // a parameter that makes the level needless: a token, which the handler judges
};

std::span<const Method> methods();

// The methods that stream a body: they have routes of their own in gateway.cc, and no handler here. By name.
std::span<const Method> streamed_methods();

// What a path names: "/api/2/photo/list" is v2 of "/api/photo/list". nullopt for paths outside the API.
struct Target {
  Generation generation = Generation::v1;
  std::string endpoint;
  bool operator==(const Target&) const = default;
};
std::optional<Target> parse_target(std::string_view path);

// The method that `endpoint` names, when that generation has it.
const Method* find_method(std::string_view endpoint, Generation generation);

// Calls the method that the call's endpoint names. Always answers with a reply. `services` must outlive the task.
io::Task<http::Reply> call_method(Call call, const Services& services);

}  // namespace stile::api
