// EngineRig: an engine on a real catalog and a file system in memory, with everything around it under a test's control.
//
//   Engine ── FaultyCatalog ── SqlCatalog (temporary)     Faults counts the calls of both, and fails the N-th
//     └ DiskStore ── FaultyFileSystem ── MemoryFileSystem
//
// For tests of this folder. Threads: run() and what uses it on the test's thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/crc32.h"
#include "base/random.h"
#include "catalog/testing.h"
#include "engine/engine.h"
#include "engine/faulty_catalog.h"
#include "engine/scripted_source.h"
#include "io/faulty_file_system.h"
#include "io/loop.h"
#include "io/memory_file_system.h"
#include "io/run.h"
#include "store/disk_store.h"

namespace stile::engine {

// Files that begin with "JPEG" are pictures, those that begin with "BAD!" certainly are not, nobody knows about others:
// they are refused as well, once it is sure that a head is what is seen. Four bytes are needed for a verdict.
class FakeJudge final : public ContentJudge {
 public:
  static constexpr std::size_t kNeeded = 4;

  Result<std::optional<std::string>> judge(Bytes head, bool whole_head) const override {
    ++judged;
    const std::string_view text = as_text(head);
    if (text.starts_with("JPEG")) return "image/jpeg";
    if (!whole_head && text.size() < kNeeded) return std::nullopt;
    return fail(Errc::unsupported_type);
  }
  Result<void> refuse_if_certain(Bytes head) const override {
    if (as_text(head).starts_with("BAD!")) return fail(Errc::unsupported_type);
    return {};
  }

  mutable std::atomic<int> judged = 0;
};

// Every photo gets a callback URL and one event.
class FakePolicy final : public FinishPolicy {
 public:
  void complete(const catalog::Token& token, catalog::Finish& finish) const override {
    finish.upload.callback_url = token.return_url + "?photo=" + std::to_string(finish.photo.photo_id);
    finish.events.push_back({.kind = "callback",
                             .photo_id = finish.photo.photo_id,
                             .url = finish.upload.callback_url,
                             .created_at = finish.photo.created_at,
                             .next_attempt_at = finish.photo.created_at,
                             .last_error = {}});
  }
  void finished(const FinalAnswer&, const std::string&) override { ++finishes; }

  std::atomic<int> finishes = 0;
};

inline constexpr std::string_view kToken = "token";
inline constexpr std::uint64_t kPart = 40'000;  // a chunk of the tests: several blocks, no multiple of a sector

// The same picture for the same seed.
inline std::string picture(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes(size, '\0');
  SeededRandom(seed).fill(std::as_writable_bytes(std::span(bytes)));
  bytes.replace(0, std::min<std::size_t>(4, size), "JPEG", 0, std::min<std::size_t>(4, size));
  return bytes;
}

class EngineRig {
 public:
  struct Options {
    EngineSettings settings = {};
    std::uint64_t capacity = io::MemoryFileSystem::kDefaultCapacity;
    std::size_t block_bytes = 16 * kKiB;
    std::size_t max_blocks = 256;
    std::size_t disk_threads = 2;
  };

  EngineRig() : EngineRig(Options()) {}
  explicit EngineRig(Options chosen)
      : options(std::move(chosen)), memory(options.capacity), files(memory, faults), catalog(*sql, faults) {
    if (options.settings.boot_id.empty()) options.settings.boot_id = "first boot";
    start();
  }
  ~EngineRig() { stop(); }
  EngineRig(const EngineRig&) = delete;

  // The process begins, without looking back: recover() is the test's business.
  void start() {
    disk = std::make_unique<io::ThreadPool>("disk", options.disk_threads, 1024);
    blocks = std::make_unique<io::BlockPool>(options.block_bytes, options.max_blocks);
    store = std::make_unique<store::DiskStore>(files, store::DiskStoreSettings{options.settings.durability, 0});
    CHECK(store->prepare_blocking());
    engine = std::make_unique<Engine>(EngineParts{catalog, *store, *disk, *blocks, judge, policy, clock, random},
                                      options.settings);
  }
  void stop() {
    engine.reset();
    disk.reset();  // runs what is queued
    store.reset();
    blocks.reset();
  }
  void restart() {
    stop();
    start();
  }
  // The machine loses power, comes back under another boot id, and the server with it.
  void power_cycle(io::MemoryFileSystem::Survivors survivors, std::uint64_t seed = 0) {
    stop();
    faults.clear();
    memory.crash(survivors, seed);
    options.settings.boot_id += "+";
    start();
  }

  template <class T>
  T run(io::Task<T> task) {
    return io::run_until_done(std::move(task));
  }

  void add_token(std::int64_t max_uploads = 1, Milliseconds valid_for = Seconds{3600}, std::string_view name = kToken) {
    catalog::Token token;
    token.token = name;
    token.created_at = clock.wall_now();
    token.valid_until = token.created_at + valid_for;
    token.valid_minutes = 60;
    token.max_uploads = max_uploads;
    token.return_url = "https://example.com/back";
    CHECK(run(sql->add_token(token)));
  }
  catalog::Token token(std::string_view name = kToken) {
    auto found = run(sql->find_token(std::string(name)));
    CHECK(found && *found);
    return **found;
  }

  static OpenRequest request(std::uint64_t size, const std::string& identifier = "file",
                             std::string_view token = kToken) {
    return {.key = {std::string(token), identifier, size},
            .file_name = identifier + ".jpg",
            .extras = {{"extra", "1"}}};
  }
  Result<UploadHandle> try_open(std::uint64_t size, const std::string& identifier = "file") {
    return run(engine->open(request(size, identifier)));
  }
  UploadHandle open(std::uint64_t size, const std::string& identifier = "file") {
    auto opened = try_open(size, identifier);
    if (!opened)
    CHECK(opened);
    return *opened;
  }
  // Sends bytes [range) of `content` as that range.
  Result<WriteOutcome> write(const UploadHandle& upload, const std::string& content, ByteRange range) {
    return run(write_task(upload, content.substr(range.begin, range.size()), range));
  }
  io::Task<Result<WriteOutcome>> write_task(UploadHandle upload, std::string body, ByteRange range) {
    std::vector<ScriptedSource::Step> steps;
    if (!body.empty()) steps.emplace_back(std::move(body));
    ScriptedSource source(std::move(steps));
    co_return co_await engine->write(std::move(upload), {range}, source, source.interrupter());
  }
  Result<FinalAnswer> finish(const UploadHandle& upload) { return run(engine->finish(upload)); }
  Result<Spool> spool(std::vector<ScriptedSource::Step> steps, SpoolLimits limits) {
    return run(spool_task(std::move(steps), limits));
  }
  io::Task<Result<Spool>> spool_task(std::vector<ScriptedSource::Step> steps, SpoolLimits limits) {
    ScriptedSource source(std::move(steps));
    co_return co_await engine->spool(source, limits);
  }

  std::vector<catalog::Photo> photos(std::string_view name = kToken) {
    auto found = run(sql->photos_of_token(std::string(name), 1000));
    CHECK(found);
    return *found;
  }
  // The bytes of a finished photo; empty when they cannot be read.
  std::string original(std::int64_t photo_id) {
    auto file = store->open_original_blocking(photo_id);
    return file ? content_of(**file) : std::string();
  }
  std::vector<std::string> files_under(std::string_view folder) const {
    std::vector<std::string> found;
    for (const std::string& path : memory.all_files())
      if (path.starts_with(folder)) found.push_back(path);
    return found;
  }

  // All but what was set aside.
  std::vector<std::string> files_in_use() const {
    std::vector<std::string> found;
    for (const std::string& path : memory.all_files())
      if (!path.starts_with("lost-and-found/")) found.push_back(path);
    return found;
  }

  static std::string content_of(const io::File& file) {
    std::string bytes(file.size_blocking().value_or(0), '\0');
    const auto got = file.read_at_blocking(0, std::as_writable_bytes(std::span(bytes)));
    bytes.resize(got.value_or(0));
    return bytes;
  }

  Options options;
  io::Faults faults;
  io::MemoryFileSystem memory;
  io::FaultyFileSystem files;
  catalog::TempCatalog sql;
  FaultyCatalog catalog;
  FakeJudge judge;
  FakePolicy policy;
  FakeClock clock;
  SeededRandom random{7};
  std::unique_ptr<io::ThreadPool> disk;
  std::unique_ptr<io::BlockPool> blocks;
  std::unique_ptr<store::DiskStore> store;
  std::unique_ptr<Engine> engine;
};

// Runs all tasks at once on several loops, and waits for the last to end.
inline void run_together(std::vector<io::Task<void>> tasks, std::size_t loop_count = 4) {
  std::vector<std::unique_ptr<io::Loop>> loops;
  for (std::size_t i = 0; i < loop_count; ++i) loops.push_back(std::make_unique<io::Loop>("test"));
  io::TaskGroup group([](std::exception_ptr) { CHECK(!"an exception in a task"); });
  std::size_t next = 0;
  for (auto& task : tasks) group.spawn(*loops[next++ % loop_count], std::move(task));
  io::run_until_done(group.drain());
}

}  // namespace stile::engine
