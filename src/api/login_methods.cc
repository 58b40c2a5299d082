#include "api/login_methods.h"

#include "api/envelope.h"
#include "api/web_session.h"
#include "notify/callback_url.h"

namespace stile::api {
namespace {

using catalog::LoginKind;

constexpr std::chrono::minutes kTokenLife{15};
constexpr std::size_t kTokenLength = 64;

struct Words {
  std::string_view parameter;  // of the redeem call
  std::string_view bad_token;
  std::string_view done;
};

Words words_of(LoginKind kind) {
  if (kind == LoginKind::user) return {"login_token", "The login token is invalid", "You are logged in"};
  return {"session_token", "The session token is invalid", "The session was opened"};
}

struct MadeToken {
  std::string token;
  std::string return_url;
  std::int64_t user_id = 0;
};

io::Task<Outcome<MadeToken>> make_token(const Call& call, LoginKind kind, const Services& services) {
  ParameterReader reader(call.params);
  MadeToken made;
  made.return_url = reader.text("return_url", notify::kMaxReturnUrl);
  if (kind == LoginKind::user) made.user_id = reader.id("user_id");
  if (!made.return_url.empty()) {
    if (const auto good = notify::check_return_url(made.return_url); !good)
      reader.complain(Code::invalid_input, good.error().message);
  }
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  if (kind == LoginKind::user) {
    if (made.user_id == 0) made.user_id = call.caller.user_id;
    const auto user = co_await services.library.find_user(made.user_id);
    if (!user) co_return std::unexpected(services.trouble(call, user.error()));
    if (!user->has_value()) co_return refuse(Code::no_such_user);
  }
  made.token = random_alphanumeric(services.random, kTokenLength);
  const auto added = co_await services.logins.add_login_token({.token_sha256 = kept_of(made.token),
                                                               .kind = kind,
                                                               .user_id = made.user_id,
                                                               .return_url = made.return_url,
                                                               .created_at = call.now,
                                                               .valid_until = call.now + kTokenLife});
  if (!added) co_return std::unexpected(services.trouble(call, added.error()));
  co_return made;
}

// Bare words where no envelope is asked for, as of the other redeem methods.
bool wants_words(const Call& call, const Format& format) { return call.generation == Generation::v1 && !format.chosen; }

http::Reply words_reply(int status, std::string_view words) {
  http::Reply reply = http::plain_reply(status, std::string(words));
  reply.set("Cache-Control", "no-store");
  return reply;
}

io::Task<http::Reply> redeem(Call call, Format format, LoginKind kind, const Services& services) {
  const Words words = words_of(kind);
  const auto refuse_with = [&](const Problem& why) {
    return wants_words(call, format) ? words_reply(why.v2_status, why.message) : error_reply(call, format, why);
  };
  const std::string shown(call.params.get_or(words.parameter, ""));
  if (shown.empty())
    co_return refuse_with(problem(Code::token_required, std::string(words.parameter) + " is required"));
  const auto token = co_await services.logins.redeem_login_token(kept_of(shown), kind, call.now);
  if (!token) co_return refuse_with(services.trouble(call, token.error()));
  if (!token->has_value()) co_return refuse_with(problem(Code::permission_denied, std::string(words.bad_token)));

  const Milliseconds life = services.rules.login.session_life;
  const NewSession made = make_session(services.random, (*token)->user_id, call.now, life);
  const auto added = co_await services.logins.add_session(made.record);
  if (!added && added.error().code == Errc::not_found)
    co_return refuse_with(problem(Code::permission_denied, std::string(words.bad_token)));
  if (!added) co_return refuse_with(services.trouble(call, added.error()));

  http::Reply reply;
  if (!(*token)->return_url.empty()) {
    reply = words_reply(302, words.done);
    reply.set("Location", notify::encode_return_url((*token)->return_url)).set("Referrer-Policy", "no-referrer");
  } else if (wants_words(call, format)) {
    reply = words_reply(200, words.done);
  } else {
    reply = ok_reply(call, format, services.site, Answer{.message = std::string(words.done)});
  }
  set_cookie(reply, Cookie::session, made.cookie_value, life, call.secure ? http::Scheme::https : http::Scheme::http);
  co_return reply;
}

}  // namespace

io::Task<http::Reply> get_login_token(Call call, Format format, const Services& services) {
  const auto made = co_await make_token(call, LoginKind::user, services);
  if (!made) co_return error_reply(call, format, made.error());
  Object object;
  object.text("login_token", made->token).text("return_url", made->return_url).number("user_id", made->user_id);
  co_return ok_reply(
      call, format, services.site,
      Answer{.message = "The login token is ready to use", .payload = Single{"logintoken", std::move(object)}});
}

io::Task<http::Reply> get_session_token(Call call, Format format, const Services& services) {
  const auto made = co_await make_token(call, LoginKind::visitor, services);
  if (!made) co_return error_reply(call, format, made.error());
  Object object;
  object.text("access_token", made->token).text("return_url", made->return_url);
  co_return ok_reply(
      call, format, services.site,
      Answer{.message = "The session token is ready to use", .payload = Single{"sessiontoken", std::move(object)}});
}

io::Task<http::Reply> redeem_login_token(Call call, Format format, const Services& services) {
  return redeem(std::move(call), std::move(format), LoginKind::user, services);
}

io::Task<http::Reply> redeem_session_token(Call call, Format format, const Services& services) {
  return redeem(std::move(call), std::move(format), LoginKind::visitor, services);
}

}  // namespace stile::api
