// The URL with which the back end is told: return_url plus the documented parameters plus the echoed extras, in order.
//
//   return_url without fragment [?own query] ? domain & upload_token & photo_id & tree_id & token & extras… [#fragment]
//
// Pure. Source: spec/api.md 4.3 and 4.4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/params.h"
#include "base/result.h"

namespace stile::notify {

inline constexpr std::size_t kMaxRedirectUrl = 1500;  // characters; from here on the browser is sent by POST
inline constexpr std::size_t kMaxReturnUrl = 8000;    // bytes

struct CallbackFacts {
  std::string_view return_url;
  std::string_view domain;
  std::string_view token_name = "upload_token";  // or "replace_token"
  std::string_view token;
  // Success:
  std::int64_t photo_id = 0;
  std::int64_t tree_id = 0;
  std::string_view photo_token;
  // Failure, when not empty; then the three above are left out:
  std::string_view error_message;
  const Params* token_extras = nullptr;   // of get-upload-token
  const Params* redeem_extras = nullptr;  // of the redeem call; override token extras of the same name
};

// The added parameters alone, in order: documented ones first, then the extras of the token, then those of the redeem
// call. A name of both calls keeps the token's place and takes the redeem call's values.
// Extras never shadow a reserved name nor one that return_url's own query has, also not in the spellings that common
// server languages take for the same name ("photo_id[]", "photo.id", "PHOTO_ID"): such extras are left out.
Params callback_params(const CallbackFacts& facts);

// return_url as it may be written into a header, a request line or a form's action: spaces and bytes outside ASCII are
// percent-encoded, all else is kept byte for byte.
std::string encode_return_url(std::string_view return_url);

// The complete URL: return_url's own query first, then `callback_params`, fragment last. No spaces in it.
std::string callback_url(const CallbackFacts& facts);

// The same, at most kMaxRedirectUrl characters: echoed extras are dropped from the end, documented parameters never
// (so a long return_url can still make it longer).
std::string background_callback_url(const CallbackFacts& facts);

// An absolute http or https URL with a host, no user info, no control characters, at most kMaxReturnUrl bytes, and one
// that every browser reads as it is written: RFC 3986 after encode_return_url (and '[' and ']' in the query, as in
// "ids[]=1"), a host of letters, digits, '-', '_' and '.', or an IP address in its usual form.
// Fails with invalid_input and words that name the parameter.
Result<void> check_return_url(std::string_view url);

}  // namespace stile::notify
