#include "api/callback_policy.h"

#include "notify/callback_url.h"

namespace stile::api {

void CallbackPolicy::complete(const catalog::Token& token, catalog::Finish& finish) const {
  if (token.return_url.empty()) return;
  notify::CallbackFacts facts;
  facts.return_url = token.return_url;
  facts.domain = domain_;
  if (token.kind == catalog::TokenKind::replace) facts.token_name = "replace_token";
  facts.token = token.token;
  facts.photo_id = finish.photo.photo_id;
  facts.tree_id = finish.photo.tree_id;
  facts.photo_token = finish.photo.token;
  facts.token_extras = &token.extras;
  facts.redeem_extras = &finish.upload.extras;
  if (!token.background_return) {
    finish.upload.callback_url = notify::callback_url(facts);
    return;
  }
  finish.upload.callback_url = notify::background_callback_url(facts);
  catalog::Event event;
  event.kind = "callback";
  event.photo_id = finish.photo.photo_id;
  event.url = finish.upload.callback_url;
  event.created_at = event.next_attempt_at = finish.upload.changed_at;
  finish.events.push_back(std::move(event));
}

}  // namespace stile::api
