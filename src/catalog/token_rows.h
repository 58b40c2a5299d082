// Steps on tokens inside somebody's transaction. Internal to catalog/.
#pragma once

#include "catalog/session.h"
#include "catalog/token_admin.h"

namespace stile::catalog {

// Every writer of `tokens` keeps the counts of their phases (schema.cc, token_counts) in the same transaction: with a
// row as it was and as it is, or, for a new one, as it is.
void count_new_token(Session& session, const Token& token);
void uncount_token(Session& session, const Token& token);  // one that is gone
void recount_token(Session& session, const Token& before, const Token& after);
// The same after `used` went up by one.
void recount_used_token(Session& session, const std::string& token);

// Whoever revokes or extends a token calls this in the same transaction (TokenAdmin::token_news).
void tell_token_news(Session& session, const std::string& token);

// What photo/update-upload-token wanted changed of an upload that finishes now: first of all files of its token, then
// of its identifier. The latter is used up by this.
void apply_waiting_changes(Session& session, const UploadKey& key, Metadata& metadata);

}  // namespace stile::catalog
