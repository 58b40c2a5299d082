// SqlCatalog: uploads under way. The finish has its own file.
#include "catalog/database.h"
#include "catalog/lookups.h"

namespace stile::catalog {

namespace {

// Why no new upload may start with `token`, if so.
Result<void> may_start(Session& session, const std::string& token, WallTime now, StartLimits limits) {
  const std::optional<Token> found = token_row(session, token);
  if (!found) return fail(Errc::token_unknown);
  if (found->revoked) return fail(Errc::token_revoked);
  if (found->valid_until <= now) return fail(Errc::token_expired);
  if (found->used >= found->max_uploads) return fail(Errc::token_used_up);
  if (limits.max_open_per_token <= 0) return {};
  const auto open =
      session.one<std::int64_t>("SELECT COUNT(*) FROM uploads WHERE token = :token AND state = 'receiving'", token);
  if (open.value_or(0) >= limits.max_open_per_token) return fail(Errc::too_many_open);
  return {};
}

}  // namespace

io::Task<Result<std::optional<Upload>>> SqlCatalog::find_upload(UploadKey key) {
  return database_->read([key = std::move(key)](Session& session) { return upload_row(session, key); });
}

io::Task<Result<Upload>> SqlCatalog::start_upload(Upload upload, WallTime now, StartLimits limits) {
  return database_->write(
      Weight::full, [upload = std::move(upload), now, limits](Session& session) -> Result<Upload> {
        static const std::string kInsert = insert_of<Upload>();
        std::optional<Upload> there = upload_row(session, upload.key);
        if (there && there->state != UploadState::aborted) return std::move(*there);
        STILE_TRY(may_start(session, upload.key.token, now, limits));
        if (there) {
          session.run("DELETE FROM receipts WHERE upload_id = :upload_id", there->upload_id);
          session.run("DELETE FROM uploads WHERE upload_id = :upload_id", there->upload_id);
        }
        session.run(kInsert, upload);
        return upload;
      });
}

io::Task<Result<std::vector<Receipt>>> SqlCatalog::receipts(std::string upload_id) {
  return database_->read([upload_id = std::move(upload_id)](Session& session) {
    static const std::string kFind = select_of<Receipt>() + "WHERE upload_id = :upload_id ORDER BY begin_at";
    return session.all<Receipt>(kFind, upload_id);
  });
}

io::Task<Result<void>> SqlCatalog::add_receipt(std::string upload_id, Receipt receipt, WallTime now) {
  return database_->write(
      Weight::light, [upload_id = std::move(upload_id), receipt, now](Session& session) -> Result<void> {
        try {
          session.run(
              "INSERT INTO receipts(upload_id, begin_at, end_at, crc32, received_at) VALUES(:upload_id, :begin_at, "
              ":end_at, :crc32, :received_at) ON CONFLICT (upload_id, begin_at) DO NOTHING",
              upload_id, receipt, now);
        } catch (const SqlError& error) {
          // The foreign key is the only constraint left to break.
          if (error.scope() == SqlError::Scope::statement) return fail(Errc::not_found);
          throw;
        }
        session.run("UPDATE uploads SET changed_at = :now WHERE upload_id = :upload_id AND changed_at < :before", now,
                    upload_id, now - kChangeGranularity);
        return {};
      });
}

io::Task<Result<void>> SqlCatalog::set_content_type(std::string upload_id, std::string content_type) {
  return database_->write(
      Weight::light,
      [upload_id = std::move(upload_id), content_type = std::move(content_type)](Session& session) -> Result<void> {
        session.run("UPDATE uploads SET content_type = :content_type WHERE upload_id = :upload_id", content_type,
                    upload_id);
        return {};
      });
}

io::Task<Result<void>> SqlCatalog::end_upload(std::string upload_id, UploadState state, Errc failure, WallTime now) {
  return database_->write(
      Weight::full, [upload_id = std::move(upload_id), state, failure, now](Session& session) -> Result<void> {
        if (state != UploadState::failed && state != UploadState::aborted)
          return fail(Errc::invalid_input, {}, "end_upload: neither failed nor aborted");
        session.run("UPDATE uploads SET state = :state, failure = :failure, changed_at = :now "
                    "WHERE upload_id = :upload_id AND state = 'receiving'",
                    state, failure, now, upload_id);
        return {};
      });
}

io::Task<Result<std::vector<Upload>>> SqlCatalog::open_uploads(std::string after, std::size_t limit) {
  return database_->read([after = std::move(after), limit](Session& session) {
    static const std::string kFind =
        select_of<Upload>() + "WHERE state = 'receiving' AND upload_id > :after ORDER BY upload_id LIMIT :limit";
    return session.all<Upload>(kFind, after, limit_of(limit));
  });
}

io::Task<Result<std::vector<std::string>>> SqlCatalog::known_open(std::vector<std::string> upload_ids) {
  return database_->read([upload_ids = std::move(upload_ids)](Session& session) {
    std::vector<std::string> known;
    for (const std::string& id : upload_ids) {
      if (session.one<std::string>(
              "SELECT upload_id FROM uploads WHERE upload_id = :upload_id AND state = 'receiving'", id))
        known.push_back(id);
    }
    return known;
  });
}

io::Task<Result<std::size_t>> SqlCatalog::forget_ended_uploads(WallTime before, std::size_t limit) {
  return database_->write(Weight::full, [before, limit](Session& session) -> Result<std::size_t> {
    // The receipts go with their uploads (ON DELETE CASCADE).
    const std::int64_t gone = session.run(
        "DELETE FROM uploads WHERE upload_id IN (SELECT upload_id FROM uploads "
        "WHERE state IN ('done', 'failed', 'aborted') AND changed_at < :before LIMIT :limit)",
        before, limit_of(limit));
    return static_cast<std::size_t>(gone);
  });
}

io::Task<Result<std::vector<Upload>>> SqlCatalog::stale_uploads(WallTime before, std::size_t limit) {
  return database_->read([before, limit](Session& session) {
    static const std::string kFind =
        select_of<Upload>() + "WHERE state = 'receiving' AND changed_at < :before ORDER BY changed_at LIMIT :limit";
    return session.all<Upload>(kFind, before, limit_of(limit));
  });
}

io::Task<Result<void>> SqlCatalog::distrust_receipts() {
  return database_->write(Weight::full, [](Session& session) -> Result<void> {
    session.run("DELETE FROM receipts WHERE upload_id IN (SELECT upload_id FROM uploads WHERE state = 'receiving')");
    return {};
  });
}

}  // namespace stile::catalog
