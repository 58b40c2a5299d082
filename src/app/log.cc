#include "app/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace stile::app {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

// As a JSON string: no line can be forged, whatever a client sent.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '\\' || c == '=' || c == 0x7f) return false;
  return true;
}

}  // namespace

std::string loggable_path(std::string_view path) {
  if (path.starts_with("/api/") || path.starts_with("/assets/")) return std::string(path);
  for (const std::string_view known : {"/", "/healthz", "/readyz", "/metrics", "/login", "/logout", "/oauth/request_token",
                                       "/oauth/authorize", "/oauth/access_token"})
    if (path == known) return std::string(path);
  return "/…";
}

Log::Log(const LogSettings& settings) : settings_(settings) {
  auto logger = spdlog::stderr_logger_mt("stile");
  logger->set_level(to_spdlog(settings.level));
  logger->set_pattern(settings.format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                                         : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (!wants(level)) return;
  const bool json = settings_.format == LogFormat::json;
  std::string line = json ? "\"event\":" + quoted(event) : std::string(event);
  for (const auto& [name, value] : fields) {
    if (json)
      line += "," + quoted(name) + ":" + quoted(value);
    else
      line += " " + std::string(name) + "=" + (is_plain(value) ? value : quoted(value));
  }
  spdlog::default_logger_raw()->log(to_spdlog(level), line);
}

}  // namespace stile::app
