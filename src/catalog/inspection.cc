// SqlCatalog: files and damages, for those who check. Whether the tables agree with each other is in consistency.cc.
#include "catalog/inspection.h"

#include "catalog/database.h"
#include "catalog/lookups.h"

namespace stile::catalog {

template <>
struct Columns<PhotoFiles> {
  static constexpr std::string_view kTable = "photos";
  static void each(auto& files, auto&& visit) {
    visit("photo_id", files.photo_id);
    visit("file_id", files.file_id);
    visit("size", files.size);
    visit("crc32", files.crc32);
    visit("poster_id", files.poster_id);
    visit("poster_size", files.poster_size);
  }
};

template <>
struct Columns<ArchiveSize> {
  static constexpr std::string_view kTable = "photos";
  static void each(auto& size, auto&& visit) {
    visit("photos", size.photos);
    visit("bytes", size.bytes);
  }
};

template <>
struct Columns<Removal> {
  static constexpr std::string_view kTable = "removals";
  static void each(auto& removal, auto&& visit) {
    visit("file_id", removal.file_id);
    visit("since", removal.since);
  }
};

namespace {

// A row of damaged_files.
struct DamageRow {
  std::int64_t file_id = 0;
  std::int64_t photo_id = 0;
  std::string damage;
  WallTime found_at;
};

bool is_of_a_photo(Session& session, std::int64_t file_id) {
  return session.one<std::int64_t>("SELECT photo_id FROM photos WHERE file_id = :file_id LIMIT 1", file_id) ||
         session.one<std::int64_t>(
             "SELECT photo_id FROM photos WHERE poster_id = :poster_id AND poster_id <> 0 LIMIT 1", file_id);
}

bool is_in_use(Session& session, std::int64_t file_id) {
  return is_of_a_photo(session, file_id) ||
         session.one<std::int64_t>("SELECT file_id FROM removals WHERE file_id = :file_id", file_id);
}

}  // namespace

template <>
struct Columns<DamageRow> {
  static constexpr std::string_view kTable = "damaged_files";
  static void each(auto& row, auto&& visit) {
    visit("file_id", row.file_id);
    visit("photo_id", row.photo_id);
    visit("damage", row.damage);
    visit("found_at", row.found_at);
  }
};

std::string_view to_text(Damage damage) {
  switch (damage) {
    case Damage::missing: return "missing";
    case Damage::size: return "size";
    case Damage::content: return "content";
    case Damage::unreadable: break;
  }
  return "unreadable";
}

Damage damage_from(std::string_view text) {
  for (const Damage damage : {Damage::missing, Damage::size, Damage::content})
    if (to_text(damage) == text) return damage;
  return Damage::unreadable;
}

io::Task<Result<ArchiveSize>> SqlCatalog::archive_size() {
  return database_->read([](Session& session) {
    // Walks all photos, for which no index is kept: asked for once per check.
    auto found = session.all_unkept<ArchiveSize>("SELECT COUNT(*), COALESCE(SUM(size), 0) FROM photos", {});
    return found.empty() ? ArchiveSize() : found.front();
  });
}

io::Task<Result<std::vector<PhotoFiles>>> SqlCatalog::photo_files(std::int64_t after_photo, std::size_t limit) {
  return database_->read([after_photo, limit](Session& session) {
    static const std::string kNext = select_of<PhotoFiles>() + "WHERE photo_id > :after ORDER BY photo_id LIMIT :limit";
    return session.all<PhotoFiles>(kNext, after_photo, limit_of(limit));
  });
}

io::Task<Result<std::optional<PhotoFiles>>> SqlCatalog::files_of(std::int64_t photo_id) {
  return database_->read([photo_id](Session& session) {
    static const std::string kFind = select_of<PhotoFiles>() + "WHERE photo_id = :photo_id";
    return session.one<PhotoFiles>(kFind, photo_id);
  });
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::files_in_use(std::vector<std::int64_t> file_ids) {
  return database_->read([file_ids = std::move(file_ids)](Session& session) {
    std::vector<std::int64_t> found;
    // Uploads under way are few; no index finds them by their file.
    const auto reserved = session.all<std::int64_t>("SELECT file_id FROM uploads WHERE state = 'receiving'");
    for (const std::int64_t id : file_ids)
      if (is_in_use(session, id) || std::ranges::find(reserved, id) != reserved.end()) found.push_back(id);
    return found;
  });
}

io::Task<Result<std::vector<Removal>>> SqlCatalog::removals(std::int64_t after_file, std::size_t limit) {
  return database_->read([after_file, limit](Session& session) {
    static const std::string kNext = select_of<Removal>() + "WHERE file_id > :after ORDER BY file_id LIMIT :limit";
    auto found = session.all<Removal>(kNext, after_file, limit_of(limit));
    for (Removal& removal : found) removal.in_use = is_of_a_photo(session, removal.file_id);
    return found;
  });
}

io::Task<Result<void>> SqlCatalog::note_damage(DamagedFile file) {
  return database_->write(Weight::full, [file](Session& session) -> Result<void> {
    session.run(
        "INSERT INTO damaged_files(file_id, photo_id, damage, found_at) VALUES(:file_id, :photo_id, :damage, "
        ":found_at) "
        "ON CONFLICT (file_id) DO UPDATE SET damage = excluded.damage",
        file.file_id, file.photo_id, std::string(to_text(file.damage)), file.found_at);
    return {};
  });
}

io::Task<Result<void>> SqlCatalog::forget_damage(std::int64_t file_id) {
  return database_->write(Weight::full, [file_id](Session& session) -> Result<void> {
    session.run("DELETE FROM damaged_files WHERE file_id = :file_id", file_id);
    return {};
  });
}

io::Task<Result<std::vector<DamagedFile>>> SqlCatalog::damaged_files(std::size_t limit) {
  return database_->read([limit](Session& session) {
    static const std::string kNext = select_of<DamageRow>() + "WHERE file_id > :after ORDER BY file_id LIMIT :limit";
    std::vector<DamagedFile> files;
    for (const DamageRow& row : session.all<DamageRow>(kNext, std::int64_t(-1), limit_of(limit)))
      if (is_of_a_photo(session, row.file_id))
        files.push_back({row.file_id, row.photo_id, damage_from(row.damage), row.found_at});
    return files;
  });
}

}  // namespace stile::catalog
