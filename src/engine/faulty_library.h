// FaultyLibrary: what FileRemover and photo/delete need of a Library, with the calls that shall fail (io/faults.h); the
// rest aborts.
//
// As FaultyCatalog: a failing write changes nothing; or, with Moment::after, only its answer is lost. Names of calls:
// those of the functions. Ownership: what is wrapped and the plan outlive it. Threads: any.
#pragma once

#include <utility>

#include "base/check.h"
#include "catalog/library.h"
#include "engine/faulty_catalog.h"
#include "io/faults.h"

namespace stile::engine {

class FaultyLibrary final : public catalog::Library {
 public:
  template <class T = void>
  using Answer = io::Task<Result<T>>;
  using Moment = FaultyCatalog::Moment;

  FaultyLibrary(catalog::Library& inner, io::Faults& faults, Moment moment)
      : inner_(inner), faults_(faults), moment_(moment) {}

  Answer<catalog::Photo> delete_photo(std::int64_t photo_id, WallTime now) override {
    return guarded("delete_photo", inner_.delete_photo(photo_id, now));
  }
  Answer<std::vector<std::int64_t>> files_to_remove(WallTime until, std::size_t limit) override {
    return guarded("files_to_remove", inner_.files_to_remove(until, limit));
  }
  Answer<> files_removed(std::int64_t file_id) override {
    return guarded("files_removed", inner_.files_removed(file_id));
  }

  Answer<catalog::Listing<catalog::ListedPhoto>> list_photos(catalog::PhotoQuery) override { return nobody_asks(); }
  Answer<catalog::Photo> update_photo(catalog::PhotoChange, WallTime) override { return nobody_asks(); }
  Answer<std::optional<WallTime>> next_publication() override { return nobody_asks(); }
  Answer<std::size_t> publish_due(WallTime, std::size_t) override { return nobody_asks(); }
  Answer<std::optional<catalog::Album>> find_album(std::int64_t) override { return nobody_asks(); }
  Answer<catalog::Album> find_or_add_album(catalog::Album) override { return nobody_asks(); }
  Answer<catalog::Listing<catalog::ListedAlbum>> list_albums(catalog::AlbumQuery) override { return nobody_asks(); }
  Answer<> update_album(catalog::AlbumChange, WallTime) override { return nobody_asks(); }
  Answer<> delete_album(std::int64_t) override { return nobody_asks(); }
  Answer<catalog::Listing<catalog::TagCount>> list_tags(catalog::TagQuery) override { return nobody_asks(); }
  Answer<bool> has_tag(std::string) override { return nobody_asks(); }
  Answer<std::vector<catalog::TagCount>> related_tags(std::string, std::size_t) override { return nobody_asks(); }
  Answer<catalog::User> add_account(catalog::User) override { return nobody_asks(); }
  Answer<std::optional<catalog::User>> find_user(std::int64_t) override { return nobody_asks(); }
  Answer<std::optional<catalog::User>> find_user_by_login(std::string) override { return nobody_asks(); }
  Answer<> update_user(catalog::User) override { return nobody_asks(); }
  Answer<catalog::Listing<catalog::User>> list_users(catalog::UserQuery) override { return nobody_asks(); }

 private:
  // Becomes a task of whatever type.
  struct NobodyAsks {
    template <class T>
    operator io::Task<T>() const {  // NOLINT: meant to be implicit
      CHECK(!"not part of this double");
      std::abort();
    }
  };
  static NobodyAsks nobody_asks() { return {}; }

  template <class Task>
  Task guarded(std::string_view name, Task call) {
    const auto allowed = faults_.next(name);
    if (!allowed && moment_ == Moment::before) co_return fail(allowed.error());
    auto answer = co_await std::move(call);
    if (!allowed) co_return fail(allowed.error());
    co_return answer;
  }

  catalog::Library& inner_;
  io::Faults& faults_;
  const Moment moment_;
};

}  // namespace stile::engine
