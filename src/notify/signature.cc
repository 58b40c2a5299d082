#include "notify/signature.h"

#include <openssl/evp.h>

#include <array>

#include "base/check.h"
#include "base/text.h"

namespace stile::notify {
namespace {

std::array<std::byte, 32> hmac_sha256(std::string_view key, std::string_view text) {
  // OpenSSL takes a null pointer for "no key was set", which an empty view may hold.
  const char* const key_bytes = key.empty() ? "" : key.data();
  std::array<std::byte, 32> digest{};
  std::size_t size = 0;
  const auto* made = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_bytes, key.size(),
                               reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                               reinterpret_cast<unsigned char*>(digest.data()), digest.size(), &size);
  CHECK(made != nullptr && size == digest.size());
  return digest;
}

}  // namespace

std::string signature_of(std::string_view secret, WallTime now, std::string_view body) {
  const std::string time = std::to_string(epoch_seconds(now));
  const auto digest = hmac_sha256(secret, time + "." + std::string(body));
  return "t=" + time + ",v1=" + hex_encode(digest);
}

}  // namespace stile::notify
