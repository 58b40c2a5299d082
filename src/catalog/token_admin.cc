// SqlCatalog: tokens looked at, extended, and used for a change of a photo.
#include "catalog/token_admin.h"

#include <algorithm>

#include "catalog/database.h"
#include "catalog/lookups.h"
#include "catalog/photo_change.h"
#include "catalog/token_rows.h"

namespace stile::catalog {

template <>
struct Columns<TokenNews> {
  static constexpr std::string_view kTable = "token_news";
  static void each(auto& news, auto&& visit) {
    visit("news_id", news.news_id);
    visit("token", news.token);
  }
};

TokenState state_of(const Token& token, bool under_way, TokenTime time) {
  if (token.revoked) return TokenState::revoked;
  if (token.used >= token.max_uploads) return TokenState::finished;
  if (under_way && token.valid_until + time.grace > time.now) return TokenState::uploading;
  return token.valid_until <= time.now ? TokenState::expired : TokenState::waiting;
}

io::Task<Result<Token>> SqlCatalog::extend_token(TokenExtension extension, WallTime /*now*/) {
  return database_->write(Weight::full, [extension = std::move(extension)](Session& session) -> Result<Token> {
    std::optional<Token> found = token_row(session, extension.token);
    if (!found) return fail(Errc::token_unknown);
    if (found->revoked) return fail(Errc::token_revoked);
    Token& token = *found;
    const Token before = token;
    if (extension.valid_until && *extension.valid_until > token.valid_until) {
      token.valid_until = *extension.valid_until;
      token.valid_minutes = extension.valid_minutes;
    }
    token.max_uploads = std::max(token.max_uploads, extension.max_uploads.value_or(0));
    session.run(
        "UPDATE tokens SET valid_until = :valid_until, valid_minutes = :valid_minutes, "
        "max_uploads = :max_uploads WHERE token = :token",
        token.valid_until, token.valid_minutes, token.max_uploads, token.token);
    recount_token(session, before, token);
    tell_token_news(session, token.token);
    return std::move(token);
  });
}

io::Task<Result<Photo>> SqlCatalog::redeem_update(std::string token, PhotoChange change, WallTime now) {
  return database_->write(
      Weight::full,
      [token = std::move(token), change = std::move(change), now](Session& session) mutable -> Result<Photo> {
        // I5, as for uploads: this update decides, and is undone with the rest when the photo cannot be changed.
        const bool used = session.run(
                              "UPDATE tokens SET used = used + 1 WHERE token = :token AND kind = 'update' "
                              "AND revoked = 0 AND used < max_uploads AND valid_until > :now",
                              token, now) == 1;
        const std::optional<Token> found = token_row(session, token);
        if (!found || found->kind != TokenKind::update) return fail(Errc::token_unknown);
        if (!used && found->revoked) return fail(Errc::token_revoked);
        if (!used) return fail(found->valid_until <= now ? Errc::token_expired : Errc::token_used_up);
        if (change.photo_id != 0 && change.photo_id != found->photo_id)
          return fail(Errc::invalid_input, "The update token is for another photo");
        recount_used_token(session, token);
        change.photo_id = found->photo_id;
        return change_photo(session, change, now);
      });
}

io::Task<Result<std::vector<TokenNews>>> SqlCatalog::token_news(std::int64_t after, std::size_t limit) {
  return database_->read([after, limit](Session& session) {
    static const std::string kFind = select_of<TokenNews>() + "WHERE news_id > :after ORDER BY news_id LIMIT :limit";
    return session.all<TokenNews>(kFind, after, limit_of(limit));
  });
}

io::Task<Result<std::int64_t>> SqlCatalog::last_token_news() {
  return database_->read([](Session& session) {
    return session.one<std::int64_t>("SELECT last FROM numbers WHERE kind = 'token news'").value_or(0);
  });
}

}  // namespace stile::catalog
