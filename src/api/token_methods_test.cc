#include "api/token_methods.h"

#include <gtest/gtest.h>

#include "api/testing.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;

constexpr const char* kEndpoint = "/api/photo/get-upload-token";
constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr Caller kWriter{.level = Level::write, .user_id = 7};
constexpr Caller kSuper{.level = Level::super, .user_id = 1};

Outcome<catalog::Token> make(const Params& params, Generation generation = Generation::v1, Caller caller = kWriter,
                             const Rules& rules = {}) {
  SeededRandom random(1);
  return make_token(test_call(generation, kEndpoint, params, caller), rules, random);
}

Problem refused(const Params& params, Generation generation = Generation::v1, Caller caller = kWriter) {
  auto token = make(params, generation, caller);
  EXPECT_FALSE(token) << "accepted";
  return token ? Problem{} : token.error();
}

const Params kEverything{{"return_url", "http://example.com/done?theme=green"},
                         {"background_return_p", "1"},
                         {"user_id", "99"},
                         {"album_id", ""},
                         {"title", "Tom <b>&amp;</b> Jerry"},
                         {"description", "<p>One <b>two</b></p>"},
                         {"tags", "red \"light blue\""},
                         {"publish", "0"},
                         {"absolute_url", "https://example.com/v/1"},
                         {"valid_minutes", "60"},
                         {"max_uploads", "5"},
                         {"order", "4711"}};

TEST(GetUploadToken, AnswersInXml) {
  ApiBench bench;
  const auto reply = bench.reply(test_call(Generation::v1, kEndpoint, kEverything));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(header(reply, "Content-Type"), "text/xml; charset=utf-8");
  EXPECT_EQ(reply.body,
            std::string(kXmlHead) +
                "<response status=\"ok\" permission_level=\"write\" message=\"The upload token is ready to use\" "
                "cached=\"0\"><upload_token>" +
                ApiBench::first_token() +
                "</upload_token><title>Tom &amp; Jerry</title>"
                "<description>&lt;p&gt;One &lt;b&gt;two&lt;/b&gt;&lt;/p&gt;</description><publish>0</publish>"
                "<tags>red \"light blue\"</tags><user_id>7</user_id><album_id/><max_uploads>5</max_uploads>"
                "<valid_minutes>60</valid_minutes><valid_until>1700003600</valid_until>"
                "<return_url>http://example.com/done?theme=green</return_url></response>");
}

TEST(GetUploadToken, AnswersInV1Json) {
  const auto body = [](Params::Pair formatting) {
    ApiBench bench;
    Params params = kEverything;
    params.add("format", "json");
    params.add(formatting.first, formatting.second);
    const auto reply = bench.reply(test_call(Generation::v1, kEndpoint, params));
    EXPECT_EQ(header(reply, "Content-Type"), "application/x-javascript; charset=utf-8");
    EXPECT_EQ(reply.status, 200);
    return reply.body;
  };
  const std::string raw =
      R"({"status":"ok","message":"The upload token is ready to use","permission_level":"write","cached":"0",)"
      R"("uploadtoken":{"valid_minutes":"60","description":"<p>One <b>two<\/b><\/p>","upload_token":")" +
      ApiBench::first_token() +
      R"(","max_uploads":"5","album_id":"","return_url":"http://example.com/done?theme=green",)"
      R"("title":"Tom & Jerry","valid_until":"1700003600","publish":"0","tags":"red \"light blue\"","user_id":"7"},)"
      R"("p":"1","size":"1","site":{"setup_date":"2026-01-02","license_id":"3","domain":"videos.example.com",)"
      R"("product_key":"tube","site_id":"12","allow_signup_p":0,"secure_domain":"videos.example.com",)"
      R"("site_name":"Example","site_key":"example"},"endpoint":"/api/photo/get-upload-token"})";
  EXPECT_EQ(body({"raw", "1"}), raw);
  EXPECT_EQ(body({"raw", "0"}), "var visual = " + raw);
  EXPECT_EQ(body({"varname", "token"}), "var token = " + raw);
  EXPECT_EQ(body({"callback", "visualplatform_1"}), "visualplatform_1(" + raw + ");");
}

TEST(GetUploadToken, AnswersInV2Json) {
  ApiBench bench;
  const auto reply = bench.reply(test_call(Generation::v2, kEndpoint, kEverything));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(header(reply, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(reply.body,
            R"({"status":"ok","message":"The upload token is ready to use","permission_level":"write","cached":false,)"
            R"("data":{"description":"<p>One <b>two<\/b><\/p>","valid_minutes":60,"album_id":null,"max_uploads":5,)"
            R"("tags":"red \"light blue\"","publish":"f","absolute_url":"https://example.com/v/1",)"
            R"("return_url":"http://example.com/done?theme=green","title":"Tom & Jerry","user_id":7,)"
            R"("valid_until":1700003600,"publish_date":"","upload_token":")" +
                ApiBench::first_token() + R"(","background_return_p":true,"token_tags":"","crossposted_p":false}})");
}

TEST(GetUploadToken, StoresWhatItAnswers) {
  ApiBench bench;
  bench.reply(test_call(Generation::v1, kEndpoint, kEverything));
  const auto found = io::run_until_done(bench.catalog().find_token(ApiBench::first_token())).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->metadata.title, "Tom & Jerry");
  EXPECT_EQ(found->metadata.absolute_url, "https://example.com/v/1");
  EXPECT_FALSE(found->metadata.publish);
  EXPECT_EQ(found->return_url, "http://example.com/done?theme=green");
  EXPECT_TRUE(found->background_return);
  EXPECT_EQ(found->user_id, 7);
  EXPECT_EQ(found->max_uploads, 5);
  EXPECT_EQ(found->used, 0);
  EXPECT_EQ(found->created_at, kTestNow);
  EXPECT_EQ(found->valid_until, kTestNow + std::chrono::minutes(60));
  EXPECT_EQ(found->extras, (Params{{"order", "4711"}}));
}

TEST(GetUploadToken, AnswersProblemsInEveryFormat) {
  const auto reply = [](Generation generation, Params params) {
    ApiBench bench;
    params.add("valid_minutes", "soon");
    return bench.reply(test_call(generation, kEndpoint, params));
  };
  EXPECT_EQ(reply(Generation::v1, {}).body,
            std::string(kXmlHead) + "<response status=\"error\" permission_level=\"write\" code=\"invalid_input\" "
                                    "message=\"valid_minutes must be a number\"/>");
  const std::string json = R"({"status":"error","message":"valid_minutes must be a number","code":"invalid_input",)"
                           R"("permission_level":"write","endpoint":"/api/photo/get-upload-token"})";
  EXPECT_EQ(reply(Generation::v1, {{"format", "json"}, {"raw", ""}}).body, json);
  EXPECT_EQ(reply(Generation::v1, {{"format", "json"}}).body, "var visual = " + json);
  EXPECT_EQ(reply(Generation::v1, {{"format", "json"}, {"callback", "f"}}).body, "f(" + json + ");");
  EXPECT_EQ(reply(Generation::v1, {{"format", "json"}}).status, 200);
  const auto v2 = reply(Generation::v2, {});
  EXPECT_EQ(v2.status, 400);
  EXPECT_EQ(v2.body, R"({"status":"error","message":"valid_minutes must be a number","code":"invalid_input",)"
                     R"("permission_level":"write"})");
}

TEST(GetUploadToken, RefusesAlbumsThatAreNotThere) {
  ApiBench bench;
  bench.reply(test_call(Generation::v2, "/api/album/create", {{"title", "x"}}));
  EXPECT_EQ(bench.reply(test_call(Generation::v2, kEndpoint, {{"album_id", "1"}})).status, 200);
  const auto missing = bench.reply(test_call(Generation::v2, kEndpoint, {{"album_id", "1,5"}}));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, R"({"status":"error","message":"There is no album 5","code":"no_such_album",)"
                          R"("permission_level":"write"})");
  const auto invalid = bench.reply(test_call(Generation::v2, kEndpoint, {{"album_id", "summer"}}));
  EXPECT_EQ(invalid.status, 400);
  EXPECT_EQ(invalid.body, R"({"status":"error","message":"album_id must be a comma-separated list of numbers",)"
                          R"("code":"invalid_album","permission_level":"write"})");
}

TEST(GetUploadToken, SaysAlbumIdsAsGivenInV2) {
  ApiBench bench;
  for (int i = 0; i < 2; ++i) bench.reply(test_call(Generation::v2, "/api/album/create", {{"title", "x"}}));
  const auto body = [&](std::string ids) {
    return bench.reply(test_call(Generation::v2, kEndpoint, {{"album_id", ids}, {"fields", "album_id"}})).body;
  };
  EXPECT_NE(body("2").find(R"("data":{"album_id":2}})"), std::string::npos);
  EXPECT_NE(body("1,2").find(R"("data":{"album_id":"1,2"}})"), std::string::npos);
}

TEST(GetUploadToken, InternalTroubleIs503WithoutItsCause) {
  ApiBench bench({.durability = catalog::Durability::none, .max_queue = 0});
  std::string cause;
  bench.services.on_trouble = [&](const Call& call, const Error& error) {
    cause = call.endpoint + " " + std::string(to_string(error.code));
  };
  const auto v2 = bench.reply(test_call(Generation::v2, kEndpoint, {}));
  EXPECT_EQ(v2.status, 503);
  EXPECT_NE(v2.body.find(R"("code":"temporarily_unavailable")"), std::string::npos) << v2.body;
  EXPECT_EQ(cause, "/api/photo/get-upload-token busy");
  EXPECT_EQ(bench.reply(test_call(Generation::v1, kEndpoint, {})).status, 200);
}

TEST(MakeToken, HasTheDocumentedDefaults) {
  const auto token = make({}).value();
  EXPECT_EQ(token.token.size(), 64u);
  EXPECT_EQ(token.valid_minutes, 180);
  EXPECT_EQ(token.valid_until, kTestNow + std::chrono::minutes(180));
  EXPECT_EQ(token.max_uploads, 1);
  EXPECT_EQ(token.used, 0);
  EXPECT_TRUE(token.metadata.publish);
  EXPECT_FALSE(token.background_return);
  EXPECT_EQ(token.return_url, "");
  EXPECT_EQ(token.user_id, 7);
  EXPECT_TRUE(token.extras.empty());
  // An empty field of a form is no value.
  EXPECT_EQ(make({{"valid_minutes", ""}, {"max_uploads", ""}, {"publish", ""}, {"background_return_p", ""}})
                .value()
                .valid_minutes,
            180);
}

TEST(MakeToken, ClampsNumbers) {
  const auto minutes = [](std::string value) { return make({{"valid_minutes", value}}).value().valid_minutes; };
  EXPECT_EQ(minutes("15"), 15);
  EXPECT_EQ(minutes("14"), 15);
  EXPECT_EQ(minutes("0"), 15);
  EXPECT_EQ(minutes("-5"), 15);
  EXPECT_EQ(minutes("1440"), 1440);
  EXPECT_EQ(minutes("1441"), 1440);
  EXPECT_EQ(minutes("99999999999999999999999"), 1440);
  EXPECT_EQ(minutes("-99999999999999999999999"), 15);
  const auto uploads = [](std::string value, Generation generation) {
    return make({{"max_uploads", value}}, generation).value().max_uploads;
  };
  EXPECT_EQ(uploads("0", Generation::v1), 1);
  EXPECT_EQ(uploads("100", Generation::v1), 100);
  EXPECT_EQ(uploads("101", Generation::v1), 100);
  EXPECT_EQ(uploads("101", Generation::v2), 101);
  EXPECT_EQ(uploads("1001", Generation::v2), 1000);
}

TEST(MakeToken, RefusesWhatIsNoNumberNorFlagAndNamesIt) {
  for (auto value : {"soon", "1.5", "1e3", "0x10", " 15", "15 ", "+15", "1' OR '1'='1", "--1", "-", "\xd9\xa1"}) {
    EXPECT_EQ(refused({{"valid_minutes", value}}),
              (Problem{Code::invalid_input, "valid_minutes must be a number", 400}));
    EXPECT_EQ(refused({{"max_uploads", value}}), (Problem{Code::invalid_input, "max_uploads must be a number", 400}));
  }
  EXPECT_EQ(refused({{"publish", "maybe"}}).message, "publish must be 0 or 1");
  EXPECT_EQ(refused({{"background_return_p", "2"}}).message, "background_return_p must be 0 or 1");
}

TEST(MakeToken, ReadsFlagsInEverySpelling) {
  for (auto value : {"0", "f", "false", "no", "No"}) EXPECT_FALSE(make({{"publish", value}}).value().metadata.publish);
  for (auto value : {"1", "t", "true", "yes"}) {
    EXPECT_TRUE(make({{"publish", value}}).value().metadata.publish);
    EXPECT_TRUE(make({{"background_return_p", value}}).value().background_return);
  }
}

TEST(MakeToken, HonoursUserIdForSuperOnly) {
  EXPECT_EQ(make({{"user_id", "99"}}).value().user_id, 7);
  EXPECT_EQ(make({{"user_id", "nonsense"}}).value().user_id, 7);
  EXPECT_EQ(make({{"user_id", "99"}}, Generation::v1, Caller{.level = Level::admin, .user_id = 7}).value().user_id, 7);
  EXPECT_EQ(make({{"user_id", "99"}}, Generation::v1, kSuper).value().user_id, 99);
  EXPECT_EQ(make({}, Generation::v1, kSuper).value().user_id, 0);
  for (auto value : {"nonsense", "-1", "0", "99999999999999999999"})
    EXPECT_EQ(refused({{"user_id", value}}, Generation::v1, kSuper).message, "user_id must be a number") << value;
}

TEST(MakeToken, RefusesReturnUrlsThatAreNotOfTheWeb) {
  for (auto url : {"javascript:alert(1)", "ftp://example.com/", "//example.com/", "/done", "example.com", "http://",
                   "http://a@example.com/", "http://example.com/\r\nX: y", "data:text/html,x"}) {
    const Problem problem = refused({{"return_url", url}});
    EXPECT_EQ(problem.code, Code::invalid_input) << url;
    EXPECT_NE(problem.message.find("return_url"), std::string::npos) << problem.message;
  }
  EXPECT_EQ(make({{"return_url", "https://example.com:8443/done?a=1#end"}}).value().return_url,
            "https://example.com:8443/done?a=1#end");
}

TEST(MakeToken, RefusesAbsoluteUrlsThatAreNotOfTheWeb) {
  for (auto url : {"https://example.com/v", "http://x", "/video/1"})
    EXPECT_EQ(make({{"absolute_url", url}}).value().metadata.absolute_url, url);
  for (auto url : {"javascript:alert(1)", "//example.com", "/\\example.com", "http://", "https://", "x y", "mailto:a@b",
                   "http://a\nb"})
    EXPECT_EQ(refused({{"absolute_url", url}}).message, "absolute_url must be an http or https URL") << url;
}

TEST(MakeToken, StripsTitlesAndCleansDescriptions) {
  const auto metadata = make({{"title", "<script>x</script>Hi <b>there"}, {"description", "<b onclick=x>Hi</b> & <i>"}})
                            .value()
                            .metadata;
  EXPECT_EQ(metadata.title, "Hi there");
  EXPECT_EQ(metadata.description, "Hi &amp;");
}

TEST(MakeToken, BoundsTexts) {
  EXPECT_EQ(refused({{"title", std::string(1001, 'x')}}).message, "title is longer than 1000 bytes");
  EXPECT_EQ(refused({{"description", std::string(20'001, 'x')}}).message, "description is longer than 20000 bytes");
  EXPECT_EQ(refused({{"tags", std::string(4001, 'x')}}).message, "tags is longer than 4000 bytes");
  EXPECT_EQ(refused({{"album_id", std::string(2001, '1')}}).message, "album_id is longer than 2000 bytes");
  EXPECT_EQ(refused({{"return_url", "http://x/" + std::string(8001, 'x')}}).code, Code::invalid_input);
  EXPECT_EQ(make({{"title", std::string(1000, 'x')}}).value().metadata.title.size(), 1000u);
}

TEST(MakeToken, KeepsADateToComeUnpublished) {
  const auto future = make({{"publish_date", "2023-11-15 00:00:00"}, {"publish", "1"}}, Generation::v2).value();
  EXPECT_FALSE(future.metadata.publish);
  EXPECT_EQ(future.metadata.publish_date, WallTime(Seconds{1'700'006'400}));
  const auto past = make({{"publish_date", "2023-11-14T22:00:00Z"}}, Generation::v2).value();
  EXPECT_TRUE(past.metadata.publish);
  EXPECT_EQ(refused({{"publish_date", "tomorrow"}}, Generation::v2).message,
            "publish_date must be a date, YYYY-MM-DD HH:MM:SS or ISO 8601");
  const Object shown = token_object(future, Format::from({}, Generation::v2).value()).ordered({"publish_date"});
  EXPECT_EQ(shown.fields()[0].value, Value("2023-11-15 00:00:00"));
}

TEST(MakeToken, RemembersWhatItDoesNotKnow) {
  const Params params{{"order", "1"},     {"title", "t"},      {"format", "json"}, {"raw", "1"},     {"callback", "f"},
                      {"varname", "v"},   {"fields", "x"},     {"time", "123"},    {"oauth_token", "s"}, {"user_id", "3"},
                      {"order", "2"},     {"empty", ""},       {"", "nameless"},   {"Title", "other"},
                      {"photo_id", "9"}};
  const Params remembered{{"order", "1"}, {"order", "2"}, {"empty", ""}, {"Title", "other"}, {"photo_id", "9"}};
  EXPECT_EQ(make(params).value().extras, remembered);
  EXPECT_EQ(make(params, Generation::v2).value().extras, remembered);
}

TEST(MakeToken, TakesPublishDateForAnExtraInV1) {
  const auto token = make({{"publish_date", "2030-01-01"}}).value();
  EXPECT_EQ(token.extras, (Params{{"publish_date", "2030-01-01"}}));
  EXPECT_TRUE(token.metadata.publish);
  EXPECT_FALSE(token.metadata.publish_date);
}

TEST(MakeToken, BoundsExtras) {
  Params many;
  for (int i = 0; i < 101; ++i) many.add("x" + std::to_string(i), "");
  EXPECT_EQ(refused(many).message, "There are too many extra parameters, or they are too long");
  EXPECT_EQ(refused({{"x", std::string(32 * 1024, 'x')}}).code, Code::invalid_input);
  EXPECT_EQ(make({{"x", std::string(32 * 1024 - 1, 'x')}}).value().extras.size(), 1u);
}

TEST(MakeToken, ObeysTheRulesItIsGiven) {
  Rules rules;
  rules.token.default_minutes = 360;
  rules.token.max_uploads_v1 = 10;
  const auto token = make({{"max_uploads", "50"}}, Generation::v1, kWriter, rules).value();
  EXPECT_EQ(token.valid_minutes, 360);
  EXPECT_EQ(token.max_uploads, 10);
}

}  // namespace
}  // namespace stile::api
