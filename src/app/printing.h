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

// For a terminal: what strangers have written must neither command it nor look like lines of ours. Control characters
// become \n and \x1b; the text is UTF-8.
std::string printable(std::string_view text);

// A line per fact, or one line of JSON.
void print_facts(const boost::json::object& facts, Output output);
// The objects with an empty line behind each, or one line of JSON.
void print_list(const boost::json::array& list, Output output);

std::string iso_time(WallTime time);  // "2026-01-31T12:00:00Z"

}  // namespace stile::app
