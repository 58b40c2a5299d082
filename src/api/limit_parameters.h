// The optional limits of an upload token: max_file_bytes, max_total_bytes, accepted_types, allowed_origins. Ours,
// beyond the documents; both generations take them, and only a reply to v2 shows them, when they were given.
#pragma once

#include <string>
#include <string_view>

#include "api/parameters.h"
#include "api/services.h"
#include "api/values.h"

namespace stile::api {

bool is_limit_parameter(std::string_view name);

// Fills the token's limits. Complains of sizes that are negative or no numbers, types that the server does not take or
// that are no types, and origins that are none.
void read_limits(const TokenRules& rules, ParameterReader& reader, catalog::Token& token);

// Those that there are.
void add_limits(Object& object, const catalog::Token& token);

// "https://App.example.com:443/" as browsers write it in Origin: "https://app.example.com"; empty when it is no http or
// https origin.
std::string normal_origin(std::string_view text);

}  // namespace stile::api
