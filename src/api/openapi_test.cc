#include "api/openapi.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <algorithm>
#include <set>

#include "api/testing.h"

namespace stile::api {
namespace {

namespace json = boost::json;

std::vector<Method> all_methods() {
  std::vector<Method> all(methods().begin(), methods().end());
  all.insert(all.end(), streamed_methods().begin(), streamed_methods().end());
  return all;
}

TEST(Descriptions, ThereIsOneOfEveryMethodAndOfNothingElse) {
  std::set<std::string_view> names;
  for (const Method& method : all_methods()) {
    EXPECT_NE(find_description(method.name), nullptr) << method.name << " has no description: see describe_*.cc";
    EXPECT_TRUE(names.insert(method.name).second) << method.name;
  }
  for (const Description& description : descriptions()) EXPECT_TRUE(names.erase(description.name)) << description.name;
  EXPECT_EQ(find_description("photo/nonsense"), nullptr);
  EXPECT_EQ(find_description("zzz"), nullptr);
}

TEST(Descriptions, AreShortSentencesAboutParametersNamedOnce) {
  for (const Description& description : descriptions()) {
    EXPECT_FALSE(description.tag.empty()) << description.name;
    EXPECT_FALSE(description.summary.empty() || description.summary.ends_with('.')) << description.name;
    std::set<std::string_view> names{"p", "size", "fields", "callback", "format"};
    for (const Parameter& parameter : description.parameters) {
      const bool pages = description.shape == Description::Data::pages;
      EXPECT_TRUE(names.insert(parameter.name).second || (!pages && parameter.name == "size"))
          << description.name << " " << parameter.name;
      EXPECT_FALSE(parameter.meaning.empty() || parameter.meaning.ends_with('.')) << description.name;
      EXPECT_LE(parameter.min, parameter.max) << description.name << " " << parameter.name;
      EXPECT_EQ(parameter.kind == Kind::one_of, !parameter.choices.empty()) << parameter.name;
    }
    for (const Property& property : description.data)
      EXPECT_EQ(property.kind == Kind::one_of, !property.choices.empty()) << property.name;
  }
}

json::object document() { return json::parse(openapi_document()).as_object(); }

// The only operation of a path.
const json::object& operation(const json::object& document, const std::string& name) {
  const json::object& path = document.at("paths").at("/" + name).as_object();
  EXPECT_EQ(path.size(), 1u) << name;
  return path.begin()->value().as_object();
}

TEST(OpenApi, ShowsEveryMethodOfV2WithItsLevelAndNothingOfV1) {
  const json::object shown = document();
  EXPECT_EQ(shown.at("openapi"), "3.1.0");
  std::size_t count = 0;
  for (const Method& method : all_methods()) {
    const std::string name(method.name);
    if (method.offered == Method::Offered::v1) {
      EXPECT_FALSE(shown.at("paths").as_object().contains("/" + name));
      continue;
    }
    ++count;
    const json::object& found = operation(shown, name);
    EXPECT_EQ(found.at("x-permission-level"), json::value(auth::level_name(method.level)));
    const bool open = found.at("security").as_array().front().as_object().empty();
    EXPECT_EQ(open, method.level <= auth::Level::anonymous || !method.opened_by.empty()) << name;
    if (method.level > auth::Level::none) EXPECT_TRUE(found.at("responses").as_object().contains("403")) << name;
  }
  EXPECT_EQ(shown.at("paths").as_object().size(), count);
}

TEST(OpenApi, SaysWhatAParameterMayBe) {
  const json::object shown = document();
  const json::object& made = operation(shown, "photo/get-upload-token");
  const auto schema_of = [&](std::string_view name) {
    for (const json::value& parameter : made.at("parameters").as_array())
      if (const auto* found = parameter.as_object().if_contains("name"); found && *found == json::value(name))
        return parameter.at("schema");
    return json::value();
  };
  EXPECT_EQ(schema_of("valid_minutes"), json::parse(R"({"type":"integer","minimum":15,"maximum":1440,"default":180})"));
  EXPECT_EQ(schema_of("publish"), json::parse(R"({"type":"boolean","default":true})"));
  EXPECT_EQ(schema_of("title"), json::parse(R"({"type":"string","maxLength":1000})"));
  const json::object& album = operation(shown, "album/create");
  const json::value& form = album.at("requestBody").at("content").at("application/x-www-form-urlencoded").at("schema");
  EXPECT_EQ(form.at("required"), json::parse(R"(["title"])"));
  EXPECT_FALSE(operation(shown, "photo/redeem-upload-token")
                   .at("requestBody")
                   .at("content")
                   .as_object()
                   .contains("application/x-www-form-urlencoded"));
}

TEST(OpenApi, SaysWhatAnAnswerIs) {
  const json::object shown = document();
  const auto answer = [&](const std::string& method, const char* status) {
    return operation(shown, method).at("responses").at(status).at("content").at("application/json").at("schema");
  };
  EXPECT_EQ(answer("tag/related", "404").at("properties").at("code"), json::parse(R"({"enum":["no_such_tag"]})"));
  const json::value album = answer("album/create", "200");
  EXPECT_EQ(album.at("properties").at("data").at("x-always-present"), json::parse(R"(["album_id","token"])"));
  const json::value photo = answer("photo/list", "200").at("properties").at("data").at("items");
  EXPECT_EQ(photo.at("properties").at("small_width"), json::parse(R"({"type":["integer","null"]})"));
  EXPECT_EQ(photo.at("properties").at("published_p"), json::parse(R"({"type":"boolean"})"));
}

TEST(OpenApi, ShowsTheSitesOwnVariables) {
  const std::vector<std::string> variables{"colour"};
  const json::object shown = json::parse(openapi_document(variables)).as_object();
  const json::value answer =
      operation(shown, "photo/list").at("responses").at("200").at("content").at("application/json");
  EXPECT_TRUE(
      answer.at("schema").at("properties").at("data").at("items").at("properties").as_object().contains("colour"));
  for (const char* method : {"photo/list", "photo/get-upload-token"})
    EXPECT_TRUE(json::serialize(operation(shown, method).at("parameters")).contains("\"name\":\"colour\"")) << method;
  EXPECT_FALSE(openapi_document().contains("colour"));
}

TEST(OpenApi, IsServedOnceToWhoeverHasIt) {
  const OpenApiPage page;
  const http::Reply whole = page.get({});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, openapi_document());
  EXPECT_EQ(header(whole, "Content-Type"), "application/json; charset=utf-8");
  http::RequestHead head;
  head.headers.push_back({"If-None-Match", "\"other\", W/" + header(whole, "ETag")});
  EXPECT_EQ(page.get(head).status, 304);
  EXPECT_EQ(page.get(head).body, "");
  head.headers.back().value = "\"other\"";
  EXPECT_EQ(page.get(head).status, 200);
}

}  // namespace
}  // namespace stile::api
