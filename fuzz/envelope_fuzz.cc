// The envelope: what hostile texts say in XML and JSON is read back by other people's parsers as it was said.
//
// Input: formatting parameters as a form ("v=2&format=json&callback=f"), LF, the fields of an object as another form.
#include <algorithm>
#include <boost/json.hpp>
#include <pugixml.hpp>
#include <set>

#include "api/envelope.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

using namespace stile;
using namespace stile::api;
namespace json = boost::json;

// What XML 1.0 can say of a text.
std::string as_xml_says_it(std::string_view text) {
  std::string said;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::string_view point = text.substr(i, 3);
    const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    if (control || point == "\xef\xbf\xbe" || point == "\xef\xbf\xbf") {
      said += "\xef\xbf\xbd";
      if (!control) i += 2;
    } else {
      said += text[i];
    }
  }
  return said;
}

// Line ends in the text of an element are the reader's to change (XML 1.0, 2.11); in attributes they are kept.
std::string as_element_text(std::string_view text) {
  std::string said = as_xml_says_it(text);
  for (std::size_t at = said.find('\r'); at != std::string::npos; at = said.find('\r', at))
    said.replace(at, said.compare(at, 2, "\r\n") == 0 ? 2 : 1, "\n");
  return said;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && !std::string_view("0123456789-.").contains(name[0]) &&
         name.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-.") ==
             std::string::npos;
}

// Kinds of values by the length of a name: all of them for any text.
enum class Kind { text, long_text, strings, objects, number, flag, null };
Kind kind_of(std::string_view name) { return static_cast<Kind>(name.size() % 7); }

Object object_of(const Params& fields) {
  Object object;
  for (const auto& [name, value] : fields) {
    switch (kind_of(name)) {
      case Kind::text: object.text(name, value); break;
      case Kind::long_text: object.long_text(name, value); break;
      case Kind::strings: object.strings(name, {value, name}); break;
      case Kind::objects: object.objects(name, {Object().text("inner", value)}); break;
      case Kind::number: object.number(name, -static_cast<std::int64_t>(value.size())); break;
      case Kind::flag: object.flag(name, value.size() % 2 == 1); break;
      case Kind::null: object.null(name); break;
    }
  }
  return object;
}

std::string scalar(const Params::Pair& field) {
  const auto& [name, value] = field;
  switch (kind_of(name)) {
    case Kind::strings: return value.empty() ? name : value + "," + name;
    case Kind::number: return std::to_string(-static_cast<std::int64_t>(value.size()));
    case Kind::flag: return value.size() % 2 == 1 ? "1" : "0";
    case Kind::null: return "";
    default: return value;
  }
}

void check_xml(const http::Reply& reply, const Params& fields, const std::string& message, bool listed) {
  CHECK(is_valid_utf8(reply.body) && !reply.body.contains('\0'));
  pugi::xml_document document;
  CHECK(document.load_buffer(reply.body.data(), reply.body.size(), pugi::parse_default | pugi::parse_ws_pcdata));
  const pugi::xml_node response = document.child("response");
  CHECK(response && !response.next_sibling());
  CHECK(response.attribute("message").value() == as_xml_says_it(message));
  const pugi::xml_node item = listed ? response.child("photo") : response;
  pugi::xml_node child = item.first_child();
  for (const auto& field : fields) {
    const auto& [name, value] = field;
    const Kind kind = kind_of(name);
    const bool is_child =
        !listed || !is_plain_name(name) || kind == Kind::long_text || kind == Kind::strings || kind == Kind::objects;
    if (!is_child) {
      CHECK(item.attribute(name.c_str()).value() == as_xml_says_it(scalar(field)));
      continue;
    }
    CHECK(child);
    if (is_plain_name(name)) {
      CHECK(child.name() == name);
    } else {
      CHECK(std::string_view(child.name()) == "field" && child.attribute("name").value() == as_xml_says_it(name));
    }
    if (kind == Kind::objects)
      CHECK(child.child("item").attribute("inner").value() == as_xml_says_it(value));
    else
      CHECK(child.text().get() == as_element_text(scalar(field)));
    child = child.next_sibling();
  }
  CHECK(!child);
}

std::string_view unwrapped(std::string_view body, const Format& format) {
  const bool v2 = format.generation == Generation::v2;
  std::string front, back;
  if (format.wrap == Format::Wrap::variable) front = "var " + format.wrap_name + " = ";
  if (format.wrap == Format::Wrap::callback) front = (v2 ? "/* */\n" : "") + format.wrap_name + "(", back = ");";
  CHECK(format.wrap == Format::Wrap::bare || is_script_name(format.wrap_name));
  CHECK(body.starts_with(front) && body.ends_with(back));
  return body.substr(front.size(), body.size() - front.size() - back.size());
}

json::value expected_json(const Params::Pair& field, bool v2) {
  const auto& [name, value] = field;
  switch (kind_of(name)) {
    case Kind::strings: return json::array{value, name};
    case Kind::objects: return json::array{json::object{{"inner", value}}};
    case Kind::flag: return v2 ? json::value(value.size() % 2 == 1) : json::value(value.size() % 2 == 1 ? 1 : 0);
    case Kind::number:
      if (v2) return -static_cast<std::int64_t>(value.size());
      break;
    case Kind::null:
      if (v2) return nullptr;
      break;
    default: break;
  }
  return json::value(scalar(field));
}

void check_json(const http::Reply& reply, const Format& format, const Params& fields, const std::string& message,
                bool listed) {
  for (const std::string_view breaks_out : {"</", "<!", "\xe2\x80\xa8", "\xe2\x80\xa9"})
    CHECK(!reply.body.contains(breaks_out));
  CHECK(is_valid_utf8(reply.body) && !reply.body.contains('\0'));
  const bool v2 = format.generation == Generation::v2;
  boost::system::error_code error;
  const json::value root = json::parse(unwrapped(reply.body, format), error);
  CHECK(!error && root.is_object());
  const json::object& whole = root.get_object();
  CHECK(message.empty() || whole.at("message") == json::value(message));
  const json::value& payload = whole.at(v2 ? "data" : listed ? "photos" : "thing");
  const json::object& object = listed ? payload.at(0).get_object() : payload.get_object();
  std::size_t kept = 0;
  for (const auto& field : fields) {
    const bool wanted =
        !v2 || format.fields.empty() || std::ranges::find(format.fields, field.first) != format.fields.end();
    kept += wanted;
    if (wanted) CHECK(object.at(field.first) == expected_json(field, v2));
  }
  CHECK(object.size() == kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::as_text(data, size);
  const auto how = parse_form(fuzz::take_line(rest), 20);
  const auto given = parse_form(rest, 40);
  if (!how || !given) return 0;
  Params fields;  // each name once: an object with two properties of one name is nobody's
  std::set<std::string> names;
  for (const auto& [name, value] : *given)
    if (names.insert(name).second) fields.add(name, value);
  const std::string message(fields.empty() ? "" : fields.begin()->second);

  const Generation generation = how->get_or("v", "1") == "2" ? Generation::v2 : Generation::v1;
  const Format format = Format::fallback(*how, generation);
  const Call call{.generation = generation, .endpoint = "/api/photo/list", .params = *how, .caller = {}, .now = {}};
  const Site site{.domain = "media.example.com",
                  .secure_domain = {},
                  .site_name = message,
                  .site_key = {},
                  .setup_date = {},
                  .public_url = {}};
  for (const bool listed : {false, true}) {
    Answer answer{.message = message};
    if (listed)
      answer.payload =
          List{.name = "photo", .plural = "photos", .items = {object_of(fields)}, .page = {}, .total_count = 1};
    else
      answer.payload = Single{.name = "thing", .object = object_of(fields)};
    const http::Reply reply = ok_reply(call, format, site, answer);
    if (format.syntax == Format::Syntax::xml)
      check_xml(reply, fields, message, listed);
    else
      check_json(reply, format, fields, message, listed);
  }
  const http::Reply refusal =
      error_reply(call, format, problem(Code::invalid_input, message.empty() ? "bad" : message));
  if (format.syntax == Format::Syntax::xml)
    check_xml(refusal, {}, message.empty() ? "bad" : message, false);
  else
    unwrapped(refusal.body, format);
  return 0;
}
