#include "api/envelope.h"

#include <boost/json.hpp>
#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace stile::api {
namespace {

namespace json = boost::json;

std::string decimal_text(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

// What v1 writes for a value, but for the flags and lists of JSON.
std::string scalar_text(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return decimal_text(number); }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(const Strings& strings) const {
      std::string joined;
      for (const auto& text : strings) joined.append(joined.empty() ? "" : ",").append(text);
      return joined;
    }
    std::string operator()(const Objects&) const { return {}; }  // never asked: they have no text
  };
  return std::visit(Visitor{}, value);
}

// ---- XML -----------------------------------------------------------------------------------------------------------

// XML 1.0, production 2. The text is valid UTF-8, so surrogates cannot occur.
std::string xml_text(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      result.append(kReplacement);
    } else if (c == '\xef' && (text.substr(i, 3) == "\xef\xbf\xbe" || text.substr(i, 3) == "\xef\xbf\xbf")) {
      result.append(kReplacement);
      i += 2;
    } else {
      result.push_back(c);
    }
  }
  return result;
}

// The ASCII part of XML's names, without the colon of namespaces.
bool is_xml_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

void set_attribute(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(xml_text(value).c_str());
}

void append_item(pugi::xml_node parent, const std::string& name, const Object& item);

void append_child(pugi::xml_node parent, const Field& field) {
  pugi::xml_node child = parent.append_child(is_xml_name(field.name) ? field.name.c_str() : "field");
  if (!is_xml_name(field.name)) set_attribute(child, "name", field.name);
  if (const auto* objects = std::get_if<Objects>(&field.value)) {
    for (const Object& object : *objects) append_item(child, "item", object);
    return;
  }
  const std::string text = xml_text(scalar_text(field.value));
  if (!text.empty()) child.append_child(pugi::node_pcdata).set_value(text.c_str());
}

void append_item(pugi::xml_node response, const std::string& name, const Object& item) {
  pugi::xml_node node = response.append_child(name.c_str());
  for (const Field& field : item.fields()) {
    if (field.child || !is_xml_name(field.name)) {
      append_child(node, field);
    } else {
      set_attribute(node, field.name.c_str(), scalar_text(field.value));
    }
  }
}

struct XmlDocument {
  pugi::xml_document document;
  pugi::xml_node response = document.append_child("response");

  XmlDocument(const char* status, const Call& call) {
    set_attribute(response, "status", status);
    set_attribute(response, "permission_level", auth::level_name(call.caller.level));
  }

  http::Reply reply(int status) const {
    struct StringWriter final : pugi::xml_writer {
      std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
      void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    } writer;
    document.save(writer, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return std::move(http::text_reply(status, "text/xml; charset=utf-8", std::move(writer.text))
                         .set("Cache-Control", "no-store"));
  }
};

http::Reply xml_ok(const Call& call, const Answer& answer) {
  XmlDocument xml("ok", call);
  if (!answer.message.empty()) set_attribute(xml.response, "message", answer.message);
  const auto* list = std::get_if<List>(&answer.payload);
  if (list) {
    if (list->page) set_attribute(xml.response, "p", std::to_string(list->page->p));
    if (list->page) set_attribute(xml.response, "size", std::to_string(list->page->size));
    set_attribute(xml.response, "total_count", std::to_string(list->total_count));
  }
  set_attribute(xml.response, "cached", "0");
  if (list)
    for (const Object& item : list->items) append_item(xml.response, list->name, item);
  if (const auto* single = std::get_if<Single>(&answer.payload))
    for (const Field& field : single->object.fields()) append_child(xml.response, field);
  return xml.reply(200);
}

http::Reply xml_error(const Call& call, const Problem& problem, int status) {
  XmlDocument xml("error", call);
  set_attribute(xml.response, "code", code_name(problem.code));
  set_attribute(xml.response, "message", problem.message);
  return xml.reply(status);
}

// ---- JSON ----------------------------------------------------------------------------------------------------------

json::array json_strings(const Strings& strings) {
  json::array array;
  for (const auto& text : strings) array.emplace_back(text);
  return array;
}

json::object v1_object(const Object& object);

json::value v1_value(const Value& value) {
  if (const auto* objects = std::get_if<Objects>(&value)) {
    json::array array;
    for (const Object& object : *objects) array.emplace_back(v1_object(object));
    return array;
  }
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
  if (const auto* strings = std::get_if<Strings>(&value)) return json_strings(*strings);
  return json::value(scalar_text(value));
}

json::object v2_object(const Object& object, const std::vector<std::string>& keep);

json::value v2_value(const Value& value) {
  struct Visitor {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(const std::string& text) const { return json::value(text); }
    json::value operator()(std::int64_t number) const { return number; }
    json::value operator()(double number) const { return number; }
    json::value operator()(bool flag) const { return flag; }
    json::value operator()(const Strings& strings) const { return json_strings(strings); }
    json::value operator()(const Objects& objects) const {
      json::array array;
      for (const Object& object : objects) array.emplace_back(v2_object(object, {}));
      return array;
    }
  };
  return std::visit(Visitor{}, value);
}

json::object v1_object(const Object& object) {
  json::object result;
  for (const Field& field : object.fields()) result.emplace(field.name, v1_value(field.value));
  return result;
}

json::object v2_object(const Object& object, const std::vector<std::string>& keep) {
  json::object result;
  for (const Field& field : object.fields())
    if (keep.empty() || std::ranges::find(keep, field.name) != keep.end())
      result.emplace(field.name, v2_value(field.value));
  return result;
}

// '<' occurs in JSON inside strings only, so escapes may replace it anywhere in the text.
std::string embeddable(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("</")) {
      result.append("<\\/");
      i += 1;
    } else if (rest.starts_with("<!")) {
      result.append("\\u003c!");
      i += 1;
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      result.append(rest[2] == '\xa8' ? "\\u2028" : "\\u2029");
      i += 2;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

http::Reply json_reply(const Format& format, const json::object& object, int status) {
  std::string body = embeddable(json::serialize(object));
  const bool v2 = format.generation == Generation::v2;
  switch (format.wrap) {
    case Format::Wrap::bare: break;
    // No semicolon: clients cut off exactly "var visual = " and decode the rest.
    case Format::Wrap::variable: body = "var " + format.wrap_name + " = " + body; break;
    case Format::Wrap::callback: body = (v2 ? "/* */\n" : "") + format.wrap_name + "(" + body + ");"; break;
  }
  // v1 must not say application/json: a client's HTTP library would decode it behind the client's back (spec 1.3).
  const char* type = !v2                                      ? "application/x-javascript; charset=utf-8"
                     : format.wrap == Format::Wrap::callback ? "application/javascript; charset=utf-8"
                                                              : "application/json; charset=utf-8";
  return std::move(http::text_reply(status, type, std::move(body)).set("Cache-Control", "no-store"));
}

json::object json_head(const char* status, const std::string& message) {
  json::object head;
  head["status"] = status;
  if (!message.empty()) head["message"] = message;
  return head;
}

json::object site_object(const Site& site) {
  return v1_object(Object()
                       .text("setup_date", site.setup_date)
                       .number("license_id", site.license_id)
                       .text("domain", site.domain)
                       .text("product_key", site.product_key)
                       .number("site_id", site.site_id)
                       .flag("allow_signup_p", site.allow_signup)
                       .text("secure_domain", site.secure_domain)
                       .text("site_name", site.site_name)
                       .text("site_key", site.site_key));
}

json::object v1_ok(const Call& call, const Site& site, const Answer& answer) {
  json::object reply = json_head("ok", answer.message);
  reply["permission_level"] = auth::level_name(call.caller.level);
  reply["cached"] = "0";
  if (const auto* single = std::get_if<Single>(&answer.payload)) {
    reply[single->name] = v1_object(single->object);
    reply["p"] = "1";
    reply["size"] = "1";
  } else if (const auto* list = std::get_if<List>(&answer.payload)) {
    json::array items;
    for (const Object& item : list->items) items.emplace_back(v1_object(item));
    if (items.size() == 1) {
      json::value twin = items.front();
      reply[list->plural] = std::move(items);
      reply[list->name] = std::move(twin);
    } else {
      reply[list->plural] = std::move(items);
    }
    if (list->page) reply["p"] = std::to_string(list->page->p);
    if (list->page) reply["size"] = std::to_string(list->page->size);
    reply["total_count"] = std::to_string(list->total_count);
  }
  reply["site"] = site_object(site);
  reply["endpoint"] = call.endpoint;
  return reply;
}

json::object v2_ok(const Call& call, const Format& format, const Answer& answer) {
  json::object reply = json_head("ok", answer.message);
  reply["permission_level"] = auth::level_name(call.caller.level);
  reply["cached"] = false;
  if (const auto* list = std::get_if<List>(&answer.payload)) {
    json::array items;
    for (const Object& item : list->items) items.emplace_back(v2_object(item, format.fields));
    for (const std::string& twin : answer.v2_twins) reply.emplace(twin, items);
    reply["data"] = std::move(items);
    if (list->page) reply["p"] = list->page->p;
    if (list->page) reply["size"] = list->page->size;
    reply["total_count"] = list->total_count;
  } else {
    const auto* single = std::get_if<Single>(&answer.payload);
    reply["data"] = single ? v2_object(single->object, format.fields) : json::object();
  }
  // emplace: never replaces a property of the envelope.
  for (const Field& field : answer.v2_top.fields()) reply.emplace(field.name, v2_value(field.value));
  return reply;
}

}  // namespace

http::Reply ok_reply(const Call& call, const Format& format, const Site& site, const Answer& answer) {
  if (format.syntax == Format::Syntax::xml) return xml_ok(call, answer);
  return json_reply(format, format.v2_json() ? v2_ok(call, format, answer) : v1_ok(call, site, answer), 200);
}

http::Reply error_reply(const Call& call, const Format& format, const Problem& problem) {
  const int status = format.generation == Generation::v2 ? problem.v2_status : 200;
  if (format.syntax == Format::Syntax::xml) return xml_error(call, problem, status);
  json::object reply = json_head("error", problem.message);
  reply["code"] = code_name(problem.code);
  reply["permission_level"] = auth::level_name(call.caller.level);
  if (format.v1_json()) reply["endpoint"] = call.endpoint;
  return json_reply(format, reply, status);
}

http::Reply json_objects_reply(const Format& format, const std::vector<std::pair<std::string, std::string>>& objects) {
  json::object all;
  for (const auto& [name, text] : objects) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    all.emplace(name, error ? json::value(nullptr) : std::move(value));
  }
  return json_reply(format, all, 200);
}

}  // namespace stile::api
