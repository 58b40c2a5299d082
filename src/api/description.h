// Description: what a method takes and answers, as data. From it come /api/2/openapi.json and `stile methods`.
//
// Name, level and generations stand in the table of methods alone (api/methods.h); a description names its method, and
// a method without one fails a test. The tables are in describe_*.cc, one per family. Everything is constexpr.
//
//   constexpr Parameter kMake[] = {in::text("title", "Name; markup is removed").required(), in::flag("hide_p",
//   "Hidden")}; constexpr Property kMade[] = {out::id("album_id"), out::text("token")};
//   {.name = "album/create", .tag = "album", .verb = Verb::post, .summary = "Makes an album", .parameters = kMake,
//    .data = kMade}
//
// Answers are described as v2 gives them. Numbers out of bounds are moved to the bound, not refused (decision 0005).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "api/errors.h"
#include "api/methods.h"

namespace stile::api {

enum class Kind {
  text,
  number,
  decimal,
  id,         // a positive whole number
  flag,       // 0 1 t f true false yes no; in answers a real boolean
  date,       // YYYY-MM-DD[ HH:MM[:SS]] or ISO 8601, UTC
  ids,        // ids, separated by commas
  words,      // texts, separated by commas; in answers an array
  one_of,     // one of `choices`
  file,       // the bytes of a file, in multipart/form-data only
  rendition,  // of answers: NAME_width, NAME_height, NAME_size and NAME_download
  objects,     // of answers: an array of objects with the properties `items`
  any,        // of answers: what cannot be said better, such as a number or a list of numbers as text
};

struct Parameter {
  std::string_view name;
  Kind kind = Kind::text;
  std::string_view meaning;  // one short sentence without a full stop
  bool is_required = false;
  std::string_view fallback = {};  // what holds when it is not given; empty: nothing does
  std::int64_t min = 0;            // of numbers
  std::int64_t max = 0;            // of numbers, and of texts in bytes; 0: no bound is promised
  std::string_view choices = {};   // separated by spaces
  Method::Offered offered = Method::Offered::both;

  constexpr Parameter with(auto change) const {
    Parameter copy = *this;
    change(copy);
    return copy;
  }
  constexpr Parameter required() const {
    return with([](Parameter& p) { p.is_required = true; });
  }
  constexpr Parameter otherwise(std::string_view value) const {
    return with([=](Parameter& p) { p.fallback = value; });
  }
  constexpr Parameter up_to(std::int64_t most) const {
    return with([=](Parameter& p) { p.max = most; });
  }
  constexpr Parameter between(std::int64_t least, std::int64_t most) const {
    return with([=](Parameter& p) { p.min = least, p.max = most; });
  }
  constexpr Parameter v1_only() const {
    return with([](Parameter& p) { p.offered = Method::Offered::v1; });
  }
  constexpr Parameter v2_only() const {
    return with([](Parameter& p) { p.offered = Method::Offered::v2; });
  }
};

namespace in {
constexpr Parameter of(Kind kind, std::string_view name, std::string_view meaning) {
  return {.name = name, .kind = kind, .meaning = meaning};
}
constexpr Parameter text(std::string_view name, std::string_view meaning) { return of(Kind::text, name, meaning); }
constexpr Parameter number(std::string_view name, std::string_view meaning) { return of(Kind::number, name, meaning); }
constexpr Parameter decimal(std::string_view name, std::string_view meaning) {
  return of(Kind::decimal, name, meaning);
}
constexpr Parameter id(std::string_view name, std::string_view meaning) { return of(Kind::id, name, meaning); }
constexpr Parameter flag(std::string_view name, std::string_view meaning) { return of(Kind::flag, name, meaning); }
constexpr Parameter date(std::string_view name, std::string_view meaning) { return of(Kind::date, name, meaning); }
constexpr Parameter ids(std::string_view name, std::string_view meaning) { return of(Kind::ids, name, meaning); }
constexpr Parameter words(std::string_view name, std::string_view meaning) { return of(Kind::words, name, meaning); }
constexpr Parameter file(std::string_view name, std::string_view meaning) { return of(Kind::file, name, meaning); }
// The first choice is what holds when none is given.
constexpr Parameter one_of(std::string_view name, std::string_view choices, std::string_view meaning) {
  Parameter parameter = of(Kind::one_of, name, meaning);
  parameter.choices = choices;
  parameter.fallback = choices.substr(0, choices.find(' '));
  return parameter;
}
}  // namespace in

struct Property {
  std::string_view name;
  Kind kind = Kind::text;
  bool may_be_null = false;
  bool is_always_there = true;  // but for what `fields` leaves out
  std::string_view choices = {};
  std::span<const Property> items = {};

  constexpr Property or_null() const { return {name, kind, true, is_always_there, choices, items}; }
  constexpr Property sometimes() const { return {name, kind, may_be_null, false, choices, items}; }
};

namespace out {
constexpr Property text(std::string_view name) { return {name, Kind::text}; }
constexpr Property number(std::string_view name) { return {name, Kind::number}; }
constexpr Property decimal(std::string_view name) { return {name, Kind::decimal}; }
constexpr Property id(std::string_view name) { return {name, Kind::id}; }
constexpr Property flag(std::string_view name) { return {name, Kind::flag}; }
constexpr Property words(std::string_view name) { return {name, Kind::words}; }
constexpr Property any(std::string_view name) { return {name, Kind::any}; }
constexpr Property objects(std::string_view name, std::span<const Property> items) {
  return {.name = name, .kind = Kind::objects, .items = items};
}
constexpr Property rendition(std::string_view name) { return {name, Kind::rendition}; }
constexpr Property one_of(std::string_view name, std::string_view choices) {
  return {.name = name, .kind = Kind::one_of, .choices = choices};
}
}  // namespace out

// How a method fails: a code, under its usual v2 status unless said otherwise.
struct Failure {
  Code code = Code::invalid_input;
  int v2_status = 0;
  // NOLINTNEXTLINE(google-explicit-constructor): tables list plain codes
  constexpr Failure(Code what = Code::invalid_input, int status = 0) : code(what), v2_status(status) {}
};

class Failures {
 public:
  static constexpr std::size_t kMost = 16;
  constexpr Failures() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): so that tables can say {Code::a, Code::b}
  constexpr Failures(std::initializer_list<Failure> list) {
    for (const Failure& each : list) all_[count_++] = each;  // one too many does not compile
  }
  constexpr auto begin() const { return all_.begin(); }
  constexpr auto end() const { return all_.begin() + count_; }

 private:
  std::array<Failure, kMost> all_{};
  std::size_t count_ = 0;
};

struct Description {
  enum class Verb { get, post };  // both work everywhere; OpenAPI shows the one that fits
  enum class Data {
    object,  // `data` has these properties
    list,    // an array of such objects, with total_count
    pages,   // the same, and the parameters p and size
    open,    // an object of any texts
    none,    // the answer is no envelope: bytes, or a redirect
  };
  enum class Extras { ignored, kept };  // what becomes of parameters that are not described

  std::string_view name;  // of the method
  std::string_view tag;   // what OpenAPI groups it under
  Verb verb = Verb::post;
  std::string_view summary;      // a few words, beginning with a verb
  std::string_view remark = {};  // what else must be known; may be empty
  std::span<const Parameter> parameters = {};
  bool takes_variables = false;  // and the site's custom variables, which are texts
  Extras extras = Extras::ignored;
  Data shape = Data::object;
  std::span<const Property> data = {};
  bool shows_variables = false;  // and the custom variables
  std::span<const Property> beside_data = {};  // at the top of the envelope too
  std::string_view twins = {};                 // further keys that hold the array of `data`, separated by spaces
  Failures failures = {};  // besides invalid_input, what authentication answers, permission_denied where there is a
                           // level, and temporarily_unavailable
};

// Of every method, by name.
std::span<const Description> descriptions();
// nullptr when there is none.
const Description* find_description(std::string_view method);

// The families, each in its own file.
std::span<const Description> album_descriptions();
std::span<const Description> login_descriptions();
std::span<const Description> photo_descriptions();
std::span<const Description> site_descriptions();
std::span<const Description> tag_descriptions();
std::span<const Description> token_descriptions();
std::span<const Description> token_life_descriptions();
std::span<const Description> upload_descriptions();
std::span<const Description> user_descriptions();
std::span<const Description> webhook_descriptions();

}  // namespace stile::api
