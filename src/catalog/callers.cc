// SqlCatalog: users, their credentials and albums, and facts about the installation.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"

namespace stile::catalog {

io::Task<Result<User>> SqlCatalog::add_user(std::string name, WallTime now) {
  return database_->write(Weight::full, [name = std::move(name), now](Session& session) -> Result<User> {
    static const std::string kInsert = insert_of<User>();
    User user;
    user.user_id = take_numbers(session, "user", 1);
    user.name = name;
    user.created_at = now;
    user.username = free_username(session, "user" + std::to_string(user.user_id));
    session.run(kInsert, user);
    return user;
  });
}

io::Task<Result<void>> SqlCatalog::add_credentials(Credentials credentials) {
  return database_->write(Weight::full, [credentials = std::move(credentials)](Session& session) -> Result<void> {
    static const std::string kInsert = insert_of<Credentials>() + " ON CONFLICT DO NOTHING";
    if (session.run(kInsert, credentials) == 0) return fail(Errc::already_exists);
    return {};
  });
}

io::Task<Result<std::optional<Credentials>>> SqlCatalog::find_credentials_by_bearer(std::string bearer_sha256) {
  return database_->read([bearer_sha256 = std::move(bearer_sha256)](Session& session) {
    // The second condition lets the partial index be used, and keeps "none" from matching "none".
    static const std::string kFind =
        select_of<Credentials>() + "WHERE bearer_sha256 = :bearer_sha256 AND bearer_sha256 <> ''";
    return session.one<Credentials>(kFind, bearer_sha256);
  });
}

io::Task<Result<std::optional<Credentials>>> SqlCatalog::find_credentials_by_consumer_key(std::string consumer_key) {
  return database_->read([consumer_key = std::move(consumer_key)](Session& session) {
    static const std::string kFind = select_of<Credentials>() + "WHERE consumer_key = :consumer_key";
    return session.one<Credentials>(kFind, consumer_key);
  });
}

io::Task<Result<std::vector<Credentials>>> SqlCatalog::list_credentials() {
  return database_->read([](Session& session) {
    static const std::string kFind = select_of<Credentials>() + "ORDER BY created_at, consumer_key";
    return session.all<Credentials>(kFind);
  });
}

io::Task<Result<void>> SqlCatalog::revoke_credentials(std::string consumer_key) {
  return database_->write(Weight::full, [consumer_key = std::move(consumer_key)](Session& session) -> Result<void> {
    if (session.run("UPDATE credentials SET revoked = 1 WHERE consumer_key = :consumer_key", consumer_key) == 0)
      return fail(Errc::not_found);
    return {};
  });
}

io::Task<Result<Album>> SqlCatalog::add_album(Album album) {
  return database_->write(Weight::full, [album = std::move(album)](Session& session) mutable -> Result<Album> {
    static const std::string kInsert = insert_of<Album>();
    album.album_id = take_numbers(session, "album", 1);
    session.run(kInsert, album);
    return album;
  });
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::known_albums(std::vector<std::int64_t> ids) {
  return database_->read([ids = std::move(ids)](Session& session) {
    std::vector<std::int64_t> known;
    for (const std::int64_t id : ids) {
      if (session.one<std::int64_t>("SELECT album_id FROM albums WHERE album_id = :album_id", id)) known.push_back(id);
    }
    return known;
  });
}

io::Task<Result<std::optional<std::string>>> SqlCatalog::find_fact(std::string name) {
  return database_->read([name = std::move(name)](Session& session) {
    return session.one<std::string>("SELECT value FROM facts WHERE name = :name", name);
  });
}

io::Task<Result<void>> SqlCatalog::set_fact(std::string name, std::string value) {
  return database_->write(
      Weight::full, [name = std::move(name), value = std::move(value)](Session& session) -> Result<void> {
        session.run("INSERT INTO facts(name, value) VALUES(:name, :value) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    name, value);
        return {};
      });
}

}  // namespace stile::catalog
