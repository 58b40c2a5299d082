// SqlCatalog: the outbox.
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"

namespace stile::catalog {

io::Task<Result<void>> SqlCatalog::add_events(std::vector<Event> events) {
  return database_->write(Weight::full, [events = std::move(events)](Session& session) mutable -> Result<void> {
    static const std::string kInsert = insert_of<Event>();
    for (Event& event : events) {
      event.event_id = take_numbers(session, "event", 1);
      session.run(kInsert, event);
    }
    return {};
  });
}

io::Task<Result<std::vector<Event>>> SqlCatalog::due_events(WallTime now, std::size_t limit) {
  return database_->read([now, limit](Session& session) {
    static const std::string kFind = select_of<Event>() +
                                     "WHERE state = 'waiting' AND next_attempt_at <= :now "
                                     "ORDER BY next_attempt_at, event_id LIMIT :limit";
    return session.all<Event>(kFind, now, limit_of(limit));
  });
}

io::Task<Result<std::optional<WallTime>>> SqlCatalog::next_event_time() {
  return database_->read([](Session& session) {
    return session.one<WallTime>(
        "SELECT next_attempt_at FROM outbox WHERE state = 'waiting' ORDER BY next_attempt_at LIMIT 1");
  });
}

io::Task<Result<void>> SqlCatalog::update_event(Event event) {
  return database_->write(Weight::full, [event = std::move(event)](Session& session) -> Result<void> {
    if (session.run("UPDATE outbox SET state = :state, attempts = :attempts, next_attempt_at = :next_attempt_at, "
                    "last_error = :last_error WHERE event_id = :event_id",
                    event.state, event.attempts, event.next_attempt_at, event.last_error, event.event_id) == 0)
      return fail(Errc::not_found);
    return {};
  });
}

io::Task<Result<std::vector<Event>>> SqlCatalog::events_of_photo(std::int64_t photo_id) {
  return database_->read([photo_id](Session& session) {
    static const std::string kFind = select_of<Event>() + "WHERE photo_id = :photo_id ORDER BY event_id";
    return session.all<Event>(kFind, photo_id);
  });
}

}  // namespace stile::catalog
