// callback_url: stays where return_url points, says each documented parameter once, and fits where it is written.
//
// Input: return_url, LF, the token's extras as a form, LF, the redeem call's extras as a form.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"
#include "fragments.h"
#include "notify/callback_url.h"

namespace {

using namespace stile;
using namespace stile::notify;

std::string_view without_fragment(std::string_view url) { return url.substr(0, url.find('#')); }
std::string_view front(std::string_view url) { return url.substr(0, url.find_first_of("/?#", url.find("://") + 3)); }

// How often PHP or a reader that ignores case would find `name` in the query.
std::size_t times_named(std::string_view url, std::string_view name) {
  url = without_fragment(url);
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(split(url.substr(question + 1), '&'), [&](std::string_view pair) {
        const std::string_view raw = pair.substr(0, pair.find('='));
        std::string seen = to_lower(percent_decode(raw, Plus::is_space).value_or(std::string(raw)));
        seen.erase(0, std::min(seen.find_first_not_of(' '), seen.size()));
        std::ranges::replace_if(seen, [](char c) { return c == '.' || c == ' '; }, '_');
        return seen.substr(0, seen.find('[')) == name;
      }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::as_text(data, size);
  const std::string_view return_url = fuzz::take_line(rest);
  const auto of_token = parse_form(fuzz::take_line(rest), 30).value_or(Params{});
  const auto of_redeem = parse_form(rest, 30).value_or(Params{});
  if (const auto fine = check_return_url(return_url); !fine) {
    CHECK(fine.error().code == Errc::invalid_input && fine.error().message.starts_with("return_url"));
    return 0;
  }
  CHECK(is_valid_utf8(return_url) && return_url.size() <= kMaxReturnUrl);
  const std::string encoded = encode_return_url(return_url);
  CHECK(encode_return_url(encoded) == encoded);

  CallbackFacts facts{.return_url = return_url,
                      .domain = "media.example.com",
                      .token = "t0ken",
                      .photo_id = 7,
                      .tree_id = 1,
                      .photo_token = "ph0t0",
                      .error_message = {}};
  const std::string bare = callback_url(facts);
  facts.token_extras = &of_token;
  facts.redeem_extras = &of_redeem;
  const std::string full = callback_url(facts), background = background_callback_url(facts);
  for (const std::string& url : {bare, full, background}) {
    CHECK(std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; }));
    CHECK(front(url) == front(encoded));
    CHECK(url.substr(without_fragment(url).size()) == encoded.substr(without_fragment(encoded).size()));
    CHECK(without_fragment(url).starts_with(without_fragment(encoded)));
    if (url.size() <= kMaxReturnUrl) CHECK(check_return_url(url).has_value());
    for (const std::string_view name : {"domain", "upload_token", "photo_id", "tree_id", "token"})
      CHECK(times_named(url, name) == times_named(encoded, name) + 1);
    for (const std::string_view name : {"replace_token", "error_message"})
      CHECK(times_named(url, name) == times_named(encoded, name));
  }
  CHECK(background.size() <= kMaxRedirectUrl || background == bare);
  CHECK(without_fragment(full).starts_with(without_fragment(background)));
  return 0;
}
