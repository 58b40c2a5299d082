#include "api/token_photos.h"

#include <algorithm>

#include "api/parameters.h"
#include "dialects/resumable.h"
#include "engine/token_limits.h"

namespace stile::api {
namespace {

// Uploads of one identifier are few: files of the same name and another size.
constexpr std::size_t kMaxNamesakes = 1'000;

}  // namespace

io::Task<Outcome<catalog::Token>> holder_of(const Call& call, const Services& services) {
  auto found = co_await services.catalog.find_token(std::string(call.params.get_or("upload_token", "")));
  if (!found) co_return std::unexpected(services.trouble(call, found.error()));
  const auto refused = [](Errc code) { return std::unexpected(problem_of(Error{code, {}, {}})); };
  if (!found->has_value() || (*found)->kind != catalog::TokenKind::upload) co_return refused(Errc::token_unknown);
  if ((*found)->revoked) co_return refused(Errc::token_revoked);
  if ((*found)->valid_until <= call.now) co_return refused(Errc::token_expired);
  if (const auto fine = engine::check_origin(**found, call.origin); !fine)
    co_return refuse(Code::permission_denied, fine.error().message);
  co_return std::move(**found);
}

io::Task<Outcome<catalog::Photo>> photo_of_holder(const Call& call, const catalog::Token& token,
                                                  const Services& services) {
  ParameterReader reader(call.params);
  const std::int64_t photo_id = reader.id("photo_id");
  if (reader.problem()) co_return std::unexpected(*reader.problem());
  const std::string identifier(call.params.get_or("resumableIdentifier", ""));
  std::vector<catalog::Photo> photos;
  if (!identifier.empty()) {
    auto found = co_await services.catalog.photos_of_identifier(token.token, dialects::reduce_identifier(identifier),
                                                                kMaxNamesakes);
    if (!found) co_return std::unexpected(services.trouble(call, found.error()));
    photos = std::move(*found);
    if (photo_id != 0) std::erase_if(photos, [&](const catalog::Photo& photo) { return photo.photo_id != photo_id; });
  } else if (photo_id != 0) {
    auto found = co_await services.catalog.find_photo(photo_id);
    if (!found) co_return std::unexpected(services.trouble(call, found.error()));
    if (found->has_value() && (*found)->upload_token == token.token) photos.push_back(std::move(**found));
  } else {
    auto found = co_await services.catalog.photos_of_token(token.token, 2);
    if (!found) co_return std::unexpected(services.trouble(call, found.error()));
    photos = std::move(*found);
  }
  if (photos.empty()) co_return refuse(Code::no_such_photo);
  if (photos.size() > 1)
    co_return refuse(Code::invalid_input, "The token has made several photos; photo_id must say which one is meant");
  co_return std::move(photos.front());
}

}  // namespace stile::api
