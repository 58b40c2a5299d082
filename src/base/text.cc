#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace stile {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  // from_chars takes no '+', no spaces and no base prefix, which is exactly the strictness wanted.
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr char kLowerHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr bool is_unreserved(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// -1 for a character outside the alphabet.
constexpr auto kBase64Values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 64; ++i) values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}();

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string encode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) {
      out.push_back(c);
    } else if (c == ' ' && plus == Plus::is_space) {
      out.push_back('+');
    } else {
      out.push_back('%');
      out.push_back(kUpperHex[byte >> 4]);
      out.push_back(kUpperHex[byte & 15]);
    }
  }
  return out;
}

// The length of the UTF-8 sequence at the front of `text`, 0 when it is broken. `text` is not empty.
std::size_t utf8_sequence(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  unsigned char low = 0x80, high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

std::optional<std::uint64_t> parse_u64(std::string_view text) { return parse_number<std::uint64_t>(text); }

std::optional<std::int64_t> parse_i64(std::string_view text) { return parse_number<std::int64_t>(text); }

std::optional<bool> parse_flag(std::string_view text) {
  for (const std::string_view word : {"1", "t", "true", "yes"})
    if (iequals(text, word)) return true;
  for (const std::string_view word : {"0", "f", "false", "no"})
    if (iequals(text, word)) return false;
  return std::nullopt;
}

std::string percent_encode(std::string_view text) { return encode(text, Plus::is_plus); }

std::string form_encode(std::string_view text) { return encode(text, Plus::is_space); }

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  const auto is_special = [plus](char c) { return c == '%' || (c == '+' && plus == Plus::is_space); };
  for (;;) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if(text, is_special) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return out;
    if (text.front() == '+') {
      out.push_back(' ');
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 3) return std::nullopt;
    const int high = hex_value(text[1]), low = hex_value(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    text.remove_prefix(3);
  }
}

namespace {

// Takes the next pair off `text`; empty when there is none.
std::string_view next_pair(std::string_view& text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!pair.empty()) return pair;  // "a=1&&b=2" and a trailing '&' are common and mean nothing
  }
  return {};
}

}  // namespace

Params readable_pairs(std::string_view text, std::size_t max_pairs) {
  Params params;
  for (std::string_view pair = next_pair(text); !pair.empty() && params.size() < max_pairs; pair = next_pair(text))
    if (const auto good = parse_form(pair, 1); good)
      for (const auto& [name, value] : *good) params.add(name, value);
  return params;
}

Result<Params> parse_form(std::string_view text, std::size_t max_pairs) {
  const auto decode = [](std::string_view piece) -> Result<std::string> {
    auto decoded = percent_decode(piece, Plus::is_space);
    if (!decoded) return fail(Errc::invalid_input, "A parameter has a broken percent escape");
    if (!is_valid_utf8(*decoded)) return fail(Errc::invalid_input, "A parameter is not valid UTF-8");
    if (decoded->find('\0') != std::string::npos) return fail(Errc::invalid_input, "A parameter holds a NUL");
    return std::move(*decoded);
  };
  Params params;
  for (std::string_view pair = next_pair(text); !pair.empty(); pair = next_pair(text)) {
    if (params.size() == max_pairs) return fail(Errc::limit, "Too many parameters");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals));
    if (!name) return fail(std::move(name).error());
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return fail(std::move(value).error());
    params.add(std::move(*name), std::move(*value));
  }
  return params;
}

std::string to_form(const Params& params) {
  std::string out;
  for (const auto& [name, value] : params) {
    if (!out.empty()) out.push_back('&');
    out.append(form_encode(name)).append("=").append(form_encode(value));
  }
  return out;
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    // Most text is ASCII: skip it eight bytes at a time.
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      if (word & 0x8080808080808080u) break;
      text.remove_prefix(sizeof word);
    }
    if (text.empty()) return true;
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.ends_with("==")) {
    if (text.size() % 4 != 0) return std::nullopt;
    text.remove_suffix(2);
    if (text.size() % 4 != 2) return std::nullopt;
  } else if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return std::nullopt;
    text.remove_suffix(1);
    if (text.size() % 4 != 3) return std::nullopt;
  }
  if (text.size() % 4 == 1) return std::nullopt;

  std::string out;
  out.resize(text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  char* to = out.data();
  const auto value = [&](std::size_t i) {
    return static_cast<int>(kBase64Values[static_cast<unsigned char>(text[i])]);
  };
  std::size_t i = 0;
  int bad = 0;  // the sign bit gathers every -1, so that the loop has no branch per character
  for (; i + 4 <= text.size(); i += 4) {
    const int a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
    bad |= a | b | c | d;
    *to++ = static_cast<char>((a & 63) << 2 | (b & 63) >> 4);
    *to++ = static_cast<char>((b & 15) << 4 | (c & 63) >> 2);
    *to++ = static_cast<char>((c & 3) << 6 | (d & 63));
  }
  if (const std::size_t rest = text.size() - i; rest >= 2) {
    const int a = value(i), b = value(i + 1);
    bad |= a | b;
    *to++ = static_cast<char>((a & 63) << 2 | (b & 63) >> 4);
    int unused = b & 15;
    if (rest == 3) {
      const int c = value(i + 2);
      bad |= c;
      *to++ = static_cast<char>((b & 15) << 4 | (c & 63) >> 2);
      unused = c & 3;
    }
    if (unused != 0) return std::nullopt;  // bits that no encoder sets: one text per value
  }
  if (bad < 0) return std::nullopt;
  return out;
}

std::string base64_encode(Bytes bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<unsigned>(bytes[i + k]) : 0);
    out.push_back(kBase64[group >> 18]);
    out.push_back(kBase64[group >> 12 & 63]);
    out.push_back(have > 1 ? kBase64[group >> 6 & 63] : '=');
    out.push_back(have > 2 ? kBase64[group & 63] : '=');
  }
  return out;
}

std::string hex_encode(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte value : bytes) {
    out.push_back(kLowerHex[static_cast<unsigned>(value) >> 4]);
    out.push_back(kLowerHex[static_cast<unsigned>(value) & 15]);
  }
  return out;
}

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\'': out.append("&#39;"); break;
      default: out.push_back(c);
    }
  }
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string sha256_hex(std::string_view text) {
  std::array<std::byte, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return hex_encode(digest);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

}  // namespace stile
