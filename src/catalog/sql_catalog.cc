#include "catalog/sql_catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "catalog/database.h"
#include "catalog/photo_links.h"
#include "catalog/schema.h"

namespace stile::catalog {

namespace {

constexpr std::int64_t kLogFileBytes = 64 << 20;  // a log file that has grown beyond is cut when it begins anew

// Connections beside the writing one that sync as it does.
std::unique_ptr<Checkpointer> make_checkpointer_blocking(const std::string& path, const SqlCatalogOptions& options) {
  const auto open = [&] {
    auto session = std::make_unique<Session>(path, kLongestWaitForSnapshots);
    session->run_once(options.durability == Durability::none ? "PRAGMA synchronous = OFF"
                                                             : "PRAGMA synchronous = FULL");
    return session;
  };
  return std::make_unique<Checkpointer>(open(), open(), options.checkpoint_failed);
}

// SQLite gives its log and shared memory the rights of the main file, so this settles all three.
Result<void> create_private_blocking(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(path, error)) return {};
  if (!std::ofstream(path, std::ios::app)) return fail(Errc::io_error, {}, "cannot create the catalog " + path);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return fail(Errc::io_error, {}, "cannot make the catalog private: " + error.message());
  return {};
}

}  // namespace

Result<std::unique_ptr<SqlCatalog>> SqlCatalog::open_blocking(const std::string& path, Options options) {
  options.reader_threads = std::max<std::size_t>(1, options.reader_threads);
  STILE_TRY(create_private_blocking(path));
  try {
    auto writing = std::make_unique<Session>(path, options.busy_timeout);
    // What undoes one operation of a batch is at most as large as the batch; a file for it cost more than the log.
    writing->run_once("PRAGMA temp_store = MEMORY");
    writing->run_once("PRAGMA cache_size = -32768");        // KiB; the working set of a busy archive's indices
    writing->run_once("PRAGMA wal_autocheckpoint = 4000");  // until there is a checkpointer: while the schema is made
    writing->run_once("PRAGMA journal_size_limit = " + std::to_string(kLogFileBytes));
    if (options.durability == Durability::none) writing->run_once("PRAGMA synchronous = OFF");
    const auto mode = writing->one<std::string>("PRAGMA journal_mode = WAL");
    if (mode != "wal") return fail(Errc::io_error, {}, "the catalog's file system does not allow a write-ahead log");
    STILE_TRY(migrate_blocking(*writing));
    relink_photos_blocking(*writing);
    std::vector<std::unique_ptr<Session>> reading;
    for (std::size_t i = 0; i < options.reader_threads; ++i) {
      reading.push_back(std::make_unique<Session>(path, options.busy_timeout));
      reading.back()->run_once("PRAGMA query_only = ON");
      reading.back()->run_once("PRAGMA cache_size = -16384");  // KiB; a deep page walks more than the default 2 MiB
    }
    auto database = std::make_unique<Database>(std::move(writing), make_checkpointer_blocking(path, options),
                                               std::move(reading), options);
    return std::unique_ptr<SqlCatalog>(new SqlCatalog(std::move(database)));
  } catch (const SqlError& error) {
    return fail(Error{error.code(), {}, "cannot open the catalog " + path + ": " + error.what()});
  }
}

SqlCatalog::SqlCatalog(std::unique_ptr<Database> database) : database_(std::move(database)) {}
SqlCatalog::~SqlCatalog() = default;

std::uint64_t SqlCatalog::commits() const { return database_->writer.commits(); }
std::size_t SqlCatalog::queued() const { return database_->writer.queued(); }
const WriterStats& SqlCatalog::writer_stats() const { return database_->writer.stats(); }
const CheckpointStats& SqlCatalog::checkpoint_stats() const { return database_->writer.checkpointer()->stats(); }
const Counter& SqlCatalog::failed_reads() const { return database_->failed_reads; }
const io::ThreadPool& SqlCatalog::readers() const { return database_->readers; }

std::vector<std::string> SqlCatalog::statements() const {
  std::vector<std::string> texts = database_->writer.session().statements();
  std::lock_guard lock(database_->mutex);
  for (const auto& session : database_->idle) std::ranges::copy(session->statements(), std::back_inserter(texts));
  return texts;
}

}  // namespace stile::catalog
