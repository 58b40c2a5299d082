// GatewayRig: the whole server but for sockets, on a scripted peer, a file system in memory and a clock that tests
// move. For tests only.
//
//   GatewayRig rig;
//   rig.add_token(test_token());
//   rig.talk(bytes)        everything the client sends on one connection → everything it is sent
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/callback_policy.h"
#include "api/gateway.h"
#include "api/testing.h"
#include "engine/engine_rig.h"
#include "http/script_stream.h"
#include "http/server.h"

namespace stile::api {

inline catalog::Token test_token(std::string name = "T", std::string return_url = {}) {
  catalog::Token token;
  token.token = std::move(name);
  token.return_url = std::move(return_url);
  return token;
}

class GatewayRig {
 public:
  GatewayRig() {
    server = std::make_unique<http::Server>(
        gateway, http::ServerSettings{}, parts.clock, parts.random,
        [this](const http::ExchangeReport& report) { statuses.push_back(report.status); },
        [this](const std::string& what, const std::string&) { troubles.push_back(what); });
  }

  void add_token(catalog::Token token) {
    token.created_at = parts.clock.wall_now();
    if (token.valid_until == WallTime()) token.valid_until = token.created_at + Seconds(3600);
    CHECK(parts.run(parts.sql->add_token(std::move(token))));
  }

  // One connection, cut into fragments, that ends after the last byte.
  std::string talk(const std::string& bytes, std::size_t fragment = SIZE_MAX) {
    auto peer = std::make_shared<http::Peer>(parts.clock, fragment);
    peer->sends(bytes).ends();
    return talk(peer);
  }
  std::string talk(const std::shared_ptr<http::Peer>& peer) {
    io::run_until_done(serve(*server, peer));
    return peer->written();
  }

  std::vector<catalog::Photo> photos(std::string_view token) { return parts.photos(token); }
  std::string original(const catalog::Photo& photo) { return parts.original(photo.photo_id); }

  std::vector<int> statuses;
  std::vector<std::string> troubles;
  std::vector<Errc> inner_troubles;
  int wakes = 0;
  std::string not_ready;  // why; empty: ready

  engine::EngineRig parts;  // its own engine is not used
  CallbackPolicy policy{"videos.example.com", [](const engine::FinalAnswer&, const std::string&) {}};
  engine::Engine engine{
      {parts.catalog, *parts.store, *parts.disk, *parts.blocks, parts.judge, policy, parts.clock, parts.random},
      engine_settings()};
  io::ThreadPool password_pool{"password", 1, 8};
  Passwords passwords{password_pool, parts.random};
  Services services{.catalog = parts.catalog,
                    .library = *parts.sql,
                    .tokens = *parts.sql,
                    .grants = *parts.sql,
                    .logins = *parts.sql,
                    .hooks = *parts.sql,
                    .random = parts.random,
                    .site = test_site(),
                    .passwords = &passwords,
                    .on_trouble = [this](const Call&, const Error& error) { inner_troubles.push_back(error.code); },
                    .wake_outbox = [this] { ++wakes; }};
  Downloads downloads{parts.catalog, *parts.store, *parts.disk};
  Gateway gateway{services, engine, downloads, Cors({"*"}), GatewaySettings{}, parts.clock, {.not_ready = [this] { return not_ready; }}};
  std::unique_ptr<http::Server> server;

 private:
  static engine::EngineSettings engine_settings() {
    engine::EngineSettings settings;
    settings.max_file_bytes = 1'000'000;
    settings.boot_id = "boot";
    return settings;
  }
  static io::Task<void> serve(http::Server& server, std::shared_ptr<http::Peer> peer) {
    server.serve(co_await io::this_home(), std::make_unique<http::ScriptStream>(std::move(peer)));
    co_await server.drain();
  }
};

}  // namespace stile::api
