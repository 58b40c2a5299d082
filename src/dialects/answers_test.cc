#include "dialects/answers.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace stile::dialects {
namespace {

std::vector<Errc> all_codes() {
  std::vector<Errc> codes;
  for (int i = 0; i <= static_cast<int>(Errc::io_error); ++i) codes.push_back(static_cast<Errc>(i));
  return codes;
}

TEST(Answers, AChunkHearsOnlyStatusesThatAllClientsUnderstandAlike) {
  for (const Errc code : all_codes())
    EXPECT_TRUE((std::set{400, 500, 503}.contains(status_of(Dialect::chunk, code)))) << to_string(code);
}

TEST(Answers, AFormIsNeverToldThatTheServerIsBroken) {
  for (const Errc code : all_codes())
    EXPECT_TRUE((std::set{400, 403, 404, 413, 415, 503}.contains(status_of(Dialect::form, code)))) << to_string(code);
}

TEST(Answers, TroubleOfOurOwnIs503InEveryDialect) {
  for (const Errc code : all_codes()) {
    if (!is_temporary(code)) continue;
    EXPECT_EQ(status_of(Dialect::chunk, code), 503) << to_string(code);
    EXPECT_EQ(status_of(Dialect::form, code), 503) << to_string(code);
  }
}

TEST(Answers, AHopelessChunkIsCancelled) {
  for (const Errc code : {Errc::token_unknown, Errc::token_expired, Errc::token_used_up, Errc::token_revoked,
                          Errc::unsupported_type, Errc::too_large, Errc::permission_denied})
    EXPECT_EQ(status_of(Dialect::chunk, code), 500) << to_string(code);
}

TEST(Answers, ATruncatedChunkIsSentAgain) {
  for (const Errc code : {Errc::wrong_length, Errc::truncated, Errc::timed_out, Errc::interrupted, Errc::disk_full,
                          Errc::draining, Errc::busy})
    EXPECT_EQ(status_of(Dialect::chunk, code), 503) << to_string(code);
}

TEST(Answers, AFormGetsOrdinaryCodes) {
  EXPECT_EQ(status_of(Dialect::form, Errc::token_unknown), 403);
  EXPECT_EQ(status_of(Dialect::form, Errc::too_large), 413);
  EXPECT_EQ(status_of(Dialect::form, Errc::unsupported_type), 415);
  EXPECT_EQ(status_of(Dialect::form, Errc::no_file), 400);
  EXPECT_EQ(status_of(Dialect::form, Errc::invalid_input), 400);
}

TEST(Answers, EveryErrorHasWordsOfOneLineWithoutMarkupOrCause) {
  for (const Errc code : all_codes()) {
    const std::string words = words_of({code, {}, "internal cause"});
    EXPECT_FALSE(words.empty()) << to_string(code);
    EXPECT_EQ(words.find_first_of("<>&\"\r\n"), std::string::npos) << to_string(code);
    EXPECT_EQ(words.find("internal cause"), std::string::npos) << to_string(code);
  }
}

TEST(Answers, AnErrorsOwnMessageWins) {
  EXPECT_EQ(words_of({Errc::invalid_input, "resumableChunkSize is missing", ""}), "resumableChunkSize is missing");
}

}  // namespace
}  // namespace stile::dialects
