// Albums, tags, users, the site, licences and concatenate.
#include "api/album_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/site_methods.h"
#include "api/tag_methods.h"
#include "api/testing.h"
#include "api/user_methods.h"
#include "auth/password.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const Params kRaw{{"format", "json"}, {"raw", ""}};

Caller at(Level level, std::int64_t user_id = 0) { return {.level = level, .user_id = user_id}; }

class LibraryMethods : public testing::Test {
 protected:
  std::string ask(Generation generation, const std::string& endpoint, Params params, Caller caller) {
    return bench_.reply(test_call(generation, endpoint, std::move(params), caller)).body;
  }
  std::string v1(const std::string& endpoint, Params params, Caller caller) {
    return ask(Generation::v1, endpoint, std::move(params), caller);
  }
  std::string v2(const std::string& endpoint, Params params, Caller caller) {
    return ask(Generation::v2, endpoint, std::move(params), caller);
  }
  std::string add_album(const std::string& title, bool hidden) {
    catalog::Album album;
    album.token = "secret-of-" + title;
    album.title = title;
    album.description = "<p>Hi</p>";
    album.hidden = hidden;
    album.created_at = kTestNow;
    return std::to_string(io::run_until_done(bench_.catalog().add_album(album)).value().album_id);
  }
  void add_photo(std::int64_t id, const std::string& tags) {
    catalog::Token token;
    token.token = "t" + std::to_string(id);
    CHECK(io::run_until_done(bench_.catalog().add_token(token)).has_value());
    catalog::Finish finish;
    finish.upload.upload_id = "u" + std::to_string(id);
    finish.upload.key = {token.token, "x", 1};
    finish.photo.photo_id = id;
    finish.photo.upload_token = token.token;
    finish.photo.metadata.tags = tags;
    finish.photo.content_type = "image/jpeg";
    CHECK(io::run_until_done(bench_.catalog().finish_upload(finish, kTestNow)).has_value());
  }

  ApiBench bench_;
};

TEST_F(LibraryMethods, ListsAlbums) {
  add_album("Summer", false);
  EXPECT_EQ(v1("/api/album/list", {}, at(Level::read)),
            std::string(kXmlHead) +
                R"(<response status="ok" permission_level="read" p="1" size="20" total_count="1" cached="0"><album )"
                R"(album_id="1" title="Summer" pretty_date="November 14, 2023" pretty_time="10:13 PM" one="/album/1" )"
                R"(creation_date_ansi="2023-11-14 22:13:20" user_id="" display_name="" user_url="" username="" )"
                R"(token="secret-of-Summer" hide_p="0"><content>&lt;p&gt;Hi&lt;/p&gt;</content><content_text>Hi)"
                R"(</content_text></album></response>)");
  EXPECT_THAT(v1("/api/album/list", kRaw, at(Level::read)),
              HasSubstr(R"("albums":[{"album_id":"1","title":"Summer","pretty_date":"November 14, 2023",)"));
  EXPECT_EQ(v2("/api/album/list", {{"fields", "album_id,title,user_id,token,hide_p"}}, at(Level::read)),
            R"({"status":"ok","permission_level":"read","cached":false,"data":[{"album_id":1,"title":"Summer",)"
            R"("user_id":null,"token":"secret-of-Summer","hide_p":false}],"p":1,"size":20,"total_count":1})");
}

TEST_F(LibraryMethods, ShowsHiddenAlbumsAndTokensToReadersOnly) {
  add_album("Open", false);
  const std::string hidden = add_album("Closed", true);
  EXPECT_THAT(v2("/api/album/list", {}, at(Level::anonymous)),
              testing::AllOf(HasSubstr("Open"), Not(HasSubstr("Closed")), Not(HasSubstr("secret-of"))));
  EXPECT_THAT(v2("/api/album/list", {{"include_hidden_p", "1"}}, at(Level::anonymous)), HasSubstr("permission_denied"));
  EXPECT_THAT(v2("/api/album/list", {{"include_hidden_p", "1"}}, at(Level::read)), HasSubstr("secret-of-Closed"));
  EXPECT_THAT(v2("/api/album/list", {}, at(Level::none)), HasSubstr("token_required"));
  EXPECT_THAT(v2("/api/album/list", {{"album_id", hidden}, {"token", "secret-of-Closed"}}, at(Level::none)),
              HasSubstr("\"title\":\"Closed\""));
  EXPECT_THAT(v2("/api/album/list", {{"album_id", hidden}, {"token", "x"}}, at(Level::none)),
              HasSubstr("invalid_album_token"));
}

TEST_F(LibraryMethods, UpdatesAndDeletesAlbums) {
  const std::string id = add_album("Summer", false);
  EXPECT_EQ(v1("/api/album/update", {{"album_id", id}, {"title", "Autumn"}, {"hide_p", "1"}}, at(Level::write)),
            std::string(kXmlHead) + "<response status=\"ok\" permission_level=\"write\" message=\"The album was "
                                    "successfully updated\" cached=\"0\"/>");
  EXPECT_THAT(v2("/api/album/list", {{"include_hidden_p", "1"}}, at(Level::read)), HasSubstr("\"title\":\"Autumn\""));
  EXPECT_THAT(v2("/api/album/update", {{"album_id", "99"}, {"title", "x"}}, at(Level::write)), HasSubstr("no_such_album"));
  EXPECT_THAT(v2("/api/album/update", {{"album_id", id}, {"title", "<i></i>"}}, at(Level::write)), HasSubstr("invalid_input"));
  EXPECT_EQ(v2("/api/album/delete", {{"album_id", id}}, at(Level::write)),
            R"({"status":"ok","message":"The album was deleted","permission_level":"write","cached":false,"data":{}})");
  EXPECT_THAT(v2("/api/album/delete", {{"album_id", id}}, at(Level::write)), HasSubstr("no_such_album"));
  EXPECT_THAT(v2("/api/album/delete", {{"album_id", id}}, at(Level::read)), HasSubstr("permission_denied"));
}

TEST_F(LibraryMethods, ListsTags) {
  add_photo(1, "sea \"summer house\"");
  add_photo(2, "sea");
  EXPECT_EQ(v1("/api/tag/list", {{"orderby", "count"}}, at(Level::anonymous)),
            std::string(kXmlHead) +
                R"(<response status="ok" permission_level="anonymous" p="1" size="20" total_count="2" cached="0">)"
                R"(<tag tag="sea" count="2" url="/tag/sea"/><tag tag="summer house" count="1" )"
                R"(url="/tag/summer%20house"/></response>)");
  EXPECT_EQ(v2("/api/tag/list", {{"search", "SUM"}}, at(Level::anonymous)),
            R"({"status":"ok","permission_level":"anonymous","cached":false,"data":[{"tag":"summer house","count":1,)"
            R"("url":"/tag/summer%20house"}],"p":1,"size":20,"total_count":1})");
  EXPECT_THAT(v1("/api/tag/list", kRaw, at(Level::anonymous)), HasSubstr(R"("tags":[{"tag":"summer house","count":"1",)"));
  EXPECT_THAT(v1("/api/tag/list", {}, at(Level::none)), HasSubstr("permission_denied"));
}

TEST_F(LibraryMethods, ListsRelatedTags) {
  add_photo(1, "sea boat");
  EXPECT_EQ(v1("/api/tag/related", {{"tag", "sea"}}, at(Level::anonymous)),
            std::string(kXmlHead) + R"(<response status="ok" permission_level="anonymous" total_count="1" cached="0">)"
                                    R"(<relatedtag tag="boat" url="/tag/boat"/></response>)");
  EXPECT_THAT(v1("/api/tag/related", {{"tag", "sea"}, {"format", "json"}, {"raw", "1"}}, at(Level::anonymous)),
              HasSubstr(R"("relatedtags":[{"tag":"boat","url":"/tag/boat"}],)"));
  EXPECT_THAT(v2("/api/tag/related", {{"tag", "none"}}, at(Level::anonymous)), HasSubstr("no_such_tag"));
  EXPECT_THAT(v2("/api/tag/related", {}, at(Level::anonymous)), HasSubstr("tag is required"));
}

TEST_F(LibraryMethods, CreatesUsers) {
  EXPECT_EQ(v1("/api/user/create",
               {{"email", "ada@example.com"}, {"username", "ada.l"}, {"password", "correct horse"}, {"full_name", "Ada"},
                {"timezone", "Europe/Oslo"}, {"site_admin", "1"}},
               at(Level::admin)),
            std::string(kXmlHead) +
                R"(<response status="ok" permission_level="admin" message="The user has been created" cached="0">)"
                R"(<user_id>1</user_id><email>ada@example.com</email><username>ada.l</username><full_name>Ada</full_name>)"
                R"(<site_admin>1</site_admin><timezone>Europe/Oslo</timezone></response>)");
  const auto user = io::run_until_done(bench_.library().find_user(1)).value().value();
  EXPECT_TRUE(auth::check_password_blocking("correct horse", user.password_hash));
  EXPECT_EQ(v2("/api/user/create", {{"email", "ada.l@example.org"}}, at(Level::admin)),
            R"({"status":"ok","message":"The user has been created","permission_level":"admin","cached":false,"data":)"
            R"({"user_id":2,"email":"ada.l@example.org","username":"ada.l-2","full_name":"","site_admin":false,)"
            R"("timezone":""}})");
  EXPECT_THAT(v2("/api/user/create", {{"email", "ADA@example.com"}}, at(Level::admin)),
              HasSubstr(R"("message":"User already exists","code":"user_already_exists")"));
  EXPECT_THAT(v2("/api/user/create", {{"email", "new@example.com"}, {"username", "ADA.L"}}, at(Level::admin)),
              HasSubstr("user_already_exists"));
  for (const Params& bad : {Params{}, Params{{"email", "nobody"}}, Params{{"email", "a@b@c"}}, Params{{"email", "<a@b>"}},
                            Params{{"email", "a@b"}, {"password", "short"}}, Params{{"email", "a@b"}, {"username", "abc"}},
                            Params{{"email", "a@b"}, {"username", "a b c d"}}})
    EXPECT_THAT(v2("/api/user/create", bad, at(Level::admin)), HasSubstr("\"code\":\"invalid_"));
  EXPECT_THAT(v2("/api/user/create", {{"email", "a@b"}}, at(Level::write)), HasSubstr("permission_denied"));
}

TEST_F(LibraryMethods, ShowsAddressesOfUsersToAdminsOnly) {
  v2("/api/user/create", {{"email", "ada@example.com"}, {"username", "ada.l"}, {"full_name", "Ada"}}, at(Level::admin));
  EXPECT_EQ(v1("/api/user/list", {}, at(Level::admin)),
            std::string(kXmlHead) +
                R"(<response status="ok" permission_level="admin" p="1" size="20" total_count="1" cached="0"><user )"
                R"(user_id="1" username="ada.l" display_name="Ada" url="/user/ada.l/" full_name="Ada" )"
                R"(email="ada@example.com" site_admin="f"><about_abstract/></user></response>)");
  EXPECT_THAT(v1("/api/user/list", {}, at(Level::write)), Not(HasSubstr("example.com")));
  EXPECT_THAT(v2("/api/user/list", {{"search", "example"}}, at(Level::write)), HasSubstr("\"total_count\":0"));
  EXPECT_THAT(v2("/api/user/list", {{"search", "example"}}, at(Level::admin)), HasSubstr("\"total_count\":1"));
  EXPECT_THAT(v2("/api/user/get", {{"user_id", "1"}}, at(Level::read, 2)), Not(HasSubstr("example.com")));
  EXPECT_THAT(v2("/api/user/get", {}, at(Level::read, 1)), HasSubstr("example.com"));
  EXPECT_THAT(v2("/api/user/get", {}, at(Level::anonymous)), HasSubstr("no_such_user"));
  EXPECT_EQ(v1("/api/user/get", {{"user_id", "1"}}, at(Level::admin)),
            std::string(kXmlHead) + R"(<response status="ok" permission_level="admin" cached="0"><user_id>1</user_id>)"
                                    R"(<username>ada.l</username><url>/user/ada.l/</url><timezone/><about_abstract/>)"
                                    R"(<full_name>Ada</full_name><email>ada@example.com</email>)"
                                    R"(<site_admin>f</site_admin></response>)");
}

TEST_F(LibraryMethods, UpdatesOneselfOrWithSuperAnybody) {
  v2("/api/user/create", {{"email", "ada@example.com"}, {"username", "ada.l"}}, at(Level::admin));
  v2("/api/user/create", {{"email", "bob@example.com"}, {"username", "bobby"}}, at(Level::admin));
  EXPECT_EQ(v2("/api/user/update", {{"full_name", "Ada"}}, at(Level::admin, 1)),
            R"({"status":"ok","message":"The user was updated","permission_level":"admin","cached":false,"data":{}})");
  EXPECT_THAT(v2("/api/user/update", {{"user_id", "2"}, {"full_name", "B"}}, at(Level::admin, 1)), HasSubstr("'super'"));
  EXPECT_THAT(v2("/api/user/update", {{"user_id", "2"}, {"email", "ada@example.com"}}, at(Level::super)),
              HasSubstr("user_already_exists"));
  EXPECT_THAT(v2("/api/user/update", {{"user_id", "2"}, {"full_name", "Bob"}}, at(Level::super)), HasSubstr("was updated"));
  EXPECT_EQ(io::run_until_done(bench_.library().find_user(2)).value()->full_name, "Bob");
  EXPECT_EQ(io::run_until_done(bench_.library().find_user(2)).value()->email, "bob@example.com");
  EXPECT_THAT(v2("/api/user/update", {{"user_id", "9"}}, at(Level::super)), HasSubstr("no_such_user"));
}

TEST_F(LibraryMethods, DescribesTheSite) {
  EXPECT_EQ(v1("/api/site/get", {}, at(Level::anonymous)),
            std::string(kXmlHead) + R"(<response status="ok" permission_level="anonymous" cached="0"><site_id>12</site_id>)"
                                    R"(<site_name>Example</site_name><product_key>tube</product_key>)"
                                    R"(<allow_signup_p>f</allow_signup_p><site_key>example</site_key>)"
                                    R"(<license_id>3</license_id><domain>videos.example.com</domain></response>)");
  EXPECT_EQ(v1("/api/site/get", kRaw, at(Level::anonymous)),
            R"({"status":"ok","permission_level":"anonymous","cached":"0","site":{"setup_date":"2026-01-02",)"
            R"("license_id":"3","domain":"videos.example.com","product_key":"tube","site_id":"12","allow_signup_p":0,)"
            R"("secure_domain":"videos.example.com","site_name":"Example","site_key":"example"},)"
            R"("endpoint":"/api/site/get"})");
  EXPECT_EQ(v2("/api/site/get", {}, at(Level::anonymous)),
            R"({"status":"ok","permission_level":"anonymous","cached":false,"data":{"site_id":12,"site_name":"Example",)"
            R"("product_key":"tube","allow_signup_p":false,"site_key":"example","license_id":3,)"
            R"("domain":"videos.example.com"}})");
}

TEST_F(LibraryMethods, ListsLicenses) {
  EXPECT_THAT(v1("/api/license/list", {}, at(Level::anonymous)),
              HasSubstr(R"(<license license_id="1" name="All rights reserved" url=""/>)"));
  EXPECT_THAT(v1("/api/license/list", kRaw, at(Level::anonymous)), HasSubstr(R"("licenses":[{"license_id":"1",)"));
}

TEST_F(LibraryMethods, ConcatenatesCalls) {
  const std::string body = v1("/api/concatenate",
                              {{"callback", "visualplatform_0"},
                               {"a", "/api/site/get?format=xml&callback=x"},
                               {"b", "/api/echo?q=1%262"},
                               {"c", "/api/user/create?email=a@b"},
                               {"d", "/api/concatenate?a=/api/echo"},
                               {"e", "/etc/passwd"},
                               {"f", "/api/2/echo"}},
                              at(Level::anonymous));
  EXPECT_TRUE(body.starts_with(R"(visualplatform_0({"a":{"status":"ok","permission_level":"anonymous",)")) << body;
  EXPECT_THAT(body, HasSubstr(R"("b":{"status":"ok","permission_level":"anonymous","cached":"0","echo":{)"));
  EXPECT_THAT(body, HasSubstr(R"("q":"1&2")"));
  EXPECT_THAT(body, HasSubstr(R"("code":"permission_denied","permission_level":"anonymous","endpoint":"/api/user/create"})"));
  for (const char* name : {"d", "e", "f"})
    EXPECT_THAT(body, HasSubstr(std::string("\"") + name + R"(":{"status":"error","message":"There is no such method")"));
  EXPECT_TRUE(body.ends_with("});"));
  EXPECT_EQ(v1("/api/concatenate", {{"raw", "1"}, {"format", "json"}}, at(Level::anonymous)), "{}");
  Params many{{"raw", "1"}};
  for (int i = 0; i < 21; ++i) many.add("n" + std::to_string(i), "/api/echo");
  EXPECT_THAT(v1("/api/concatenate", many, at(Level::anonymous)), HasSubstr("invalid_input"));
}

}  // namespace
}  // namespace stile::api
