#include "app/commands.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "api/token_methods.h"
#include "app/data_dir.h"
#include "app/printing.h"
#include "app/site.h"
#include "auth/credentials.h"
#include "io/run.h"
#include "notify/callback_url.h"

namespace stile::app {
namespace {

using boost::json::object;

object photo_facts(const catalog::Photo& photo) {
  return {{"photo_id", photo.photo_id},
          {"tree_id", photo.tree_id},
          {"token", photo.token},
          {"title", photo.metadata.title},
          {"description", photo.metadata.description},
          {"tags", photo.metadata.tags},
          {"album_ids", photo.metadata.album_ids},
          {"publish", photo.metadata.publish},
          {"file_name", photo.file_name},
          {"content_type", photo.content_type},
          {"size", photo.size},
          {"crc32", fmt::format("{:08x}", photo.crc32)},
          {"created_at", iso_time(photo.created_at)},
          {"upload_token", photo.upload_token},
          {"user_id", photo.user_id},
          {"url", fmt::format("/{}/{}/{}/original", photo.tree_id, photo.photo_id, photo.token)}};
}

// An empty one is none.
Result<void> check_pingback(const std::string& url) {
  if (url.empty()) return {};
  const auto checked = notify::check_return_url(url);
  if (checked) return {};
  std::string words = checked.error().message;  // they begin with the name of a parameter
  if (words.starts_with("return_url")) words.replace(0, 10, "the pingback URL");
  return fail(Errc::invalid_input, words);
}

}  // namespace

int create_token_command(const Settings& settings, const TokenCommand& command) {
  auto catalog = open_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  SystemClock clock;
  SystemRandom random;
  const api::Services services = services_of(settings, **catalog, random);
  api::Call call;
  call.generation = api::Generation::v2;
  call.endpoint = "/api/photo/get-upload-token";
  call.caller = {auth::Level::super, 0};
  call.now = clock.wall_now();
  for (const auto& [name, value] : command.params) call.params.add(name, value);
  auto token = io::run_until_done(api::create_token(std::move(call), services));
  if (!token) return complain(token.error().message);
  const object facts{{"upload_token", token->token},
                     {"upload_page", services.site.public_url + "/upload/" + token->token},
                     {"title", token->metadata.title},
                     {"return_url", token->return_url},
                     {"background_return_p", token->background_return},
                     {"max_uploads", token->max_uploads},
                     {"valid_minutes", token->valid_minutes},
                     {"valid_until", epoch_seconds(token->valid_until)}};
  print_facts(facts, command.output);
  return 0;
}

int create_credentials_command(const Settings& settings, const CredentialsCommand& command) {
  if (const auto checked = check_pingback(command.pingback_url); !checked) return complain(checked.error());
  const auto level = auth::parse_level(command.level);
  if (!level || *level < auth::Level::read)
    return complain("--level must be read, write, admin or super, not \"" + command.level + "\"");
  auto catalog = open_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  SystemClock clock;
  SystemRandom random;
  auto user = io::run_until_done((*catalog)->add_user(command.name, clock.wall_now()));
  if (!user) return complain(user.error());
  auto made = auth::make_credentials(random, command.name, *level, user->user_id, clock.wall_now());
  if (auto added = io::run_until_done((*catalog)->add_credentials(made.record)); !added) return complain(added.error());
  const auto set = io::run_until_done(
      (*catalog)->set_pingback(made.record.consumer_key, command.pingback_url, clock.wall_now()));
  if (!set) return complain(set.error());
  print_facts({{"name", made.record.name},
               {"consumer_key", made.record.consumer_key},
               {"consumer_secret", made.record.consumer_secret},
               {"access_token", made.record.access_token},
               {"access_token_secret", made.record.access_token_secret},
               {"bearer_token", made.bearer_token},
               {"level", std::string(auth::level_name(*level))},
               {"user_id", user->user_id},
               {"pingback_url", command.pingback_url}},
              command.output);
  return 0;
}

int list_credentials_command(const Settings& settings, Output output) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  auto all = io::run_until_done((*catalog)->list_credentials());
  if (!all) return complain(all.error());
  boost::json::array list;
  for (const catalog::Credentials& one : *all)
    list.push_back(object{{"name", one.name},
                          {"consumer_key", one.consumer_key},
                          {"level", std::string(auth::level_name(one.level))},
                          {"user_id", one.user_id},
                          {"revoked", one.revoked},
                          {"created_at", iso_time(one.created_at)}});
  print_list(list, output);
  return 0;
}

int revoke_credentials_command(const Settings& settings, const std::string& consumer_key, Output output) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto revoked = io::run_until_done((*catalog)->revoke_credentials(consumer_key));
  if (!revoked && revoked.error().code == Errc::not_found) return complain("there is no consumer key " + consumer_key);
  if (!revoked) return complain(revoked.error());
  print_facts({{"consumer_key", consumer_key}, {"revoked", true}}, output);
  return 0;
}

int set_pingback_command(const Settings& settings, const std::string& consumer_key, const std::string& url,
                         Output output) {
  if (const auto checked = check_pingback(url); !checked) return complain(checked.error());
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  const auto set = io::run_until_done((*catalog)->set_pingback(consumer_key, url, SystemClock().wall_now()));
  if (!set && set.error().code == Errc::not_found) return complain("there is no consumer key " + consumer_key);
  if (!set) return complain(set.error());
  print_facts({{"consumer_key", consumer_key}, {"pingback_url", url}}, output);
  return 0;
}

int show_photo_command(const Settings& settings, std::int64_t photo_id, Output output) {
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  auto photo = io::run_until_done((*catalog)->find_photo(photo_id));
  if (!photo) return complain(photo.error());
  if (!photo->has_value()) return complain(fmt::format("there is no photo {}", photo_id));
  print_facts(photo_facts(**photo), output);
  return 0;
}

int list_photos_command(const Settings& settings, const std::string& upload_token, Output output) {
  constexpr std::size_t kMost = 1000;  // what one token can make
  auto catalog = open_existing_catalog_blocking(settings);
  if (!catalog) return complain(catalog.error());
  auto photos = io::run_until_done((*catalog)->photos_of_token(upload_token, kMost));
  if (!photos) return complain(photos.error());
  boost::json::array list;
  for (const catalog::Photo& photo : *photos) list.push_back(photo_facts(photo));
  print_list(list, output);
  return 0;
}

}  // namespace stile::app
