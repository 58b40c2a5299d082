// Settings of the server: every number and name an operator may change, as one plain value.
//
// One table (settings_table.cc) holds name, type, default, range, meaning and the reason for the default. The file, the
// environment, the flags, `stile config` and docs/configuration.md are all made from it.
// Precedence: flags > STILE_* variables > file > default.
//
// Units: sizes in bytes, times in std::chrono::milliseconds, `*_minutes` in minutes as the wire speaks of them.
// Errors: loading never stops at the first one; each error is a sentence naming the setting, where the value came from,
// the value and what would be valid. Threads: a Settings is a value without shared state; the functions here are pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/durability.h"

namespace stile::app {

using stile::Durability;  // invariant I1: when bytes are synced
enum class LogLevel { trace, debug, info, warn, error, off };
enum class LogFormat { text, json };
enum class MetricsAccess { off, loopback, everybody };

struct HostPort {
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 0;
  bool is_off() const { return host.empty(); }
  bool operator==(const HostPort&) const = default;
};
std::string to_string(const HostPort& address);  // "127.0.0.1:8023", "[::1]:8023", "" when it is off

struct ServerSettings {
  HostPort listen;
  std::string data;
  std::string domain;       // empty: see effective_domain
  std::string public_url;   // empty: see effective_public_url
  std::uint64_t loops = 0;  // 0: one per core
  std::uint64_t max_connections = 0;
  std::uint64_t max_connections_per_address = 0;  // 0: any number
  std::uint64_t max_head_bytes = 0;
  std::chrono::milliseconds head_timeout{};
  std::chrono::milliseconds idle_timeout{};
  std::chrono::milliseconds body_timeout{};
  std::uint64_t min_body_rate = 0;  // bytes per second
  std::chrono::milliseconds body_rate_grace{};
  std::chrono::milliseconds write_timeout{};
  std::uint64_t early_refusal_bytes = 0;
  std::chrono::milliseconds early_refusal_time{};
  std::chrono::milliseconds drain_timeout{};
  MetricsAccess metrics = MetricsAccess::loopback;  // who may see /metrics: api/probes.h
};

struct TlsSettings {
  HostPort listen;
  std::string certificate;
  std::string key;
  std::chrono::milliseconds handshake_timeout{};
  std::chrono::milliseconds check_every{};  // 0: never
};

struct ProxySettings {
  std::vector<std::string> trusted;  // "10.0.0.0/8"
  std::vector<std::string> headers;  // "X-Forwarded-For"
};

struct UploadSettings {
  Durability durability = Durability::chunk;
  std::uint64_t max_file_bytes = 0;
  std::uint64_t max_chunk_bytes = 0;
  std::uint64_t max_form_fields = 0;
  std::uint64_t max_field_bytes = 0;
  std::uint64_t max_form_bytes = 0;
  std::uint64_t form_memory = 0;
  std::vector<std::string> accepted_types;  // "image/*", "video/mp4"
  std::chrono::milliseconds grace{};
  std::chrono::milliseconds replay{};
  std::chrono::milliseconds abandon_after{};
  std::uint64_t max_open_per_token = 0;
  std::uint64_t max_spools = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t blocks = 0;
  std::chrono::milliseconds retry_delay{};
  std::uint64_t low_water_bytes = 0;
};

struct TokenSettings {
  std::uint64_t valid_minutes = 0;
  std::uint64_t min_valid_minutes = 0;
  std::uint64_t max_valid_minutes = 0;
  std::uint64_t max_uploads_v1 = 0;
  std::uint64_t max_uploads_v2 = 0;
  std::chrono::milliseconds watch_every{};
  std::chrono::milliseconds keep_ended{};  // 0: for ever
};

// The named pools: threads and the length of their queues.
struct DiskSettings {
  std::uint64_t threads = 0;
  std::uint64_t queue = 0;
};
struct DbSettings {
  std::uint64_t queue = 0;
  std::uint64_t readers = 0;
};
struct OutSettings {
  std::uint64_t threads = 0;
  std::uint64_t queue = 0;
};

// How the archive is read again: engine/scrubber.h.
struct ScrubSettings {
  std::chrono::milliseconds every{};  // 0: never
  std::uint64_t max_rate = 0;         // bytes per second
};

struct NotifySettings {
  bool allow_private_addresses = false;
  std::chrono::milliseconds connect_timeout{};
  std::chrono::milliseconds total_timeout{};
  std::chrono::milliseconds first_retry{};
  std::chrono::milliseconds max_retry{};
  std::chrono::milliseconds give_up_after{};
  std::chrono::milliseconds keep_delivered{};  // 0: for ever
  std::chrono::milliseconds keep_dead{};       // 0: for ever
  std::uint64_t max_webhooks = 0;
  std::uint64_t max_failure_callbacks = 0;
};

struct CorsSettings {
  std::vector<std::string> origins;  // "*" or "https://example.com"
};

// Custom variables of photos: api/variables.h; their files: engine/file_remover.h.
struct PhotoSettings {
  std::vector<std::string> variables;
  std::uint64_t max_variable_bytes = 0;
  std::chrono::milliseconds keep_removed_files{};  // 0: not at all
};

struct SiteSettings {
  std::string name;
  std::uint64_t id = 0;
  std::string product_key;
  std::uint64_t tree_id = 0;
  bool open = false;
  std::uint64_t license_id = 0;
};

struct AuthSettings {
  std::chrono::milliseconds nonce_window{};
  std::uint64_t max_nonces = 0;
  bool lenient_post_query = false;
  std::chrono::milliseconds session_life{};
  std::chrono::milliseconds request_token_life{};
  std::uint64_t login_tries_per_user = 0;
  std::uint64_t login_tries_per_address = 0;
  std::chrono::milliseconds login_window{};
  std::uint64_t password_threads = 0;
  std::uint64_t password_queue = 0;
};

struct PageSettings {
  std::uint64_t chunk_bytes = 0;
  std::uint64_t parallel = 0;
  std::string accent;  // "#rrggbb"
  std::string logo;    // path on this host, or empty
};

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

// Zeroes until loaded: the defaults live in the table only. Use load_settings({}) for a Settings of defaults.
struct Settings {
  ServerSettings server;
  TlsSettings tls;
  ProxySettings proxy;
  UploadSettings upload;
  TokenSettings token;
  DiskSettings disk;
  DbSettings db;
  OutSettings out;
  ScrubSettings scrub;
  NotifySettings notify;
  CorsSettings cors;
  PhotoSettings photo;
  SiteSettings site;
  AuthSettings auth;
  PageSettings page;
  LogSettings log;
};

// Where values come from. Later entries of a list win over earlier ones.
struct Sources {
  std::optional<std::string> file_text;                  // TOML
  std::string file_name;                                 // for the messages
  std::vector<std::pair<std::string, std::string>> env;  // all of it, or just STILE_*; other names are ignored
  // From the command line: {"server.listen", value} (as of `--set`) or {"--listen", value}.
  std::vector<std::pair<std::string, std::string>> overrides;
};

// The settings, or every error of every source as a sentence each.
std::expected<Settings, std::vector<std::string>> load_settings(const Sources& sources);

// The process environment (`environ`) as pairs, STILE_* only.
std::vector<std::pair<std::string, std::string>> stile_environment(const char* const* environment);

// A command-line flag that takes the value of one setting. Every setting has one ("--server-listen"); the common ones
// have a short one too ("--listen"), which then comes first in `names`.
struct SettingFlag {
  std::vector<std::string> names;
  std::string value_name;  // "HOST:PORT"
  std::string help;
  bool common = false;
};
std::vector<SettingFlag> setting_flags();

// What clients call this server. The domain is the setting, or the host it listens on ("localhost" for a wildcard
// address). The URL is scheme and authority without a trailing slash; `bound_port` is the port in use, as `listen` may
// say 0: that of server.listen, or of tls.listen when the former is off. The secure one is for clients that came by https; a
// `tls_port` of 0 is the scheme's own, for a proxy.
std::string effective_domain(const Settings& settings);
std::string effective_public_url(const Settings& settings, std::uint16_t bound_port);
std::string effective_secure_url(const Settings& settings, std::uint16_t tls_port);

// `stile config`: every setting with unit, range, default, meaning and reason, for people.
std::string describe_settings_text();
// `stile config --markdown`: the whole of docs/configuration.md.
std::string describe_settings_markdown();
// A settings file (TOML) that gives exactly these settings.
std::string effective_settings_text(const Settings& settings);

}  // namespace stile::app
