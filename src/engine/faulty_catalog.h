// FaultyCatalog: passes everything on to another Catalog, except for the calls that shall fail (io/faults.h).
//
// A failing write changes nothing; or, with Moment::after, it is done and only its answer is lost. Reads fail too.
// The names of calls are those of the functions. Ownership: what is wrapped and the plan outlive it. Threads: any.
#pragma once

#include <atomic>
#include <string_view>
#include <utility>

#include "catalog/catalog.h"
#include "io/faults.h"

namespace stile::engine {

class FaultyCatalog final : public catalog::Catalog {
 public:
  template <class T = void>
  using Answer = io::Task<Result<T>>;
  enum class Moment { before, after };

  FaultyCatalog(catalog::Catalog& inner, io::Faults& faults) : inner_(inner), faults_(faults) {}
  void set_moment(Moment moment) { moment_ = moment; }

  Answer<> add_token(catalog::Token token) override { return guarded("add_token", inner_.add_token(std::move(token))); }
  Answer<std::optional<catalog::Token>> find_token(std::string token) override {
    return guarded("find_token", inner_.find_token(std::move(token)));
  }
  Answer<> revoke_token(std::string token) override {
    return guarded("revoke_token", inner_.revoke_token(std::move(token)));
  }
  Answer<std::optional<catalog::Upload>> find_upload(catalog::UploadKey key) override {
    return guarded("find_upload", inner_.find_upload(std::move(key)));
  }
  Answer<catalog::Upload> start_upload(catalog::Upload upload, WallTime now, catalog::StartLimits limits) override {
    return guarded("start_upload", inner_.start_upload(std::move(upload), now, limits));
  }
  Answer<std::vector<catalog::Receipt>> receipts(std::string upload_id) override {
    return guarded("receipts", inner_.receipts(std::move(upload_id)));
  }
  Answer<> add_receipt(std::string upload_id, catalog::Receipt receipt, WallTime now) override {
    return guarded("add_receipt", inner_.add_receipt(std::move(upload_id), receipt, now));
  }
  Answer<> set_content_type(std::string upload_id, std::string content_type) override {
    return guarded("set_content_type", inner_.set_content_type(std::move(upload_id), std::move(content_type)));
  }
  Answer<> end_upload(std::string upload_id, catalog::UploadState state, Errc failure, WallTime now) override {
    return guarded("end_upload", inner_.end_upload(std::move(upload_id), state, failure, now));
  }
  Answer<catalog::Photo> finish_upload(catalog::Finish finish, WallTime now) override {
    return guarded("finish_upload", inner_.finish_upload(std::move(finish), now));
  }
  Answer<std::vector<catalog::Upload>> open_uploads(std::string after, std::size_t limit) override {
    return guarded("open_uploads", inner_.open_uploads(std::move(after), limit));
  }
  Answer<std::vector<std::string>> known_open(std::vector<std::string> upload_ids) override {
    return guarded("known_open", inner_.known_open(std::move(upload_ids)));
  }
  Answer<std::size_t> forget_ended_uploads(WallTime before, std::size_t limit) override {
    return guarded("forget_ended_uploads", inner_.forget_ended_uploads(before, limit));
  }
  Answer<std::vector<catalog::Upload>> stale_uploads(WallTime before, std::size_t limit) override {
    return guarded("stale_uploads", inner_.stale_uploads(before, limit));
  }
  Answer<> distrust_receipts() override { return guarded("distrust_receipts", inner_.distrust_receipts()); }
  Answer<std::int64_t> reserve_photo_ids(std::int64_t count) override {
    return guarded("reserve_photo_ids", inner_.reserve_photo_ids(count));
  }
  Answer<std::optional<catalog::Photo>> find_photo(std::int64_t photo_id) override {
    return guarded("find_photo", inner_.find_photo(photo_id));
  }
  Answer<std::vector<catalog::Photo>> photos_of_token(std::string upload_token, std::size_t limit) override {
    return guarded("photos_of_token", inner_.photos_of_token(std::move(upload_token), limit));
  }
  Answer<std::vector<catalog::Photo>> photos_of_identifier(std::string upload_token, std::string identifier,
                                                           std::size_t limit) override {
    return guarded("photos_of_identifier",
                   inner_.photos_of_identifier(std::move(upload_token), std::move(identifier), limit));
  }
  Answer<std::vector<std::int64_t>> known_files(std::vector<std::int64_t> file_ids) override {
    return guarded("known_files", inner_.known_files(std::move(file_ids)));
  }
  Answer<> add_events(std::vector<catalog::Event> events) override {
    return guarded("add_events", inner_.add_events(std::move(events)));
  }
  Answer<std::vector<catalog::Event>> due_events(WallTime now, std::size_t limit) override {
    return guarded("due_events", inner_.due_events(now, limit));
  }
  Answer<std::optional<WallTime>> next_event_time() override {
    return guarded("next_event_time", inner_.next_event_time());
  }
  Answer<> update_event(catalog::Event event) override {
    return guarded("update_event", inner_.update_event(std::move(event)));
  }
  Answer<std::vector<catalog::Event>> events_of_photo(std::int64_t photo_id) override {
    return guarded("events_of_photo", inner_.events_of_photo(photo_id));
  }
  Answer<catalog::User> add_user(std::string name, WallTime now) override {
    return guarded("add_user", inner_.add_user(std::move(name), now));
  }
  Answer<> add_credentials(catalog::Credentials credentials) override {
    return guarded("add_credentials", inner_.add_credentials(std::move(credentials)));
  }
  Answer<std::optional<catalog::Credentials>> find_credentials_by_bearer(std::string bearer_sha256) override {
    return guarded("find_credentials_by_bearer", inner_.find_credentials_by_bearer(std::move(bearer_sha256)));
  }
  Answer<std::optional<catalog::Credentials>> find_credentials_by_consumer_key(std::string consumer_key) override {
    return guarded("find_credentials_by_consumer_key",
                   inner_.find_credentials_by_consumer_key(std::move(consumer_key)));
  }
  Answer<std::vector<catalog::Credentials>> list_credentials() override {
    return guarded("list_credentials", inner_.list_credentials());
  }
  Answer<> revoke_credentials(std::string consumer_key) override {
    return guarded("revoke_credentials", inner_.revoke_credentials(std::move(consumer_key)));
  }
  Answer<catalog::Album> add_album(catalog::Album album) override {
    return guarded("add_album", inner_.add_album(std::move(album)));
  }
  Answer<std::vector<std::int64_t>> known_albums(std::vector<std::int64_t> ids) override {
    return guarded("known_albums", inner_.known_albums(std::move(ids)));
  }
  Answer<std::optional<std::string>> find_fact(std::string name) override {
    return guarded("find_fact", inner_.find_fact(std::move(name)));
  }
  Answer<> set_fact(std::string name, std::string value) override {
    return guarded("set_fact", inner_.set_fact(std::move(name), std::move(value)));
  }

 private:
  // Tasks are lazy: one that is dropped has done nothing.
  template <class Task>
  Task guarded(std::string_view name, Task call) {
    const auto allowed = faults_.next(name);
    if (!allowed && moment_ == Moment::before) co_return fail(allowed.error());
    auto answer = co_await std::move(call);
    if (!allowed) co_return fail(allowed.error());
    co_return answer;
  }

  catalog::Catalog& inner_;
  io::Faults& faults_;
  std::atomic<Moment> moment_ = Moment::before;
};

}  // namespace stile::engine
