#include "app/settings.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <sstream>

#include <toml++/toml.h>

#include "api/variables.h"
#include "app/settings_table.h"
#include "base/text.h"

namespace stile::app {
namespace {

// Variables of other tools around the server, which are not settings: the settings file's own path (main reads it) and
// what ./dev, the tests and the benchmarks pass to each other.
constexpr std::array<std::string_view, 2> kOtherVariables{"STILE_CONFIG", "STILE_BIN"};
constexpr std::array<std::string_view, 4> kOtherPrefixes{"STILE_DEV_", "STILE_TEST_", "STILE_BENCH_", "STILE_FAIL"};

bool belongs_to_other_tools(std::string_view name) {
  return std::find(kOtherVariables.begin(), kOtherVariables.end(), name) != kOtherVariables.end() ||
         std::any_of(kOtherPrefixes.begin(), kOtherPrefixes.end(),
                     [&](auto prefix) { return name.starts_with(prefix); });
}

// Levenshtein; names are short.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t cost = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({cost, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The nearest setting as `spell` writes names, or nothing when none is near. The key alone also counts, for a name that
// lacks its section.
template <class Spell>
std::string did_you_mean(std::string_view unknown, Spell spell) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, unknown.size() / 4) + 1;
  for (const Setting& setting : settings_table()) {
    const std::string name = spell(setting);
    std::size_t distance = edit_distance(unknown, name);
    if (unknown == setting.key()) distance = 0;
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best.empty() ? "; `stile config` lists all settings" : "; did you mean " + best + "?";
}

std::string dotted(const Setting& setting) { return std::string(setting.name); }

// Collects values and complaints of all sources.
class Loader {
 public:
  explicit Loader(Settings& settings) : settings_(settings) {
    for (const Setting& setting : settings_table()) take(setting, setting.fallback, "default");
  }

  void take(const Setting& setting, std::string_view text, const std::string& origin) {
    if (!assign(setting, settings_, text)) refuse(setting, text, origin);
  }
  void refuse(const Setting& setting, std::string_view text, const std::string& origin) {
    complain(std::string(setting.name) + " (" + origin + "): \"" + std::string(text) + "\" is not valid; give " +
             valid_values(setting));
  }
  void complain(std::string error) { errors_.push_back(std::move(error)); }

  void take_file(const std::string& text, const std::string& file_name);
  void take_env(const std::string& name, const std::string& value);
  void take_override(const std::string& name, const std::string& value);
  void check_together();

  std::vector<std::string> errors() && { return std::move(errors_); }

 private:
  void take_node(const std::string& name, const toml::node& node, const std::string& file_name);

  Settings& settings_;
  std::vector<std::string> errors_;
};

std::string at_line(const std::string& file_name, const toml::source_region& region) {
  return file_name + ":" + std::to_string(region.begin.line);
}

// The text of a scalar or of a list of strings, as it would stand in a variable; nothing for anything else.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  const auto* list = node.as_array();
  if (list == nullptr) return std::nullopt;
  std::string joined;
  for (const toml::node& item : *list) {
    const auto* text = item.as_string();
    if (text == nullptr || text->get().find(',') != std::string::npos) return std::nullopt;
    joined += (joined.empty() ? "" : ",") + text->get();
  }
  return joined;
}

void Loader::take_node(const std::string& name, const toml::node& node, const std::string& file_name) {
  const std::string origin = at_line(file_name, node.source());
  const Setting* setting = find_setting(name);
  if (setting == nullptr) {
    complain(name + " (" + origin + "): there is no such setting" + did_you_mean(name, dotted));
  } else if (const auto text = text_of(node)) {
    take(*setting, *text, origin);
  } else {
    std::ostringstream shown;
    shown << toml::node_view<const toml::node>(node);
    refuse(*setting, shown.str(), origin);
  }
}

void Loader::take_file(const std::string& text, const std::string& file_name) {
  toml::table file;
  try {
    file = toml::parse(text, file_name);
  } catch (const toml::parse_error& error) {
    complain(at_line(file_name, error.source()) + ": not TOML: " + std::string(error.description()));
    return;
  }
  for (const auto& [section, node] : file) {
    const auto* keys = node.as_table();
    if (keys == nullptr) {
      take_node(std::string(section.str()), node, file_name);
      continue;
    }
    for (const auto& [key, value] : *keys) {
      take_node(std::string(section.str()) + "." + std::string(key.str()), value, file_name);
    }
  }
}

void Loader::take_env(const std::string& name, const std::string& value) {
  if (!name.starts_with("STILE_") || belongs_to_other_tools(name)) return;
  for (const Setting& setting : settings_table()) {
    if (env_name(setting) == name) return take(setting, value, name);
  }
  complain(name + " (environment): there is no such setting" + did_you_mean(name, env_name));
}

void Loader::take_override(const std::string& name, const std::string& value) {
  const bool is_flag = name.starts_with("--");
  for (const Setting& setting : settings_table()) {
    const bool same = is_flag ? flag_name(setting) == name || setting.short_flag == name : setting.name == name;
    if (same) return take(setting, value, is_flag ? name : "--set");
  }
  if (is_flag) {
    complain(name + " (command line): there is no such setting" + did_you_mean(name, flag_name));
  } else {
    complain(name + " (--set): there is no such setting" + did_you_mean(name, dotted));
  }
}

// Values that are each fine and contradict each other.
void Loader::check_together() {
  const auto need = [&](bool holds, std::string_view left, std::string_view relation, std::string_view right) {
    if (holds) return;
    const auto shown = [&](std::string_view name) {
      return std::string(name) + " (" + format(*find_setting(name), settings_) + ")";
    };
    complain(shown(left) + " " + std::string(relation) + " " + shown(right));
  };
  const Settings& s = settings_;
  need(s.token.min_valid_minutes <= s.token.valid_minutes, "token.min_valid_minutes", "must not be above",
       "token.valid_minutes");
  need(s.token.valid_minutes <= s.token.max_valid_minutes, "token.valid_minutes", "must not be above",
       "token.max_valid_minutes");
  need(s.upload.max_field_bytes <= s.upload.max_form_bytes, "upload.max_field_bytes", "must not be above",
       "upload.max_form_bytes");
  need(s.page.chunk_bytes <= s.upload.max_chunk_bytes / 2, "page.chunk_bytes",
       "must be at most half (the last chunk may be twice as large) of", "upload.max_chunk_bytes");
  need(s.notify.connect_timeout <= s.notify.total_timeout, "notify.connect_timeout", "must not be above",
       "notify.total_timeout");
  need(s.notify.first_retry <= s.notify.max_retry, "notify.first_retry", "must not be above", "notify.max_retry");
  if (s.server.listen.is_off() && s.tls.listen.is_off())
    complain("server.listen and tls.listen are both empty: there is nothing to listen on");
  if (!s.tls.listen.is_off() && (s.tls.certificate.empty() || s.tls.key.empty()))
    complain("tls.listen (" + to_string(s.tls.listen) + ") needs tls.certificate and tls.key");
  std::set<std::string> variables;  // an element cannot have two attributes of one name; and who would tell a from A?
  for (const std::string& key : s.photo.variables) {
    if (const std::string why = api::why_no_variable(key); !why.empty())
      complain("photo.variables: \"" + key + "\" " + why);
    else if (!variables.insert(to_lower(key)).second)
      complain("photo.variables: \"" + key + "\" is there twice");
  }
  if (s.photo.variables.size() > api::kMaxVariables)
    complain("photo.variables: at most " + std::to_string(api::kMaxVariables) + " names");
  if (s.upload.block_bytes % 4096 != 0) {
    complain("upload.block_bytes (" + std::to_string(s.upload.block_bytes) + " B) must be a multiple of 4 KiB");
  }
}

bool is_wildcard(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

// The domain with a port that is not the scheme's own, unless it carries one; what follows the last ']' or the whole name
// decides.
std::string authority(const std::string& domain, std::uint16_t port, std::uint16_t usual) {
  const bool has_port =
      domain.find(':', domain.rfind(']') == std::string::npos ? 0 : domain.rfind(']')) != std::string::npos;
  return domain + (has_port || port == usual || port == 0 ? "" : ":" + std::to_string(port));
}

}  // namespace

std::expected<Settings, std::vector<std::string>> load_settings(const Sources& sources) {
  Settings settings;
  Loader loader(settings);
  if (sources.file_text) loader.take_file(*sources.file_text, sources.file_name);
  for (const auto& [name, value] : sources.env) loader.take_env(name, value);
  for (const auto& [name, value] : sources.overrides) loader.take_override(name, value);
  loader.check_together();
  auto errors = std::move(loader).errors();
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return settings;
}

std::vector<std::pair<std::string, std::string>> stile_environment(const char* const* environment) {
  std::vector<std::pair<std::string, std::string>> found;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::size_t equals = entry.find('=');
    if (!entry.starts_with("STILE_") || equals == std::string_view::npos) continue;
    if (entry.substr(0, equals) == "STILE_FAILPOINT") continue;  // no setting: base/failpoint.h
    found.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return found;
}

std::string effective_domain(const Settings& settings) {
  if (!settings.server.domain.empty()) return settings.server.domain;
  const std::string& host = (settings.server.listen.is_off() ? settings.tls.listen : settings.server.listen).host;
  if (is_wildcard(host)) return "localhost";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string effective_public_url(const Settings& settings, std::uint16_t bound_port) {
  if (!settings.server.public_url.empty()) return settings.server.public_url;
  if (settings.server.listen.is_off()) return effective_secure_url(settings, bound_port);
  return "http://" + authority(effective_domain(settings), bound_port, 80);
}

std::string effective_secure_url(const Settings& settings, std::uint16_t tls_port) {
  if (!settings.server.public_url.empty()) return settings.server.public_url;
  return "https://" + authority(effective_domain(settings), tls_port, 443);
}

}  // namespace stile::app
