#include "api/photo_methods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "api/testing.h"
#include "auth/object_token.h"

namespace stile::api {
namespace {

using auth::Caller;
using auth::Level;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kList = "/api/photo/list";
constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const std::string kPhotoToken = "0123456789abcdef0123456789abcdef";
const Params kRaw{{"format", "json"}, {"raw", ""}};

Caller stranger() { return {.level = Level::anonymous, .user_id = 0}; }
Caller nobody() { return {.level = Level::none, .user_id = 0}; }
Caller reader() { return {.level = Level::read, .user_id = 7}; }

// What a test wants to say about a photo.
struct Given {
  std::string title = {};
  std::string description = {};
  std::string tags = {};
  std::string album_ids = {};
  bool publish = true;
  std::optional<WallTime> publish_date = {};
};

class PhotoMethods : public testing::Test {
 protected:
  PhotoMethods() {
    catalog::Token token;
    token.token = "upload-token";
    token.max_uploads = 100;
    token.valid_until = kTestNow + Seconds{60};
    CHECK(io::run_until_done(bench_.catalog().add_token(token)).has_value());
  }

  void add(std::int64_t id, const Given& given, const std::string& type = "image/jpeg") {
    catalog::Finish finish;
    finish.upload.upload_id = "u" + std::to_string(id);
    finish.upload.key = {"upload-token", finish.upload.upload_id, 1234};
    finish.upload.photo_id = id;
    catalog::Photo& photo = finish.photo;
    photo.photo_id = id;
    photo.tree_id = 97531;
    photo.token = kPhotoToken;
    photo.upload_token = "upload-token";
    photo.upload_id = finish.upload.upload_id;
    photo.metadata.title = given.title;
    photo.metadata.description = given.description;
    photo.metadata.tags = given.tags;
    photo.metadata.album_ids = given.album_ids;
    photo.metadata.publish = given.publish;
    photo.metadata.publish_date = given.publish_date;
    photo.file_name = "bike & co.jpg";
    photo.content_type = type;
    photo.size = 1234;
    photo.crc32 = 1;
    photo.created_at = kTestNow;
    CHECK(io::run_until_done(bench_.catalog().finish_upload(finish, kTestNow)).has_value());
  }
  std::string ask(Generation generation, const char* endpoint, Params params, Caller caller = reader()) {
    return bench_.reply(test_call(generation, endpoint, std::move(params), caller)).body;
  }
  std::string v2(const char* endpoint, Params params, Caller caller = reader()) {
    return ask(Generation::v2, endpoint, std::move(params), caller);
  }
  // "3,1" of total 2 as "3 1 of 2".
  std::string ids(Params params, Caller caller = stranger()) {
    params.add("fields", "photo_id");
    const std::string body = v2(kList, std::move(params), caller);
    std::string found;
    const std::regex id(R"x("photo_id":(\d+))x");
    for (std::sregex_iterator i(body.begin(), body.end(), id), end; i != end; ++i) found += (*i)[1].str() + " ";
    std::smatch match;
    const bool ok = std::regex_search(body, match, std::regex(R"x("total_count":(\d+))x"));
    return ok ? found + "of " + match[1].str() : body.substr(0, 400);
  }

  ApiBench bench_;
};

TEST_F(PhotoMethods, ListsInXml) {
  add(5, {.title = "Bike & <b>", .description = "<p>Hi</p>", .tags = "sea \"summer house\""});
  const std::string body = ask(Generation::v1, kList, {});
  std::string absent;
  for (const char* name : {"quad16", "quad50", "quad75", "quad100", "small", "medium", "portrait", "standard", "large",
                           "video_small", "video_medium", "video_hd", "video_1080p", "video_4k", "video_frames",
                           "video_webm_360p", "video_webm_720p", "video_mobile_high", "video_mobile_h263_amr",
                           "video_mobile_h263_aac", "video_mobile_mpeg4_amr", "video_wmv"})
    absent += std::string(" ") + name + "_width=\"\" " + name + "_height=\"\" " + name + "_size=\"0\" " + name +
              "_download=\"\"";
  EXPECT_EQ(body, std::string(kXmlHead) +
      R"(<response status="ok" permission_level="read" p="1" size="20" total_count="1" cached="0"><photo photo_id="5" )"
      R"(title="Bike &amp; &lt;b>" tree_id="97531" token="0123456789abcdef0123456789abcdef" protected_p="0" )"
      R"(protection_method="" album_id="" album_title="" album_hide_p="0" all_albums="" published_p="1" one="/video/5" )"
      R"(publish_date_ansi="2023-11-14 22:13:20" publish_date_epoch="1700000000" publish_date__date="November 14, 2023" )"
      R"(publish_date__time="10:13 PM" creation_date_ansi="2023-11-14 22:13:20" creation_date_epoch="1700000000" )"
      R"(creation_date__date="November 14, 2023" creation_date__time="10:13 PM" original_date_ansi="2023-11-14 22:13:20" )"
      R"(original_date__date="November 14, 2023" original_date__time="10:13 PM" view_count="0" avg_playtime="0" )"
      R"(number_of_comments="0" number_of_albums="0" number_of_tags="2" photo_rating="0" number_of_ratings="0" )"
      R"(video_p="0" video_encoded_p="0" audio_p="0" video_length="" text_only_p="0" promoted_p="0" user_id="" )"
      R"(username="" display_name="" user_url="" subtitles_p="0" sections_p="0" license_id="" coordinates="" )"
      R"(absolute_url="https://videos.example.com/video/5" video_hls_size="0" video_hls_download="" original_width="" )"
      R"(original_height="" original_size="1234" )"
      R"(original_download="/97531/5/0123456789abcdef0123456789abcdef/original")" + absent +
      R"( audio_size="0" audio_download=""><content>&lt;p&gt;Hi&lt;/p&gt;</content><content_text>Hi</content_text>)"
      R"(<before_download_type/><before_link/><before_download_url/><after_download_type/><after_link/>)"
      R"(<after_download_url/><after_text/><tags>sea,summer house</tags></photo></response>)");
}

TEST_F(PhotoMethods, ListsInJsonWithStringsFlagsAndTheTwin) {
  add(5, {.title = "Bike", .tags = "sea \"summer house\""});
  const std::string body = ask(Generation::v1, kList, kRaw);
  const std::string item = R"({"photo_id":"5","title":"Bike","tree_id":"97531","token":"0123456789abcdef0123456789abcdef",)"
                           R"("protected_p":0,"protection_method":"","album_id":"","album_title":"","album_hide_p":0,)"
                           R"("all_albums":"","published_p":1,"one":"\/video\/5",)";
  std::string plain = item;
  for (std::size_t at; (at = plain.find("\\/")) != std::string::npos;) plain.erase(at, 1);
  EXPECT_TRUE(body.starts_with(R"({"status":"ok","permission_level":"read","cached":"0","photos":[)" + plain)) << body;
  EXPECT_THAT(body, HasSubstr(R"("tags":["sea","summer house"]}],"photo":)" + plain));
  EXPECT_THAT(body, HasSubstr(R"(,"p":"1","size":"20","total_count":"1","site":{)"));
  EXPECT_THAT(body, HasSubstr(R"("small_width":"","small_height":"","small_size":"0","small_download":"")"));
  EXPECT_THAT(body, Not(HasSubstr("promoted_p")));
  add(6, {});
  EXPECT_THAT(ask(Generation::v1, kList, kRaw), Not(HasSubstr("\"photo\":")));
}

TEST_F(PhotoMethods, ListsInV2WithNumbersAndBooleans) {
  add(5, {.title = "Bike", .tags = "sea"}, "video/mp4");
  EXPECT_EQ(v2(kList, {{"fields", "photo_id,tree_id,published_p,video_p,video_length,video_length_float,video_length_fmt,"
                                  "original_filename,small_width,small_size,small_download,tags,album_id"}}),
            R"({"status":"ok","permission_level":"read","cached":false,"data":[{"photo_id":5,"tree_id":97531,)"
            R"("album_id":null,"published_p":true,"video_p":true,"video_length":null,"video_length_float":null,)"
            R"("video_length_fmt":"","original_filename":"bike & co.jpg","small_width":null,"small_size":0,)"
            R"("small_download":"","tags":["sea"]}],"p":1,"size":20,"total_count":1})");
  EXPECT_THAT(v2(kList, {{"use_full_urls_p", "1"}}), HasSubstr("\"original_download\":\"https://videos.example.com/97531/5/"));
}

TEST_F(PhotoMethods, ShowsUnpublishedPhotosToThoseWhoMaySeeThem) {
  add(1, {});
  add(2, {.publish = false});
  EXPECT_EQ(ids({}), "1 of 1");
  EXPECT_EQ(ids({}, reader()), "1 of 1");
  EXPECT_EQ(ids({{"include_unpublished_p", "1"}}, reader()), "2 1 of 2");
  EXPECT_EQ(ids({{"published_p", "0"}}, reader()), "2 of 1");
  EXPECT_EQ(ids({{"photo_id", "2"}}, reader()), "of 0");
  EXPECT_EQ(ids({{"photo_id", "2"}, {"token", kPhotoToken}}), "2 of 1");
  EXPECT_EQ(ids({{"upload_token", "upload-token"}}), "2 1 of 2");
  EXPECT_EQ(ids({{"upload_token", "unknown"}}), "of 0");
  const char* refused = R"x({"status":"error","message":"You don't have the necessary permissions to perform this )x"
                        R"x(action (required level: 'read')","code":"permission_denied","permission_level":"anonymous"})x";
  EXPECT_EQ(v2(kList, {{"include_unpublished_p", "1"}}, stranger()), refused);
  EXPECT_EQ(v2(kList, {{"published_p", "0"}}, stranger()), refused);
  EXPECT_EQ(v2(kList, {{"video_encoded_p", "0"}}, stranger()), refused);
}

TEST_F(PhotoMethods, KeepsTheSecretsOfUnpublishedPhotos) {
  add(2, {.publish = false});
  const std::string below = v2(kList, {{"upload_token", "upload-token"}}, stranger());
  EXPECT_THAT(below, Not(HasSubstr(kPhotoToken)));
  EXPECT_THAT(below, HasSubstr("\"token\":\"\""));
  EXPECT_THAT(v2(kList, {{"upload_token", "upload-token"}}, reader()), HasSubstr("\"token\":\"" + kPhotoToken));
  EXPECT_THAT(v2(kList, {{"photo_id", "2"}, {"token", kPhotoToken}}, stranger()), HasSubstr("\"token\":\"" + kPhotoToken));
}

TEST_F(PhotoMethods, NeedsATokenOnAClosedSite) {
  add(1, {});
  EXPECT_THAT(v2(kList, {}, nobody()), HasSubstr("\"code\":\"token_required\""));
  EXPECT_THAT(v2(kList, {{"photo_id", "1"}}, nobody()), HasSubstr("\"code\":\"token_required\""));
  EXPECT_EQ(ids({{"photo_id", "1"}, {"token", kPhotoToken}}, nobody()), "1 of 1");
  EXPECT_EQ(ids({{"upload_token", "upload-token"}}, nobody()), "1 of 1");
  for (const char* wrong : {"x", "0123456789abcdef0123456789abcdee"})
    EXPECT_THAT(v2(kList, {{"photo_id", "1"}, {"token", wrong}}, nobody()), HasSubstr("\"code\":\"invalid_photo_token\""));
  EXPECT_THAT(v2(kList, {{"photo_id", "9"}, {"token", kPhotoToken}}, nobody()),
              HasSubstr("\"code\":\"invalid_photo_token\""));
}

TEST_F(PhotoMethods, AcceptsATokenThatEnds) {
  add(1, {.publish = false});
  const std::int64_t now = epoch_seconds(kTestNow);
  EXPECT_EQ(ids({{"photo_id", "1"}, {"token", auth::time_limited_token(kPhotoToken, 1, now + 1)}}, nobody()), "1 of 1");
  EXPECT_THAT(v2(kList, {{"photo_id", "1"}, {"token", auth::time_limited_token(kPhotoToken, 1, now - 2)}}, nobody()),
              HasSubstr("invalid_photo_token"));
}

TEST_F(PhotoMethods, OpensAHiddenAlbumWithItsToken) {
  catalog::Album album;
  album.token = "album-secret";
  album.title = "Hidden";
  album.hidden = true;
  const std::string id = std::to_string(io::run_until_done(bench_.catalog().add_album(album)).value().album_id);
  add(1, {.album_ids = id});
  EXPECT_EQ(ids({{"album_id", id}}), "of 0");
  EXPECT_EQ(ids({{"album_id", id}}, reader()), "1 of 1");
  EXPECT_EQ(ids({{"album_id", id}, {"token", "album-secret"}}, nobody()), "1 of 1");
  EXPECT_EQ(ids({{"album_id", id}, {"photo_id", "999"}}, reader()), "1 of 1") << "album_id wins";
  EXPECT_THAT(v2(kList, {{"album_id", id}, {"token", "x"}}), HasSubstr("\"code\":\"invalid_album_token\""));
  EXPECT_THAT(v2(kList, {}, stranger()), Not(HasSubstr("Hidden")));
  EXPECT_THAT(v2(kList, {}), HasSubstr("\"album_title\":\"Hidden\",\"album_hide_p\":true,\"all_albums\":\"" + id));
}

TEST_F(PhotoMethods, FiltersAndOrders) {
  add(1, {.title = "c", .tags = "sea oslo", .publish_date = kTestNow - std::chrono::hours{24 * 400}}, "video/mp4");
  add(2, {.title = "a boat", .tags = "sea"}, "audio/mpeg");
  add(3, {.title = "b", .tags = "oslo"});
  EXPECT_EQ(ids({{"tags", "sea oslo"}}), "1 of 1");
  EXPECT_EQ(ids({{"tags", "sea oslo"}, {"tag_mode", "any"}}), "3 2 1 of 3");
  EXPECT_EQ(ids({{"tags", "sea,oslo"}, {"tag_mode", "or"}, {"order", "asc"}}), "1 2 3 of 3");
  EXPECT_EQ(ids({{"search", "boat"}}), "2 of 1");
  EXPECT_EQ(ids({{"video_p", "1"}}), "1 of 1");
  EXPECT_EQ(ids({{"audio_p", "1"}}), "2 of 1");
  EXPECT_EQ(ids({{"video_p", "0"}}), "3 2 of 2");
  EXPECT_EQ(ids({{"orderby", "title"}, {"order", "asc"}}), "2 3 1 of 3");
  EXPECT_EQ(ids({{"orderby", "views"}}), "3 2 1 of 3");
  EXPECT_EQ(ids({{"year", "2023"}}), "3 2 of 2");
  EXPECT_EQ(ids({{"year", "2023"}, {"month", "11"}, {"day", "14"}}), "3 2 of 2");
  EXPECT_EQ(ids({{"year", "2023"}, {"month", "12"}}), "of 0");
  EXPECT_EQ(ids({{"after_time", "2023-01-01"}}), "3 2 of 2");
  EXPECT_EQ(ids({{"before_time", "1672531200"}}), "1 of 1");
  EXPECT_EQ(ids({{"user_id", "me"}}), "of 0");
  EXPECT_EQ(ids({{"has_coordinates_p", "1"}}), "of 0");
  EXPECT_EQ(ids({{"no_such_filter", "1"}, {"size", "1"}, {"p", "2"}}), "2 of 3");
  EXPECT_EQ(ids({{"p", "99999999999999999999"}, {"size", "0"}}), "of 3");
  EXPECT_THAT(v2(kList, {{"p", "-3"}, {"size", "9999"}}), HasSubstr("\"p\":1,\"size\":100,"));
  for (const Params& bad : {Params{{"order", "up"}}, Params{{"orderby", "'"}}, Params{{"photo_id", "x"}}, Params{{"p", "x"}},
                            Params{{"year", "2023"}, {"month", "13"}}, Params{{"after_time", "soon"}},
                            Params{{"tag_mode", "xor"}}, Params{{"video_p", "maybe"}}})
    EXPECT_THAT(v2(kList, bad), HasSubstr("\"code\":\"invalid_input\"")) << bad.begin()->first;
}

TEST_F(PhotoMethods, UpdatesInAllFormats) {
  add(1, {.title = "old", .tags = "a", .album_ids = ""});
  const Caller writer{.level = Level::write, .user_id = 7};
  const char* update = "/api/photo/update";
  EXPECT_EQ(ask(Generation::v1, update, {{"photo_id", "1"}, {"title", "<b>new</b>"}}, writer),
            std::string(kXmlHead) +
                "<response status=\"ok\" permission_level=\"write\" message=\"The photo/video was updated\" cached=\"0\"/>");
  EXPECT_TRUE(ask(Generation::v1, update, {{"photo_id", "1"}, {"tags", "x y"}, {"format", "json"}, {"raw", "1"}}, writer)
                  .starts_with(R"({"status":"ok","message":"The photo/video was updated","permission_level":"write",)"
                               R"("cached":"0","photo":{},"p":"1","size":"1","site":{)"));
  EXPECT_EQ(v2(update, {{"photo_id", "1"}, {"publish", "0"}, {"promoted_p", "1"}}, writer),
            R"({"status":"ok","message":"The photo/video was updated","permission_level":"write","cached":false,"data":{}})");
  const auto photo = io::run_until_done(bench_.catalog().find_photo(1)).value().value();
  EXPECT_EQ(photo.metadata.title, "new");
  EXPECT_EQ(photo.metadata.tags, "x y");
  EXPECT_FALSE(photo.metadata.publish);
  EXPECT_TRUE(photo.promoted);
}

TEST_F(PhotoMethods, UpdateRefusesWhatIsNotThereAndChangesNothing) {
  add(1, {.title = "old"});
  const Caller writer{.level = Level::write, .user_id = 7};
  const char* update = "/api/photo/update";
  EXPECT_EQ(v2(update, {{"photo_id", "9"}}, writer),
            R"({"status":"error","message":"The photo does not exist","code":"no_such_photo","permission_level":"write"})");
  EXPECT_THAT(v2(update, {{"photo_id", "1"}, {"title", "x"}, {"album_id", "77"}}, writer), HasSubstr("no_such_album"));
  EXPECT_THAT(v2(update, {{"photo_id", "1"}, {"title", "x"}, {"published_p", "perhaps"}}, writer), HasSubstr("invalid_input"));
  EXPECT_THAT(v2(update, {{"title", "x"}}, writer), HasSubstr("photo_id is required"));
  EXPECT_THAT(v2(update, {{"photo_id", "1"}, {"title", "x"}}, reader()), HasSubstr("permission_denied"));
  EXPECT_EQ(io::run_until_done(bench_.catalog().find_photo(1)).value()->metadata.title, "old");
}

TEST_F(PhotoMethods, DeletesAndRemovesTheFiles) {
  add(1, {});
  std::vector<std::int64_t> removed;
  bench_.services.remove_files = [&](const catalog::Photo& photo) -> io::Task<void> {
    removed.push_back(photo.photo_id);
    return [](void) -> io::Task<void> { co_return; }();
  };
  const Caller writer{.level = Level::write, .user_id = 7};
  EXPECT_EQ(v2("/api/photo/delete", {{"photo_id", "1"}}, writer),
            R"({"status":"ok","message":"The photo/video was deleted","permission_level":"write","cached":false,"data":{}})");
  EXPECT_EQ(removed, std::vector<std::int64_t>{1});
  EXPECT_EQ(bench_.reply(test_call(Generation::v2, "/api/photo/delete", {{"photo_id", "1"}}, writer)).status, 404);
  EXPECT_EQ(removed.size(), 1u);
}

TEST_F(PhotoMethods, SaysThatNothingIsLeftToTranscode) {
  add(1, {}, "video/mp4");
  add(2, {});
  const char* progress = "/api/photo/get-transcoding-progress";
  EXPECT_EQ(ask(Generation::v1, progress, {{"photo_id", "1"}}),
            std::string(kXmlHead) + "<response status=\"ok\" permission_level=\"read\" cached=\"0\"><video_original>1"
                                    "</video_original><all>1</all></response>");
  EXPECT_EQ(v2(progress, {{"photo_id", "2"}, {"percentage_formated_p", "1"}}),
            R"({"status":"ok","permission_level":"read","cached":false,"data":{"all":"100%"}})");
  EXPECT_THAT(v2(progress, {{"photo_id", "3"}}), HasSubstr("no_such_photo"));
}

TEST_F(PhotoMethods, HasNoStillsYet) {
  add(1, {}, "video/mp4");
  const char* frame = "/api/photo/frame";
  const auto reply = bench_.reply(test_call(Generation::v2, frame, {{"photo_id", "1"}, {"time", "1.5"}}, stranger()));
  EXPECT_EQ(reply.status, 412);
  EXPECT_THAT(reply.body, HasSubstr("feature_not_available"));
  EXPECT_THAT(v2(frame, {{"upload_token", "upload-token"}, {"time", "10"}}, nobody()), HasSubstr("feature_not_available"));
  EXPECT_THAT(v2(frame, {{"photo_id", "1"}, {"time", "1"}}, nobody()), HasSubstr("token_required"));
  EXPECT_THAT(v2(frame, {{"photo_id", "1"}}), HasSubstr("time is required"));
  for (const char* time : {"x", "-1", "nan", "inf", "1e999", "1,5"})
    EXPECT_THAT(v2(frame, {{"photo_id", "1"}, {"time", time}}), HasSubstr("invalid_input")) << time;
  EXPECT_THAT(v2(frame, {{"photo_id", "1"}, {"time", "1"}, {"size", "640"}}), HasSubstr("invalid_input"));
  EXPECT_THAT(v2(frame, {{"photo_id", "9"}, {"time", "1"}}), HasSubstr("no_such_photo"));
}

}  // namespace
}  // namespace stile::api
