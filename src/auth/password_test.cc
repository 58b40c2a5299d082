#include "auth/password.h"

#include <gtest/gtest.h>

namespace stile::auth {
namespace {

TEST(Password, OpensWithItselfOnly) {
  SeededRandom random(5);
  const std::string kept = hash_password_blocking("correct horse", random);
  EXPECT_TRUE(kept.starts_with("scrypt$14$8$1$"));
  EXPECT_EQ(kept.find("horse"), std::string::npos);
  EXPECT_TRUE(check_password_blocking("correct horse", kept));
  EXPECT_FALSE(check_password_blocking("correct horsf", kept));
  EXPECT_FALSE(check_password_blocking("", kept));
  EXPECT_NE(hash_password_blocking("correct horse", random), kept) << "every hash has a salt of its own";
}

// RFC 7914, section 12, second vector, cut to 32 bytes; N = 1024, r = 8, p = 16.
TEST(Password, AgreesWithTheStandard) {
  EXPECT_TRUE(check_password_blocking("password", "scrypt$10$8$16$TmFDbA==$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI="));
}

TEST(Password, DoesNotBelieveForeignText) {
  for (const char* kept : {"", "plain", "scrypt$14$8$1$AA==", "scrypt$99$8$1$AAAA$AAAA", "scrypt$0$8$1$AAAA$AAAA", "$$$$$",
                           "bcrypt$14$8$1$AAAA$AAAA", "scrypt$x$8$1$AAAA$AAAA", "scrypt$1$999999$1$AAAA$AAAA"})
    EXPECT_FALSE(check_password_blocking("", kept)) << kept;
}

}  // namespace
}  // namespace stile::auth
