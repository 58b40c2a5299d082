// Small text tools that every layer needs: numbers, encodings, UTF-8, secrets.
//
// All functions are pure and take hostile input: each says what it does with bad text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/params.h"
#include "base/result.h"

namespace stile {

// A whole decimal number without sign, spaces or leading '+'; nullopt for anything else, overflow included.
std::optional<std::uint64_t> parse_u64(std::string_view text);
// The same with an optional leading '-'.
std::optional<std::int64_t> parse_i64(std::string_view text);
// 0/1, t/f, true/false, yes/no in any case (spec 1.2); nullopt for anything else.
std::optional<bool> parse_flag(std::string_view text);

// RFC 3986: everything but unreserved characters becomes %XX (upper-case hex).
std::string percent_encode(std::string_view text);
// application/x-www-form-urlencoded value: like percent_encode, but a space becomes '+'.
std::string form_encode(std::string_view text);
// Decodes %XX (and '+' to space when `plus` says so); nullopt for a broken escape.
enum class Plus { is_space, is_plus };
std::optional<std::string> percent_decode(std::string_view text, Plus plus);
// "a=1&b=2" in order. A pair without '=' has an empty value. Fails with invalid_input (broken escapes, bytes that are not
// UTF-8, NUL) or limit (more than `max_pairs`).
Result<Params> parse_form(std::string_view text, std::size_t max_pairs);
// What can be read of a form that parse_form refuses: its first good pairs. Only to say so in the form that was asked for.
Params readable_pairs(std::string_view text, std::size_t max_pairs);
std::string to_form(const Params& params);

// Strict: shortest form only, no surrogates, nothing above U+10FFFF.
bool is_valid_utf8(std::string_view text);

// Standard alphabet, '=' padding optional, no white space; nullopt for anything else.
std::optional<std::string> base64_decode(std::string_view text);
std::string base64_encode(Bytes bytes);
std::string hex_encode(Bytes bytes);  // lower case

// & < > " ' become entities: safe in HTML and XML text and in quoted attributes.
std::string escape_markup(std::string_view text);

// Whether two secrets are equal, in time that depends on their lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);
// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view text);

std::string to_lower(std::string_view text);  // ASCII only
std::string_view trim(std::string_view text);  // ASCII white space at both ends
bool iequals(std::string_view a, std::string_view b);  // ASCII only
std::vector<std::string_view> split(std::string_view text, char separator);  // "" gives one empty piece

}  // namespace stile
