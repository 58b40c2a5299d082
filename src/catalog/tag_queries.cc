// SqlCatalog: tags. `tags` has one row per tag that a photo has, with its counts kept as photos change.
#include "base/tag_list.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/query_text.h"

namespace stile::catalog {

template <>
struct Columns<TagCount> {
  static constexpr std::string_view kTable = "tags";
  static void each(auto& tag, auto&& visit) {
    visit("label", tag.tag);
    visit("published", tag.count);
  }
};

namespace {

// After every text that begins with `prefix`: SQLite compares bytes, and this is the highest character.
std::string after_prefix(const std::string& prefix) { return prefix + "\xf4\x8f\xbf\xbf"; }

void write_filter(const TagQuery& query, QueryText& text) {
  text.sql(" FROM tags WHERE published > 0");
  if (!query.search.empty()) {
    const std::string prefix = fold_tag(query.search);
    text.sql(" AND tag >= ").value(prefix).sql(" AND tag < ").value(after_prefix(prefix));
  }
  if (query.exclude_machine_tags) text.sql(" AND NOT (instr(tag, ':') > 0 AND instr(tag, '=') > instr(tag, ':'))");
}

}  // namespace

io::Task<Result<Listing<TagCount>>> SqlCatalog::list_tags(TagQuery query) {
  return database_->read([query = std::move(query)](Session& session) {
    Listing<TagCount> listing;
    QueryText count;
    write_filter(query, count.sql("SELECT COUNT(*)"));
    listing.total = session.all_unkept<std::int64_t>(count.text(), count.values()).front();
    if (query.offset >= listing.total) return listing;
    QueryText page;
    write_filter(query, page.sql("SELECT label, published"));
    page.sql(" ORDER BY ");
    if (query.order == TagOrder::count) page.sql("published").sql(to_sql(query.direction)).sql(", ");
    page.sql("tag").sql(to_sql(query.direction));
    page.sql(" LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
    listing.items = session.all_unkept<TagCount>(page.text(), page.values());
    return listing;
  });
}

io::Task<Result<bool>> SqlCatalog::has_tag(std::string tag) {
  return database_->read([tag = fold_tag(tag)](Session& session) {
    return session.one<std::int64_t>("SELECT published FROM tags WHERE tag = :tag", tag).value_or(0) > 0;
  });
}

io::Task<Result<std::vector<TagCount>>> SqlCatalog::related_tags(std::string tag, std::size_t limit) {
  return database_->read([tag = fold_tag(tag), limit](Session& session) {
    QueryText text;
    text.sql("SELECT t.label, n.together FROM (SELECT o.tag AS tag, COUNT(*) AS together FROM "
             "(SELECT photo_id FROM photo_tags WHERE publish = 1 AND tag = ")
        .value(tag)
        .sql(" ORDER BY published_at DESC, photo_id DESC LIMIT ")
        .value(kMaxRelatedPhotos)
        .sql(") k CROSS JOIN photo_tags o WHERE o.photo_id = k.photo_id AND o.tag <> ")
        .value(tag)
        .sql(" GROUP BY o.tag ORDER BY together DESC, o.tag LIMIT ")
        .value(limit_of(limit))
        .sql(") n JOIN tags t ON t.tag = n.tag ORDER BY n.together DESC, t.tag");
    return session.all_unkept<TagCount>(text.text(), text.values());
  });
}

}  // namespace stile::catalog
