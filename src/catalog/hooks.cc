// SqlCatalog: webhooks and pingbacks.
#include "catalog/hooks.h"

#include "catalog/announce.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/numbers.h"
#include "catalog/query_text.h"

namespace stile::catalog {

namespace {

constexpr std::string_view kWebhooks = " FROM hooks WHERE event <> 'pingback'";

void write_filter(const HookFilter& filter, QueryText& text) {
  text.sql(kWebhooks);
  if (filter.consumer_key) text.sql(" AND consumer_key = ").value(*filter.consumer_key);
  if (filter.hook_id) text.sql(" AND hook_id = ").value(*filter.hook_id);
  if (filter.target_url) text.sql(" AND target_url = ").value(*filter.target_url);
}

// What waits for somebody who does not listen any more. What is under way may still arrive.
void drop_events(Session& session, const std::string& signer, const std::string& reason) {
  session.run(
      "UPDATE outbox SET state = 'dead', last_error = :reason "
      "WHERE state = 'waiting' AND signer = :signer AND signer <> ''",
      reason, signer);
}

std::optional<Hook> pingback_row(Session& session, const std::string& consumer_key) {
  static const std::string kFind = select_of<Hook>() + "WHERE consumer_key = :consumer_key AND event = 'pingback'";
  return session.one<Hook>(kFind, consumer_key);
}

}  // namespace

io::Task<Result<Subscription>> SqlCatalog::subscribe(Hook hook, std::int64_t most) {
  return database_->write(
      Weight::full, [hook = std::move(hook), most](Session& session) mutable -> Result<Subscription> {
        static const std::string kFind =
            select_of<Hook>() + "WHERE consumer_key = :consumer_key AND event = :event AND target_url = :target_url";
        static const std::string kInsert = insert_of<Hook>();
        if (auto there = session.one<Hook>(kFind, hook.consumer_key, hook.event, hook.target_url))
          return Subscription{.hook = std::move(*there), .is_new = false};
        const auto has = session.one<std::int64_t>(
            "SELECT COUNT(*) FROM hooks WHERE consumer_key = :consumer_key AND event <> 'pingback'", hook.consumer_key);
        if (has.value_or(0) >= most) return fail(Errc::limit);
        hook.hook_id = take_numbers(session, "hook", 1);
        session.run(kInsert, hook);
        return Subscription{.hook = std::move(hook), .is_new = true};
      });
}

io::Task<Result<Listing<Hook>>> SqlCatalog::list_hooks(HookQuery query) {
  return database_->read([query = std::move(query)](Session& session) {
    const HookFilter filter{.consumer_key = query.consumer_key};
    QueryText count;
    write_filter(filter, count.sql("SELECT COUNT(*)"));
    Listing<Hook> listing;
    listing.total = session.all_unkept<std::int64_t>(count.text(), count.values()).front();
    QueryText page;
    write_filter(filter, page.sql("SELECT ").sql(columns_of<Hook>()));
    page.sql(" ORDER BY hook_id LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
    listing.items = session.all_unkept<Hook>(page.text(), page.values());
    return listing;
  });
}

io::Task<Result<std::int64_t>> SqlCatalog::unsubscribe(HookFilter filter) {
  return database_->write(Weight::full, [filter = std::move(filter)](Session& session) -> Result<std::int64_t> {
    if (!filter.hook_id && !filter.target_url) return fail(Errc::invalid_input, {}, "unsubscribe: from nothing");
    QueryText text;
    write_filter(filter, text.sql("SELECT hook_id"));
    const auto ids = session.all_unkept<std::int64_t>(text.text(), text.values());
    for (const std::int64_t id : ids) {
      session.run("DELETE FROM hooks WHERE hook_id = :hook_id", id);
      drop_events(session, webhook_signer(id), "unsubscribed");
    }
    return static_cast<std::int64_t>(ids.size());
  });
}

io::Task<Result<void>> SqlCatalog::set_pingback(std::string consumer_key, std::string target_url, WallTime now) {
  return database_->write(
      Weight::full,
      [consumer_key = std::move(consumer_key), target_url = std::move(target_url),
       now](Session& session) -> Result<void> {
        static const std::string kInsert = insert_of<Hook>();
        if (!session.one<bool>("SELECT revoked FROM credentials WHERE consumer_key = :consumer_key", consumer_key))
          return fail(Errc::not_found);
        const auto before = pingback_row(session, consumer_key);
        if (before ? before->target_url == target_url : target_url.empty()) return {};
        if (before) {
          session.run("DELETE FROM hooks WHERE hook_id = :hook_id", before->hook_id);
          drop_events(session, consumer_signer(consumer_key), "the pingback URL was changed");
        }
        if (target_url.empty()) return {};
        session.run(kInsert, Hook{.hook_id = take_numbers(session, "hook", 1),
                                  .consumer_key = consumer_key,
                                  .event = std::string(kPingback),
                                  .target_url = target_url,
                                  .secret = {},  // the consumer's own
                                  .created_at = now});
        return {};
      });
}

io::Task<Result<std::optional<std::string>>> SqlCatalog::find_pingback(std::string consumer_key) {
  return database_->read([consumer_key = std::move(consumer_key)](Session& session) -> std::optional<std::string> {
    auto hook = pingback_row(session, consumer_key);
    if (!hook) return std::nullopt;
    return std::move(hook->target_url);
  });
}

}  // namespace stile::catalog
