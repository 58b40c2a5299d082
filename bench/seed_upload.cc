// seed_upload: makes an upload of which all but the last chunk is there, without sending it: a sparse staging file, the
// upload's row, and a receipt per chunk, through the store and the catalog that the server itself uses.
//
//   seed_upload DATA TOKEN IDENTIFIER TOTAL_BYTES CHUNK_BYTES
//
// The server may be running: it has not heard of this identifier yet. The bytes are zeros, and so are the receipts'
// CRC-32; the content type is set, because zeros could not be judged.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/crc32.h"
#include "base/random.h"
#include "catalog/sql_catalog.h"
#include "io/posix_file_system.h"
#include "io/run.h"
#include "store/disk_store.h"

namespace stile {
namespace {

constexpr unsigned kWriters = 64;  // receipts that are committed together at most

// One receipt for each whole chunk before `end`.
Result<void> add_receipts(catalog::SqlCatalog& catalog, const std::string& upload_id, std::uint64_t end,
                          std::uint64_t chunk_bytes, WallTime now) {
  const std::vector<std::byte> zeros(chunk_bytes);
  const std::uint32_t crc32 = crc32_update(0, zeros);
  std::atomic<std::uint64_t> next = 0;
  std::vector<Result<void>> ends(kWriters);
  {
    std::vector<std::jthread> writers;
    for (Result<void>& last : ends)
      writers.emplace_back([&] {
        for (;;) {
          const std::uint64_t begin = next.fetch_add(chunk_bytes);
          if (begin >= end) return;
          last = io::run_until_done(catalog.add_receipt(upload_id, {{begin, begin + chunk_bytes}, crc32}, now));
          if (!last) return;
        }
      });
  }
  for (Result<void>& last : ends)
    if (!last) return last;
  return {};
}

Result<void> seed(const std::string& data, catalog::UploadKey key, std::uint64_t chunk_bytes) {
  auto files = io::PosixFileSystem::open_root_blocking(data);
  if (!files) return fail(std::move(files).error());
  auto opened = catalog::SqlCatalog::open_blocking(data + "/stile.db", {.durability = Durability::none});
  if (!opened) return fail(std::move(opened).error());
  catalog::SqlCatalog& catalog = **opened;
  SystemRandom random;
  const WallTime now = SystemClock().wall_now();
  catalog::Upload upload;
  upload.upload_id = random_hex(random, 32);
  upload.key = std::move(key);
  upload.file_name = "film.mp4";
  upload.created_at = upload.changed_at = now;
  auto file_id = io::run_until_done(catalog.reserve_photo_ids(1));
  if (!file_id) return fail(std::move(file_id).error());
  upload.file_id = upload.photo_id = *file_id;

  store::DiskStore store(**files, {.durability = Durability::none});
  auto file = store.create_spool_blocking(upload.upload_id, 0);
  if (!file) return fail(std::move(file).error());
  STILE_TRY((*file)->resize_blocking(upload.key.total_size));
  const std::string upload_id = upload.upload_id;
  const std::uint64_t end = upload.key.total_size - chunk_bytes;
  auto started = io::run_until_done(catalog.start_upload(std::move(upload), now, {}));
  if (!started) return fail(std::move(started).error());
  if (started->upload_id != upload_id) return fail(Errc::already_exists, "there is an upload of this identifier");
  STILE_TRY(io::run_until_done(catalog.set_content_type(upload_id, "video/mp4")));
  return add_receipts(catalog, upload_id, end, chunk_bytes, now);
}

}  // namespace
}  // namespace stile

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: seed_upload DATA TOKEN IDENTIFIER TOTAL_BYTES CHUNK_BYTES\n");
    return 2;
  }
  const std::uint64_t total = std::strtoull(argv[4], nullptr, 10), chunk = std::strtoull(argv[5], nullptr, 10);
  if (chunk == 0 || total == 0 || total % chunk != 0) {
    std::fprintf(stderr, "seed_upload: a file has whole chunks, and at least one\n");
    return 2;
  }
  const auto done = stile::seed(argv[1], {.token = argv[2], .identifier = argv[3], .total_size = total}, chunk);
  if (done) return 0;
  std::fprintf(stderr, "seed_upload: %s %s %s\n", std::string(stile::to_string(done.error().code)).c_str(),
               done.error().message.c_str(), done.error().cause.c_str());
  return 1;
}
