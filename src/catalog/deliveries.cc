// SqlCatalog: what the delivery of events asks, and what operators do about events.
#include "catalog/deliveries.h"
#include "base/text.h"
#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/query_text.h"

namespace stile::catalog {

namespace {

std::optional<Event> event_row(Session& session, std::int64_t event_id) {
  static const std::string kFind = select_of<Event>() + "WHERE event_id = :event_id";
  return session.one<Event>(kFind, event_id);
}

// What follows the kind in "webhook:7".
std::optional<std::string> after(const std::string& signer, std::string_view prefix) {
  if (!signer.starts_with(prefix)) return std::nullopt;
  return signer.substr(prefix.size());
}

}  // namespace

// From the earliest on until the first of this receiver: a few steps, as many as other receivers wait before it.
io::Task<Result<std::optional<Event>>> SqlCatalog::first_waiting(std::int64_t photo_id, std::string receiver) {
  return database_->read([photo_id, receiver = std::move(receiver)](Session& session) {
    static const std::string kFind =
        select_of<Event>() +
        "WHERE state = 'waiting' AND photo_id = :photo_id AND (url = :receiver OR "
        "substr(url, 1, length(:measured)) IN (:with_query, :with_fragment)) ORDER BY event_id LIMIT 1";
    return session.one<Event>(kFind, photo_id, receiver, receiver + "?", receiver + "?", receiver + "#");
  });
}

io::Task<Result<std::optional<std::string>>> SqlCatalog::signing_secret(std::string signer) {
  return database_->read([signer = std::move(signer)](Session& session) -> std::optional<std::string> {
    if (const auto id = after(signer, webhook_signer(0).substr(0, 8)))
      return session.one<std::string>(
          "SELECT secret FROM hooks WHERE hook_id = :hook_id AND EXISTS (SELECT 1 FROM "
          "credentials c WHERE c.consumer_key = hooks.consumer_key AND c.revoked = 0)",
          parse_i64(*id).value_or(0));
    if (const auto key = after(signer, consumer_signer({})))
      return session.one<std::string>(
          "SELECT consumer_secret FROM credentials WHERE consumer_key = :consumer_key AND revoked = 0", *key);
    return std::nullopt;
  });
}

io::Task<Result<std::vector<Event>>> SqlCatalog::list_events(EventQuery query) {
  return database_->read([query](Session& session) {
    QueryText text;
    text.sql("SELECT ").sql(columns_of<Event>()).sql(" FROM outbox WHERE 1 = 1");
    // The state's name is written out, so that its partial index may be used.
    if (query.state) text.sql(" AND state = '").sql(to_text(*query.state)).sql("'");
    if (query.photo_id) text.sql(" AND photo_id = ").value(*query.photo_id);
    const bool up = query.direction == Direction::ascending;
    if (query.after) text.sql(up ? " AND event_id > " : " AND event_id < ").value(*query.after);
    text.sql(" ORDER BY event_id").sql(to_sql(query.direction)).sql(" LIMIT ").value(query.limit);
    return session.all_unkept<Event>(text.text(), text.values());
  });
}

io::Task<Result<std::optional<Event>>> SqlCatalog::find_event(std::int64_t event_id) {
  return database_->read([event_id](Session& session) { return event_row(session, event_id); });
}

io::Task<Result<std::vector<std::int64_t>>> SqlCatalog::replay_events(std::vector<std::int64_t> event_ids,
                                                                      WallTime now) {
  return database_->write(
      Weight::full, [event_ids = std::move(event_ids), now](Session& session) -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> replayed;
        for (const std::int64_t id : event_ids) {
          const auto event = event_row(session, id);
          if (!event) continue;
          replayed.push_back(id);
          if (event->state == EventState::waiting)
            session.run("UPDATE outbox SET next_attempt_at = :now WHERE event_id = :event_id", now, id);
          else
            session.run(
                "UPDATE outbox SET state = 'waiting', attempts = 0, created_at = :created_at, "
                "next_attempt_at = :now, last_error = '' WHERE event_id = :event_id",
                now, now, id);
        }
        return replayed;
      });
}

}  // namespace stile::catalog
