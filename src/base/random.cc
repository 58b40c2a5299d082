#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace stile {
namespace {

std::string random_from(Random& random, std::size_t length, std::string_view alphabet) {
  // Rejection keeps the draw even when 256 is not a multiple of the alphabet's size.
  const std::size_t usable = 256 - 256 % alphabet.size();
  std::string text;
  text.reserve(length);
  std::array<std::byte, 64> pool;
  while (text.size() < length) {
    random.fill(pool);
    for (std::byte value : pool) {
      const auto index = static_cast<std::size_t>(value);
      if (index < usable && text.size() < length) text.push_back(alphabet[index % alphabet.size()]);
    }
  }
  return text;
}

}  // namespace

void SystemRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(MutableBytes out) {
  std::lock_guard lock(mutex_);
  for (std::byte& value : out) value = static_cast<std::byte>(engine_() & 0xff);
}

std::string random_alphanumeric(Random& random, std::size_t length) {
  return random_from(random, length, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

std::string random_hex(Random& random, std::size_t length) { return random_from(random, length, "0123456789abcdef"); }

std::uint64_t random_u64(Random& random) {
  std::array<std::byte, 8> bytes;
  random.fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

}  // namespace stile
