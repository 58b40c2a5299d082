#include "auth/hmac.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace stile::auth {

std::array<std::byte, 20> hmac_sha1(std::string_view key, std::string_view text) {
  // OpenSSL takes a null pointer for "no key was set", which an empty view may hold.
  const char* const key_bytes = key.empty() ? "" : key.data();
  std::array<std::byte, 20> digest{};
  std::size_t size = 0;
  const auto* made =
      EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA1", nullptr, key_bytes, key.size(),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                reinterpret_cast<unsigned char*>(digest.data()), digest.size(), &size);
  CHECK(made != nullptr && size == digest.size());
  return digest;
}

}  // namespace stile::auth
