// How commands print what they have found, and complain.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace stile::app {

enum class Output { text, json };

// Says on standard error what is wrong; returns the exit code for it.
int complain(const std::string& words);
int complain(const Error& error);

// For a terminal: what strangers have written must neither command it nor look like lines of ours, nor hide behind
// characters that turn or vanish. Those that are not visible (base/visible.h) become \n, \x1b and \u202e.
std::string printable(std::string_view text);
// The same of one line of JSON, which stays the same JSON: such characters occur within its strings only.
std::string printable_json(std::string_view text);

// A line per fact, or one line of JSON.
void print_facts(const boost::json::object& facts, Output output);
// The objects with an empty line behind each, or one line of JSON.
void print_list(const boost::json::array& list, Output output);

std::string iso_time(WallTime time);  // "2026-01-31T12:00:00Z"

}  // namespace stile::app
