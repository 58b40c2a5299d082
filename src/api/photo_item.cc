#include "api/photo_item.h"

#include "api/clean_html.h"
#include "api/dates.h"
#include "base/tag_list.h"
#include "base/text.h"
#include "catalog/photo_dates.h"

namespace stile::api {
namespace {

// In the order in which clients know them. Width, height, size and address each; none of them is made yet.
constexpr const char* kRenditions[] = {
    "quad16",      "quad50",       "quad75",           "quad100",          "small",
    "medium",      "portrait",     "standard",         "large",            "video_small",
    "video_medium", "video_hd",    "video_1080p",      "video_4k",         "video_frames",
    "video_webm_360p", "video_webm_720p", "video_mobile_high", "video_mobile_h263_amr", "video_mobile_h263_aac",
    "video_mobile_mpeg4_amr", "video_wmv"};

void add_file(Object& object, const std::string& name, std::uint64_t size, std::string address) {
  object.null(name + "_width")
      .null(name + "_height")
      .number(name + "_size", static_cast<std::int64_t>(size))
      .text(name + "_download", std::move(address));
}

void add_albums(Object& object, const catalog::ListedPhoto& item, const PhotoView& view) {
  const catalog::AlbumOfPhoto* first = nullptr;
  std::string all;
  for (const catalog::AlbumOfPhoto& album : item.albums) {
    if (album.hidden && !view.may_read) continue;
    if (first == nullptr) first = &album;
    all.append(all.empty() ? "" : " ").append(std::to_string(album.album_id));
  }
  object.id("album_id", first ? first->album_id : 0)
      .text("album_title", first ? first->title : "")
      .flag("album_hide_p", first && first->hidden)
      .text("all_albums", std::move(all));
}

void add_date(Object& object, const std::string& name, WallTime time, bool with_epoch) {
  object.text(name + "_ansi", ansi_date(time));
  if (with_epoch) object.number(name + "_epoch", epoch_seconds(time));
  object.text(name + "__date", pretty_date(time)).text(name + "__time", pretty_time(time));
}

std::int64_t visible_albums(const catalog::ListedPhoto& item, const PhotoView& view) {
  std::int64_t count = 0;
  for (const catalog::AlbumOfPhoto& album : item.albums)
    if (view.may_read || !album.hidden) ++count;
  return count;
}

void add_files(Object& object, const catalog::Photo& photo, const std::string& root) {
  object.number("video_hls_size", 0).text("video_hls_download", "");
  // Whoever may not have the token may not have an address that holds it.
  add_file(object, "original", photo.size, root.empty() ? "" : root + "original");
  if (photo.poster_id != 0) add_file(object, "poster", photo.poster_size, root.empty() ? "" : root + "poster");
  for (const char* name : kRenditions) add_file(object, name, 0, "");
  object.number("audio_size", 0).text("audio_download", "");
}

void add_texts(Object& object, const catalog::Photo& photo, const Strings& tags) {
  const std::string& description = photo.metadata.description;
  object.long_text("content", description)
      .long_text("content_text", strip_markup(description).value_or(""))
      .long_text("before_download_type", "")
      .long_text("before_link", "")
      .long_text("before_download_url", "")
      .long_text("after_download_type", "")
      .long_text("after_link", "")
      .long_text("after_download_url", "")
      .long_text("after_text", "")
      .strings("tags", tags);
}

}  // namespace

Object photo_object(const catalog::ListedPhoto& item, const Format& format, const PhotoView& view) {
  const catalog::Photo& photo = item.photo;
  const catalog::Metadata& metadata = photo.metadata;
  const bool v2 = format.v2_json();
  // A token that ends must not be good for the one that does not.
  const bool by_token = !view.shown_token.empty() && !view.may_read;
  const std::string& token = by_token ? view.shown_token : photo.token;
  const bool shows_token = metadata.publish || view.may_read || by_token;
  const std::string id = std::to_string(photo.photo_id);
  const std::string page = "/video/" + id;
  const std::string root = shows_token ? (view.full_urls ? view.site_url : "") + "/" + std::to_string(photo.tree_id) +
                                             "/" + id + "/" + token + "/"
                                       : "";
  const Strings tags = split_tags(metadata.tags);
  const std::string& username = item.user.username;

  Object object;
  object.number("photo_id", photo.photo_id)
      .text("title", metadata.title)
      .number("tree_id", photo.tree_id)
      .text("token", shows_token ? token : "")
      .flag("protected_p", false)
      .text("protection_method", "");
  add_albums(object, item, view);
  object.flag("published_p", metadata.publish).text("one", page);
  add_date(object, "publish_date", catalog::published_at(photo), true);
  add_date(object, "creation_date", photo.created_at, true);
  add_date(object, "original_date", photo.created_at, false);
  object.number("view_count", 0)
      .number("avg_playtime", 0)
      .number("number_of_comments", 0)
      .number("number_of_albums", visible_albums(item, view))
      .number("number_of_tags", static_cast<std::int64_t>(tags.size()))
      .number("photo_rating", 0)
      .number("number_of_ratings", 0)
      .flag("video_p", photo.content_type.starts_with("video/"))
      .flag("video_encoded_p", false)
      .flag("audio_p", photo.content_type.starts_with("audio/"))
      .null("video_length");
  if (v2) object.null("video_length_float").text("video_length_fmt", "");
  object.flag("text_only_p", false);
  if (v2 || format.syntax == Format::Syntax::xml) object.flag("promoted_p", photo.promoted);
  object.id("user_id", photo.user_id)
      .text("username", username)
      .text("display_name", item.user.name)
      .text("user_url", username.empty() ? "" : "/user/" + percent_encode(username) + "/")
      .flag("subtitles_p", false)
      .flag("sections_p", false)
      .null("license_id")
      .text("coordinates", "")
      .text("absolute_url", metadata.absolute_url.empty() ? view.site_url + page : metadata.absolute_url);
  if (v2)
    object.text("original_filename", photo.file_name)
        .flag("placeholder_p", false)
        .text("token_upload_name", "")
        .text("token_upload_email", "");
  add_files(object, photo, root);
  add_texts(object, photo, tags);
  if (view.variables != nullptr)
    for (const std::string& key : *view.variables) object.text(key, std::string(metadata.variables.get_or(key, "")));
  return object;
}

}  // namespace stile::api
