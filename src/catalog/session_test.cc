#include "catalog/session.h"

#include <gtest/gtest.h>

#include "catalog/test_records.h"
#include "catalog/testing.h"

namespace stile::catalog {
namespace {

struct SessionTest : testing::Test {
  SessionTest() { temp.close(); }
  TempCatalog temp;
  Session session{temp.path(), Milliseconds{0}};
};

TEST_F(SessionTest, KeepsTextAndNumbersAsTheyAre) {
  session.run_once("CREATE TABLE t(n BIGINT, x TEXT)");
  const std::string with_nul("a\0b", 3);
  for (const std::string& text : {std::string(), kAwkward, with_nul, std::string(3'000'000, 'x')}) {
    session.run("INSERT INTO t(n, x) VALUES(:n, :x)", std::int64_t{1}, text);
    EXPECT_EQ(session.one<std::string>("SELECT x FROM t"), text);
    session.run("DELETE FROM t");
  }
  for (const std::int64_t number : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 53, INT64_MAX}) {
    session.run("INSERT INTO t(n, x) VALUES(:n, :x)", number, std::string());
    EXPECT_EQ(session.one<std::int64_t>("SELECT n FROM t"), number);
    session.run("DELETE FROM t");
  }
}

TEST_F(SessionTest, NoReadPinsASnapshot) {
  Session other(temp.path(), Milliseconds{0});
  other.run_once("INSERT INTO facts(name, value) VALUES('a', '1')");
  EXPECT_EQ(session.one<std::string>("SELECT value FROM facts WHERE name = :name", std::string("a")), "1");
  other.run_once("INSERT INTO facts(name, value) VALUES('b', '2')");
  // A statement of another text: it would share the snapshot of the first one, did that still stand on its row.
  EXPECT_EQ(session.one<std::int64_t>("SELECT COUNT(*) FROM facts"), 2);
}

TEST_F(SessionTest, CountsChangedRowsWithoutThoseOfCascades) {
  EXPECT_EQ(session.run("UPDATE numbers SET last = last"), session.one<std::int64_t>("SELECT COUNT(*) FROM numbers"));
  EXPECT_EQ(session.run("UPDATE numbers SET last = last WHERE kind = :kind", std::string("none")), 0);
}

TEST_F(SessionTest, GoesOnAfterARefusedStatement) {
  const auto add = [&](const std::string& name) {
    return session.run("INSERT INTO facts(name, value) VALUES(:name, '')", name);
  };
  EXPECT_EQ(add("a"), 1);
  try {
    add("a");
    FAIL() << "the primary key was not looked at";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.scope(), SqlError::Scope::statement);
  }
  EXPECT_EQ(add("b"), 1);
}

TEST_F(SessionTest, AnErrorNeverQuotesTheValues) {
  const std::string secret = "64characters", statement = "INSERT INTO facts(name, value) VALUES(:name, :value)";
  session.run(statement, secret, secret);
  try {
    session.run(statement, secret, secret);
    FAIL() << "the primary key was not looked at";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.to_error().cause.find(secret), std::string::npos) << error.to_error().cause;
    EXPECT_NE(error.to_error().cause.find("sqlite"), std::string::npos);
  }
}

TEST_F(SessionTest, RefusesAPathThatCannotBePassedOn) {
  EXPECT_THROW(Session("/tmp/a\"b", Milliseconds{0}), SqlError);
}

TEST(Columns, KeepsParamsInOrderWithRepeats) {
  const Params params{{"b", "1"}, {"a", kAwkward}, {"b", ""}, {"", std::string("x\0y", 3)}};
  EXPECT_EQ(params_from_json(to_json(params)), params);
  EXPECT_EQ(params_from_json(to_json({})), Params());
  EXPECT_EQ(params_from_json("not json"), Params());
  EXPECT_EQ(params_from_json(R"([["a"],["b","c"],7])"), (Params{{"b", "c"}}));
}

TEST(Columns, KeepsEveryStateAndErrorByName) {
  for (const UploadState state :
       {UploadState::receiving, UploadState::done, UploadState::failed, UploadState::aborted})
    EXPECT_EQ(upload_state_from(to_text(state)), state);
  for (const EventState state : {EventState::waiting, EventState::delivered, EventState::dead})
    EXPECT_EQ(event_state_from(to_text(state)), state);
  for (int code = 0; code <= static_cast<int>(Errc::io_error); ++code)
    EXPECT_EQ(errc_from(to_string(static_cast<Errc>(code))), static_cast<Errc>(code));
}

}  // namespace
}  // namespace stile::catalog
