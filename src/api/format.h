// Format: how a reply shall look, read once from the formatting parameters. Source: spec/api.md 1.3, 6.30.
//
// v1: format=xml|json (default xml); JSON is `var visual = {…}`, or varname=x, callback=f, raw. callback wins over
// raw, raw over varname; raw counts when present, unless its value is a "no". v2: JSON, or callback=f; format=xml is
// honoured too and shows v1's XML under v2's statuses. An empty format, varname or callback counts as not given.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "base/params.h"
#include "base/result.h"

namespace stile::api {

struct Format {
  enum class Syntax { xml, json };
  enum class Wrap { bare, variable, callback };

  Generation generation = Generation::v1;
  Syntax syntax = Syntax::xml;
  Wrap wrap = Wrap::bare;           // of JSON
  std::string wrap_name;            // of the variable or the callback
  bool chosen = false;              // whether the caller named a format; redeem answers with plain text otherwise
  std::vector<std::string> fields;  // v2: the properties to keep; empty keeps all

  // Fails with invalid_input for an unknown format and for names that are not identifiers.
  static Result<Format> from(const Params& params, Generation generation);
  // The same with every parameter that is no good left out: how to say that `from` failed.
  static Format fallback(const Params& params, Generation generation);

  bool v1_json() const { return generation == Generation::v1 && syntax == Syntax::json; }
  bool v2_json() const { return generation == Generation::v2 && syntax == Syntax::json; }
};

// Begins with a letter, '_' or '$', goes on with those, digits and . [ ], at most 128 characters.
bool is_script_name(std::string_view name);

// Whether `name` is a formatting parameter or one of the transport (oauth_…, time): never echoed, never remembered.
bool is_formatting_parameter(std::string_view name);

}  // namespace stile::api
