#include "api/variables.h"

#include <algorithm>
#include <array>
#include <set>

#include "api/description.h"
#include "api/photo_item.h"
#include "base/text.h"
#include "dialects/resumable.h"

namespace stile::api {
namespace {

// What is read or written without standing in a description.
constexpr std::array<std::string_view, 24> kMore{
    "format",         "raw",          "callback",       "varname",   "fields",
    "time",           "file",         "status",         "message",   "code",
    "site",           "endpoint",     "error_message",  "domain",    "update_token",
    "replace_token",  "upload_token", "session_id",     "variables", "custom_variable_mode",
    "content_format", "album_title",  "max_file_bytes", "publish"};

// In lower case: which parameters mean something, and what a photo's properties are called.
std::set<std::string, std::less<>> collect_names() {
  std::set<std::string, std::less<>> names;
  const auto add = [&](std::string_view name) { names.insert(to_lower(name)); };
  for (const std::string_view name : kMore) add(name);
  for (const Description& method : descriptions()) {
    if (!method.name.starts_with("photo/")) continue;
    for (const Parameter& parameter : method.parameters) add(parameter.name);
    for (const Property& property : method.data) add(property.name);
  }
  catalog::ListedPhoto richest;
  richest.photo.poster_id = 1;  // has the properties that only some have
  for (const Generation generation : {Generation::v1, Generation::v2})
    for (const Format::Syntax syntax : {Format::Syntax::xml, Format::Syntax::json}) {
      Format format;
      format.generation = generation;
      format.syntax = syntax;
      for (const Field& field : photo_object(richest, format, {}).fields()) add(field.name);
    }
  return names;
}

bool is_taken(std::string_view key) {
  static const std::set<std::string, std::less<>> names = collect_names();
  return names.contains(to_lower(key)) || is_formatting_parameter(key) || dialects::is_resumable_field(key);
}

}  // namespace

std::string why_no_variable(std::string_view key) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool well_formed =
      !key.empty() && key.size() <= kMaxVariableKey && letter(key.front()) &&
      std::ranges::all_of(key, [&](char c) { return letter(c) || c == '_' || (c >= '0' && c <= '9'); });
  if (!well_formed)
    return "must be letters, digits and underscores, at most " + std::to_string(kMaxVariableKey) +
           ", beginning with a letter";
  // As the attribute of an element it would be a namespace, not a value.
  if (to_lower(key).starts_with("xml")) return "begins with xml, which is XML's own; choose another name";
  if (is_taken(key)) return "means something in the interface already; choose another name";
  return {};
}

bool is_variable(const VariableRules& rules, std::string_view name) {
  return std::ranges::find(rules.keys, name) != rules.keys.end();
}

Params read_variables(const Params& params, const VariableRules& rules, EmptyValues empty, ParameterReader& reader) {
  Params variables;
  for (const std::string& key : rules.keys) {
    if (!params.has(key)) continue;
    std::string value = reader.text(key, rules.max_value);
    if (!value.empty() || empty == EmptyValues::kept) variables.add(key, std::move(value));
  }
  return variables;
}

}  // namespace stile::api
