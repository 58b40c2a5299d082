#include "http/part_head.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace stile::http {
namespace {

auto malformed(std::string what) { return fail(Errc::invalid_input, "Malformed multipart body: " + std::move(what)); }

bool is_token_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_character); }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Parameter {
  std::string_view name;
  std::string value;
  bool quoted = false;
};

struct Parameterised {
  std::string_view value;  // before the first ';'
  std::vector<Parameter> parameters;
};

// More than any client sends; looking for equal names is quadratic.
constexpr std::size_t kMaxParameters = 16;

// Reads a quoted string at the front of `text`, which begins with '"', and removes it. A backslash escapes a quote or
// another backslash only: old browsers send C:\path\file.jpg as it is.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

// `value; name=token; name="quoted"`. Unquoted values reach to the next ';', because real clients leave out quotes
// around more than tokens.
std::optional<Parameterised> parse_parameters(std::string_view text) {
  Parameterised result;
  const std::size_t end = std::min(text.find(';'), text.size());
  result.value = trim_blanks(text.substr(0, end));
  text.remove_prefix(end);
  while (!text.empty()) {
    text = trim_blanks(text.substr(1));  // the ';'
    if (text.empty()) break;             // a trailing ';' is harmless
    if (result.parameters.size() == kMaxParameters) return std::nullopt;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    Parameter parameter{.name = trim_blanks(text.substr(0, equals)), .value = {}};
    if (!is_token(parameter.name)) return std::nullopt;
    text = trim_blanks(text.substr(equals + 1));
    if (text.starts_with('"')) {
      auto value = take_quoted(text);
      if (!value) return std::nullopt;
      parameter.value = std::move(*value);
      parameter.quoted = true;
      text = trim_blanks(text);
      if (!text.empty() && text.front() != ';') return std::nullopt;
    } else {
      const std::size_t value_end = std::min(text.find(';'), text.size());
      parameter.value = trim_blanks(text.substr(0, value_end));
      if (parameter.value.empty()) return std::nullopt;  // only quotes can hold nothing
      text.remove_prefix(value_end);
    }
    // Which of two equal names counts is a matter of taste, and so a way to get past somebody else's check.
    for (const Parameter& other : result.parameters)
      if (iequals(other.name, parameter.name)) return std::nullopt;
    result.parameters.push_back(std::move(parameter));
  }
  return result;
}

// Browsers write three characters of a name as %22, %0D and %0A, and no others: a '%' before anything else is itself.
std::string undo_browser_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view escape = text.substr(i, 3);
    const char plain = escape == "%22" ? '"' : iequals(escape, "%0D") ? '\r' : iequals(escape, "%0A") ? '\n' : '\0';
    out.push_back(plain != '\0' ? plain : text[i]);
    if (plain != '\0') i += 2;
  }
  return out;
}

// UTF-8''percent-encoded (RFC 5987). Other charsets are not worth their tables.
std::optional<std::string> decode_extended(std::string_view text) {
  const std::size_t charset_end = text.find('\'');
  if (charset_end == std::string_view::npos || !iequals(text.substr(0, charset_end), "utf-8")) return std::nullopt;
  const std::size_t language_end = text.find('\'', charset_end + 1);
  if (language_end == std::string_view::npos) return std::nullopt;
  return percent_decode(text.substr(language_end + 1), Plus::is_plus);
}

Result<void> read_disposition(std::string_view text, PartHead& head) {
  const auto disposition = parse_parameters(text);
  if (!disposition) return malformed("bad Content-Disposition");
  if (!iequals(disposition->value, "form-data")) return malformed("a part is not form-data");
  std::optional<std::string> name, file_name, extended_file_name;
  for (const Parameter& parameter : disposition->parameters) {
    const auto plain = [&] { return parameter.quoted ? undo_browser_escapes(parameter.value) : parameter.value; };
    if (iequals(parameter.name, "name")) {
      name = plain();
    } else if (iequals(parameter.name, "filename")) {
      file_name = plain();
    } else if (iequals(parameter.name, "filename*")) {
      extended_file_name = decode_extended(parameter.value);
      if (!extended_file_name) return malformed("bad filename*");
    }
  }
  if (!name) return malformed("a part has no name");
  if (extended_file_name) file_name = std::move(extended_file_name);
  for (const std::string_view word : {std::string_view(*name), std::string_view(file_name ? *file_name : *name)}) {
    if (!is_valid_utf8(word)) return malformed("a name is not valid UTF-8");
    if (word.contains('\0')) return malformed("NUL in a name");
  }
  head.name = std::move(*name);
  head.file_name = std::move(file_name);
  return {};
}

bool starts_with_word(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  auto type = parse_parameters(content_type);
  if (!type || !iequals(type->value, "multipart/form-data")) return std::nullopt;
  const auto found = std::ranges::find_if(type->parameters, [](auto& p) { return iequals(p.name, "boundary"); });
  if (found == type->parameters.end()) return std::nullopt;
  const std::string& boundary = found->value;
  const bool allowed = std::ranges::all_of(boundary, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("'()+_,-./:=? ").contains(c);
  });
  if (boundary.empty() || boundary.size() > 70 || boundary.back() == ' ' || !allowed) return std::nullopt;
  return boundary;
}

Result<PartHead> parse_part_head(std::string_view lines) {
  PartHead head;
  std::optional<std::string_view> disposition;
  bool has_content_type = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    if (std::ranges::any_of(line, is_control)) return malformed("control character in a part's head");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return malformed("bad header in a part's head");
    const std::string_view name = line.substr(0, colon), value = trim_blanks(line.substr(colon + 1));
    if (iequals(name, "Content-Disposition")) {
      if (disposition) return malformed("two Content-Disposition");
      disposition = value;
    } else if (iequals(name, "Content-Type")) {
      if (std::exchange(has_content_type, true)) return malformed("two Content-Type");
      if (starts_with_word(value, "multipart/")) return malformed("nested multipart");
      head.content_type = value;
    } else if (iequals(name, "Content-Transfer-Encoding")) {
      // Storing base64 text as if it were the photo would be worse than refusing it.
      if (!iequals(value, "binary") && !iequals(value, "8bit") && !iequals(value, "7bit"))
        return malformed("unknown Content-Transfer-Encoding");
    }
  }
  if (!disposition) return malformed("a part has no Content-Disposition");
  STILE_TRY(read_disposition(*disposition, head));
  return head;
}

}  // namespace stile::http
