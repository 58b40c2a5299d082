#include "auth/password.h"

#include <openssl/evp.h>

#include <array>
#include <optional>
#include <span>

#include "base/check.h"
#include "base/text.h"

namespace stile::auth {
namespace {

constexpr std::uint64_t kLogN = 14;
constexpr std::uint64_t kR = 8;
constexpr std::uint64_t kP = 1;
constexpr std::uint64_t kMaxLogN = 18;  // of a kept text: 256 MiB with r = 8
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;

std::optional<std::string> scrypt(std::string_view password, std::string_view salt, std::uint64_t log_n,
                                  std::uint64_t r, std::uint64_t p) {
  std::array<unsigned char, kHashBytes> hash;
  const std::uint64_t n = std::uint64_t(1) << log_n;
  const std::uint64_t memory = 128 * r * (n + p + 2) + 1024 * 1024;
  if (EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                     salt.size(), n, r, p, memory, hash.data(), hash.size()) != 1)
    return std::nullopt;
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

std::string base64_of(std::string_view bytes) { return base64_encode(std::as_bytes(std::span(bytes))); }

}  // namespace

std::string hash_password_blocking(std::string_view password, Random& random) {
  std::array<std::byte, kSaltBytes> salt_bytes;
  random.fill(salt_bytes);
  const std::string_view salt(reinterpret_cast<const char*>(salt_bytes.data()), salt_bytes.size());
  const auto hash = scrypt(password, salt, kLogN, kR, kP);
  CHECK(hash.has_value());  // fails for want of 16 MiB only
  return "scrypt$" + std::to_string(kLogN) + "$" + std::to_string(kR) + "$" + std::to_string(kP) + "$" +
         base64_of(salt) + "$" + base64_of(*hash);
}

bool check_password_blocking(std::string_view password, std::string_view kept) {
  const auto parts = split(kept, '$');
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  const auto log_n = parse_u64(parts[1]);
  const auto r = parse_u64(parts[2]);
  const auto p = parse_u64(parts[3]);
  const auto salt = base64_decode(parts[4]);
  const auto hash = base64_decode(parts[5]);
  if (!log_n || !r || !p || !salt || !hash) return false;
  if (*log_n < 1 || *log_n > kMaxLogN || *r < 1 || *r > 16 || *p < 1 || *p > 16) return false;
  const auto computed = scrypt(password, *salt, *log_n, *r, *p);
  return computed && constant_time_equal(*computed, *hash);
}

}  // namespace stile::auth
