// photo/list. Who sees what:
//
//   level none            what a photo's, an album's or an upload token opens, else token_required
//   below read            published photos; include_unpublished_p, published_p=0 and video_encoded_p are refused
//   read and up           the same, and with include_unpublished_p=1 everything
//   upload_token          its photos, published or not; their own tokens stay hidden below read, because a token may be
//                         shared by people who do not know each other
//   photo_id and token    that photo, published or not
//   album_id and token    the published photos of that album, hidden or not; without, a hidden album is empty below read
//
// Promoted photos come first in the usual order, newest first, unless prioritize_promoted_p=0.
// Orders by numbers that are not kept yet (views, ratings, …) are all ties, and ties go by publish date. Filters that no
// photo can pass yet (coordinates, licences, webinars, encoded videos) give an empty list; unknown ones are ignored.
#include <algorithm>

#include "api/envelope.h"
#include "api/photo_item.h"
#include "api/photo_methods.h"
#include "api/variables.h"
#include "auth/object_token.h"
#include "base/tag_list.h"
#include "base/text.h"

namespace stile::api {
namespace {

using auth::Level;
using catalog::PhotoFilter;

constexpr std::size_t kMaxSearch = 500;
constexpr std::size_t kMaxToken = 200;

struct Request {
  catalog::PhotoQuery query;
  Page page;
  std::string token;
  bool include_unpublished = false;
  bool wants_drafts = false;   // published_p=0
  bool asks_encoded = false;
  bool finds_nothing = false;
  bool full_urls = false;
};

catalog::PhotoOrder read_order(ParameterReader& reader) {
  const std::string order =
      reader.choice("orderby", {"published", "views", "comments", "taken", "title", "words", "rating", "created", "uploaded",
                                "creation", "numratings", "video_length", "related", "posted", "rank",
                                "default-published"});
  if (order == "title") return catalog::PhotoOrder::title;
  if (order == "taken" || order == "created" || order == "uploaded" || order == "creation")
    return catalog::PhotoOrder::created;
  return catalog::PhotoOrder::published;
}

// Epoch seconds, or a date.
std::optional<WallTime> read_time(const Params& params, ParameterReader& reader, std::string_view name) {
  const auto epoch = parse_u64(params.get_or(name, ""));
  constexpr std::uint64_t kYear9999 = 253'402'300'799;
  if (epoch && *epoch <= kYear9999) return WallTime(Seconds(*epoch));
  return reader.date(name);
}

void later(std::optional<WallTime>& bound, WallTime time) { bound = bound ? std::max(*bound, time) : time; }
void earlier(std::optional<WallTime>& bound, WallTime time) { bound = bound ? std::min(*bound, time) : time; }

// year, year and month, or all three; a month without a year says nothing.
void read_calendar(ParameterReader& reader, PhotoFilter& filter) {
  const std::int64_t year = reader.clamped("year", 0, 0, 10'000);
  const std::int64_t month = reader.clamped("month", 0, 0, 13);
  const std::int64_t day = reader.clamped("day", 0, 0, 32);
  if (year == 0) return;
  namespace chr = std::chrono;
  const chr::year y(static_cast<int>(year));
  const chr::month m(static_cast<unsigned>(month == 0 ? 1 : month));
  const chr::day d(static_cast<unsigned>(month == 0 || day == 0 ? 1 : day));
  const chr::year_month_day first = y / m / d;
  if (year < 1970 || year > 9998 || !first.ok())
    return reader.complain(Code::invalid_input, "year, month and day must be a date");
  chr::sys_days next = chr::sys_days(first) + chr::days(1);
  if (month == 0)
    next = chr::sys_days((y + chr::years(1)) / m / d);
  else if (day == 0)
    next = chr::sys_days(y / m / d + chr::months(1));
  later(filter.from, WallTime(chr::sys_days(first)));
  earlier(filter.before, WallTime(next));
}

std::optional<std::int64_t> optional_id(ParameterReader& reader, std::string_view name) {
  const std::int64_t id = reader.id(name);
  return id == 0 ? std::nullopt : std::optional(id);
}

void read_whose(const Call& call, ParameterReader& reader, Request& request) {
  if (call.params.get_or("user_id", "") != "me") {
    request.query.filter.user_id = optional_id(reader, "user_id");
  } else if (call.caller.user_id == 0) {
    request.finds_nothing = true;
  } else {
    request.query.filter.user_id = call.caller.user_id;
  }
}

catalog::TagMode read_mode(ParameterReader& reader, std::string_view name) {
  const std::string mode = reader.choice(name, {"and", "all", "any", "or"});
  return mode == "any" || mode == "or" ? catalog::TagMode::any : catalog::TagMode::all;
}

void read_tags(const Call& call, const TextRules& rules, ParameterReader& reader, PhotoFilter& filter) {
  filter.tags = split_tags(reader.text("tags", rules.max_tags));
  filter.tag_mode = read_mode(reader, "tag_mode");
  if (call.generation == Generation::v1) return;
  std::string tag = reader.text("tag", kMaxTagBytes);
  if (!tag.empty()) filter.tags.push_back(std::move(tag));
}

void read_filter_variables(const Call& call, const VariableRules& rules, ParameterReader& reader, PhotoFilter& filter) {
  filter.variables = read_variables(call.params, rules, EmptyValues::left_out, reader);
  filter.variable_mode = read_mode(reader, "custom_variable_mode");
  if (filter.variables.size() > catalog::kMaxFilterVariables)
    reader.complain(Code::invalid_input, "There are too many custom variables to look for at once");
}

// What no photo can have yet.
bool asks_the_impossible(ParameterReader& reader) {
  const bool coordinates = reader.optional_flag("has_coordinates_p") == true;
  const bool live = reader.id("live_id") != 0;
  const bool license = reader.id("license_id") != 0;
  return coordinates || live || license;
}

Outcome<Request> read_request(const Call& call, const Rules& rules) {
  ParameterReader reader(call.params);
  Request request;
  PhotoFilter& filter = request.query.filter;
  filter.album_id = optional_id(reader, "album_id");
  filter.photo_id = optional_id(reader, "photo_id");
  if (filter.album_id) filter.photo_id.reset();  // spec 2.2
  request.token = reader.text("token", kMaxToken);
  read_whose(call, reader, request);
  read_tags(call, rules.text, reader, filter);
  read_filter_variables(call, rules.variables, reader, filter);
  filter.search = trim(reader.text("search", kMaxSearch));
  read_calendar(reader, filter);
  if (const auto time = read_time(call.params, reader, "after_time")) later(filter.from, *time);
  if (const auto time = read_time(call.params, reader, "before_time")) earlier(filter.before, *time);
  filter.video = reader.optional_flag("video_p");
  filter.audio = reader.optional_flag("audio_p");
  filter.promoted = reader.optional_flag("promoted_p");
  if (call.params.has("upload_token")) filter.upload_token = reader.text("upload_token", kMaxToken);
  if (filter.upload_token == "") filter.upload_token.reset();
  request.include_unpublished = reader.flag("include_unpublished_p", false);
  if (call.generation == Generation::v2) {
    const auto published = reader.optional_flag("published_p");
    request.wants_drafts = published == false;
    if (published) filter.published = *published;
    request.full_urls = reader.flag("use_full_urls_p", false);
  }
  const auto encoded = reader.optional_flag("video_encoded_p");
  request.asks_encoded = encoded.has_value();
  request.finds_nothing = asks_the_impossible(reader) || encoded == true || request.finds_nothing;
  request.query.order = read_order(reader);
  request.query.direction = reader.direction();
  // In the usual order only: somebody who asks for the most viewed ones wants to see these.
  const std::string_view order = call.params.get_or("orderby", "");
  const bool usual = (order.empty() || order == "published" || order == "default-published") &&
                     request.query.direction == catalog::Direction::descending;
  request.query.promoted_first = reader.flag("prioritize_promoted_p", true) && usual;
  request.page = reader.page();
  request.query.offset = offset_of(request.page);
  request.query.limit = request.page.size;
  if (reader.problem()) return std::unexpected(*reader.problem());
  return request;
}

// What the request's token opens. Fails when it opens nothing.
struct Opened {
  bool photo = false;
  bool album = false;
};

io::Task<Outcome<Opened>> judge_token(const Call& call, const Request& request, const Services& services) {
  const PhotoFilter& filter = request.query.filter;
  if (request.token.empty()) co_return Opened{};
  if (filter.album_id) {
    const auto album = co_await services.library.find_album(*filter.album_id);
    if (!album) co_return std::unexpected(services.trouble(call, album.error()));
    if (!album->has_value() || !auth::object_token_fits(request.token, (*album)->token))
      co_return refuse(Code::invalid_album_token);
    co_return Opened{.album = true};
  }
  if (!filter.photo_id) co_return Opened{};
  const auto photo = co_await services.catalog.find_photo(*filter.photo_id);
  if (!photo) co_return std::unexpected(services.trouble(call, photo.error()));
  if (!photo->has_value() ||
      !auth::photo_token_fits(request.token, (*photo)->token, (*photo)->photo_id, call.now))
    co_return refuse(Code::invalid_photo_token);
  co_return Opened{.photo = true};
}

// Whether the filter names a hidden album that the caller may not look into.
io::Task<Outcome<bool>> is_closed_album(const Call& call, const Request& request, Opened opened,
                                        const Services& services) {
  if (!request.query.filter.album_id || opened.album || call.caller.may(Level::read)) co_return false;
  const auto album = co_await services.library.find_album(*request.query.filter.album_id);
  if (!album) co_return std::unexpected(services.trouble(call, album.error()));
  co_return album->has_value() && (*album)->hidden;
}

std::optional<Problem> judge_level(const Call& call, const Request& request, Opened opened) {
  const bool by_upload_token = request.query.filter.upload_token.has_value();
  if (!call.caller.may(Level::anonymous) && !opened.photo && !opened.album && !by_upload_token)
    return problem(Code::token_required);
  if (call.caller.may(Level::read)) return std::nullopt;
  const bool drafts = request.include_unpublished || request.wants_drafts;
  if ((drafts && !opened.photo && !by_upload_token) || request.asks_encoded) return permission_denied(Level::read);
  return std::nullopt;
}

http::Reply answer(const Call& call, const Format& format, const Services& services, const Request& request,
                   const catalog::Listing<catalog::ListedPhoto>& listing, Opened opened) {
  const PhotoView view{.may_read = call.caller.may(Level::read),
                       .shown_token = opened.photo ? request.token : "",
                       .full_urls = request.full_urls,
                       .variables = &services.rules.variables.keys,
                       .site_url = url_of(services.site, call)};
  List list{.name = "photo", .plural = "photos", .items = {}, .page = request.page, .total_count = listing.total};
  for (const catalog::ListedPhoto& item : listing.items)
    list.items.push_back(photo_object(item, format, view));
  return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace

io::Task<http::Reply> list_photos(Call call, Format format, const Services& services) {
  auto request = read_request(call, services.rules);
  if (!request) co_return error_reply(call, format, request.error());
  const auto opened = co_await judge_token(call, *request, services);
  if (!opened) co_return error_reply(call, format, opened.error());
  if (const auto refused = judge_level(call, *request, *opened)) co_return error_reply(call, format, *refused);
  const auto closed = co_await is_closed_album(call, *request, *opened, services);
  if (!closed) co_return error_reply(call, format, closed.error());
  if (*closed || request->finds_nothing) co_return answer(call, format, services, *request, {}, *opened);

  PhotoFilter& filter = request->query.filter;
  const bool sees_drafts = request->include_unpublished || opened->photo || filter.upload_token.has_value();
  if (!filter.published && !sees_drafts) filter.published = true;
  const auto listing = co_await services.library.list_photos(request->query);
  if (!listing) co_return error_reply(call, format, services.trouble(call, listing.error()));
  co_return answer(call, format, services, *request, *listing, *opened);
}

}  // namespace stile::api
