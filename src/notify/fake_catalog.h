// FakeCatalog: the events of a catalog in memory, with failures on demand, for the tests of the outbox.
//
// Outlives the Outbox, as the rows of a real one do. Everything but events aborts. Threads: any.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "catalog/catalog.h"
#include "catalog/deliveries.h"
#include "io/faults.h"

namespace stile::notify {

class FakeCatalog final : public catalog::Catalog, public catalog::Deliveries {
 public:
  template <class T = void>
  using Reply = io::Task<Result<T>>;

  Reply<> add_events(std::vector<catalog::Event> events) override {
    add(std::move(events));
    co_return Result<void>{};
  }
  Reply<std::vector<catalog::Event>> due_events(WallTime now, std::size_t limit) override {
    if (fails(reads_to_fail, "reads")) co_return fail(Errc::io_error, {}, "no");
    std::vector<catalog::Event> due;
    for (const catalog::Event& event : all())
      if (event.state == catalog::EventState::waiting && event.next_attempt_at <= now) due.push_back(event);
    std::ranges::sort(due, {},
                      [](const catalog::Event& event) { return std::pair(event.next_attempt_at, event.event_id); });
    if (due.size() > limit) due.resize(limit);
    if (due_read) {
      // Somebody else's turn, after the rows were read and before the answer is used.
      co_await io::from_callback<bool>([this](auto resume) { due_read([resume]() mutable { resume(true); }); });
    }
    co_return due;
  }
  Reply<std::optional<WallTime>> next_event_time() override {
    std::optional<WallTime> next;
    for (const catalog::Event& event : all())
      if (event.state == catalog::EventState::waiting)
        next = std::min(next.value_or(event.next_attempt_at), event.next_attempt_at);
    co_return next;
  }
  Reply<> update_event(catalog::Event event) override {
    if (fails(writes_to_fail, "writes")) co_return fail(Errc::io_error, {}, "no");
    std::lock_guard lock(mutex_);
    const auto row = rows_.find(event.event_id);
    if (row == rows_.end()) co_return fail(Errc::not_found);
    row->second = event;
    co_return Result<void>{};
  }
  Reply<std::optional<catalog::Event>> first_waiting(std::int64_t photo_id, std::string receiver) override {
    if (fails(reads_to_fail, "reads")) co_return fail(Errc::io_error, {}, "no");
    for (const catalog::Event& event : all())
      if (event.photo_id == photo_id && event.state == catalog::EventState::waiting &&
          catalog::receiver_of(event.url) == receiver)
        co_return event;
    co_return std::nullopt;
  }
  Reply<std::optional<std::string>> signing_secret(std::string signer) override {
    if (fails(secrets_to_fail, "secrets")) co_return fail(Errc::busy, {}, "no");
    std::lock_guard lock(mutex_);
    const auto found = secrets_.find(signer);
    if (found == secrets_.end()) co_return std::nullopt;
    co_return found->second;
  }
  Reply<std::vector<catalog::Event>> events_of_photo(std::int64_t photo_id) override {
    std::vector<catalog::Event> events = all();
    std::erase_if(events, [photo_id](const catalog::Event& event) { return event.photo_id != photo_id; });
    co_return events;
  }

  void add(std::vector<catalog::Event> events) {
    std::lock_guard lock(mutex_);
    for (catalog::Event& event : events) {
      event.event_id = static_cast<std::int64_t>(rows_.size()) + 1;
      rows_[event.event_id] = event;
    }
  }
  void remove(std::int64_t event_id) {
    std::lock_guard lock(mutex_);
    rows_.erase(event_id);
  }
  catalog::Event row(std::int64_t event_id) const {
    std::lock_guard lock(mutex_);
    return rows_.at(event_id);
  }
  std::vector<catalog::Event> all() const {
    std::lock_guard lock(mutex_);
    std::vector<catalog::Event> events;
    for (const auto& [id, event] : rows_) events.push_back(event);
    return events;
  }

  // Asked before every call, by the names "reads", "writes" and "secrets"; may be none.
  io::Faults* faults = nullptr;
  std::atomic<int> reads_to_fail = 0;
  std::atomic<int> writes_to_fail = 0;
  std::atomic<int> secrets_to_fail = 0;
  void set_secret(const std::string& signer, std::optional<std::string> secret) {
    std::lock_guard lock(mutex_);
    secrets_.erase(signer);
    if (secret) secrets_[signer] = *secret;
  }
  std::function<void(std::function<void()>)> due_read;  // must call what it is given

  Reply<std::vector<catalog::Event>> list_events(catalog::EventQuery query) override {
    CHECK(query.direction == catalog::Direction::ascending && !query.photo_id);
    std::vector<catalog::Event> events = all();  // by event_id
    std::erase_if(events, [&](const catalog::Event& event) {
      return (query.state && event.state != *query.state) || (query.after && event.event_id <= *query.after);
    });
    if (events.size() > static_cast<std::size_t>(query.limit)) events.resize(static_cast<std::size_t>(query.limit));
    co_return events;
  }
  Reply<std::optional<catalog::Event>> find_event(std::int64_t) override {
    return nothing<std::optional<catalog::Event>>();
  }
  // Of those that wait.
  Reply<std::vector<std::int64_t>> replay_events(std::vector<std::int64_t> event_ids, WallTime now) override {
    std::lock_guard lock(mutex_);
    for (const std::int64_t id : event_ids) rows_.at(id).next_attempt_at = now;
    co_return event_ids;
  }
  Reply<> add_token(catalog::Token) override { return nothing(); }
  Reply<std::optional<catalog::Token>> find_token(std::string) override {
    return nothing<std::optional<catalog::Token>>();
  }
  Reply<std::optional<catalog::Upload>> find_upload(catalog::UploadKey) override {
    return nothing<std::optional<catalog::Upload>>();
  }
  Reply<catalog::Upload> start_upload(catalog::Upload, WallTime, catalog::StartLimits) override {
    return nothing<catalog::Upload>();
  }
  Reply<std::vector<catalog::Receipt>> receipts(std::string) override {
    return nothing<std::vector<catalog::Receipt>>();
  }
  Reply<> add_receipt(std::string, catalog::Receipt, WallTime) override { return nothing(); }
  Reply<> set_content_type(std::string, std::string) override { return nothing(); }
  Reply<> end_upload(std::string, catalog::UploadState, Errc, WallTime) override { return nothing(); }
  Reply<catalog::Photo> finish_upload(catalog::Finish, WallTime) override { return nothing<catalog::Photo>(); }
  Reply<std::vector<catalog::Upload>> open_uploads(std::string, std::size_t) override {
    return nothing<std::vector<catalog::Upload>>();
  }
  Reply<std::vector<std::string>> known_open(std::vector<std::string>) override {
    return nothing<std::vector<std::string>>();
  }
  Reply<std::size_t> forget_ended_uploads(WallTime, std::size_t) override { return nothing<std::size_t>(); }
  Reply<std::vector<catalog::Upload>> stale_uploads(WallTime, std::size_t) override {
    return nothing<std::vector<catalog::Upload>>();
  }
  Reply<> distrust_receipts() override { return nothing(); }
  Reply<std::int64_t> reserve_photo_ids(std::int64_t) override { return nothing<std::int64_t>(); }
  Reply<std::optional<catalog::Photo>> find_photo(std::int64_t) override {
    return nothing<std::optional<catalog::Photo>>();
  }
  Reply<std::vector<catalog::Photo>> photos_of_token(std::string, std::size_t) override {
    return nothing<std::vector<catalog::Photo>>();
  }
  Reply<std::vector<catalog::Photo>> photos_of_identifier(std::string, std::string, std::size_t) override {
    return nothing<std::vector<catalog::Photo>>();
  }
  Reply<std::vector<std::int64_t>> known_files(std::vector<std::int64_t>) override {
    return nothing<std::vector<std::int64_t>>();
  }
  Reply<catalog::User> add_user(std::string, WallTime) override { return nothing<catalog::User>(); }
  Reply<> add_credentials(catalog::Credentials) override { return nothing(); }
  Reply<std::optional<catalog::Credentials>> find_credentials_by_bearer(std::string) override {
    return nothing<std::optional<catalog::Credentials>>();
  }
  Reply<std::optional<catalog::Credentials>> find_credentials_by_consumer_key(std::string) override {
    return nothing<std::optional<catalog::Credentials>>();
  }
  Reply<std::vector<catalog::Credentials>> list_credentials() override {
    return nothing<std::vector<catalog::Credentials>>();
  }
  Reply<catalog::Album> add_album(catalog::Album) override { return nothing<catalog::Album>(); }
  Reply<std::vector<std::int64_t>> known_albums(std::vector<std::int64_t>) override {
    return nothing<std::vector<std::int64_t>>();
  }
  Reply<std::optional<std::string>> find_fact(std::string) override { return nothing<std::optional<std::string>>(); }
  Reply<> revoke_token(std::string) override { return nothing(); }
  Reply<> revoke_credentials(std::string) override { return nothing(); }
  Reply<> set_fact(std::string, std::string) override { return nothing(); }

 private:
  template <class T = void>
  static Reply<T> nothing() {
    CHECK(!"the outbox has no business here");
    co_return fail(Errc::io_error);
  }
  bool fails(std::atomic<int>& left, std::string_view what) {
    if (faults != nullptr && !faults->next(what)) return true;
    int value = left;
    while (value > 0)
      if (left.compare_exchange_weak(value, value - 1)) return true;
    return false;
  }

  mutable std::mutex mutex_;
  std::map<std::int64_t, catalog::Event> rows_;
  std::map<std::string, std::string> secrets_;
};

}  // namespace stile::notify
