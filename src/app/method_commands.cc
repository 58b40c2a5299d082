#include "app/method_commands.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "api/description.h"
#include "api/openapi.h"

namespace stile::app {
namespace {

namespace json = boost::json;
using api::Method;

struct Row {
  const Method* method;
  const api::Description* description;
  bool streams;
};

// Every method by name, those that stream among the others.
std::vector<Row> all_rows() {
  std::vector<Row> rows;
  for (const Method& method : api::methods()) rows.push_back({&method, api::find_description(method.name), false});
  for (const Method& method : api::streamed_methods())
    rows.push_back({&method, api::find_description(method.name), true});
  std::erase_if(rows, [](const Row& row) { return !row.description; });  // a test names it
  std::ranges::sort(rows, {}, [](const Row& row) { return row.method->name; });
  return rows;
}

const char* generations_of(Method::Offered offered) {
  if (offered == Method::Offered::both) return "v1, v2";
  return offered == Method::Offered::v1 ? "v1" : "v2";
}

json::array list_of_generations(Method::Offered offered) {
  if (offered == Method::Offered::both) return {"v1", "v2"};
  return {generations_of(offered)};
}

const char* verbs_of(const Row& row) { return row.streams ? "POST, PUT, PATCH, GET" : "GET, POST"; }

std::string_view kind_name(api::Kind kind) {
  switch (kind) {
    case api::Kind::number: return "number";
    case api::Kind::decimal: return "decimal";
    case api::Kind::id: return "id";
    case api::Kind::flag: return "flag";
    case api::Kind::date: return "date";
    case api::Kind::ids: return "ids";
    case api::Kind::words: return "words";
    case api::Kind::one_of: return "one_of";
    case api::Kind::file: return "file";
    case api::Kind::text:
    case api::Kind::rendition:
    case api::Kind::objects:
    case api::Kind::any: break;
  }
  return "text";
}

json::object parameter_object(const api::Parameter& parameter) {
  return {{"name", parameter.name},
          {"kind", kind_name(parameter.kind)},
          {"required", parameter.is_required},
          {"max", parameter.max},
          {"generations", list_of_generations(parameter.offered)},
          {"meaning", parameter.meaning}};
}

std::string as_json(const std::vector<Row>& rows) {
  json::array all;
  for (const Row& row : rows) {
    json::array parameters;
    for (const api::Parameter& parameter : row.description->parameters)
      parameters.push_back(parameter_object(parameter));
    if (row.description->shape == api::Description::Data::pages)
      for (const char* name : {"p", "size"})
        parameters.push_back(parameter_object(api::in::number(name, "Of the page")));
    all.push_back(json::object{{"name", row.method->name},
                               {"level", auth::level_name(row.method->level)},
                               {"generations", list_of_generations(row.method->offered)},
                               {"verbs", verbs_of(row)},
                               {"streams", row.streams},
                               {"summary", row.description->summary},
                               {"parameters", std::move(parameters)}});
  }
  return json::serialize(all) + "\n";
}

std::string as_markdown(const std::vector<Row>& rows) {
  std::string text = "| method | level | generations | verbs | what it does |\n|---|---|---|---|---|\n";
  for (const Row& row : rows)
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.method->name, auth::level_name(row.method->level),
                        generations_of(row.method->offered), verbs_of(row), row.description->summary);
  return text;
}

std::string as_text(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows)
    text += fmt::format("{:<32} {:<10} {:<7} {:<22} {}\n", row.method->name, auth::level_name(row.method->level),
                        generations_of(row.method->offered), verbs_of(row), row.description->summary);
  return text;
}

}  // namespace

std::string describe_methods(MethodsOutput output, const Settings& settings) {
  switch (output) {
    case MethodsOutput::markdown: return as_markdown(all_rows());
    case MethodsOutput::json: return as_json(all_rows());
    case MethodsOutput::openapi: return api::openapi_document(settings.photo.variables) + "\n";
    case MethodsOutput::text: break;
  }
  return as_text(all_rows());
}

int list_methods_command(MethodsOutput output, const Settings& settings) {
  const std::string text = describe_methods(output, settings);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}

}  // namespace stile::app
