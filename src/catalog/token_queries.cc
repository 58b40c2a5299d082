// SqlCatalog: pages of tokens, newest first.
//
// Each state is a range of an index that is in the order of the list (schema.cc, kTokenLife), so that a page costs its
// offset and its rows, however many tokens there are:
//
//   revoked, finished    their own indices
//   waiting, uploading   the live ones, by when they end, or those with an upload on its way: both sets are small
//   expired              the unused ones from the newest on; those that have not ended yet stand together at the front
//   of one user          that user's own index while these are few, else as above
//
// How many there are in all is known from counters and from the two small sets.
#include <algorithm>

#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/query_text.h"

namespace stile::catalog {

namespace {

// A user with fewer tokens than this is looked up by name, whatever the state asked for.
constexpr std::int64_t kFewTokens = 5'000;

constexpr std::string_view kOnItsWay =
    "EXISTS (SELECT 1 FROM uploads u WHERE u.state = 'receiving' AND u.token = t.token)";

bool has_few(Session& session, std::int64_t user_id) {
  const auto n = session.one<std::int64_t>(
      "SELECT COUNT(*) FROM (SELECT 1 FROM tokens WHERE user_id = :user_id LIMIT :limit)", user_id, kFewTokens);
  return n.value_or(0) < kFewTokens;
}

// FROM and WHERE.
void write_filter(const TokenQuery& query, TokenTime time, bool by_user, QueryText& text) {
  if (query.state == TokenState::uploading && !by_user) {
    text.sql(
            " FROM (SELECT DISTINCT token FROM uploads WHERE state = 'receiving') o CROSS JOIN tokens t"
            " WHERE t.token = o.token AND t.revoked = 0 AND t.used < t.max_uploads AND t.valid_until > ")
        .value(time.now - time.grace);
  } else {
    text.sql(" FROM tokens t");
    text.sql(" WHERE 1 = 1");
    // A "+" hides a column from the planner: of one user the tokens are walked along that user's index and no other.
    const std::string_view revoked = by_user ? " AND +t.revoked = 1" : " AND t.revoked = 1";
    const std::string_view kept = by_user ? " AND +t.revoked = 0" : " AND t.revoked = 0";
    const auto unused = [&] { text.sql(kept).sql(" AND t.used < t.max_uploads"); };
    if (query.state) {
      switch (*query.state) {
        case TokenState::revoked: text.sql(revoked); break;
        case TokenState::finished: text.sql(kept).sql(" AND t.used >= t.max_uploads"); break;
        case TokenState::waiting:
          unused();
          text.sql(by_user ? " AND +t.valid_until > " : " AND t.valid_until > ").value(time.now);
          text.sql(" AND NOT ").sql(kOnItsWay);
          break;
        case TokenState::uploading:
          unused();
          text.sql(" AND t.valid_until > ").value(time.now - time.grace).sql(" AND ").sql(kOnItsWay);
          break;
        case TokenState::expired:
          unused();
          // "+" keeps the planner from taking the index by end, which is not in the order of the list.
          text.sql(" AND +t.valid_until <= ").value(time.now);
          text.sql(" AND NOT (t.valid_until > ").value(time.now - time.grace).sql(" AND ").sql(kOnItsWay).sql(")");
          break;
      }
    }
  }
  if (query.user_id) text.sql(by_user ? " AND t.user_id = " : " AND +t.user_id = ").value(*query.user_id);
}

std::int64_t walked(Session& session, TokenQuery query, TokenState state, TokenTime time, bool by_user) {
  query.state = state;
  QueryText text;
  write_filter(query, time, by_user, text.sql("SELECT COUNT(*)"));
  return session.all_unkept<std::int64_t>(text.text(), text.values()).front();
}

std::int64_t counted(Session& session, const std::string& phase, std::optional<std::int64_t> user_id) {
  const auto n =
      user_id ? session.one<std::int64_t>("SELECT n FROM token_counts WHERE phase = :phase AND user_id = :user_id",
                                          phase, *user_id)
              : session.one<std::int64_t>("SELECT COALESCE(SUM(n), 0) FROM token_counts WHERE phase = :phase", phase);
  return n.value_or(0);
}

std::int64_t count_tokens(Session& session, const TokenQuery& query, TokenTime time, bool by_user) {
  const auto phase = [&](const char* name) { return counted(session, name, query.user_id); };
  const auto walk = [&](TokenState state) { return walked(session, query, state, time, by_user); };
  if (!query.state) return phase("unused") + phase("finished") + phase("revoked");
  switch (*query.state) {
    case TokenState::revoked: return phase("revoked");
    case TokenState::finished: return phase("finished");
    case TokenState::expired: return phase("unused") - walk(TokenState::waiting) - walk(TokenState::uploading);
    case TokenState::waiting:
    case TokenState::uploading: break;
  }
  return walk(*query.state);
}

struct UnderWay {
  std::string upload_id;
  FileUnderWay file;
};

}  // namespace

template <>
struct Columns<UnderWay> {
  static constexpr std::string_view kTable = "uploads";
  static void each(auto& upload, auto&& visit) {
    visit("upload_id", upload.upload_id);
    visit("identifier", upload.file.identifier);
    visit("file_name", upload.file.file_name);
    visit("total_size", upload.file.total_size);
    visit("created_at", upload.file.created_at);
  }
};

namespace {

// Bounded by how many uploads of one token may be open, and by the receipts of these.
std::vector<FileUnderWay> files_under_way(Session& session, const std::string& token) {
  static const std::string kFind = select_of<UnderWay>() + "WHERE token = :token AND state = 'receiving'";
  std::vector<FileUnderWay> files;
  for (UnderWay& upload : session.all<UnderWay>(kFind, token)) {
    const auto bytes = session.one<std::int64_t>(
        "SELECT COALESCE(SUM(end_at - begin_at), 0) FROM receipts WHERE upload_id = :upload_id", upload.upload_id);
    upload.file.received_bytes = static_cast<std::uint64_t>(bytes.value_or(0));
    files.push_back(std::move(upload.file));
  }
  std::ranges::sort(files, {}, &FileUnderWay::created_at);
  return files;
}

ListedToken listed(Token token, const std::vector<FileUnderWay>& files, TokenTime time) {
  ListedToken item;
  item.state = state_of(token, !files.empty(), time);
  item.files_under_way = static_cast<std::int64_t>(files.size());
  for (const FileUnderWay& file : files) item.bytes_under_way += file.received_bytes;
  item.token = std::move(token);
  return item;
}

}  // namespace

io::Task<Result<Listing<ListedToken>>> SqlCatalog::list_tokens(TokenQuery query, TokenTime time) {
  return database_->read([query = std::move(query), time](Session& session) {
    const bool by_user = query.user_id && has_few(session, *query.user_id);
    Listing<ListedToken> listing;
    listing.total = count_tokens(session, query, time, by_user);
    if (query.offset >= listing.total) return listing;
    QueryText page;
    write_filter(query, time, by_user, page.sql("SELECT t.token"));
    page.sql(" ORDER BY t.number DESC LIMIT ").value(query.limit).sql(" OFFSET ").value(query.offset);
    for (const std::string& name : session.all_unkept<std::string>(page.text(), page.values())) {
      std::optional<Token> token = token_row(session, name);
      if (token) listing.items.push_back(listed(std::move(*token), files_under_way(session, name), time));
    }
    return listing;
  });
}

io::Task<Result<std::optional<TokenReport>>> SqlCatalog::report_token(std::string token, TokenTime time) {
  return database_->read([token = std::move(token), time](Session& session) -> std::optional<TokenReport> {
    std::optional<Token> found = token_row(session, token);
    if (!found) return std::nullopt;
    TokenReport report;
    report.files = files_under_way(session, token);
    report.listed = listed(std::move(*found), report.files, time);
    return report;
  });
}

}  // namespace stile::catalog
