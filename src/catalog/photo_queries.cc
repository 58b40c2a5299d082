// SqlCatalog: pages of photos.
//
// A query has one driver, the narrowest set that the filter names, walked along an index; the rest of the filter is
// asked of each of its members by key. The driver is chosen here and not by the planner, which has no statistics:
// CROSS JOIN keeps the order in which tables are named.
#include <algorithm>
#include <map>

#include "base/tag_list.h"
#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/query_text.h"

namespace stile::catalog {

template <>
struct Columns<AlbumOfPhoto> {
  static constexpr std::string_view kTable = "photo_albums";
  static void each(auto& album, auto&& visit) {
    visit("album_id", album.album_id);
    visit("position", album.position);
    visit("title", album.title);
    visit("hidden", album.hidden);
  }
};

namespace {

constexpr std::size_t kMaxSearchWords = 10;
constexpr std::size_t kMaxFilterTags = 20;
constexpr std::size_t kMinPrefix = 3;  // a shorter word must match whole: "a*" is half of all words

bool is_word_byte(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// FTS5's language for "each of these words, or one that begins so". Words hold no quotes, so nothing leaves its quotes.
std::string match_expression(std::string_view search) {
  std::string expression;
  std::size_t words = 0;
  for (std::size_t i = 0; i < search.size() && words < kMaxSearchWords;) {
    const auto end = std::find_if_not(search.begin() + static_cast<std::ptrdiff_t>(i), search.end(), is_word_byte);
    const std::string_view word = search.substr(i, static_cast<std::size_t>(end - search.begin()) - i);
    i += word.size() + 1;
    if (word.empty()) continue;
    expression.append(words++ == 0 ? "\"" : " AND \"").append(word).append("\"");
    if (word.size() >= kMinPrefix) expression += " *";
  }
  return expression;
}

// FROM and WHERE of a filter.
class Source {
 public:
  // `promoted_drives`: there are fewer promoted photos than members of what would drive otherwise.
  Source(const PhotoQuery& query, QueryText& text, bool promoted_drives)
      : filter_(query.filter), text_(text), promoted_drives_(promoted_drives) {
    for (const std::string& tag : filter_.tags) {
      if (tags_.size() == kMaxFilterTags) break;
      tags_.push_back(fold_tag(tag));
    }
    for (const auto& wanted : filter_.variables) {
      if (variables_.size() == kMaxFilterVariables) break;
      variables_.push_back(wanted);
    }
    match_ = match_expression(filter_.search);
    cards_wanted_ = query.order != PhotoOrder::published || filter_.user_id || filter_.video || filter_.audio ||
                    filter_.promoted;
  }

  // A search without a single word finds nothing.
  bool is_empty() const { return !filter_.search.empty() && match_.empty(); }
  // The counter that has the answer: nothing but one thing is asked for, of all photos or of the published ones.
  std::optional<std::string> counter() const {
    const bool one_tag = tags_.size() == 1;
    const int asked = filter_.album_id.has_value() + filter_.user_id.has_value() + (filter_.video == true) +
                      (filter_.audio == true) + (filter_.promoted == true) + one_tag;
    const bool more = filter_.photo_id || filter_.upload_token || !match_.empty() || filter_.from || filter_.before ||
                      filter_.promoted == false || filter_.published == false || filter_.video == false ||
                      filter_.audio == false || tags_.size() > 1 || !variables_.empty();
    if (more || asked > 1) return std::nullopt;
    if (one_tag) return "tag " + tags_.front();
    if (filter_.album_id) return "album " + std::to_string(*filter_.album_id);
    if (filter_.user_id) return "user " + std::to_string(*filter_.user_id);
    if (filter_.promoted) return "promoted";
    if (filter_.video) return "kind video";
    return filter_.audio ? "kind audio" : "photos";
  }

  void write() {
    write_driver();
    write_albums();
    write_tags();
    write_variables();
    write_search();
    if (filter_.photo_id && driver_ != Driver::photo) and_where().key("photo_id").sql(" = ").value(*filter_.photo_id);
    if (filter_.published) and_where().key("publish").sql(" = ").value(*filter_.published);
    if (filter_.from) and_where().key("published_at").sql(" >= ").value(*filter_.from);
    if (filter_.before) and_where().key("published_at").sql(" < ").value(*filter_.before);
    if (filter_.user_id) and_where().sql("c.user_id = ").value(*filter_.user_id);
    write_kind(filter_.video, "video");
    write_kind(filter_.audio, "audio");
    if (filter_.promoted) and_where().sql(*filter_.promoted ? "c.promoted = 1" : "c.promoted = 0");
  }

  std::string_view keys() const { return keys_; }  // the table that has photo_id, published_at and publish

 private:
  enum class Driver { photo, upload_token, search, promoted, album, variable, any_variable, tag, any_tag, everything };

  Driver choose_driver() const {
    if (filter_.photo_id) return Driver::photo;
    if (filter_.upload_token) return Driver::upload_token;
    if (!match_.empty()) return Driver::search;
    if (promoted_drives_) return Driver::promoted;
    if (filter_.album_id) return Driver::album;
    if (!variables_.empty())
      return filter_.variable_mode == TagMode::any && variables_.size() > 1 ? Driver::any_variable : Driver::variable;
    if (tags_.empty()) return Driver::everything;
    return filter_.tag_mode == TagMode::any && tags_.size() > 1 ? Driver::any_tag : Driver::tag;
  }

  void write_driver() {
    driver_ = choose_driver();
    switch (driver_) {
      case Driver::photo:
        text_.sql(" FROM photo_cards c WHERE c.photo_id = ").value(*filter_.photo_id);
        return;
      case Driver::upload_token:
        text_.sql(" FROM photos p CROSS JOIN photo_cards c WHERE c.photo_id = p.photo_id AND p.upload_token = ")
            .value(*filter_.upload_token);
        return;
      case Driver::search:
        text_.sql(" FROM (SELECT rowid AS photo_id FROM photo_search WHERE photo_search MATCH ").value(match_);
        text_.sql(" ORDER BY rowid DESC LIMIT ").value(kMaxSearchMatches);
        text_.sql(") s CROSS JOIN photo_cards c WHERE c.photo_id = s.photo_id");
        return;
      case Driver::promoted: text_.sql(" FROM photo_cards c WHERE c.promoted = 1"); return;
      case Driver::album:
        narrow("photo_albums").sql("k.album_id = ").value(*filter_.album_id);
        return;
      case Driver::variable: match_variable(narrow("photo_variables"), "k", variables_.front()); return;
      case Driver::any_variable:
        keys_ = "k";
        text_.sql(" FROM (");
        // UNION, which keeps one of each: a photo may have several of the values.
        for (std::size_t i = 0; i < variables_.size(); ++i) {
          text_.sql(i == 0 ? "" : " UNION ").sql("SELECT photo_id, published_at, publish FROM photo_variables x WHERE ");
          match_variable(text_, "x", variables_[i]);
        }
        text_.sql(") k");
        text_.sql(cards_wanted_ ? " CROSS JOIN photo_cards c WHERE c.photo_id = k.photo_id" : " WHERE 1 = 1");
        return;
      case Driver::tag:
        narrow("photo_tags").sql("k.tag = ").value(tags_.front());
        return;
      case Driver::any_tag:
        keys_ = "k";
        text_.sql(" FROM (SELECT DISTINCT photo_id, published_at, publish FROM photo_tags WHERE tag IN (");
        text_.values(tags_).sql(")) k");
        text_.sql(cards_wanted_ ? " CROSS JOIN photo_cards c WHERE c.photo_id = k.photo_id" : " WHERE 1 = 1");
        return;
      case Driver::everything: text_.sql(" FROM photo_cards c WHERE 1 = 1"); return;
    }
  }

  // A table that is driver enough by itself; cards only when they are asked something.
  QueryText& narrow(std::string_view table) {
    keys_ = "k";
    text_.sql(" FROM ").sql(table).sql(" k");
    return text_.sql(cards_wanted_ ? " CROSS JOIN photo_cards c WHERE c.photo_id = k.photo_id AND " : " WHERE ");
  }

  void write_albums() {
    if (!filter_.album_id || driver_ == Driver::album) return;
    and_where().sql("EXISTS (SELECT 1 FROM photo_albums x WHERE x.photo_id = ").key_text("photo_id");
    text_.sql(" AND x.album_id = ").value(*filter_.album_id).sql(")");
  }

  void write_tags() {
    if (tags_.empty() || driver_ == Driver::any_tag) return;
    if (filter_.tag_mode == TagMode::any && driver_ != Driver::tag) {
      and_where().sql("EXISTS (SELECT 1 FROM photo_tags x WHERE x.photo_id = ").key_text("photo_id");
      text_.sql(" AND x.tag IN (").values(tags_).sql("))");
      return;
    }
    for (std::size_t i = driver_ == Driver::tag ? 1 : 0; i < tags_.size(); ++i) {
      and_where().sql("EXISTS (SELECT 1 FROM photo_tags x WHERE x.photo_id = ").key_text("photo_id");
      text_.sql(" AND x.tag = ").value(tags_[i]).sql(")");
    }
  }

  static void match_variable(QueryText& text, std::string_view table, const Params::Pair& wanted) {
    text.sql(table).sql(".name = ").value(wanted.first).sql(" AND ").sql(table).sql(".value = ").value(wanted.second);
  }

  void write_variables() {
    if (variables_.empty() || driver_ == Driver::any_variable) return;
    const bool any = filter_.variable_mode == TagMode::any && driver_ != Driver::variable;
    if (any) {
      and_where().sql("EXISTS (SELECT 1 FROM photo_variables x WHERE x.photo_id = ").key_text("photo_id");
      text_.sql(" AND (");
      for (std::size_t i = 0; i < variables_.size(); ++i) match_variable(text_.sql(i == 0 ? "" : " OR "), "x", variables_[i]);
      text_.sql("))");
      return;
    }
    for (std::size_t i = driver_ == Driver::variable ? 1 : 0; i < variables_.size(); ++i) {
      and_where().sql("EXISTS (SELECT 1 FROM photo_variables x WHERE x.photo_id = ").key_text("photo_id");
      match_variable(text_.sql(" AND "), "x", variables_[i]);
      text_.sql(")");
    }
  }

  void write_search() {
    if (match_.empty() || driver_ == Driver::search) return;
    and_where().sql("EXISTS (SELECT 1 FROM photo_search x WHERE x.rowid = ").key_text("photo_id");
    text_.sql(" AND x.photo_search MATCH ").value(match_).sql(")");
  }

  void write_kind(std::optional<bool> wanted, std::string_view kind) {
    if (wanted) and_where().sql(*wanted ? "c.kind = " : "c.kind <> ").value(std::string(kind));
  }

  // So that a chain reads like the SQL it writes.
  struct Chain {
    Source& source;
    Chain& sql(std::string_view piece) {
      source.text_.sql(piece);
      return *this;
    }
    Chain& key(std::string_view column) {
      source.text_.sql(source.keys_).sql(".").sql(column);
      return *this;
    }
    void key_text(std::string_view column) { key(column); }
    template <class T>
    Chain& value(const T& value) {
      source.text_.value(value);
      return *this;
    }
  };
  Chain and_where() {
    text_.sql(" AND ");
    return Chain{*this};
  }

  const PhotoFilter& filter_;
  QueryText& text_;
  const bool promoted_drives_;
  std::vector<std::string> tags_;
  std::vector<Params::Pair> variables_;
  std::string match_;
  bool cards_wanted_ = false;
  Driver driver_ = Driver::everything;
  std::string_view keys_ = "c";
};

std::int64_t counted(Session& session, const std::string& name, bool published) {
  if (name.starts_with("tag ")) {
    const std::string tag = name.substr(4);
    const auto n = published ? session.one<std::int64_t>("SELECT published FROM tags WHERE tag = :tag", tag)
                             : session.one<std::int64_t>("SELECT total FROM tags WHERE tag = :tag", tag);
    return n.value_or(0);
  }
  const std::string full = published ? "published " + name : name;
  // An album that is being taken apart may count below nothing.
  return std::max<std::int64_t>(0, session.one<std::int64_t>("SELECT n FROM counts WHERE name = :name", full).value_or(0));
}

// The rarest first: it drives. How rare is counted up to a bound; behind it they are all the same.
void sort_by_rarity(Session& session, Params& variables) {
  constexpr std::int64_t kCountedUpTo = 10'000;
  std::vector<std::pair<std::int64_t, Params::Pair>> counts;
  for (const auto& wanted : variables) {
    if (counts.size() == kMaxFilterVariables) break;
    const auto n = session.one<std::int64_t>(
        "SELECT COUNT(*) FROM (SELECT 1 FROM photo_variables WHERE name = :name AND value = :value LIMIT :limit)",
        wanted.first, wanted.second, kCountedUpTo);
    counts.emplace_back(n.value_or(0), wanted);
  }
  std::ranges::sort(counts);
  variables = {};
  for (auto& [n, wanted] : counts) variables.add(std::move(wanted.first), std::move(wanted.second));
}

// The rarest first: it drives.
void sort_by_rarity(Session& session, std::vector<std::string>& tags) {
  if (tags.size() > kMaxFilterTags) tags.resize(kMaxFilterTags);
  std::vector<std::pair<std::int64_t, std::string>> counts;
  for (std::string& tag : tags) counts.emplace_back(counted(session, "tag " + fold_tag(tag), false), std::move(tag));
  std::ranges::sort(counts);
  for (std::size_t i = 0; i < tags.size(); ++i) tags[i] = std::move(counts[i].second);
}

// Of a filter that asks for promoted photos: whether these are fewer than the members of its album or its tag.
bool promoted_drives(Session& session, const PhotoFilter& filter) {
  if (filter.promoted != true || !filter.variables.empty()) return false;
  const std::int64_t promoted = counted(session, "promoted", false);
  if (filter.album_id && counted(session, "album " + std::to_string(*filter.album_id), false) < promoted) return false;
  const bool one_tag = filter.tags.size() == 1 || (!filter.tags.empty() && filter.tag_mode == TagMode::all);
  return !one_tag || promoted <= counted(session, "tag " + fold_tag(filter.tags.front()), false);
}

// What is nearer to the end is reached from there.
PhotoQuery from_the_end(PhotoQuery query, std::int64_t total) {
  const std::int64_t end = std::min(total, query.offset + query.limit);
  query.limit = end - query.offset;
  query.offset = total - end;
  query.direction = query.direction == Direction::ascending ? Direction::descending : Direction::ascending;
  return query;
}

std::int64_t count_photos(Session& session, const PhotoQuery& query) {
  QueryText text;
  text.sql("SELECT COUNT(*)");
  // The order decides nothing here, so that a driver may do without the cards.
  PhotoQuery unordered = query;
  unordered.order = PhotoOrder::published;
  Source source(unordered, text, promoted_drives(session, query.filter));
  if (source.is_empty()) return 0;
  if (const auto counter = source.counter()) return counted(session, *counter, query.filter.published.has_value());
  source.write();
  return session.all_unkept<std::int64_t>(text.text(), text.values()).front();
}

std::vector<std::int64_t> walk(Session& session, const PhotoQuery& query) {
  QueryText body;
  Source source(query, body, promoted_drives(session, query.filter));
  source.write();
  const std::string key(source.keys());
  const std::string direction(to_sql(query.direction));
  body.sql(" ORDER BY ");
  switch (query.order) {
    case PhotoOrder::published: body.sql(key + ".published_at").sql(direction); break;
    case PhotoOrder::created: body.sql("c.created_at").sql(direction); break;
    case PhotoOrder::title: body.sql("c.sort_title").sql(direction); break;
  }
  body.sql(", ").sql(key + ".photo_id").sql(direction);
  body.sql(" LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
  return session.all_unkept<std::int64_t>("SELECT " + key + ".photo_id" + body.text(), body.values());
}

// The page of a query that has `total` photos.
std::vector<std::int64_t> page_of(Session& session, const PhotoQuery& query, std::int64_t total) {
  if (query.offset >= total || query.limit <= 0) return {};
  const bool backwards = query.offset > total / 2;
  std::vector<std::int64_t> page = walk(session, backwards ? from_the_end(query, total) : query);
  if (backwards) std::ranges::reverse(page);
  return page;
}

// The promoted ones and the others are two queries, the second going on where the first ends, so that both are walked
// along an index. Where nothing is promoted, that costs one look at a counter.
std::vector<std::int64_t> promoted_first_page(Session& session, const PhotoQuery& query, std::int64_t total) {
  PhotoQuery first = query;
  first.filter.promoted = true;
  const std::int64_t promoted = counted(session, "promoted", false) == 0 ? 0 : count_photos(session, first);
  if (promoted == 0) return page_of(session, query, total);
  std::vector<std::int64_t> page = page_of(session, first, promoted);
  PhotoQuery rest = query;
  rest.filter.promoted = false;
  rest.offset = std::max<std::int64_t>(0, query.offset - promoted);
  rest.limit = query.limit - static_cast<std::int64_t>(page.size());
  const std::vector<std::int64_t> others = page_of(session, rest, total - promoted);
  page.insert(page.end(), others.begin(), others.end());
  return page;
}

UserNames names_of(Session& session, std::int64_t user_id, std::map<std::int64_t, UserNames>& known) {
  const auto found = known.find(user_id);
  if (found != known.end()) return found->second;
  return known[user_id] = user_names(session, user_id);
}

std::vector<AlbumOfPhoto> albums_of(Session& session, std::int64_t photo_id) {
  auto albums = session.all<AlbumOfPhoto>(
      "SELECT a.album_id, x.position, a.title, a.hidden FROM photo_albums x CROSS JOIN albums a "
      "WHERE x.photo_id = :photo_id AND a.album_id = x.album_id",
      photo_id);
  std::ranges::sort(albums, {}, &AlbumOfPhoto::position);
  return albums;
}

}  // namespace

io::Task<Result<Listing<ListedPhoto>>> SqlCatalog::list_photos(PhotoQuery query) {
  return database_->read([query = std::move(query)](Session& session) mutable {
    static const std::string kFind = select_of<Photo>() + "WHERE photo_id = :photo_id";
    if (query.filter.tags.size() > 1) sort_by_rarity(session, query.filter.tags);
    if (query.filter.variables.size() > 1) sort_by_rarity(session, query.filter.variables);
    Listing<ListedPhoto> listing;
    listing.total = count_photos(session, query);
    if (query.offset >= listing.total) return listing;
    const bool two_parts = query.promoted_first && !query.filter.promoted && !query.filter.photo_id;
    const std::vector<std::int64_t> page = two_parts ? promoted_first_page(session, query, listing.total)
                                                     : page_of(session, query, listing.total);
    std::map<std::int64_t, UserNames> names;
    for (const std::int64_t photo_id : page) {
      auto photo = session.one<Photo>(kFind, photo_id);
      if (!photo) continue;  // deleted since
      ListedPhoto item;
      item.albums = albums_of(session, photo_id);
      item.user = names_of(session, photo->user_id, names);
      item.photo = std::move(*photo);
      listing.items.push_back(std::move(item));
    }
    return listing;
  });
}

}  // namespace stile::catalog
