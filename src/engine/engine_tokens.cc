// Tokens that change while their uploads are under way.
//
// An upload keeps a copy of its token, so that a chunk costs no question to the catalog. Who changes a token says so,
// in this process at once and from others through TokenWatch; the copies are marked, and the next request of each
// upload asks. A chunk that is being received is judged by the new token when its last byte is here.
#include "engine/engine.h"

namespace stile::engine {

Result<void> Engine::may_start(const catalog::Token& token, std::optional<WallTime> began,
                               catalog::TokenKind kind) const {
  if (token.kind != kind) return fail(Errc::token_unknown);
  if (token.revoked) return fail(Errc::token_revoked);
  const WallTime now = parts_.clock.wall_now();
  if (token.valid_until <= began.value_or(now) || token.valid_until + settings_.grace <= now)
    return fail(Errc::token_expired);
  if (token.used >= token.max_uploads) return fail(Errc::token_used_up);
  return {};
}

// What was read a moment ago is enough for a yes, because the finish asks again; it is never enough for a no.
io::Task<Result<catalog::Token>> Engine::check_token(std::string token, std::optional<WallTime> began,
                                                     catalog::TokenKind kind) {
  std::optional<catalog::Token> known = tokens_.find(token);
  if (!known || !may_start(*known, began, kind)) {
    const std::uint64_t version = tokens_.version();
    auto found = co_await parts_.catalog.find_token(std::move(token));
    if (!found) co_return fail(std::move(found).error());
    if (!found->has_value()) co_return fail(Errc::token_unknown);
    known = std::move(*found);
    tokens_.keep(*known, version);
    STILE_CO_TRY(may_start(*known, began, kind));
  }
  STILE_CO_TRY(co_await check_target(*known));
  co_return std::move(*known);
}

void Engine::token_changed(const std::string& token) {
  tokens_.forget(token);
  std::lock_guard lock(mutex_);
  // The key begins with the token.
  for (auto entry = active_.lower_bound({token, {}, 0}); entry != active_.end() && entry->first.token == token;
       ++entry) {
    std::lock_guard inner(entry->second->mutex);
    ++entry->second->token_marks;
  }
}

void Engine::all_tokens_changed() {
  tokens_.forget_all();
  std::lock_guard lock(mutex_);
  for (auto& [key, upload] : active_) {
    std::lock_guard inner(upload->mutex);
    ++upload->token_marks;
  }
}

io::Task<Result<void>> Engine::refresh_token(UploadHandle upload) {
  std::uint64_t mark = 0;
  {
    std::lock_guard lock(upload->mutex);
    mark = upload->token_marks;
    if (upload->token_seen == mark) co_return Result<void>{};
  }
  auto found = co_await parts_.catalog.find_token(upload->key.token);
  if (!found) co_return fail(std::move(found).error());
  if (!found->has_value()) co_return fail(Errc::token_unknown);
  std::lock_guard lock(upload->mutex);
  // Of two who asked, the one that knows more wins; a mark that came meanwhile stays for the next.
  if (mark > upload->token_seen) {
    upload->token = std::move(**found);
    upload->token_seen = mark;
  }
  co_return Result<void>{};
}

Result<void> Engine::may_come_from(const UploadHandle& upload, const std::optional<std::string>& origin) const {
  std::lock_guard lock(upload->mutex);
  return check_origin(upload->token, origin);
}

}  // namespace stile::engine
