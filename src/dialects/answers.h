// Answers: which HTTP status each error is told with, per dialect, and in which words. The one table.
// Source: design.md "Answers"; invariant I7; spec/api.md 4.5, 4.6.
//
// A chunk is never answered with anything but 200, 204 (test only), 301, 400, 500 and 503, because clients disagree about
// the rest: 500 is "cancel this upload", 400 "malformed", 503 "send it again".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace stile::dialects {

enum class Dialect {
  form,   // a plain form: ordinary codes, nobody retries
  chunk,  // Resumable.js and its family, test requests included
};

int status_of(Dialect dialect, Errc code);

// One plain sentence for the person or the program on the other side: the error's own message, or the usual one.
std::string words_of(const Error& error);

}  // namespace stile::dialects
