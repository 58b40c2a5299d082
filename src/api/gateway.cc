#include "api/gateway.h"

#include <algorithm>

#include "api/envelope.h"
#include "api/form_body.h"
#include "api/page_origin.h"
#include "base/media_range.h"
#include "base/text.h"
#include "dialects/answers.h"
#include "web/assets.h"
#include "web/message_page.h"

namespace stile::api {
namespace {

constexpr std::string_view kRedeem = "/api/photo/redeem-upload-token";
constexpr std::string_view kRedeemReplacement = "/api/photo/redeem-replace-token";
constexpr std::string_view kUpload = "/api/photo/upload";
constexpr std::string_view kReplace = "/api/photo/replace";
constexpr std::size_t kMaxQueryPairs = 1000;

bool takes_files(std::string_view endpoint) {
  return endpoint == kRedeem || endpoint == kRedeemReplacement || endpoint == kUpload || endpoint == kReplace;
}

bool is_read(const std::string& method) { return method == "GET" || method == "HEAD"; }

http::Reply method_not_allowed(std::string allowed) {
  http::Reply reply = http::plain_reply(405, "This address does not understand that method\n");
  reply.set("Allow", std::move(allowed));
  return reply;
}

http::Reply packed_body_refused(bool takes_files) {
  // Clients that send files in chunks disagree about what 415 means (dialects/answers.h).
  http::Reply reply = http::plain_reply(takes_files ? 400 : 415, "Bodies must not have a Content-Encoding\n");
  reply.set("Accept-Encoding", "identity");
  return reply;
}

http::Reply html_reply(int status, std::string html, std::string_view form_action_origin) {
  http::Reply reply = http::text_reply(status, "text/html; charset=utf-8", std::move(html));
  for (auto& [name, value] : web::page_headers(form_action_origin))
    if (name != "X-Content-Type-Options" && name != "Content-Type") reply.set(std::move(name), std::move(value));
  return reply;
}

bool is_page(const std::string& path) {
  return path == "/" || Probes::serves(path) || path.starts_with("/upload/") ||
         web::find_asset(path) != nullptr || parse_file_target(path);
}

// A body that is packed is never unpacked: few bytes could become a disk full of them. Nor is it kept as it is, for its
// sender means what is inside.
bool is_packed(const http::RequestHead& head) {
  return head.framing != http::BodyFraming::none && std::ranges::any_of(head.headers, [](const http::Header& field) {
           return iequals(field.name, "content-encoding") && !field.value.empty() && !iequals(field.value, "identity");
         });
}

// "https://example.com:8443" of "https://example.com:8443/path?query".
std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  return to_lower(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

}  // namespace

Gateway::Gateway(const Services& services, engine::Engine& engine, Downloads& downloads, Cors cors,
                 GatewaySettings settings, const Clock& clock, Probes::Parts probes)
    : services_(services), engine_(engine), downloads_(downloads), cors_(std::move(cors)),
      settings_(std::move(settings)), clock_(clock), probes_(std::move(probes)),
      identifier_(services, settings_.identify, clock), oauth_endpoints_(services, identifier_, clock),
      account_pages_(services, {settings_.page.accent, settings_.page.logo}, clock),
      openapi_(services.rules.variables.keys) {}

io::Task<http::Reply> Gateway::handle(http::Request& request) {
  if (request.head.method == "OPTIONS") co_return cors_.preflight(request.head);
  http::Reply reply = co_await route(request);
  if (request.head.path == kMetricsPath) co_return reply;  // not for scripts
  cors_.add_headers(request.head, reply);
  co_return reply;
}

http::Reply Gateway::refuse(int status, const std::string& message) {
  http::Reply reply =
      http::plain_reply(status, (message.empty() ? std::string(http::reason_phrase(status)) : message) + "\n");
  // There is no head to judge an origin by; a script may still read why it was refused.
  reply.set("Access-Control-Allow-Origin", "*");
  return reply;
}

io::Task<http::Reply> Gateway::route(http::Request& request) {
  const http::RequestHead& head = request.head;
  const std::string& path = head.path;
  if (is_packed(head)) {
    const auto target = parse_target(path);
    co_return packed_body_refused(target && takes_files(target->endpoint));
  }
  if (path == kOpenApiPath && is_read(head.method)) co_return openapi_.get(head);
  if (path == kOpenApiPath) co_return method_not_allowed("GET, HEAD, OPTIONS");
  if (auto target = parse_target(path)) co_return co_await api(request, std::move(*target));
  if (OAuthEndpoints::serves(path)) co_return co_await oauth_endpoints_.handle(request);
  if (AccountPages::serves(path)) co_return co_await account_pages_.handle(request);

  if (!is_read(head.method)) co_return is_page(path) ? method_not_allowed("GET, HEAD, OPTIONS") : not_found();
  if (path.starts_with("/upload/")) co_return co_await upload_page(head, path.substr(8));
  if (const web::Asset* asset = web::find_asset(path)) {
    http::Reply reply = http::text_reply(200, std::string(asset->content_type), std::string(asset->bytes));
    reply.set("Cache-Control", "public, max-age=31536000, immutable");
    co_return reply;
  }
  if (Probes::serves(path)) co_return co_await probes_.get(request);
  if (path == "/") co_return html_reply(200, web::render_home_page(services_.site.site_name), "");
  if (auto file = parse_file_target(path)) {
    auto reply = co_await downloads_.get(head, std::move(*file), clock_.wall_now());
    if (reply) co_return std::move(*reply);
    if (reply.error().code == Errc::not_found) co_return not_found();
    if (settings_.on_failed_download) settings_.on_failed_download(request.id, reply.error());
    co_return refuse(503, dialects::words_of(reply.error()));
  }
  co_return not_found();
}

CallerStats Gateway::caller_stats() const {
  return {.nonces = identifier_.nonces(),
          .login_windows = account_pages_.throttle().size(),
          .refused_keys = identifier_.refused().value(),
          .wrong_passwords = account_pages_.wrong_passwords().value(),
          .throttled_logins = account_pages_.throttle().refused().value()};
}

http::Reply Gateway::not_found() const { return http::plain_reply(404, "There is nothing here\n"); }

io::Task<http::Reply> Gateway::api(http::Request& request, Target target) {
  const std::string& method = request.head.method;
  Call call;
  call.generation = target.generation;
  call.endpoint = std::move(target.endpoint);
  call.now = clock_.wall_now();
  call.request_id = request.id;
  call.secure = request.head.is_secure();
  call.origin = page_origin(request.head, services_.site);
  call.caller = identifier_.stranger();

  if (takes_files(call.endpoint)) {
    if (!is_read(method) && method != "POST" && method != "PUT" && method != "PATCH")
      co_return method_not_allowed("GET, HEAD, POST, PUT, PATCH, OPTIONS");
    co_return co_await receive_file(request, std::move(call));
  }
  if (!is_read(method) && method != "POST") co_return method_not_allowed("GET, HEAD, POST, OPTIONS");
  auto arguments = co_await read_arguments(request, call.params);
  if (!arguments) {
    if (is_temporary(arguments.error().code)) co_return refuse(503, dialects::words_of(arguments.error()));
    co_return error_reply(call, Format::fallback(call.params, call.generation), problem_of(arguments.error()));
  }
  call.params = arguments->joined(Arguments::Query::counts);
  auto identity = co_await identifier_.identify(request.head, *arguments, call);
  if (!identity) {
    const auto format = Format::from(call.params, call.generation);
    co_return error_reply(call, format ? *format : Format::fallback(call.params, call.generation), identity.error());
  }
  if (identity->query_unsigned) call.params = arguments->joined(Arguments::Query::dropped);
  call.caller = identity->caller;
  call.consumer_key = std::move(identity->consumer_key);
  call.bearer = std::move(identity->bearer);
  co_return co_await call_method(std::move(call), services_);
}

// The methods that stream, each by what authorises it.
io::Task<http::Reply> Gateway::receive_file(http::Request& request, Call call) {
  const FileCallParts parts{engine_, services_, settings_.redeem, identifier_};
  if (call.endpoint == kUpload) co_return co_await upload_photo(request, std::move(call), parts);
  if (call.endpoint == kReplace) co_return co_await replace_photo(request, std::move(call), parts);
  const auto kind = call.endpoint == kRedeem ? catalog::TokenKind::upload : catalog::TokenKind::replace;
  RedeemCall redeem(request, std::move(call), kind, engine_, services_, settings_.redeem);
  co_return co_await redeem.run();
}

// Of the query on GET, of the body on POST, never of both (spec 1.2), unless the settings say so (6.1).
io::Task<Result<Arguments>> Gateway::read_arguments(http::Request& request, Params& readable) {
  const http::RequestHead& head = request.head;
  Arguments arguments;
  if (is_read(head.method)) {
    auto query = parse_form(head.query, kMaxQueryPairs);
    if (!query) readable = readable_pairs(head.query, kMaxQueryPairs);
    if (!query) co_return fail(std::move(query).error());
    arguments.form = std::move(*query);
    co_return std::move(arguments);
  }
  if (settings_.identify.lenient_post_query) {
    auto query = parse_form(head.query, kMaxQueryPairs);
    if (!query) co_return fail(std::move(query).error());
    arguments.query = std::move(*query);
  }
  const std::string_view type = head.header("content-type").value_or("");
  if (auto boundary = http::multipart_boundary(type)) {
    http::MultipartLimits limits;
    limits.max_parts = settings_.max_form_fields;
    http::MultipartReader reader(request.body, *boundary, limits);
    std::size_t bytes = 0;
    for (;;) {
      auto part = co_await reader.next_part();
      if (!part) co_return fail(std::move(part).error());
      if (!part->has_value()) co_return std::move(arguments);
      if ((*part)->file_name) continue;
      bytes += (*part)->name.size();
      if (bytes > settings_.max_form_bytes) co_return fail(Errc::limit, "the form is too long");
      STILE_CO_TRY(request.memory.grow((*part)->name.size()));
      auto value = co_await reader.read_text(settings_.max_form_bytes - bytes, request.memory);
      if (!value) co_return fail(std::move(value).error());
      if (!is_valid_utf8(*value)) co_return fail(Errc::invalid_input, "a form field is not valid UTF-8");
      bytes += value->size();
      arguments.parts.add(std::move((*part)->name), std::move(*value));
    }
  }
  if (!iequals(trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded"))
    co_return std::move(arguments);
  auto form = co_await read_form_body(request.body, settings_.max_form_bytes, settings_.max_form_fields,
                                      request.memory, &readable);
  if (!form) co_return fail(std::move(form).error());
  arguments.form = std::move(*form);
  co_return std::move(arguments);
}

io::Task<http::Reply> Gateway::upload_page(const http::RequestHead&, std::string token) {
  web::UploadPageData page;
  page.site_name = services_.site.site_name;
  page.accent_color = settings_.page.accent;
  page.logo_url = settings_.page.logo;
  page.upload_token = token;
  auto found = co_await services_.catalog.find_token(std::move(token));
  if (!found) co_return refuse(503, dialects::words_of(found.error()));
  std::string origin;
  if (!found->has_value() || (*found)->kind != catalog::TokenKind::upload) {
    page.state = web::LinkState::unknown;
    page.upload_token.clear();
  } else {
    const catalog::Token& known = **found;
    const WallTime now = clock_.wall_now();
    page.state = known.revoked                     ? web::LinkState::revoked
                 : known.used >= known.max_uploads ? web::LinkState::used_up
                 : known.valid_until <= now        ? web::LinkState::expired
                                                   : web::LinkState::ready;
    page.title = known.metadata.title;
    page.endpoint = std::string(kRedeem);
    page.uploads_left = std::max<std::int64_t>(0, known.max_uploads - known.used);
    page.max_uploads = known.max_uploads;
    page.max_file_bytes = engine::most_bytes(known, engine_.settings().max_file_bytes);
    page.valid_until = epoch_seconds(known.valid_until);
    page.accepted_types = settings_.page.accepted_types;
    if (!known.accepted_types.empty())
      page.accepted_types = parse_media_ranges(known.accepted_types).value_or(page.accepted_types);
    page.chunk_bytes = settings_.page.chunk_bytes;
    page.parallel_chunks = settings_.page.parallel;
    origin = origin_of(known.return_url);
  }
  const int status = page.state == web::LinkState::unknown ? 404 : 200;
  co_return html_reply(status, web::render_upload_page(page), origin);
}

}  // namespace stile::api
