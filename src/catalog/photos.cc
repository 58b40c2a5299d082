// SqlCatalog: photos.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"

namespace stile::catalog {

io::Task<Result<std::int64_t>> SqlCatalog::reserve_photo_ids(std::int64_t count) {
  return database_->write(Weight::full, [count](Session& session) -> Result<std::int64_t> {
    if (count < 1) return fail(Errc::invalid_input, {}, "reserve_photo_ids: a count below 1");
    return take_numbers(session, "photo", count);
  });
}

io::Task<Result<std::optional<Photo>>> SqlCatalog::find_photo(std::int64_t photo_id) {
  return database_->read([photo_id](Session& session) { return photo_row(session, photo_id); });
}

io::Task<Result<std::vector<Photo>>> SqlCatalog::photos_of_token(std::string upload_token, std::size_t limit) {
  return database_->read([upload_token = std::move(upload_token), limit](Session& session) {
    static const std::string kFind =
        select_of<Photo>() + "WHERE upload_token = :upload_token ORDER BY photo_id DESC LIMIT :limit";
    return session.all<Photo>(kFind, upload_token, limit_of(limit));
  });
}

io::Task<Result<std::vector<Photo>>> SqlCatalog::photos_of_identifier(std::string upload_token, std::string identifier,
                                                                      std::size_t limit) {
  return database_->read([upload_token = std::move(upload_token), identifier = std::move(identifier),
                          limit](Session& session) {
    static const std::string kFind =
        select_of<Photo>() +
        "WHERE upload_token = :upload_token AND upload_id IN "
        "(SELECT upload_id FROM uploads WHERE token = :token AND identifier = :identifier) "
        "ORDER BY photo_id DESC LIMIT :limit";
    return session.all<Photo>(kFind, upload_token, upload_token, identifier, limit_of(limit));
  });
}

}  // namespace stile::catalog
