// The values of a reply: Object, an ordered list of named, typed fields, and Answer, everything a method says.
//
// One value is written differently by generation and format (spec/api.md 1.1, 1.4, 1.5):
//
//             v1 XML            v1 JSON     v2 JSON
//   text      text              "text"      "text"
//   number    7                 "7"         7
//   decimal   47.44             "47.44"     47.44
//   flag      1 or 0            1 or 0      true or false
//   null      (empty)           ""          null
//   strings   comma-separated   array       array
//   objects   <item …/> each    array       array
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace stile::api {

using Strings = std::vector<std::string>;
class Object;
using Objects = std::vector<Object>;
using Value = std::variant<std::monostate, std::string, std::int64_t, double, bool, Strings, Objects>;

struct Field {
  std::string name;
  Value value;
  bool child = false;  // in XML lists a child element instead of an attribute: long texts and lists of strings
};

class Object {
 public:
  Object& text(std::string name, std::string value) { return add(std::move(name), std::move(value), false); }
  Object& long_text(std::string name, std::string value) { return add(std::move(name), std::move(value), true); }
  Object& number(std::string name, std::int64_t value) { return add(std::move(name), value, false); }
  Object& decimal(std::string name, double value) { return add(std::move(name), value, false); }
  Object& flag(std::string name, bool value) { return add(std::move(name), value, false); }
  Object& null(std::string name) { return add(std::move(name), std::monostate{}, false); }
  Object& strings(std::string name, Strings value) { return add(std::move(name), std::move(value), true); }
  Object& objects(std::string name, Objects value) { return add(std::move(name), std::move(value), true); }
  // The number, or null for 0: ids that nobody has.
  Object& id(std::string name, std::int64_t value) {
    return value == 0 ? null(std::move(name)) : number(std::move(name), value);
  }

  // The fields of these names, in this order; each must exist. Methods build one object and order it per format.
  Object ordered(std::initializer_list<std::string_view> names) const {
    Object result;
    for (const std::string_view name : names) {
      const auto found = std::ranges::find(fields_, name, &Field::name);
      CHECK(found != fields_.end());
      result.fields_.push_back(*found);
    }
    return result;
  }

  const std::vector<Field>& fields() const { return fields_; }
  bool empty() const { return fields_.empty(); }
  bool operator==(const Object& other) const {
    return std::ranges::equal(fields_, other.fields_, [](const Field& a, const Field& b) {
      return a.name == b.name && a.value == b.value && a.child == b.child;
    });
  }

 private:
  Object& add(std::string name, Value value, bool child) {
    fields_.push_back({std::move(name), std::move(value), child});
    return *this;
  }

  std::vector<Field> fields_;
};

// One object: children of <response>, a v1 JSON key, v2 `data`.
struct Single {
  std::string name;  // the v1 JSON key: "uploadtoken"
  Object object;
};

struct Page {
  std::int64_t p = 1;
  std::int64_t size = 20;
};

// Many objects of one class.
struct List {
  std::string name;    // of an XML element, and of the singular twin: "photo"
  std::string plural;  // the v1 JSON key: "photos"
  std::vector<Object> items;
  std::optional<Page> page;  // none: the method does not page
  std::int64_t total_count = 0;
};

struct Answer {
  std::string message = {};  // may be empty
  std::variant<std::monostate, Single, List> payload = {};
  Strings v2_twins = {};  // v2 lists only: further keys that hold the array of `data`
  Object v2_top = {};  // v2 only: fields beside `data`, for clients that look there (spec 4.5)
};

}  // namespace stile::api
