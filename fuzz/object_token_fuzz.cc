// Tokens of photos: what opens one is its own token, or one that we made of it and that has not ended.
//
// Input: the photo's token, LF, what somebody shows.
#include "auth/object_token.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stile;
  using namespace stile::auth;
  constexpr std::int64_t kNow = 1'700'000'000, kPhoto = 42;
  const WallTime now{Seconds(kNow)};
  std::string_view shown = fuzz::as_text(data, size);
  const std::string_view secret = fuzz::take_line(shown);

  CHECK(object_token_fits(shown, secret) == (!secret.empty() && shown == secret));
  const std::size_t dash = shown.find('-');
  const auto epoch = dash == std::string_view::npos ? std::nullopt : parse_i64(shown.substr(dash + 1));
  const bool limited = epoch && *epoch >= kNow && shown == time_limited_token(secret, kPhoto, *epoch);
  CHECK(photo_token_fits(shown, secret, kPhoto, now) == (!secret.empty() && (shown == secret || limited)));
  if (secret.empty() || secret.contains('-')) return 0;

  const std::int64_t until = kNow + static_cast<std::int64_t>(size);
  const std::string made = time_limited_token(secret, kPhoto, until);
  CHECK(photo_token_fits(made, secret, kPhoto, now));
  CHECK(!photo_token_fits(made, secret, kPhoto + 1, now));
  CHECK(!photo_token_fits(made, std::string(secret) + "x", kPhoto, now));
  CHECK(!photo_token_fits(made, secret, kPhoto, WallTime{Seconds(until + 1)}));
  const std::string later = made.substr(0, 41) + std::to_string(until + 1);
  CHECK(!photo_token_fits(later, secret, kPhoto, now));
  return 0;
}
