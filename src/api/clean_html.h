// Making hostile markup harmless, with libxml2's HTML parser: titles lose all of it, descriptions keep a small subset.
//
// What a description may have: p br b i em strong ul ol li blockquote h1 to h6 without attributes, and <a href> to
// http, https or mailto. Anything else, one tag or one attribute, and all of the markup goes (spec/api.md 3.1).
// Entities are decoded once by the parser. A '<' that cannot begin a tag ("a < b", "I <3 you") is text, as in browsers.
// Comments, and what script and style hold, always go. Bare <html> and <body> tags are not noticed.
// Memory and time: input is at most kMaxMarkup bytes; the parser loads nothing from anywhere, expands no declared
// entities, and gives up beyond 256 levels. It prints nothing. Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace stile::api {

inline constexpr std::size_t kMaxMarkup = 256 * 1024;

// Plain text on one line: tags gone, entities decoded, control characters turned into spaces, trimmed. It may contain
// '<' and '&' as characters: escape it where it is shown, never decode it again. Whoever forgets to escape it finds no '<'
// that begins a tag, also none that was written as an entity.
// Fails with invalid_input: too long, nested too deeply, or with tags in entities of entities of entities.
Result<std::string> strip_markup(std::string_view text);

// HTML that may be put into a page as it is. Text without any '<' is left alone. Fails like strip_markup.
Result<std::string> clean_html(std::string_view html);

}  // namespace stile::api
