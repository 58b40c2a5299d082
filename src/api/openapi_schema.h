// JSON Schema (2020-12) of parameters and answers. Pure.
#pragma once

#include <boost/json.hpp>

#include "api/description.h"

namespace stile::api {

boost::json::object schema_of(const Parameter& parameter);

// Of the envelope of a good v2 answer.
boost::json::object envelope_schema(const Description& description);

// Of the envelope of a refusal with one of these codes.
boost::json::object refusal_schema(const boost::json::array& codes);

// {"a", "b"} of "a b".
boost::json::array words_of_choices(std::string_view choices);

}  // namespace stile::api
