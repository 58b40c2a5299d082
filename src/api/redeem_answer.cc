#include "api/redeem_answer.h"

#include <algorithm>
#include <boost/json.hpp>
#include <ranges>

#include "api/envelope.h"
#include "api/token_words.h"
#include "base/text.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

notify::CallbackFacts success_facts(const Site& site, const engine::FinalAnswer& answer) {
  notify::CallbackFacts facts;
  facts.return_url = answer.token.return_url;
  facts.domain = site.domain;
  facts.token_name = token_field(answer.token.kind);
  facts.token = answer.token.token;
  facts.photo_id = answer.photo.photo_id;
  facts.tree_id = answer.photo.tree_id;
  facts.photo_token = answer.photo.token;
  facts.token_extras = &answer.token.extras;
  facts.redeem_extras = &answer.upload.extras;
  return facts;
}

std::string original_path(const catalog::Photo& photo) {
  return "/" + std::to_string(photo.tree_id) + "/" + std::to_string(photo.photo_id) + "/" + photo.token + "/original";
}

// A browser is sent on: by 301 while the URL is short, by a page that posts itself otherwise.
http::Reply send_on(const notify::CallbackFacts& facts, std::string_view complete_url, std::string_view words) {
  if (complete_url.size() >= notify::kMaxRedirectUrl)
    return post_page(facts.return_url, notify::callback_params(facts));
  http::Reply reply = http::plain_reply(301, std::string(words) + "\n");
  reply.set("Location", std::string(complete_url)).set("Cache-Control", "no-store");
  return reply;
}

http::Reply no_store(http::Reply reply) {
  reply.set("Cache-Control", "no-store");
  return reply;
}

std::string_view done_words(catalog::TokenKind kind) {
  return kind == catalog::TokenKind::replace ? "The photo was successfully replaced"
                                             : "The file was successfully uploaded";
}

Answer envelope_answer(const catalog::Photo& photo, catalog::TokenKind kind, Generation generation) {
  Answer answer;
  answer.message = done_words(kind);
  Object object;
  object.number("photo_id", photo.photo_id).number("tree_id", photo.tree_id).text("token", photo.token);
  if (generation == Generation::v2) answer.v2_top = object;
  answer.payload = Single{kind == catalog::TokenKind::replace ? "photo" : "upload", std::move(object)};
  return answer;
}

// For scripts: v2's envelope with more beside `data`, or the same facts as a bare object in v1.
http::Reply json_result(const Call& call, const Site& site, const engine::FinalAnswer& answer, const Format& format) {
  const bool redirect = !answer.token.return_url.empty() && !answer.token.background_return;
  if (call.generation == Generation::v2) {
    Answer envelope = envelope_answer(answer.photo, answer.token.kind, Generation::v2);
    envelope.v2_top.text("url", original_path(answer.photo)).text("content_type", answer.upload.content_type);
    if (redirect) envelope.v2_top.text("redirect_url", answer.upload.callback_url);
    return ok_reply(call, format, site, envelope);
  }
  boost::json::object result{{"status", "ok"},
                             {"photo_id", std::to_string(answer.photo.photo_id)},
                             {"tree_id", std::to_string(answer.photo.tree_id)},
                             {"token", answer.photo.token},
                             {"url", original_path(answer.photo)},
                             {"content_type", answer.upload.content_type}};
  if (redirect) result["redirect_url"] = answer.upload.callback_url;
  return no_store(http::text_reply(200, "application/json; charset=utf-8", boost::json::serialize(result)));
}

http::Reply json_refusal(int status, const std::string& words) {
  return no_store(
      http::text_reply(status, "application/json; charset=utf-8",
                       boost::json::serialize(boost::json::object{{"status", "error"}, {"message", words}})));
}

}  // namespace

bool accepts_json(std::string_view accept) {
  bool named = false;
  for (const std::string_view entry : split(accept, ',')) {
    const auto parts = split(entry, ';');
    const std::string_view type = trim(parts.front());
    if (!iequals(type, "application/json") && type != "*/*") continue;
    const bool unwelcome = std::ranges::any_of(parts | std::views::drop(1), [](std::string_view part) {
      const std::string_view weight = trim(part);
      return weight == "q=0" || weight == "q=0.0" || weight == "q=0.00" || weight == "q=0.000";
    });
    if (unwelcome) continue;
    if (type == "*/*") return false;
    named = true;
  }
  return named;
}

http::Reply chunk_stored_reply() { return no_store(http::plain_reply(200, "ok")); }

http::Reply finished_reply(const Call& call, const Site& site, const engine::FinalAnswer& answer, AnswerWish wish) {
  const auto parsed = Format::from(call.params, call.generation);
  const Format format = parsed ? *parsed : Format::fallback(call.params, call.generation);
  const bool has_return = !answer.token.return_url.empty();
  const catalog::Photo& photo = answer.photo;

  if (wish.json && (has_return || !format.chosen)) return json_result(call, site, answer, format);
  if (answer.token.background_return) {
    std::string line = "ok " + site.domain + " " + std::to_string(photo.tree_id) + " " +
                       std::to_string(photo.photo_id) + " " + photo.token;
    if (!answer.upload.callback_url.empty()) line += " " + answer.upload.callback_url;
    return no_store(http::plain_reply(200, std::move(line)));
  }
  if (has_return)
    return send_on(success_facts(site, answer), answer.upload.callback_url, done_words(answer.token.kind));
  if ((call.generation == Generation::v2 && !wish.plain_text) || format.chosen)
    return ok_reply(call, format, site, envelope_answer(photo, answer.token.kind, call.generation));
  return no_store(http::plain_reply(200, std::to_string(photo.photo_id)));
}

http::Reply refused_reply(const Call& call, const Site& site, const Error& error, const catalog::Token* token,
                          const Params& redeem_extras, AnswerWish wish) {
  const int status = dialects::status_of(wish.dialect, error.code);
  const std::string words = dialects::words_of(error);
  if (wish.dialect == dialects::Dialect::chunk)
    return wish.json ? json_refusal(status, words) : no_store(http::plain_reply(status, words));

  // A return_url is only trusted through a good token, and trouble of our own is better told by us: a form that is sent
  // again may work.
  if (token != nullptr && !is_temporary(error.code)) {
    if (token->background_return && !wish.json) return no_store(http::plain_reply(200, "error " + words));
    if (!token->return_url.empty() && !token->background_return && !wish.json) {
      notify::CallbackFacts facts;
      facts.return_url = token->return_url;
      facts.domain = site.domain;
      facts.token_name = token_field(token->kind);
      facts.token = token->token;
      facts.error_message = words;
      facts.token_extras = &token->extras;
      facts.redeem_extras = &redeem_extras;
      return send_on(facts, notify::callback_url(facts), words);
    }
  }
  const auto parsed = Format::from(call.params, call.generation);
  const Format format = parsed ? *parsed : Format::fallback(call.params, call.generation);
  if (call.generation == Generation::v2 && (!wish.plain_text || format.chosen)) {
    Problem told = problem_of(wish.kind, error);
    told.message = words;
    told.v2_status = status;
    return error_reply(call, format, told);
  }
  return wish.json ? json_refusal(status, words) : no_store(http::plain_reply(status, words));
}

http::Reply post_page(std::string_view return_url, const Params& params) {
  // The script is constant, so its digest is the only one the page may run.
  static constexpr std::string_view kScript = "document.forms[0].submit();";
  static constexpr std::string_view kScriptDigest = "'sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ='";
  std::string html =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Upload finished</title>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><body>"
      "<form method=\"post\" action=\"" +
      escape_markup(notify::encode_return_url(return_url)) + "\">";
  for (const auto& [name, value] : params)
    html += "<input type=\"hidden\" name=\"" + escape_markup(name) + "\" value=\"" + escape_markup(value) + "\">";
  html += "<p>Your file has arrived.</p><button>Continue</button></form><script>" + std::string(kScript) +
          "</script></body></html>\n";
  http::Reply reply = http::text_reply(200, "text/html; charset=utf-8", std::move(html));
  reply.set("Cache-Control", "no-store").set("Referrer-Policy", "no-referrer");
  reply.set("Content-Security-Policy",
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src " + std::string(kScriptDigest));
  return reply;
}

}  // namespace stile::api
