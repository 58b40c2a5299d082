// growth_fill: puts into the catalog of a stopped server what a large archive has, through the catalog's own interface,
// so that every index and counter is as it would be. Prints one JSON object.
//
//   growth_fill DATA --photos 1000000 --tokens 1000000
//   growth_fill DATA --chunks 100000 --order alternate      one upload of 1 MiB chunks, its file sparse
//
// The same arguments make the same rows: words, tags as unevenly common as people use them, 200 albums of which the
// first holds a tenth of all photos, one photo in fifty not published, one in three a video. Photos have no files. Six
// of ten tokens are used up, most others have ended, the rest are good for another hour.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "catalog/sql_catalog.h"
#include "io/run.h"
#include "io/task_group.h"

namespace {

using namespace stile;

constexpr std::size_t kAtOnce = 2'000;  // operations that wait for a commit together; the catalog's queue holds 4096
constexpr std::int64_t kAlbums = 200;
constexpr std::uint64_t kChunk = kMiB;
constexpr std::size_t kParts = 10;  // a run of receipts is timed in so many parts

// Words and numbers that only depend on the seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  std::string word() {
    std::string text;
    for (std::int64_t syllables = from(2, 4); syllables > 0; --syllables) {
      text += "bcdfghklmnprstv"[from(0, 14)];
      text += "aeiou"[from(0, 4)];
    }
    return text;
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

std::string padded(std::int64_t number, std::size_t length) {
  const std::string digits = std::to_string(number);
  return std::string(length - digits.size(), '0') + digits;
}

std::string token_name(std::int64_t number) { return "growth" + padded(number, 58); }

// The `number`-th of `of` tokens, made over the last month in this order.
catalog::Token make_token(std::int64_t number, std::int64_t of, WallTime now, Dice& dice) {
  catalog::Token token;
  token.token = token_name(number);
  token.created_at = now - Seconds{30 * 86'400} * (of - number) / of;
  token.valid_minutes = 60;
  token.valid_until = token.created_at + std::chrono::minutes(token.valid_minutes);
  token.used = dice.from(1, 10) <= 6 ? 1 : 0;
  token.user_id = number % 20 + 1;
  token.metadata.title = dice.word() + " " + dice.word();
  token.return_url = "https://www.example.com/back?id=" + std::to_string(number);
  return token;
}

// What titles and tags are drawn from.
struct Words {
  explicit Words(Dice& dice) {
    for (int i = 0; i < 2'000; ++i) vocabulary.push_back(dice.word());
    std::vector<double> weights;
    for (int i = 0; i < 500; ++i) {
      tags.push_back(dice.word() + std::to_string(i));
      weights.push_back(1.0 / (i + 1));
    }
    common = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }
  std::vector<std::string> vocabulary;
  std::vector<std::string> tags;
  std::discrete_distribution<std::size_t> common;
};

// The `number`-th of `of` photos, a minute after the one before.
catalog::Finish make_finish(std::int64_t photo_id, std::int64_t number, std::int64_t of, std::int64_t tokens,
                            WallTime now, Dice& dice, Words& words) {
  catalog::Finish finish;
  finish.authority = catalog::Finish::Authority::caller;
  catalog::Photo& photo = finish.photo;
  photo.photo_id = photo.file_id = photo_id;
  photo.tree_id = 1;
  photo.token = padded(photo_id, 32);
  photo.upload_token = token_name(tokens > 0 ? number % tokens : number);
  photo.upload_id = padded(photo_id, 32);
  photo.user_id = photo_id % 20 + 1;
  catalog::Metadata& metadata = photo.metadata;
  for (std::int64_t left = dice.from(2, 6); left > 0; --left)
    metadata.title += words.vocabulary[static_cast<std::size_t>(dice.from(0, 1'999))] + (left > 1 ? " " : "");
  metadata.description = "<p>" + metadata.title + " and more of it</p>";
  std::vector<std::string> tags;
  for (std::int64_t left = dice.from(0, 5); left > 0; --left) {
    const std::string& tag = words.tags[words.common(dice.engine())];
    if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
  }
  for (const std::string& tag : tags) metadata.tags += (metadata.tags.empty() ? "" : " ") + tag;
  if (photo_id % 10 == 0)
    metadata.album_ids = "1";
  else if (photo_id % 3 != 0)
    metadata.album_ids = std::to_string(dice.from(2, kAlbums));
  metadata.publish = photo_id % 50 != 0;
  photo.content_type = photo_id % 3 == 0 ? "video/mp4" : "image/jpeg";
  photo.file_name = std::to_string(photo_id) + (photo_id % 3 == 0 ? ".mp4" : ".jpg");
  photo.size = 123'456;
  photo.crc32 = 1;
  photo.created_at = now - Seconds{60} * (of - number);
  return finish;
}

// Runs task(0) … task(count - 1), many at once, each a write of the catalog.
class Filling {
 public:
  using MakeTask = std::function<io::Task<Result<void>>(std::int64_t)>;

  static Result<void> run(std::int64_t count, std::size_t at_once, MakeTask make) {
    Filling filling(count, std::move(make));
    io::run_until_done(filling.run_all(at_once));
    return filling.outcome_;
  }

 private:
  Filling(std::int64_t count, MakeTask make) : count_(count), make_(std::move(make)) {}

  io::Task<void> run_all(std::size_t at_once) {
    io::Executor& home = co_await io::this_home();
    io::TaskGroup group([this](std::exception_ptr) { outcome_ = fail(Errc::io_error, {}, "an exception in a task"); });
    for (std::size_t i = 0; i < at_once; ++i) group.spawn(home, run_some());
    co_await group.drain();
  }
  io::Task<void> run_some() {
    while (next_ < count_ && outcome_) {
      auto done = co_await make_(next_++);
      if (!done) outcome_ = std::move(done);
    }
  }

  const std::int64_t count_;
  const MakeTask make_;
  std::int64_t next_ = 0;
  Result<void> outcome_{};
};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

Result<void> fill_library(catalog::SqlCatalog& catalog, std::int64_t tokens, std::int64_t photos) {
  const WallTime now = SystemClock().wall_now();
  Dice dice(7);
  Words words(dice);
  auto begin = std::chrono::steady_clock::now();
  STILE_TRY(Filling::run(
      tokens, kAtOnce, [&](std::int64_t number) { return catalog.add_token(make_token(number, tokens, now, dice)); }));
  const double token_seconds = seconds_since(begin);
  begin = std::chrono::steady_clock::now();
  if (photos > 0) {
    STILE_TRY(Filling::run(kAlbums, kAtOnce, [&](std::int64_t number) -> io::Task<Result<void>> {
      catalog::Album album;
      album.token = padded(number, 32);
      album.title = "Album " + std::to_string(number);
      album.created_at = now;
      auto added = co_await catalog.add_album(std::move(album));
      if (!added) co_return fail(added.error());
      co_return Result<void>{};
    }));
    const auto first = io::run_until_done(catalog.reserve_photo_ids(photos));
    if (!first) return fail(first.error());
    STILE_TRY(Filling::run(photos, kAtOnce, [&](std::int64_t number) -> io::Task<Result<void>> {
      auto added =
          co_await catalog.finish_upload(make_finish(*first + number, number, photos, tokens, now, dice, words), now);
      if (!added) co_return fail(added.error());
      co_return Result<void>{};
    }));
  }
  std::printf("{\"tokens\": %lld, \"token_seconds\": %.3f, \"photos\": %lld, \"photo_seconds\": %.3f}\n",
              static_cast<long long>(tokens), token_seconds, static_cast<long long>(photos), seconds_since(begin));
  return {};
}

// The chunks of an upload in the order in which they are to come; of "alternate" every other one is left out.
std::vector<std::uint64_t> arrivals(std::uint64_t chunks, const std::string& order) {
  std::vector<std::uint64_t> all(chunks);
  std::iota(all.begin(), all.end(), 0);
  if (order == "reversed") std::ranges::reverse(all);
  if (order == "random") std::ranges::shuffle(all, std::mt19937_64(7));
  if (order == "alternate") std::erase_if(all, [](std::uint64_t number) { return number % 2 == 1; });
  return all;
}

Result<void> make_sparse(const std::filesystem::path& path, std::uint64_t size) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  const bool made = fd >= 0 && ::ftruncate(fd, static_cast<off_t>(size)) == 0;
  const std::string why = made ? "" : std::strerror(errno);
  if (fd >= 0) ::close(fd);
  if (!made) return fail(Errc::io_error, {}, path.string() + ": " + why);
  return {};
}

// All but the last chunk, so that a start of the server does not finish it.
Result<void> fill_upload(catalog::SqlCatalog& catalog, const std::filesystem::path& data, std::uint64_t chunks,
                         const std::string& order) {
  const WallTime now = SystemClock().wall_now();
  const std::uint64_t total = chunks * kChunk;
  catalog::Token token;
  token.token = "growth" + sha256_hex(order).substr(0, 58);
  token.created_at = now;
  token.valid_minutes = 24 * 60;
  token.valid_until = now + std::chrono::minutes(token.valid_minutes);
  STILE_TRY(io::run_until_done(catalog.add_token(token)));
  catalog::Upload upload;
  upload.upload_id = sha256_hex(order).substr(0, 32);
  upload.key = {token.token, "film", total};
  upload.file_name = "film.mp4";
  upload.content_type = "video/mp4";
  upload.created_at = upload.changed_at = now;
  const auto id = io::run_until_done(catalog.reserve_photo_ids(1));
  if (!id) return fail(id.error());
  upload.photo_id = upload.file_id = *id;
  STILE_TRY(make_sparse(data / "staging" / upload.upload_id.substr(0, 2) / upload.upload_id, total));
  const auto started = io::run_until_done(catalog.start_upload(upload, now, {}));
  if (!started) return fail(started.error());

  std::vector<std::uint64_t> numbers = arrivals(chunks, order);
  std::erase(numbers, chunks - 1);
  std::printf(
      "{\"token\": \"%s\", \"identifier\": \"film\", \"total\": %llu, \"chunk\": %llu, \"receipts\": %zu, "
      "\"us_per_receipt\": [",
      token.token.c_str(), static_cast<unsigned long long>(total), static_cast<unsigned long long>(kChunk),
      numbers.size());
  for (std::size_t part = 0; part < kParts; ++part) {
    const std::size_t from = numbers.size() * part / kParts, to = numbers.size() * (part + 1) / kParts;
    const auto begin = std::chrono::steady_clock::now();
    STILE_TRY(Filling::run(static_cast<std::int64_t>(to - from), 64, [&](std::int64_t offset) {
      const std::uint64_t number = numbers[from + static_cast<std::size_t>(offset)];
      return catalog.add_receipt(upload.upload_id, {{number * kChunk, (number + 1) * kChunk}, 1}, now);
    }));
    std::printf("%s%.3f", part == 0 ? "" : ", ",
                to == from ? 0.0 : seconds_since(begin) * 1e6 / static_cast<double>(to - from));
  }
  std::printf("]}\n");
  return {};
}

struct Arguments {
  std::filesystem::path data;
  std::int64_t tokens = 0, photos = 0, chunks = 0;
  std::string order = "in-order";
};

std::optional<Arguments> read_arguments(int argc, char** argv) {
  if (argc < 2) return std::nullopt;
  Arguments chosen{.data = argv[1]};
  if (argc % 2 != 0) return std::nullopt;
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--order") {
      chosen.order = value;
      continue;
    }
    const auto number = parse_i64(value);
    if (!number || *number < 0) return std::nullopt;
    if (name == "--tokens")
      chosen.tokens = *number;
    else if (name == "--photos")
      chosen.photos = *number;
    else if (name == "--chunks")
      chosen.chunks = *number;
    else
      return std::nullopt;
  }
  const std::vector<std::string> orders{"in-order", "reversed", "random", "alternate"};
  if (std::ranges::find(orders, chosen.order) == orders.end()) return std::nullopt;
  return chosen;
}

Result<void> run(const Arguments& chosen) {
  std::error_code ignored;  // open_blocking says better what is wrong
  std::filesystem::create_directories(chosen.data, ignored);
  std::filesystem::permissions(chosen.data, std::filesystem::perms::owner_all, ignored);
  auto catalog =
      catalog::SqlCatalog::open_blocking((chosen.data / "stile.db").string(), {.durability = Durability::none});
  if (!catalog) return fail(catalog.error());
  if (chosen.chunks > 0)
    return fill_upload(**catalog, chosen.data, static_cast<std::uint64_t>(chosen.chunks), chosen.order);
  return fill_library(**catalog, chosen.tokens, chosen.photos);
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = read_arguments(argc, argv);
  if (!chosen) {
    std::fprintf(stderr,
                 "usage: growth_fill DATA [--tokens N] [--photos N] | "
                 "[--chunks N] [--order in-order|reversed|random|alternate]\n");
    return 2;
  }
  const auto done = run(*chosen);
  if (done) return 0;
  std::fprintf(stderr, "growth_fill: %s %s\n", std::string(to_string(done.error().code)).c_str(),
               done.error().cause.c_str());
  return 1;
}
