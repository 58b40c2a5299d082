// What the uploader hears at the end: redirect, POST page, text line or JSON. Pure. Source: spec/api.md 4.3 to 4.5.
#pragma once

#include <string>

#include "api/call.h"
#include "api/format.h"
#include "api/services.h"
#include "dialects/answers.h"
#include "engine/active_upload.h"
#include "http/reply.h"

namespace stile::api {

// How this uploader wants to hear it.
struct AnswerWish {
  bool json = false;  // "Accept: application/json": a script, which cannot follow a redirect to another origin
  dialects::Dialect dialect = dialects::Dialect::form;
  catalog::TokenKind kind = catalog::TokenKind::upload;
  bool plain_text = false;  // also in v2, unless a format was asked for: photo/replace with a token (spec 3.9)
};

// Whether an Accept header names application/json as welcome, and not just anything as well: script libraries say
// "application/json, …, */*" by themselves, and what was written for the documented answers expects those.
bool accepts_json(std::string_view accept);

// A chunk was stored and others are missing.
http::Reply chunk_stored_reply();

http::Reply finished_reply(const Call& call, const Site& site, const engine::FinalAnswer& answer, AnswerWish wish);

// `token`: null when it is not known; then nothing leads anywhere but to plain words.
http::Reply refused_reply(const Call& call, const Site& site, const Error& error, const catalog::Token* token,
                          const Params& redeem_extras, AnswerWish wish);

// The whole 200 page whose form goes on to `return_url` by POST when the URL would be too long for a redirect.
http::Reply post_page(std::string_view return_url, const Params& params);

}  // namespace stile::api
