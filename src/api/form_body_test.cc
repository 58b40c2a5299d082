#include "api/form_body.h"

#include <gtest/gtest.h>

#include "http/script_stream.h"
#include "io/run.h"

namespace stile::api {
namespace {

Result<Params> read(const std::string& text, std::size_t fragment = SIZE_MAX, std::size_t max_bytes = 1000) {
  FakeClock clock;
  auto peer = std::make_shared<http::Peer>(clock, fragment);
  peer->sends(text).ends();
  http::ScriptStream stream(peer);
  ByteLoan memory;
  return io::run_until_done(read_form_body(stream, max_bytes, 3, memory));
}

TEST(FormBody, IsTheSameAtEveryFragmentSize) {
  const Params expected{{"a", "1 2"}, {"b", "é&="}, {"c", ""}};
  for (const std::size_t fragment : {1, 2, 3, 7, 16, 31, 1000})
    EXPECT_EQ(read("a=1+2&b=%C3%A9%26%3D&c=", fragment).value(), expected) << fragment;
  EXPECT_TRUE(read("").value().empty());
}

TEST(FormBody, IsBoundedInBytesAndFields) {
  EXPECT_TRUE(read("a=" + std::string(998, 'x')).has_value());
  for (const std::size_t fragment : {1, 7, 5000}) {
    EXPECT_EQ(read("a=" + std::string(999, 'x'), fragment).error().code, Errc::limit);
    EXPECT_EQ(read("a=1&b=2&c=3&d=4", fragment).error().code, Errc::limit);
  }
}

TEST(FormBody, IsCountedIntoTheMemoryOfTheRequest) {
  FakeClock clock;
  for (const std::size_t length : {500u, 900u}) {
    auto peer = std::make_shared<http::Peer>(clock, 7);
    peer->sends("a=" + std::string(length - 2, 'x')).ends();
    http::ScriptStream stream(peer);
    ByteBudget budget(600, 200);
    ByteLoan loan(budget);
    const auto form = io::run_until_done(read_form_body(stream, 1000, 3, loan));
    EXPECT_EQ(form.has_value(), length == 500) << length;
    if (form) EXPECT_EQ(budget.held().value(), 300);
    if (!form) EXPECT_EQ(form.error().code, Errc::busy);
  }
}

TEST(FormBody, IsStrictText) {
  for (const char* bad : {"a=%", "a=%zz", "a=%00", "a=%FF", "a=\xff"})
    EXPECT_EQ(read(bad).error().code, Errc::invalid_input) << bad;
}

TEST(FormBody, HandsOnTheErrorOfTheBody) {
  FakeClock clock;
  auto peer = std::make_shared<http::Peer>(clock);
  peer->sends("a=1").resets();
  http::ScriptStream stream(peer);
  ByteLoan memory;
  EXPECT_EQ(io::run_until_done(read_form_body(stream, 1000, 3, memory)).error().code, Errc::truncated);
}

}  // namespace
}  // namespace stile::api
