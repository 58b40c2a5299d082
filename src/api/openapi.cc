#include "api/openapi.h"

#include <boost/json.hpp>

#include <map>
#include <string>
#include <vector>

#include "api/openapi_schema.h"
#include "base/crc32.h"
#include "base/text.h"
#include "http/conditional.h"

namespace stile::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kAbout =
    "Every method answers GET, with parameters in the query, and POST, with parameters in an urlencoded or multipart "
    "body; "
    "of a POST the query is not read. Numbers out of bounds are moved to the bound. Truth may be written 0/1, t/f, "
    "true/false or yes/no, dates as YYYY-MM-DD HH:MM:SS (UTC) or ISO 8601. Parameters that are not described are "
    "ignored "
    "unless it says otherwise.";

constexpr std::string_view kSignature =
    "OAuth 1.0a with HMAC-SHA1: `OAuth oauth_consumer_key=\"…\", oauth_token=\"…\", "
    "oauth_signature_method=\"HMAC-SHA1\", "
    "oauth_signature=\"…\", oauth_timestamp=\"…\", oauth_nonce=\"…\"`. The same parameters may stand in the query or "
    "in an "
    "urlencoded body instead.";

constexpr Parameter kPaging[] = {
    in::number("p", "The page, from 1").otherwise("1").between(1, 1'000'000'000),
    in::number("size", "How many to a page").otherwise("20").between(1, 100),
};
constexpr Parameter kFormatting[] = {
    in::text("fields", "Properties to keep, separated by commas; others are left out of `data`"),
    in::text("callback", "Name of a function: the answer becomes a script that calls it").up_to(128),
    in::one_of("format", "json xml", "xml: the older generation's document"),
};

// What any method may answer: reading the call, and knowing the caller, come before it.
constexpr Failure kAnywhere[] = {Code::invalid_input, Code::missing_authentication, Code::invalid_signature,
                                 Code::invalid_oauth_user, Code::temporarily_unavailable};

json::object parameter_object(const Parameter& parameter) {
  json::object object{{"name", parameter.name}, {"in", "query"}, {"description", parameter.meaning}};
  if (parameter.is_required) object["required"] = true;
  object["schema"] = schema_of(parameter);
  return object;
}

bool is_v2(const Parameter& parameter) { return parameter.offered != Method::Offered::v1; }

bool takes_file(const Description& description) {
  for (const Parameter& parameter : description.parameters)
    if (parameter.kind == Kind::file) return true;
  return false;
}

json::object component(const char* kind, std::string_view name) {
  return {{"$ref", std::string("#/components/").append(kind).append("/").append(name)}};
}

json::array query_parameters(const Description& description) {
  json::array all;
  for (const Parameter& parameter : description.parameters)
    if (is_v2(parameter)) all.push_back(parameter_object(parameter));
  if (description.shape == Description::Data::pages)
    for (const Parameter& parameter : kPaging) all.push_back(component("parameters", parameter.name));
  for (const Parameter& parameter : kFormatting) all.push_back(component("parameters", parameter.name));
  return all;
}

json::object request_body(const Description& description) {
  json::object properties;
  json::array required;
  const auto add = [&](const Parameter& parameter) {
    json::object schema = schema_of(parameter);
    schema["description"] = parameter.meaning;
    properties[parameter.name] = std::move(schema);
    if (parameter.is_required) required.emplace_back(parameter.name);
  };
  for (const Parameter& parameter : description.parameters)
    if (is_v2(parameter)) add(parameter);
  for (const Parameter& parameter : kFormatting) add(parameter);
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  const bool is_required = !required.empty();
  if (is_required) schema["required"] = std::move(required);
  const char* type = takes_file(description) ? "multipart/form-data" : "application/x-www-form-urlencoded";
  return {{"required", is_required}, {"content", {{type, {{"schema", std::move(schema)}}}}}};
}

json::object contents(json::object json_schema) {
  const json::object text{{"schema", {{"type", "string"}}}};
  return {
      {"application/json", {{"schema", std::move(json_schema)}}}, {"application/javascript", text}, {"text/xml", text}};
}

json::object responses(const Method& method, const Description& description) {
  std::map<int, json::array> codes;
  const auto add = [&](const Failure& failure) {
    const Problem usual = problem(failure.code);
    json::array& at = codes[failure.v2_status == 0 ? usual.v2_status : failure.v2_status];
    const json::value name(code_name(failure.code));
    if (std::find(at.begin(), at.end(), name) == at.end()) at.push_back(name);
  };
  for (const Failure& failure : kAnywhere) add(failure);
  for (const Failure& failure : description.failures) add(failure);
  if (method.level > auth::Level::none) add(Code::permission_denied);

  json::object all;
  if (description.shape != Description::Data::none)
    all["200"] = {{"description", "It was done"}, {"content", contents(envelope_schema(description))}};
  if (takes_file(description)) {
    all["200"].as_object()["content"].as_object()["text/plain"] = {{"schema", {{"type", "string"}}}};
    all["204"] = {{"description", "To a GET that asks for a chunk: it is not there"}};
    all["301"] = {{"description", "The file is stored; the browser goes on to the token's return_url"}};
  }
  for (auto& [status, names] : codes) {
    json::object content = contents(refusal_schema(names));
    if (takes_file(description)) {
      // A chunk's refusal is a status and words.
      json::object& schema = content["application/json"].as_object()["schema"].as_object();
      schema["required"] = {"status", "message"};
      content["text/plain"] = {{"schema", {{"type", "string"}}}};
    }
    std::string meaning;
    for (const json::value& name : names) meaning.append(meaning.empty() ? "" : ", ").append(name.as_string());
    all[std::to_string(status)] = {{"description", meaning}, {"content", std::move(content)}};
  }
  all["default"] = {{"description", "Refused as HTTP, before any method was reached"},
                    {"content", {{"text/plain", {{"schema", {{"type", "string"}}}}}}}};
  return all;
}

json::array security(const Method& method) {
  json::array all;
  if (method.level <= auth::Level::anonymous || !method.opened_by.empty()) all.push_back(json::object());
  for (const char* scheme : {"twentythree_auth", "bearer"})
    all.push_back(json::object{{scheme, json::array{auth::level_name(method.level)}}});
  return all;
}

json::object operation(const Method& method, const Description& description) {
  std::string id(method.name);
  for (char& c : id)
    if (c == '/' || c == '-') c = '_';
  json::object object{{"operationId", id},
                      {"tags", json::array{description.tag}},
                      {"summary", description.summary},
                      {"x-permission-level", auth::level_name(method.level)},
                      {"security", security(method)}};
  if (!description.remark.empty()) object["description"] = description.remark;
  if (description.verb == Description::Verb::get)
    object["parameters"] = query_parameters(description);
  else
    object["requestBody"] = request_body(description);
  object["responses"] = responses(method, description);
  return object;
}

// A description with the custom variables of a site in it.
struct Expanded {
  Expanded(const Description& plain, Variables variables)
      : parameters(plain.parameters.begin(), plain.parameters.end()),
        data(plain.data.begin(), plain.data.end()),
        description(plain) {
    for (const std::string& name : variables) {
      if (plain.takes_variables) parameters.push_back(in::text(name, "A custom variable of this site"));
      if (plain.shows_variables) data.push_back(out::text(name));
    }
    description.parameters = parameters;
    description.data = data;
  }
  Expanded(const Expanded&) = delete;
  Expanded& operator=(const Expanded&) = delete;

  std::vector<Parameter> parameters;
  std::vector<Property> data;
  Description description;
};

json::object paths(Variables variables) {
  json::object all;
  const auto add = [&](const Method& method) {
    if (method.offered == Method::Offered::v1) return;
    const Description* description = find_description(method.name);
    if (!description) return;  // a test names it
    const char* verb = description->verb == Description::Verb::get ? "get" : "post";
    all["/" + std::string(method.name)] = {{verb, operation(method, Expanded(*description, variables).description)}};
  };
  for (const Method& method : methods()) add(method);
  for (const Method& method : streamed_methods()) add(method);
  return all;
}

json::object components() {
  json::object parameters;
  for (const auto& group : {std::span<const Parameter>(kPaging), std::span<const Parameter>(kFormatting)})
    for (const Parameter& parameter : group) parameters[parameter.name] = parameter_object(parameter);
  return {
      {"schemas",
       {{"Level",
         {{"type", "string"},
          {"description", "What the caller may do"},
          {"enum", words_of_choices("none anonymous read write admin super")}}}}},
      {"parameters", std::move(parameters)},
      {"securitySchemes",
       {{"twentythree_auth",
         {{"type", "apiKey"}, {"in", "header"}, {"name", "Authorization"}, {"description", kSignature}}},
        {"bearer", {{"type", "http"}, {"scheme", "bearer"}, {"description", "A key of `stile credentials create`"}}}}}};
}

}  // namespace

std::string openapi_document(Variables variables) {
  const json::object document{
      {"openapi", "3.1.0"},
      {"info", {{"title", "Stile"}, {"version", "2"}, {"description", kAbout}}},
      {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
      {"servers", json::array{json::object{{"url", "/api/2"}}}},
      {"paths", paths(variables)},
      {"components", components()},
  };
  return json::serialize(document);
}

OpenApiPage::OpenApiPage(Variables variables) : json_(openapi_document(variables)) {
  etag_ = "\"" + std::to_string(crc32_update(0, as_bytes(json_))) + "-" + std::to_string(json_.size()) + "\"";
}

http::Reply OpenApiPage::get(const http::RequestHead& head) const {
  const auto known = head.header("if-none-match");
  const bool is_known = known && http::matches_etag(*known, etag_);
  http::Reply reply = http::text_reply(is_known ? 304 : 200, "application/json; charset=utf-8", is_known ? "" : json_);
  reply.set("Cache-Control", "public, no-cache").set("ETag", etag_);
  return reply;
}

}  // namespace stile::api
