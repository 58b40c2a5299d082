#include "app/server_app.h"

#include <cstdio>
#include <future>
#include <thread>
#include <vector>

#include "api/callback_policy.h"
#include "api/failure_limit.h"
#include "api/gateway.h"
#include "app/adapters.h"
#include "app/certificate_watch.h"
#include "app/data_dir.h"
#include "app/health.h"
#include "app/metrics.h"
#include "app/request_stats.h"
#include "app/server_log.h"
#include "app/site.h"
#include "app/upkeep_job.h"
#include "base/text.h"
#include "engine/file_remover.h"
#include "engine/token_watch.h"
#include "io/listener.h"
#include "io/posix_file_system.h"
#include "io/run.h"
#include "io/signals.h"
#include "io/system.h"
#include "io/tls_stream.h"
#include "notify/curl_client.h"
#include "store/disk_store.h"

namespace stile::app {
namespace {

constexpr Milliseconds kSweepEvery{60'000};
constexpr Milliseconds kPublishEvery{5'000};  // a draft is published so late at most
constexpr std::size_t kPublishBatch = 100;

engine::EngineSettings engine_settings(const Settings& settings) {
  engine::EngineSettings out;
  out.durability = settings.upload.durability;
  out.max_file_bytes = settings.upload.max_file_bytes;
  out.max_open_per_token = static_cast<std::int64_t>(settings.upload.max_open_per_token);
  out.grace = settings.upload.grace;
  out.replay = settings.upload.replay;
  out.abandon = settings.upload.abandon_after;
  out.tree_id = static_cast<std::int64_t>(settings.site.tree_id);
  out.max_spools = settings.upload.max_spools;
  out.boot_id = io::boot_id();
  return out;
}

http::ServerSettings http_settings(const Settings& settings) {
  http::ServerSettings out;
  out.head.max_bytes = settings.server.max_head_bytes;
  out.pace.idle_timeout = settings.server.body_timeout;
  out.pace.grace = settings.server.body_rate_grace;
  out.pace.min_bytes_per_second = settings.server.min_body_rate;
  out.head_timeout = settings.server.head_timeout;
  out.keep_alive = settings.server.idle_timeout;
  out.write_timeout = settings.server.write_timeout;
  out.refusal_bytes = settings.server.early_refusal_bytes;
  out.refusal_time = settings.server.early_refusal_time;
  out.connections = {settings.server.max_connections, settings.server.max_connections_per_address};
  out.handshake_timeout = settings.tls.handshake_timeout;
  out.form_memory = settings.upload.form_memory;
  for (const std::string& network : settings.proxy.trusted) out.proxies.trusted.push_back(*IpNetwork::parse(network));
  for (const std::string& name : settings.proxy.headers) {
    if (iequals(name, "forwarded")) out.proxies.forwarded = true;
    if (iequals(name, "x-forwarded-for")) out.proxies.x_forwarded_for = true;
    if (iequals(name, "x-forwarded-proto")) out.proxies.x_forwarded_proto = true;
    if (iequals(name, "x-forwarded-host")) out.proxies.x_forwarded_host = true;
  }
  return out;
}

api::GatewaySettings gateway_settings(const Settings& settings) {
  api::GatewaySettings out;
  out.redeem.max_form_fields = settings.upload.max_form_fields;
  out.redeem.max_field_bytes = settings.upload.max_field_bytes;
  out.redeem.max_form_bytes = settings.upload.max_form_bytes;
  out.redeem.max_chunk_bytes = settings.upload.max_chunk_bytes;
  out.redeem.max_discard_bytes = settings.server.early_refusal_bytes;
  out.redeem.retry_delay = settings.upload.retry_delay;
  out.page.chunk_bytes = settings.page.chunk_bytes;
  out.page.parallel = static_cast<int>(settings.page.parallel);
  out.page.accent = settings.page.accent;
  out.page.logo = settings.page.logo;
  out.page.accepted_types = settings.upload.accepted_types;
  out.max_form_bytes = settings.upload.max_form_bytes;
  out.max_form_fields = settings.upload.max_form_fields;
  out.identify.site_open = settings.site.open;
  out.identify.nonces = {settings.auth.nonce_window, settings.auth.max_nonces};
  out.identify.lenient_post_query = settings.auth.lenient_post_query;
  return out;
}

api::MetricsFor metrics_for(MetricsAccess access) {
  switch (access) {
    case MetricsAccess::off: return api::MetricsFor::nobody;
    case MetricsAccess::loopback: return api::MetricsFor::loopback;
    case MetricsAccess::everybody: break;
  }
  return api::MetricsFor::everybody;
}

notify::OutboxSettings outbox_settings(const Settings& settings) {
  notify::OutboxSettings out;
  out.first_retry = settings.notify.first_retry;
  out.max_retry = settings.notify.max_retry;
  out.give_up_after = settings.notify.give_up_after;
  out.parallel = settings.out.threads;
  return out;
}

}  // namespace

// In the order of construction; destroyed the other way round.
struct ServerApp::Parts {
  Parts(const Settings& all, const Log& to, std::unique_ptr<io::PosixFileSystem> root,
        std::unique_ptr<catalog::SqlCatalog> opened)
      : settings(all), log(to), files(std::move(root)), catalog(std::move(opened)) {}

  const Settings& settings;
  const Log& log;
  const ServerLog server_log{log};
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<io::PosixFileSystem> files;
  std::unique_ptr<catalog::SqlCatalog> catalog;

  store::DiskStore store{*files,
                         {settings.upload.durability, settings.upload.low_water_bytes}};  // outlives disk's jobs
  io::ThreadPool disk{"disk", settings.disk.threads, settings.disk.queue};
  engine::FileRemover remover{*catalog, store, disk, clock, settings.photo.keep_removed_files};
  Health health{[this] { return look_at_disk_blocking(); }, disk, clock, settings.upload.low_water_bytes,
                [this](std::string_view why) { server_log.readiness(why); }};
  RequestStats requests;
  DeliveryStats deliveries;
  BackgroundStats background_stats;
  io::ThreadPool password_pool{"password", settings.auth.password_threads, settings.auth.password_queue};
  api::Passwords passwords{password_pool, random};
  io::ThreadPool out{"out", settings.out.threads, settings.out.queue};
  io::BlockPool blocks{settings.upload.block_bytes, settings.upload.blocks};
  std::vector<std::unique_ptr<io::Loop>> loops = make_loops();
  io::StopSignal stop_signal{*loops.front()};

  media::Sniffer sniffer{settings.upload.accepted_types};
  SnifferJudge judge{sniffer};

  api::FailureLimit failure_limit{settings.notify.max_failure_callbacks};
  LoopAlarm outbox_alarm{*loops.front()};
  notify::CurlClient curl{
      notify::AddressPolicy{settings.notify.allow_private_addresses},
      notify::ClientLimits{settings.notify.connect_timeout, settings.notify.total_timeout, 64 * kKiB}, "0.1"};
  notify::Outbox outbox{*catalog,
                        *catalog,
                        curl,
                        out,
                        clock,
                        random,
                        outbox_alarm,
                        outbox_settings(settings),
                        [this](const notify::DeliveryReport& report) {
                          deliveries.note(report);
                          server_log.delivery(report);
                        }};

  std::unique_ptr<io::TlsCertificate> certificate;  // with tls.listen
  std::unique_ptr<CertificateWatch> certificate_watch;
  std::unique_ptr<io::HangupSignal> hangup;

  // What depends on the port comes once it is known. At least one listener is there.
  std::unique_ptr<io::Listener> listener;
  std::unique_ptr<io::Listener> tls_listener;
  std::unique_ptr<api::Services> services;
  std::unique_ptr<api::CallbackPolicy> policy;
  std::unique_ptr<engine::Engine> engine;
  std::unique_ptr<engine::TokenWatch> token_watch;
  std::unique_ptr<api::Downloads> downloads;
  std::unique_ptr<api::Gateway> gateway;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<Metrics> metrics;
  std::unique_ptr<UpkeepJob> upkeep;

  io::TaskGroup background{[this](std::exception_ptr) { log.error("background task ended with an exception"); }};
  io::LoopTimer watch_timer{*loops.front()};
  io::LoopTimer publish_timer{*loops.front()};
  io::LoopTimer removal_timer{*loops.front()};
  io::LoopTimer health_timer{*loops.front()};
  std::atomic<bool> stopping = false;

  std::vector<std::unique_ptr<io::Loop>> make_loops() const {
    std::vector<std::unique_ptr<io::Loop>> all;
    const std::size_t count = settings.server.loops == 0 ? io::core_count() : settings.server.loops;
    for (std::size_t i = 0; i < count; ++i) all.push_back(std::make_unique<io::Loop>("loop-" + std::to_string(i)));
    return all;
  }

  Result<void> bind_blocking() {
    if (!settings.server.listen.is_off())
      STILE_TRY(listen_blocking(listener, settings.server.listen, [this](io::Loop& loop, auto socket) {
        server->serve(loop, std::move(socket));
      }));
    if (settings.tls.listen.is_off()) return {};
    auto loaded = io::TlsCertificate::load_blocking({settings.tls.certificate, settings.tls.key});
    if (!loaded) return fail(std::move(loaded).error());
    certificate = std::move(*loaded);
    certificate_watch = std::make_unique<CertificateWatch>(*certificate, *loops.front(), disk, clock, log,
                                                           settings.tls.check_every);
    return listen_blocking(tls_listener, settings.tls.listen, [this](io::Loop& loop, auto socket) {
      server->serve(loop, std::make_unique<io::TlsStream>(std::move(socket), certificate->current()));
    });
  }

  Result<void> listen_blocking(std::unique_ptr<io::Listener>& made, const HostPort& address,
                               io::Listener::OnConnection on_connection) const {
    std::vector<io::Loop*> homes;
    for (const auto& loop : loops) homes.push_back(loop.get());
    auto opened = io::Listener::open_blocking(address.host, address.port, std::move(homes), std::move(on_connection));
    if (!opened) return fail(std::move(opened).error());
    made = std::move(*opened);
    return {};
  }

  Result<std::uint64_t> look_at_disk_blocking() const {
    STILE_TRY(files->check_root_blocking());
    return files->free_bytes_blocking();
  }

  // At SIGHUP.
  void reload() const {
    log.info("reloading");
    if (certificate_watch) certificate_watch->reload();
  }

  static std::uint16_t port_of(const std::unique_ptr<io::Listener>& one) { return one ? one->endpoint().port : 0; }

  void wire() {
    hangup = std::make_unique<io::HangupSignal>(*loops.front(), [this] { reload(); });
    services = std::make_unique<api::Services>(api::Services{
        .catalog = *catalog,
        .library = *catalog,
        .tokens = *catalog,
        .grants = *catalog,
        .logins = *catalog,
        .hooks = *catalog,
        .random = random,
        .site = site_of(settings, port_of(listener ? listener : tls_listener), port_of(tls_listener)),
        .rules = rules_of(settings),
        .passwords = &passwords,
        .on_trouble = [this](const api::Call& call, const Error& error) { server_log.trouble(call, error); },
        .wake_outbox = [this] { outbox.wake(); },
        .token_changed = [this](const std::string& token) { engine->token_changed(token); },
        .may_tell_failure = [this](const std::string& token,
                                   WallTime now) { return failure_limit.take(token, now); },
        .remove_files = [this](const catalog::Photo& photo) { return remove_files(photo); }});
    const auto on_finished = [this](const engine::FinalAnswer& answer, const std::string& request_id) {
      server_log.finished(answer, request_id);
      if (answer.token.photo_id != 0) removal_timer.ring();  // it has replaced a file
      outbox.wake();
    };
    policy = std::make_unique<api::CallbackPolicy>(services->site.domain, on_finished);
    engine = std::make_unique<engine::Engine>(
        engine::EngineParts{.catalog = *catalog,
                            .store = store,
                            .disk = disk,
                            .blocks = blocks,
                            .judge = judge,
                            .policy = *policy,
                            .clock = clock,
                            .random = random,
                            .insight = catalog.get(),
                            .on_news = [this](const engine::UploadNews& news) { server_log.upload_news(news); }},
        engine_settings(settings));
    token_watch = std::make_unique<engine::TokenWatch>(*catalog, *engine);
    upkeep = std::make_unique<UpkeepJob>(
        settings, UpkeepJob::Parts{.engine = *engine,
                                   .catalog = *catalog,
                                   .store = store,
                                   .disk = disk,
                                   .loop = *loops.front(),
                                   .clock = clock,
                                   .log = log,
                                   .on_failure = [this](const Error&) { background_stats.failed(BackgroundTask::sweep); }});
    downloads = std::make_unique<api::Downloads>(*catalog, store, disk);
    api::GatewaySettings answers = gateway_settings(settings);
    answers.on_failed_download = [this](std::string_view request_id, const Error& error) {
      server_log.failed_download(request_id, error);
    };
    gateway = std::make_unique<api::Gateway>(*services, *engine, *downloads, api::Cors(settings.cors.origins),
                                             std::move(answers), clock,
                                             api::Probes::Parts{.not_ready = [this] { return health.not_ready(); },
                                                                .metrics = [this] { return metrics->text(); },
                                                                .metrics_for = metrics_for(settings.server.metrics)});
    server = std::make_unique<http::Server>(
        *gateway, http_settings(settings), clock, random,
        [this](const http::ExchangeReport& report) {
          requests.note(report);
          server_log.exchange(report);
        },
        [this](const std::string& what, const std::string& request_id) {
          log.error("exception", {{"request", request_id}, {"what", what}});
        });
    metrics = std::make_unique<Metrics>(MetricSources{.server = *server,
                                                      .gateway = *gateway,
                                                      .engine = *engine,
                                                      .remover = remover,
                                                      .scrub = upkeep->scrub_stats(),
                                                      .catalog = *catalog,
                                                      .files = *files,
                                                      .blocks = blocks,
                                                      .pools = {&disk, &out, &password_pool},
                                                      .health = health,
                                                      .requests = requests,
                                                      .deliveries = deliveries,
                                                      .background = background_stats,
                                                      .certificate = certificate.get(),
                                                      .max_connections = settings.server.max_connections,
                                                      .low_water_bytes = settings.upload.low_water_bytes,
                                                      .catalog_queue = settings.db.queue,
                                                      .started = clock.wall_now()});
  }

  // Of background work; it is done again later.
  void note_failure(BackgroundTask task, std::string_view event, const Error& error) {
    background_stats.failed(task);
    log.warn(event, {{"cause", error.cause}});
  }

  io::Task<void> watch_health_for_ever() {
    while (!stopping) {
      co_await health_timer.wait(Health::kLookEvery);
      if (stopping) co_return;
      co_await health.look();
    }
  }

  // Of a photo that is deleted; what fails here is left to the sweep.
  io::Task<void> remove_files(const catalog::Photo& photo) {
    for (const std::int64_t file_id : {photo.file_id, photo.poster_id}) {
      if (file_id == 0) continue;
      const auto removed = co_await remover.remove(file_id);
      if (!removed)
        log.warn("a file was not removed", {{"file", std::to_string(file_id)}, {"cause", removed.error().cause}});
    }
  }

  // Files that no photo has any more go as soon as they are replaced, and what failed is tried again now and then.
  io::Task<void> remove_for_ever() {
    while (!stopping) {
      const auto removed = co_await remover.sweep();
      if (!removed) note_failure(BackgroundTask::removal, "files were not removed", removed.error());
      co_await removal_timer.wait(kSweepEvery);
    }
  }

  // Drafts whose time has come.
  io::Task<void> publish_for_ever() {
    while (!stopping) {
      const WallTime now = clock.wall_now();
      const auto next = co_await catalog->next_publication();
      if (next && next->has_value() && **next <= now) {
        const auto published = co_await catalog->publish_due(now, kPublishBatch);
        if (!published) note_failure(BackgroundTask::publication, "a draft was not published", published.error());
        if (published) outbox.wake();
        if (published && *published == kPublishBatch) continue;
      }
      co_await publish_timer.wait(kPublishEvery);
    }
  }

  // Tokens that another process has revoked or extended.
  io::Task<void> watch_tokens_for_ever() {
    while (!stopping) {
      co_await watch_timer.wait(settings.token.watch_every);
      if (stopping) co_return;
      const auto looked = co_await token_watch->look();
      if (!looked) note_failure(BackgroundTask::tokens, "changes of tokens were not looked for", looked.error());
    }
  }
};

ServerApp::ServerApp(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ServerApp::~ServerApp() = default;

Result<std::unique_ptr<ServerApp>> ServerApp::start_blocking(const Settings& settings, const Log& log) {
  io::ignore_sigpipe();
  io::raise_descriptor_limit();
  io::return_large_memory();
  auto files = io::PosixFileSystem::open_root_blocking(settings.server.data);
  if (!files) return fail(std::move(files).error());
  if (auto locked = (*files)->lock_root_blocking(); !locked) {
    if (locked.error().code == Errc::already_exists)
      return fail(Errc::already_exists, "the data directory " + settings.server.data + " is in use by another server");
    return fail(std::move(locked).error());
  }
  auto catalog = open_catalog_blocking(settings, [&log](const Error& error) {
    log.warn("the catalog's log cannot be copied back", {{"cause", error.cause}});
  });
  if (!catalog) return fail(std::move(catalog).error());

  auto parts = std::make_unique<Parts>(settings, log, std::move(*files), std::move(*catalog));
  STILE_TRY(parts->store.prepare_blocking());
  STILE_TRY(check_catalog_is_of_archive_blocking(settings, *parts->catalog, *parts->files));
  STILE_TRY(parts->bind_blocking());
  parts->wire();
  STILE_TRY(io::run_until_done(parts->token_watch->begin()));
  auto recovery = io::run_until_done(parts->engine->recover());
  if (!recovery) return fail(std::move(recovery).error());
  if (recovery->catalog_is_older)
    log.warn("the archive has newer files than the catalog knows; was it restored from a backup? stile fsck lists them");
  for (const std::string& file : recovery->set_aside)
    log.warn("an original without a photo was set aside", {{"file", file}});
  io::run_until_done(parts->health.look());
  return std::unique_ptr<ServerApp>(new ServerApp(std::move(parts)));
}

bool ServerApp::run_blocking() {
  Parts& parts = *parts_;
  if (parts.settings.upload.durability == Durability::none)
    parts.log.warn("durability none: nothing is synced to disk; for benchmarks only");
  if (!parts.sniffer.has_libmagic())
    parts.log.warn("libmagic's database cannot be read; doubtful files will be refused");
  io::Loop& first = *parts.loops.front();
  parts.background.spawn(first, parts.outbox.run(parts.services->site.domain));
  parts.background.spawn(first, parts.upkeep->sweep_for_ever());
  parts.background.spawn(first, parts.upkeep->scrub_for_ever());
  parts.background.spawn(first, parts.watch_tokens_for_ever());
  parts.background.spawn(first, parts.publish_for_ever());
  parts.background.spawn(first, parts.remove_for_ever());
  parts.background.spawn(first, parts.watch_health_for_ever());
  if (parts.certificate_watch) parts.background.spawn(first, parts.certificate_watch->run());
  for (const auto& [listener, scheme] : {std::pair(parts.listener.get(), "http"), std::pair(parts.tls_listener.get(), "https")}) {
    if (listener == nullptr) continue;
    listener->start();
    std::printf("listening on %s://%s\n", scheme, listener->endpoint().text().c_str());
  }
  std::fflush(stdout);

  const int signal = parts.stop_signal.wait_blocking();
  parts.log.info("stopping", {{"signal", std::to_string(signal)}});
  parts.stopping = true;
  parts.health.stop();
  for (io::Listener* listener : {parts.listener.get(), parts.tls_listener.get()})
    if (listener != nullptr) listener->stop_blocking();
  parts.server->stop();
  parts.outbox.stop();
  parts.upkeep->stop();
  parts.watch_timer.ring();
  parts.publish_timer.ring();
  if (parts.certificate_watch) parts.certificate_watch->stop();
  parts.removal_timer.ring();
  parts.health_timer.ring();

  std::promise<void> drained;
  io::TaskGroup last([](std::exception_ptr) {});
  last.spawn(first, [](Parts& all, std::promise<void>& done) -> io::Task<void> {
    co_await all.server->drain();
    (void)co_await all.engine->note_troubles();  // what was counted since the last sweep
    co_await all.background.drain();
    done.set_value();
  }(parts, drained));
  const bool in_time = drained.get_future().wait_for(parts.settings.server.drain_timeout) == std::future_status::ready;
  if (!in_time) {
    parts.log.warn("the drain took too long; leaving with requests under way");
    std::fflush(nullptr);
    std::_Exit(0);  // safe: whatever was acknowledged is durable, the rest is sent again
  }
  while (last.size() != 0) std::this_thread::yield();
  parts.log.info("stopped");
  return true;
}

}  // namespace stile::app
