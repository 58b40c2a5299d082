#include "app/method_commands.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <algorithm>

#include "api/methods.h"

namespace stile::app {
namespace {

TEST(MethodsCommand, ListsEveryMethodOnceInEveryForm) {
  const std::size_t count = api::methods().size() + api::streamed_methods().size();
  const std::string markdown = describe_methods(MethodsOutput::markdown);
  const std::string text = describe_methods(MethodsOutput::text);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(markdown, '\n')), count + 2);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), count);
  EXPECT_TRUE(markdown.contains("| `album/create` | write | v1, v2 | GET, POST | Makes an album |\n"));
  EXPECT_TRUE(markdown.contains("| `concatenate` | none | v1 | GET, POST | Calls several methods at once |\n"));
  EXPECT_TRUE(markdown.contains("| `photo/redeem-upload-token` | none | v1, v2 | POST, PUT, PATCH, GET |"));
  const auto rows = boost::json::parse(describe_methods(MethodsOutput::json)).as_array();
  ASSERT_EQ(rows.size(), count);
  EXPECT_TRUE(std::ranges::is_sorted(rows, {}, [](const auto& row) { return row.at("name").as_string(); }));
  const auto& made = rows.front();
  EXPECT_EQ(made.at("generations"), (boost::json::array{"v1", "v2"}));
  EXPECT_EQ(made.at("streams"), false);
  EXPECT_EQ(made.at("parameters").at(0).at("name"), "title");
  EXPECT_EQ(made.at("parameters").at(0).at("required"), true);
}

}  // namespace
}  // namespace stile::app
