#include "io/tls_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/tls_test_pair.h"

namespace stile::io {
namespace {

using testing::HasSubstr;

void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// As those who renew certificates do it. A file that is written over within a tick of the kernel's clock, and with as
// many bytes, cannot be told from the one before.
void put_in_place(const std::string& path, const std::string& from) {
  const std::string fresh = path + ".new";
  std::filesystem::copy_file(from, fresh);
  std::filesystem::rename(fresh, path);
}

TEST(TlsContext, TellsWhatTheCertificateSays) {
  const TestCertificate files(0x1f);
  const auto context = TlsContext::load_blocking(files.files());
  ASSERT_TRUE(context) << context.error().message;
  const CertificateFacts& facts = (*context)->facts();
  EXPECT_EQ(facts.serial, "1F");
  EXPECT_EQ(facts.subject, "CN=localhost");
  EXPECT_EQ(facts.not_after - facts.not_before, std::chrono::hours(24));
  const WallTime now = SystemClock().wall_now();
  EXPECT_LT(facts.not_before, now);
  EXPECT_GT(facts.not_after, now);
}

TEST(TlsContext, EveryMistakeInTheFilesIsNamed) {
  const TestCertificate one, other;
  const CertificateFiles good = one.files();
  const std::string folder = one.folder();
  put(folder + "/empty", "");
  put(folder + "/large", std::string(1024 * 1024 + 1, 'x'));
  put(folder + "/locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n");
  const auto words = [](const CertificateFiles& files) {
    const auto loaded = TlsContext::load_blocking(files);
    return loaded ? "" : loaded.error().message;
  };
  EXPECT_EQ(words(good), "");
  EXPECT_THAT(words({folder + "/none", good.key}),
              HasSubstr("cannot read the certificate " + folder + "/none: No such file"));
  EXPECT_THAT(words({good.certificate, folder + "/none"}),
              HasSubstr("cannot read the key " + folder + "/none: No such file"));
  EXPECT_THAT(words({folder, good.key}), HasSubstr("is no file of at most 1 MiB"));
  EXPECT_THAT(words({folder + "/large", good.key}), HasSubstr("is no file of at most 1 MiB"));
  EXPECT_THAT(words({folder + "/empty", good.key}), HasSubstr("is not a chain of certificates in PEM"));
  EXPECT_THAT(words({good.key, good.key}), HasSubstr("is not a chain of certificates in PEM"));
  EXPECT_THAT(words({good.certificate, folder + "/empty"}),
              HasSubstr("is not a private key in PEM without a passphrase"));
  EXPECT_THAT(words({good.certificate, folder + "/locked"}),
              HasSubstr("is not a private key in PEM without a passphrase"));
  EXPECT_THAT(words({good.certificate, other.files().key}), HasSubstr("is not the key of the certificate"));
}

TEST(TlsCertificate, ANewPairIsTakenWhenItsFilesHaveChanged) {
  TestCertificate files(1);
  const auto certificate = std::move(*TlsCertificate::load_blocking(files.files()));
  const auto first = certificate->current();
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed), false);
  EXPECT_EQ(certificate->current(), first);
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::always), true);
  EXPECT_NE(certificate->current(), first);
  files.write(2);
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed), true);
  EXPECT_EQ(certificate->current()->facts().serial, "02");
  EXPECT_EQ(first->facts().serial, "01");  // whoever began with it keeps it
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed), false);
}

TEST(TlsCertificate, ABadPairLeavesTheOldOneAndIsToldOnce) {
  TestCertificate files(1), others(9);
  const auto certificate = std::move(*TlsCertificate::load_blocking(files.files()));
  put_in_place(files.files().certificate, others.files().certificate);
  EXPECT_THAT(certificate->reload_blocking(TlsCertificate::When::changed).error().message,
              HasSubstr("is not the key of"));
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed), false);
  EXPECT_FALSE(certificate->reload_blocking(TlsCertificate::When::always));
  EXPECT_EQ(certificate->current()->facts().serial, "01");
  // The key comes a moment later.
  put_in_place(files.files().key, others.files().key);
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed), true);
  EXPECT_EQ(certificate->current()->facts().serial, "09");
  std::filesystem::remove(files.files().key);
  EXPECT_EQ(certificate->reload_blocking(TlsCertificate::When::changed).error().code, Errc::not_found);
  EXPECT_EQ(certificate->current()->facts().serial, "09");
}

}  // namespace
}  // namespace stile::io
