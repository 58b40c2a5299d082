// Tokens that change while their uploads are under way.
//
// An upload keeps a copy of its token, so that a chunk costs no question to the catalog. Who changes a token says so,
// in this process at once and from others through TokenWatch; the copies are marked, and the next request of each
// upload asks. A chunk that is being received is judged by the new token when its last byte is here.
#include "engine/engine.h"

namespace stile::engine {

void Engine::token_changed(const std::string& token) {
  std::lock_guard lock(mutex_);
  // The key begins with the token.
  for (auto entry = active_.lower_bound({token, {}, 0}); entry != active_.end() && entry->first.token == token;
       ++entry) {
    std::lock_guard inner(entry->second->mutex);
    ++entry->second->token_marks;
  }
}

void Engine::all_tokens_changed() {
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
