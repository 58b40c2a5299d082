#include "app/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>

#include "api/methods.h"
#include "api/openapi.h"
#include "base/visible.h"
#include "web/assets.h"

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
  while (!text.empty()) {
    const Character next = first_character(text);
    if (!next.visible) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(next.code));
    } else {
      if (next.code == U'"' || next.code == U'\\') out.push_back('\\');
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  out.push_back('"');
  return out;
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (!next.visible || std::u32string_view(U" \"\\=").contains(next.code)) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

bool is_a_method(std::string_view path) {
  if (path == api::kOpenApiPath) return true;
  const auto target = api::parse_target(path);
  if (!target) return false;
  if (api::find_method(target->endpoint, target->generation) != nullptr) return true;
  const std::string_view name = std::string_view(target->endpoint).substr(std::string_view("/api/").size());
  return std::ranges::find(api::streamed_methods(), name, &api::Method::name) != api::streamed_methods().end();
}

}  // namespace

std::string loggable_path(std::string_view path) {
  if (is_a_method(path) || web::find_asset(path) != nullptr) return std::string(path);
  // "/api/../upload/<token>" gets here too, from clients and proxies that take paths apart in their own way.
  if (path.starts_with("/api/")) return "/api/…";
  for (const std::string_view known : {"/", "/healthz", "/readyz", "/metrics", "/login", "/logout",
                                       "/oauth/request_token", "/oauth/authorize", "/oauth/access_token"})
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
