#include "api/format.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxScriptName = 128;
constexpr std::size_t kMaxFields = 200;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_inside(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '[' || c == ']'; }

struct Parsed {
  Format format;
  std::optional<Error> error;  // the first one

  void complain(std::string message) {
    if (!error) error = Error{Errc::invalid_input, std::move(message), {}};
  }
};

void read_syntax(const Params& params, Parsed& parsed) {
  const std::string value = to_lower(params.get_or("format", ""));
  if (value.empty()) return;
  if (value == "xml") {
    parsed.format.syntax = Format::Syntax::xml;
  } else if (value == "json") {
    parsed.format.syntax = Format::Syntax::json;
  } else {
    return parsed.complain("format must be xml or json");
  }
  parsed.format.chosen = true;
}

// True when `parameter` is there and was used.
bool read_wrap(const Params& params, std::string_view parameter, Format::Wrap wrap, Parsed& parsed) {
  const std::string_view name = params.get_or(parameter, "");
  if (name.empty()) return false;
  if (!is_script_name(name)) {
    parsed.complain(std::string(parameter) + " must be a name of letters, digits and _ $ . [ ]");
    return false;
  }
  parsed.format.wrap = wrap;
  parsed.format.wrap_name = name;
  return true;
}

bool wants_raw(const Params& params) {
  const auto raw = params.get("raw");
  return raw && parse_flag(*raw).value_or(true);
}

void read_fields(const Params& params, Parsed& parsed) {
  for (const std::string_view piece : split(params.get_or("fields", ""), ',')) {
    const std::string_view name = trim(piece);
    if (name.empty()) continue;
    if (parsed.format.fields.size() == kMaxFields) return parsed.complain("fields has too many names");
    parsed.format.fields.emplace_back(name);
  }
}

Parsed parse(const Params& params, Generation generation) {
  Parsed parsed;
  parsed.format.generation = generation;
  if (generation == Generation::v2) parsed.format.syntax = Format::Syntax::json;
  read_syntax(params, parsed);
  const bool called = read_wrap(params, "callback", Format::Wrap::callback, parsed);
  if (generation == Generation::v2) {
    read_fields(params, parsed);
  } else if (!called && !wants_raw(params) && !read_wrap(params, "varname", Format::Wrap::variable, parsed)) {
    parsed.format.wrap = Format::Wrap::variable;
    parsed.format.wrap_name = "visual";
  }
  return parsed;
}

}  // namespace

Result<Format> Format::from(const Params& params, Generation generation) {
  Parsed parsed = parse(params, generation);
  if (parsed.error) return fail(std::move(*parsed.error));
  return std::move(parsed.format);
}

Format Format::fallback(const Params& params, Generation generation) {
  return parse(params, generation).format;
}

bool is_script_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxScriptName && is_letter(name.front()) &&
         std::ranges::all_of(name, is_inside);
}

bool is_formatting_parameter(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames{"format", "raw", "callback", "varname", "fields", "time"};
  return name.starts_with("oauth_") || std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace stile::api
