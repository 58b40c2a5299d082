#include "engine/scrubber.h"

#include <algorithm>
#include <utility>

#include "base/crc32.h"
#include "base/failpoint.h"
#include "base/text.h"

namespace stile::engine {
namespace {

constexpr std::size_t kPage = 100;
constexpr std::size_t kMostDamaged = 100'000;
constexpr std::size_t kBlock = 256 * kKiB;
constexpr Seconds kSaveEvery{30};
constexpr const char* kFact = "scrub";  // "<began, ms> <after photo> <finished> <end of the last pass, ms>"

// A disk that has gone wrong, as opposed to a moment in which nothing could be read.
bool is_damage(Errc code) { return code == Errc::io_error; }

}  // namespace

io::Task<Result<void>> Scrubber::load() {
  auto fact = co_await parts_.catalog.find_fact(kFact);
  if (!fact) co_return fail(std::move(fact).error());
  const auto damaged = co_await parts_.inspection.damaged_files(kMostDamaged);
  if (!damaged) co_return fail(damaged.error());
  for (const catalog::DamagedFile& file : *damaged) known_damaged_.insert(file.file_id);
  const WallTime now = parts_.clock.wall_now();
  Position position{.began = now, .after_photo = 0, .finished = false};
  if (fact->has_value()) {
    const auto words = split(**fact, ' ');
    const auto number = [&](std::size_t i) { return i < words.size() ? parse_i64(words[i]) : std::nullopt; };
    if (number(0) && number(1) && number(2))
      position = {from_epoch_milliseconds(*number(0)), *number(1), *number(2) != 0,
                  from_epoch_milliseconds(number(3).value_or(0))};
  }
  position_ = position;
  stats_.damaged_now.set(static_cast<std::int64_t>(known_damaged_.size()));
  stats_.last_pass.set(epoch_seconds(position.last_pass));
  co_return Result<void>{};
}

io::Task<Result<void>> Scrubber::save() {
  saved_at_ = parts_.clock.steady_now();
  STILE_CO_TRY(co_await parts_.catalog.set_fact(
      kFact, std::to_string(epoch_milliseconds(position_->began)) + " " + std::to_string(position_->after_photo) +
                 (position_->finished ? " 1 " : " 0 ") + std::to_string(epoch_milliseconds(position_->last_pass))));
  failpoint("scrub.saved");
  co_return Result<void>{};
}

io::Task<Result<Milliseconds>> Scrubber::step() {
  if (!position_) STILE_CO_TRY(co_await load());
  const WallTime now = parts_.clock.wall_now();
  if (position_->began > now) position_->began = now;  // the clock was set back; wait one period, not a century
  if (position_->finished) {
    const WallTime next = position_->began + settings_.every;
    if (now < next) co_return std::chrono::duration_cast<Milliseconds>(next - now);
    position_ = Position{.began = now, .after_photo = 0, .finished = false, .last_pass = position_->last_pass};
    ahead_.clear();
  }
  if (ahead_.empty()) {
    auto page = co_await parts_.inspection.photo_files(position_->after_photo, kPage);
    if (!page) co_return fail(std::move(page).error());
    if (page->empty()) {
      position_->finished = true;
      position_->last_pass = now;
      stats_.passes.add();
      stats_.last_pass.set(epoch_seconds(now));
      STILE_CO_TRY(co_await save());
      co_return Milliseconds{0};
    }
    ahead_.assign(page->begin(), page->end());
  }
  const catalog::PhotoFiles files = ahead_.front();
  auto go_on = co_await check(files, files.file_id, files.size, files.crc32);
  if (!go_on) co_return fail(std::move(go_on).error());
  if (*go_on && files.poster_id != 0) {
    go_on = co_await check(files, files.poster_id, files.poster_size, std::nullopt);
    if (!go_on) co_return fail(std::move(go_on).error());
  }
  if (!*go_on) co_return Milliseconds{0};
  ahead_.pop_front();
  position_->after_photo = files.photo_id;
  if (!saved_at_ || parts_.clock.steady_now() >= *saved_at_ + kSaveEvery) STILE_CO_TRY(co_await save());
  co_return Milliseconds{0};
}

io::Task<Result<bool>> Scrubber::check(catalog::PhotoFiles files, std::int64_t file_id, std::uint64_t size,
                                       std::optional<std::uint32_t> crc32) {
  auto damage = co_await read(file_id, size, crc32);
  if (!damage) co_return fail(std::move(damage).error());
  if (stopped_) co_return false;
  failpoint("scrub.file_read");
  if (!damage->has_value()) {
    stats_.files.add();
    if (!known_damaged_.contains(file_id)) co_return true;
    STILE_CO_TRY(co_await parts_.inspection.forget_damage(file_id));  // somebody has put it right
    known_damaged_.erase(file_id);
    stats_.damaged_now.set(static_cast<std::int64_t>(known_damaged_.size()));
    co_return true;
  }
  // The photo may have been replaced or deleted while its file was read: then this says nothing.
  const auto now_has = co_await parts_.inspection.files_of(files.photo_id);
  if (!now_has) co_return fail(now_has.error());
  if (!now_has->has_value() || **now_has != files) co_return true;
  const catalog::DamagedFile found{file_id, files.photo_id, **damage, parts_.clock.wall_now()};
  STILE_CO_TRY(co_await parts_.inspection.note_damage(found));
  failpoint("scrub.damage_noted");
  known_damaged_.insert(file_id);
  stats_.damaged_now.set(static_cast<std::int64_t>(known_damaged_.size()));
  stats_.damaged.add();
  if (parts_.on_damage) parts_.on_damage(found);
  co_return true;
}

io::Task<Result<std::optional<catalog::Damage>>> Scrubber::read(std::int64_t file_id, std::uint64_t size,
                                                                std::optional<std::uint32_t> crc32) {
  using Found = std::optional<catalog::Damage>;
  auto file = co_await parts_.disk.run([&] { return parts_.store.open_original_blocking(file_id); });
  if (!file && file.error().code == Errc::not_found) co_return Found(catalog::Damage::missing);
  if (!file && is_damage(file.error().code)) co_return Found(catalog::Damage::unreadable);
  if (!file) co_return fail(std::move(file).error());
  std::vector<std::byte> block(kBlock);
  std::uint32_t crc = 0;
  std::uint64_t at = 0;
  for (;;) {
    const auto got = co_await parts_.disk.run([&] { return (*file)->read_at_blocking(at, block); });
    if (!got && is_damage(got.error().code)) co_return Found(catalog::Damage::unreadable);
    if (!got) co_return fail(got.error());
    crc = crc32_update(crc, Bytes(block).first(*got));
    at += *got;
    stats_.bytes.add(*got);
    if (*got > 0 && settings_.bytes_per_second > 0) {
      const Milliseconds rest(static_cast<std::int64_t>(*got * 1000 / settings_.bytes_per_second));
      if (!co_await parts_.pause(rest)) {
        stopped_ = true;
        co_return Found();
      }
    }
    if (*got < kBlock || at > size) break;
  }
  if (at != size) co_return Found(catalog::Damage::size);
  if (crc32 && crc != *crc32) co_return Found(catalog::Damage::content);
  co_return Found();
}

}  // namespace stile::engine
