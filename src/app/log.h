// The log: one line per event on standard error, as text or JSON. Everything from outside is escaped (no log injection);
// tokens and other secrets are never passed to it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "app/settings.h"

namespace stile::app {

// A request's path if it is of a kind that carries no secret (upload tokens and photo tokens stand in paths), else "/…".
std::string loggable_path(std::string_view path);

class Log {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

  explicit Log(const LogSettings& settings);

  // Threads: any. `event`: a few fixed words, e.g. "upload finished".
  void debug(std::string_view event, Fields fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(LogLevel::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) const { write(LogLevel::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(LogLevel::error, event, fields); }
  bool wants(LogLevel level) const { return level >= settings_.level; }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;
  const LogSettings settings_;
};

}  // namespace stile::app
