// Custom variables of photos: parameters that the operator has named in photo.variables. They are metadata and not
// extras: kept with the photo, shown and searched by photo/list, never repeated in callbacks. Source: spec/api.md 3.1,
// 3.8, 3.10, 4.3.
#pragma once

#include <string>
#include <string_view>

#include "api/parameters.h"
#include "api/services.h"
#include "base/params.h"

namespace stile::api {

inline constexpr std::size_t kMaxVariables = 50;
inline constexpr std::size_t kMaxVariableKey = 64;

// Why a variable cannot have this key, in words that follow it: "is a parameter of the interface"; empty when it can.
// Letters, digits and underscores, beginning with a letter; and nothing that a parameter or a property of a photo is
// called, in whatever case.
std::string why_no_variable(std::string_view key);

// Whether it is one, by its exact name.
bool is_variable(const VariableRules& rules, std::string_view name);

// The variables among the parameters of a call, in the order of the settings; the first of each counts. A value that is
// too long is complained of.
enum class EmptyValues {
  left_out,  // where something is made: nothing was said
  kept,      // where something is changed: it shall be empty
};
Params read_variables(const Params& params, const VariableRules& rules, EmptyValues empty, ParameterReader& reader);

}  // namespace stile::api
