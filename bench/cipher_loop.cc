// cipher_loop: what the cipher of TLS alone costs whoever receives: opens BYTES of sealed records in memory.
//
//   cipher_loop CIPHER BYTES          CIPHER as TLS calls it, e.g. TLS_AES_256_GCM_SHA384
//
// Records of 16 KiB, as TLS has them at most; 256 of them in turn, so that they come from the cache or from memory as
// those of a socket do. Prints one JSON object with CPU seconds.
#include <openssl/evp.h>
#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kRecord = 16 * 1024;
constexpr std::size_t kRecords = 256;
constexpr std::size_t kTag = 16;

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "cipher_loop: %s\n", what);
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: cipher_loop CIPHER BYTES\n");
    return 2;
  }
  const std::map<std::string, const EVP_CIPHER* (*)()> known = {
      {"TLS_AES_256_GCM_SHA384", EVP_aes_256_gcm},
      {"TLS_AES_128_GCM_SHA256", EVP_aes_128_gcm},
      {"TLS_CHACHA20_POLY1305_SHA256", EVP_chacha20_poly1305}};
  const auto found = known.find(argv[1]);
  if (found == known.end()) die("I know the three ciphers of TLS 1.3 only");
  const EVP_CIPHER* cipher = found->second();
  const std::uint64_t bytes = std::strtoull(argv[2], nullptr, 10);
  const std::array<unsigned char, 32> key{1, 2, 3};
  std::array<unsigned char, 12> nonce{4, 5, 6};

  struct Record {
    std::vector<unsigned char> sealed = std::vector<unsigned char>(kRecord);
    std::array<unsigned char, kTag> tag{};
  };
  std::vector<Record> records(kRecords);
  std::vector<unsigned char> plain(kRecord, 'x');
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0;
  for (std::size_t i = 0; i < kRecords; ++i) {
    nonce[11] = static_cast<unsigned char>(i);
    if (EVP_EncryptInit_ex(context, cipher, nullptr, key.data(), nonce.data()) != 1 ||
        EVP_EncryptUpdate(context, records[i].sealed.data(), &length, plain.data(), kRecord) != 1 ||
        EVP_EncryptFinal_ex(context, records[i].sealed.data() + length, &length) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTag, records[i].tag.data()) != 1)
      die("sealing failed");
  }

  if (EVP_DecryptInit_ex(context, cipher, nullptr, key.data(), nullptr) != 1) die("no key");
  const double before = cpu_seconds();
  const std::uint64_t count = bytes / kRecord;
  for (std::uint64_t i = 0; i < count; ++i) {
    Record& record = records[i % kRecords];
    nonce[11] = static_cast<unsigned char>(i % kRecords);
    if (EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, record.tag.data()) != 1 ||
        EVP_DecryptUpdate(context, plain.data(), &length, record.sealed.data(), kRecord) != 1 ||
        EVP_DecryptFinal_ex(context, plain.data() + length, &length) != 1)
      die("a record does not open");
  }
  const double used = cpu_seconds() - before;
  EVP_CIPHER_CTX_free(context);
  std::printf("{\"cipher\": \"%s\", \"bytes\": %llu, \"cpu_s\": %.4f}\n", argv[1],
              static_cast<unsigned long long>(count * kRecord), used);
  return 0;
}
