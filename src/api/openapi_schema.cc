#include "api/openapi_schema.h"

#include <string>

#include "base/text.h"

namespace stile::api {
namespace {

namespace json = boost::json;

json::object type(const char* name) { return {{"type", name}}; }

json::object bounded(json::object schema, const Parameter& parameter) {
  if (parameter.max != 0) schema["minimum"] = parameter.min;
  if (parameter.max != 0) schema["maximum"] = parameter.max;
  return schema;
}

json::value fallback_of(const Parameter& parameter) {
  if (parameter.kind == Kind::flag) return parameter.fallback == "true";
  if (const auto number = parse_i64(parameter.fallback); number && parameter.kind == Kind::number) return *number;
  return json::value(parameter.fallback);
}

json::object plain_schema(const Parameter& parameter) {
  switch (parameter.kind) {
    case Kind::number: return bounded(type("integer"), parameter);
    case Kind::decimal: return bounded(type("number"), parameter);
    case Kind::id: return {{"type", "integer"}, {"format", "int64"}, {"minimum", 1}};
    case Kind::flag: return type("boolean");
    case Kind::one_of: return {{"type", "string"}, {"enum", words_of_choices(parameter.choices)}};
    case Kind::date: return {{"type", "string"}, {"examples", json::array{"2026-01-31 12:00:00"}}};
    case Kind::ids: return {{"type", "string"}, {"pattern", "^[0-9 ,]*$"}, {"examples", json::array{"7,8"}}};
    case Kind::file: return {{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
    case Kind::text:
    case Kind::words:
    case Kind::rendition:
    case Kind::objects:
    case Kind::any: break;
  }
  return type("string");
}

// The types, null among them when it may be.
json::value types(const Property& property, const char* name) {
  if (property.may_be_null) return json::array{name, "null"};
  return json::value(name);
}

json::object object_schema(std::span<const Property> properties);

json::object schema_of(const Property& property) {
  switch (property.kind) {
    case Kind::number: return {{"type", types(property, "integer")}};
    case Kind::id: return {{"type", types(property, "integer")}, {"minimum", 1}};
    case Kind::decimal: return {{"type", types(property, "number")}};
    case Kind::flag: return {{"type", types(property, "boolean")}};
    case Kind::one_of: return {{"type", "string"}, {"enum", words_of_choices(property.choices)}};
    case Kind::words: return {{"type", "array"}, {"items", type("string")}};
    case Kind::objects: return {{"type", "array"}, {"items", object_schema(property.items)}};
    case Kind::any:
      return {
          {"type", property.may_be_null ? json::array{"integer", "string", "null"} : json::array{"integer", "string"}}};
    case Kind::text:
    case Kind::date:
    case Kind::ids:
    case Kind::file:
    case Kind::rendition: break;
  }
  return {{"type", types(property, "string")}};
}

struct Members {
  json::object properties;
  json::array always;

  void add(const std::string& name, json::object schema, bool is_always_there) {
    if (is_always_there) always.emplace_back(name);
    properties.emplace(name, std::move(schema));
  }
};

Members members_of(std::span<const Property> properties) {
  Members members;
  for (const Property& property : properties) {
    if (property.kind != Kind::rendition) {
      members.add(std::string(property.name), schema_of(property), property.is_always_there);
      continue;
    }
    const std::string name(property.name);
    for (const char* side : {"_width", "_height"})
      members.add(name + side, {{"type", json::array{"integer", "null"}}}, property.is_always_there);
    members.add(name + "_size", type("integer"), property.is_always_there);
    members.add(name + "_download", type("string"), property.is_always_there);
  }
  return members;
}

json::object object_schema(std::span<const Property> properties) {
  Members members = members_of(properties);
  return {{"type", "object"},
          {"properties", std::move(members.properties)},
          {"x-always-present", std::move(members.always)},
          {"additionalProperties", false}};
}

json::object data_schema(const Description& description) {
  using Data = Description::Data;
  if (description.shape == Data::open) return {{"type", "object"}, {"additionalProperties", type("string")}};
  json::object object = object_schema(description.data);
  if (description.shape == Data::object) return object;
  return {{"type", "array"}, {"items", std::move(object)}};
}

}  // namespace

json::array words_of_choices(std::string_view choices) {
  json::array words;
  for (const std::string_view word : split(choices, ' ')) words.emplace_back(word);
  return words;
}

json::object schema_of(const Parameter& parameter) {
  json::object schema = plain_schema(parameter);
  if (parameter.kind == Kind::text && parameter.is_required) schema["minLength"] = 1;
  if (parameter.kind == Kind::text && parameter.max != 0) schema["maxLength"] = parameter.max;
  if (!parameter.fallback.empty()) schema["default"] = fallback_of(parameter);
  return schema;
}

json::object envelope_schema(const Description& description) {
  using Data = Description::Data;
  json::object properties{{"status", {{"const", "ok"}}},
                          {"message", type("string")},
                          {"permission_level", {{"$ref", "#/components/schemas/Level"}}},
                          {"cached", type("boolean")}};
  json::array required{"status", "permission_level", "cached", "data"};
  properties["data"] = data_schema(description);
  const bool pages = description.shape == Data::pages;
  for (const char* name : {"p", "size"}) {
    if (pages) properties[name] = {{"type", "integer"}, {"minimum", 1}};
    if (pages) required.emplace_back(name);
  }
  if (pages || description.shape == Data::list) {
    properties["total_count"] = {{"type", "integer"}, {"minimum", 0}};
    required.emplace_back("total_count");
  }
  Members beside = members_of(description.beside_data);
  for (auto& [name, schema] : beside.properties) properties.emplace(name, std::move(schema));
  for (auto& name : beside.always) required.push_back(std::move(name));
  for (const std::string_view twin : split(description.twins, ' '))
    if (!twin.empty()) properties.emplace(twin, properties["data"]);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

json::object refusal_schema(const json::array& codes) {
  return {{"type", "object"},
          {"properties",
           {{"status", {{"const", "error"}}},
            {"message", {{"type", "string"}, {"minLength", 1}}},
            {"code", {{"enum", codes}}},
            {"permission_level", {{"$ref", "#/components/schemas/Level"}}}}},
          {"required", {"status", "message", "code", "permission_level"}},
          {"additionalProperties", false}};
}

}  // namespace stile::api
