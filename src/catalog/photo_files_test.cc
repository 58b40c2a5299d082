#include "catalog/photo_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr WallTime kLater = kNow + Seconds{100};

class PhotoFiles : public testing::Test {
 protected:
  PhotoFiles() { CHECK(run(catalog->add_token(make_token("t", 100)))); }

  template <class T>
  T run(io::Task<T> task) {
    return run_until_done(std::move(task));
  }
  // A photo with file `photo_id` and no poster.
  Photo stored(std::int64_t photo_id, const std::string& content_type) {
    Finish finish = make_finish(make_upload("u" + std::to_string(photo_id), "t"), photo_id);
    finish.photo.file_id = photo_id;
    finish.photo.poster_id = 0;
    finish.photo.poster_type.clear();
    finish.photo.poster_size = 0;
    finish.photo.content_type = content_type;
    finish.photo.metadata.publish_date = {};
    auto photo = run(catalog->finish_upload(finish, kNow));
    CHECK(photo);
    return *photo;
  }
  void add_replace_token(const std::string& name, std::int64_t photo_id, std::int64_t max_uploads = 100) {
    Token token = make_token(name, max_uploads);
    token.kind = TokenKind::replace;
    token.photo_id = photo_id;
    CHECK(run(catalog->add_token(token)));
  }
  // As the engine asks for it.
  Finish replacement(std::int64_t photo_id, std::int64_t file_id, const std::string& type, const std::string& token) {
    Finish finish;
    finish.upload = make_upload("r" + std::to_string(file_id), token, 5);
    finish.upload.photo_id = photo_id;
    finish.upload.file_id = file_id;
    finish.photo = make_photo(photo_id, finish.upload);
    finish.photo.file_id = file_id;
    finish.photo.file_name = "new name";
    finish.photo.content_type = type;
    finish.photo.crc32 = 99;
    finish.target = Finish::Target::replacement;
    finish.authority = token.empty() ? Finish::Authority::caller : Finish::Authority::token;
    return finish;
  }
  Result<Photo> replace(std::int64_t photo_id, std::int64_t file_id, const std::string& type,
                        const std::string& token = "") {
    return run(catalog->finish_upload(replacement(photo_id, file_id, type, token), kLater));
  }
  std::vector<std::int64_t> to_remove() { return *run(catalog->files_to_remove(WallTime::max(), 100)); }
  std::int64_t count(PhotoFilter filter) { return run(catalog->list_photos({.filter = std::move(filter)}))->total; }

  TempCatalog catalog;
};

TEST_F(PhotoFiles, AReplacedFileChangesWhatIsSaidOfTheFileAndNothingElse) {
  Photo expected = stored(1, "image/jpeg");
  const auto after = replace(1, 50, "video/mp4");
  ASSERT_TRUE(after);
  expected.file_id = 50;
  expected.file_name = "new name";
  expected.content_type = "video/mp4";
  expected.size = 5;
  expected.crc32 = 99;
  expected.edited_at = kLater;
  EXPECT_EQ(described(*after), described(expected));
  EXPECT_EQ(described(**run(catalog->find_photo(1))), described(expected));
  EXPECT_THAT(to_remove(), ElementsAre(1));
}

TEST_F(PhotoFiles, ListsFollowTheNewType) {
  stored(1, "image/jpeg");
  EXPECT_EQ(count({.video = true}), 0);
  ASSERT_TRUE(replace(1, 50, "video/mp4"));
  EXPECT_EQ(count({.video = true}), 1);
  EXPECT_EQ(count({.video = false}), 0);
  EXPECT_EQ(count({}), 1);
}

TEST_F(PhotoFiles, AnImageForAVideoBecomesItsPoster) {
  Photo expected = stored(1, "video/mp4");
  ASSERT_TRUE(replace(1, 50, "image/png"));
  EXPECT_THAT(to_remove(), IsEmpty());
  const auto after = replace(1, 51, "image/jpeg");
  ASSERT_TRUE(after);
  expected.poster_id = 51;
  expected.poster_type = "image/jpeg";
  expected.poster_size = 5;
  expected.edited_at = kLater;
  EXPECT_EQ(described(*after), described(expected));
  EXPECT_THAT(to_remove(), ElementsAre(50)) << "the poster before it";
  ASSERT_TRUE(replace(1, 52, "video/webm"));
  EXPECT_THAT(to_remove(), UnorderedElementsAre(1, 50)) << "another video takes the place of the video";
  EXPECT_EQ((*run(catalog->find_photo(1)))->poster_id, 51);
}

TEST_F(PhotoFiles, ADeletedPhotoLeavesAllItsFilesToBeRemoved) {
  stored(1, "video/mp4");
  ASSERT_TRUE(replace(1, 50, "image/png"));
  ASSERT_TRUE(replace(1, 51, "video/webm"));
  const auto deleted = run(catalog->delete_photo(1, kLater));
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->file_id, 51);
  EXPECT_EQ(deleted->poster_id, 50);
  EXPECT_THAT(to_remove(), UnorderedElementsAre(1, 50, 51));
  ASSERT_TRUE(run(catalog->files_removed(50)));
  EXPECT_THAT(to_remove(), UnorderedElementsAre(1, 51));
  EXPECT_EQ(replace(1, 52, "video/mp4").error().code, Errc::not_found);
  EXPECT_THAT(to_remove(), UnorderedElementsAre(1, 51)) << "a failed write changes nothing";
}

TEST_F(PhotoFiles, KnownAreFilesAndPostersThatPhotosHaveOrHadUntilTheyAreRemoved) {
  stored(1, "video/mp4");
  stored(2, "image/jpeg");
  ASSERT_TRUE(replace(1, 50, "image/png"));
  ASSERT_TRUE(replace(2, 51, "image/png"));
  EXPECT_THAT(*run(catalog->known_files({0, 1, 2, 50, 51, 52})), UnorderedElementsAre(1, 2, 50, 51));
  ASSERT_TRUE(run(catalog->files_removed(2)));
  EXPECT_THAT(*run(catalog->known_files({0, 1, 2, 50, 51, 52})), UnorderedElementsAre(1, 50, 51));
}

TEST_F(PhotoFiles, ATokenReplacesTheFileOfItsOwnPhotoOnly) {
  stored(1, "image/jpeg");
  stored(2, "image/jpeg");
  add_replace_token("for 1", 1);
  EXPECT_EQ(replace(2, 50, "image/jpeg", "for 1").error().code, Errc::token_unknown);
  EXPECT_EQ(replace(1, 50, "image/jpeg", "t").error().code, Errc::token_unknown) << "an upload token";
  Finish upload = make_finish(make_upload("x", "for 1"), 3);
  EXPECT_EQ(run(catalog->finish_upload(upload, kNow)).error().code, Errc::token_unknown) << "a new photo";
  EXPECT_THAT(to_remove(), IsEmpty());
  EXPECT_EQ((*run(catalog->find_token("for 1")))->used, 0);
  ASSERT_TRUE(replace(1, 50, "image/jpeg", "for 1"));
  const auto token = run(catalog->find_token("for 1"));
  EXPECT_EQ((*token)->used, 1);
  EXPECT_EQ((*token)->received_bytes, 5u);
}

TEST_F(PhotoFiles, AnUpdateTokenTakesNoFile) {
  stored(1, "image/jpeg");
  Token token = make_token("changes 1");
  token.kind = TokenKind::update;
  token.photo_id = 1;
  ASSERT_TRUE(run(catalog->add_token(token)));
  EXPECT_EQ(replace(1, 50, "image/jpeg", "changes 1").error().code, Errc::token_unknown);
  EXPECT_EQ(run(catalog->finish_upload(make_finish(make_upload("x", "changes 1"), 3), kNow)).error().code,
            Errc::token_unknown);
}

TEST_F(PhotoFiles, EachReplacementCountsOnceAndTheLastOneWins_I5) {
  stored(1, "image/jpeg");
  add_replace_token("r", 1, 2);
  ASSERT_TRUE(replace(1, 50, "image/jpeg", "r"));
  EXPECT_EQ(replace(1, 50, "image/jpeg", "r").error().code, Errc::already_exists);
  ASSERT_TRUE(replace(1, 51, "image/jpeg", "r"));
  EXPECT_EQ(replace(1, 52, "image/jpeg", "r").error().code, Errc::token_used_up);
  EXPECT_EQ((*run(catalog->find_photo(1)))->file_id, 51);
  EXPECT_THAT(to_remove(), UnorderedElementsAre(1, 50));
}

TEST_F(PhotoFiles, ACallersFileHasNoUploadAndUsesNoToken) {
  Finish finish = make_finish(make_upload("x", ""), 9);
  finish.authority = Finish::Authority::caller;
  finish.photo.upload_token.clear();
  ASSERT_TRUE(run(catalog->finish_upload(finish, kNow)));
  EXPECT_TRUE((*run(catalog->find_photo(9))).has_value());
  EXPECT_FALSE((*run(catalog->find_upload(finish.upload.key))).has_value());
  EXPECT_EQ((*run(catalog->find_token("t")))->used, 0);
}

TEST_F(PhotoFiles, PhotosAreFoundByTheIdentifierOfTheirUpload) {
  stored(1, "image/jpeg");
  stored(2, "image/jpeg");
  ASSERT_TRUE(run(catalog->add_token(make_token("other", 5))));
  const auto ids = [&](const std::string& token, const std::string& identifier) {
    std::vector<std::int64_t> found;
    for (const Photo& photo : *run(catalog->photos_of_identifier(token, identifier, 10)))
      found.push_back(photo.photo_id);
    return found;
  };
  EXPECT_THAT(ids("t", "identifier of u2"), ElementsAre(2));
  EXPECT_THAT(ids("other", "identifier of u2"), IsEmpty());
  EXPECT_THAT(ids("t", ""), IsEmpty());
}

}  // namespace
}  // namespace stile::catalog
