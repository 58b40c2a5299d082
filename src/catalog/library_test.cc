#include "catalog/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/photo_links.h"
#include "catalog/session.h"
#include "catalog/test_records.h"
#include "catalog/testing.h"
#include "io/run.h"

namespace stile::catalog {
namespace {

using io::run_until_done;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Spec {
  std::string title = {};
  std::string tags = {};
  std::string albums = {};
  bool publish = true;
  std::string type = "image/jpeg";
  std::int64_t user_id = 0;
  std::optional<WallTime> publish_date = {};
  std::string description = {};
};

// Photos with ids 1, 2, 3, … that came a second apart.
class LibraryTest : public testing::Test {
 protected:
  LibraryTest() { CHECK(run_until_done(catalog_->add_token(make_token("t", 1'000))).has_value()); }

  std::int64_t add(const Spec& spec) {
    const std::int64_t id = ++last_;
    Finish finish = make_finish(make_upload("u" + std::to_string(id), "t"), id);
    finish.photo.metadata = {.title = spec.title, .description = spec.description, .tags = spec.tags,
                             .album_ids = spec.albums, .publish = spec.publish, .publish_date = spec.publish_date,
                             .absolute_url = ""};
    finish.photo.content_type = spec.type;
    finish.photo.user_id = spec.user_id;
    finish.photo.created_at = kNow + Seconds{id};
    CHECK(run_until_done(catalog_->finish_upload(finish, kNow)).has_value());
    return id;
  }
  std::vector<std::int64_t> ids(const PhotoQuery& query, std::int64_t* total = nullptr) {
    const auto page = run_until_done(catalog_->list_photos(query));
    CHECK(page.has_value());
    std::vector<std::int64_t> found;
    for (const ListedPhoto& item : page->items) found.push_back(item.photo.photo_id);
    if (total) *total = page->total;
    return found;
  }
  std::vector<std::int64_t> filtered(PhotoFilter filter) { return ids({.filter = std::move(filter)}); }
  std::int64_t add_album(const std::string& title, bool hidden = false) {
    Album album;
    album.title = title;
    album.hidden = hidden;
    album.created_at = kNow + Seconds{++albums_};
    return run_until_done(catalog_->add_album(album)).value().album_id;
  }

  TempCatalog catalog_;
  std::int64_t last_ = 0;
  std::int64_t albums_ = 0;
};

TEST_F(LibraryTest, PromotedPhotosComeFirstOnEveryPageFromBothEnds) {
  const std::string album = std::to_string(add_album("a"));
  for (int i = 1; i <= 9; ++i) add({.tags = i % 2 ? "odd" : "even", .albums = i > 2 ? album : ""});
  for (const std::int64_t id : {2, 5, 6})
    CHECK(run_until_done(catalog_->update_photo({.photo_id = id, .promoted = true}, kNow)).has_value());
  const auto check = [&](PhotoFilter filter, const std::vector<std::int64_t>& expected) {
    for (std::int64_t size = 1; size <= 10; ++size) {
      std::vector<std::int64_t> all;
      std::int64_t total = 0;
      for (std::int64_t offset = 0; offset < 10; offset += size) {
        const auto page = ids({.filter = filter, .promoted_first = true, .offset = offset, .limit = size}, &total);
        EXPECT_LE(page.size(), static_cast<std::size_t>(size));
        all.insert(all.end(), page.begin(), page.end());
      }
      EXPECT_EQ(all, expected) << "pages of " << size;
      EXPECT_EQ(total, static_cast<std::int64_t>(expected.size()));
    }
  };
  check({}, {6, 5, 2, 9, 8, 7, 4, 3, 1});
  check({.published = true}, {6, 5, 2, 9, 8, 7, 4, 3, 1});
  check({.album_id = 1}, {6, 5, 9, 8, 7, 4, 3});
  check({.tags = {"even"}}, {6, 2, 8, 4});
  check({.tags = {"odd", "even"}, .tag_mode = TagMode::any}, {6, 5, 2, 9, 8, 7, 4, 3, 1});
  check({.from = kNow + Seconds{4}, .before = kNow + Seconds{8}}, {6, 5, 7, 4});
  check({.promoted = false}, {9, 8, 7, 4, 3, 1});
  check({.photo_id = 5}, {5});
  check({.upload_token = "t"}, {6, 5, 2, 9, 8, 7, 4, 3, 1});
  EXPECT_THAT(ids({}), ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1)) << "only when asked";
  for (const std::int64_t id : {2, 5, 6})
    CHECK(run_until_done(catalog_->update_photo({.photo_id = id, .promoted = false}, kNow)).has_value());
  check({}, {9, 8, 7, 6, 5, 4, 3, 2, 1});
}

TEST_F(LibraryTest, CountsPromotedPhotosByThemselves) {
  add({});
  add({.publish = false});
  for (const std::int64_t id : {1, 2})
    CHECK(run_until_done(catalog_->update_photo({.photo_id = id, .promoted = true}, kNow)).has_value());
  std::int64_t total = 0;
  EXPECT_THAT(ids({.filter = {.promoted = true}}, &total), ElementsAre(2, 1));
  EXPECT_EQ(total, 2);
  ids({.filter = {.promoted = true, .published = true}}, &total);
  EXPECT_EQ(total, 1);
  CHECK(run_until_done(catalog_->delete_photo(1, kNow)).has_value());
  ids({.filter = {.promoted = true}}, &total);
  EXPECT_EQ(total, 1);
}

TEST_F(LibraryTest, FindsAnAlbumByItsTitleOrMakesIt) {
  const std::int64_t first = add_album("Summer");
  add_album("Summer");
  Album wanted;
  wanted.title = "Summer";
  EXPECT_EQ(run_until_done(catalog_->find_or_add_album(wanted)).value().album_id, first);
  wanted.title = "summer";
  wanted.token = "new";
  const Album made = run_until_done(catalog_->find_or_add_album(wanted)).value();
  EXPECT_GT(made.album_id, first);
  EXPECT_EQ(run_until_done(catalog_->find_or_add_album(wanted)).value().album_id, made.album_id);
  EXPECT_EQ(run_until_done(catalog_->find_album(made.album_id)).value()->token, "new");
}

TEST_F(LibraryTest, ListsNewestFirstAndSaysHowManyThereAre) {
  for (int i = 0; i < 5; ++i) add({});
  std::int64_t total = 0;
  EXPECT_THAT(ids({.offset = 0, .limit = 2}, &total), ElementsAre(5, 4));
  EXPECT_EQ(total, 5);
  EXPECT_THAT(ids({.offset = 4, .limit = 2}, &total), ElementsAre(1));
  EXPECT_THAT(ids({.offset = 5, .limit = 2}, &total), IsEmpty());
  EXPECT_EQ(total, 5);
  EXPECT_THAT(ids({.offset = 3, .limit = 2}), ElementsAre(2, 1)) << "walked from the other end";
  EXPECT_THAT(ids({.offset = 3, .limit = 9}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.direction = Direction::ascending, .offset = 3, .limit = 1}), ElementsAre(4));
  EXPECT_THAT(ids({.direction = Direction::ascending, .offset = 1, .limit = 2}), ElementsAre(2, 3));
}

TEST_F(LibraryTest, OrdersByPublishDateArrivalAndTitle) {
  add({.title = "b", .publish_date = kNow + Seconds{900}});
  add({.title = "A"});
  add({.title = "c"});
  EXPECT_THAT(ids({.order = PhotoOrder::published}), ElementsAre(1, 3, 2));
  EXPECT_THAT(ids({.order = PhotoOrder::created}), ElementsAre(3, 2, 1));
  EXPECT_THAT(ids({.order = PhotoOrder::title, .direction = Direction::ascending}), ElementsAre(2, 1, 3));
}

TEST_F(LibraryTest, FiltersByWhatIsPublished) {
  add({});
  add({.publish = false});
  std::int64_t total = 0;
  EXPECT_THAT(ids({.filter = {.published = true}}, &total), ElementsAre(1));
  EXPECT_EQ(total, 1);
  EXPECT_THAT(ids({.filter = {.published = false}}, &total), ElementsAre(2));
  EXPECT_EQ(total, 1);
  EXPECT_THAT(ids({}, &total), ElementsAre(2, 1));
  EXPECT_EQ(total, 2);
}

TEST_F(LibraryTest, FiltersByEachThingAndByAllTogether) {
  const std::int64_t album = add_album("Summer");
  add({.title = "Boat trip", .tags = "sea Oslo", .albums = std::to_string(album), .type = "video/mp4", .user_id = 7});
  add({.title = "Boat shed", .tags = "oslo", .type = "video/mp4", .user_id = 7});
  add({.title = "Mountain", .tags = "sky", .albums = std::to_string(album), .type = "audio/mpeg", .user_id = 8});
  EXPECT_THAT(filtered({.photo_id = 2}), ElementsAre(2));
  EXPECT_THAT(filtered({.album_id = album}), ElementsAre(3, 1));
  EXPECT_THAT(filtered({.album_id = album + 1}), IsEmpty());
  EXPECT_THAT(filtered({.user_id = 7}), ElementsAre(2, 1));
  EXPECT_THAT(filtered({.upload_token = "t"}), ElementsAre(3, 2, 1));
  EXPECT_THAT(filtered({.upload_token = "other"}), IsEmpty());
  EXPECT_THAT(filtered({.tags = {"OSLO"}}), ElementsAre(2, 1));
  EXPECT_THAT(filtered({.tags = {"oslo", "sea"}}), ElementsAre(1));
  EXPECT_THAT(filtered({.tags = {"sky", "sea"}, .tag_mode = TagMode::any}), ElementsAre(3, 1));
  EXPECT_THAT(filtered({.search = "boat"}), ElementsAre(2, 1));
  EXPECT_THAT(filtered({.search = "boa oslo"}), ElementsAre(2, 1));
  EXPECT_THAT(filtered({.video = true}), ElementsAre(2, 1));
  EXPECT_THAT(filtered({.video = false}), ElementsAre(3));
  EXPECT_THAT(filtered({.audio = true}), ElementsAre(3));
  EXPECT_THAT(filtered({.promoted = true}), IsEmpty());
  EXPECT_THAT(filtered({.from = kNow + Seconds{2}, .before = kNow + Seconds{3}}), ElementsAre(2));

  PhotoFilter all{.album_id = album, .user_id = 7, .upload_token = "t", .tags = {"sea", "oslo"}, .search = "trip",
                  .video = true, .audio = false, .promoted = false, .published = true, .from = kNow,
                  .before = kNow + Seconds{99}};
  for (const PhotoOrder order : {PhotoOrder::published, PhotoOrder::created, PhotoOrder::title})
    for (const TagMode mode : {TagMode::all, TagMode::any})
      for (const bool with_id : {false, true})
        for (const bool with_token : {false, true})
          for (const bool with_search : {false, true})
            for (const bool with_album : {false, true}) {
              PhotoFilter filter = all;
              filter.tag_mode = mode;
              if (with_id) filter.photo_id = 1;
              if (!with_token) filter.upload_token.reset();
              if (!with_search) filter.search.clear();
              if (!with_album) filter.album_id.reset();
              std::int64_t total = 0;
              const auto found = ids({.filter = filter, .order = order}, &total);
              const bool shed_too = mode == TagMode::any && !with_id && !with_search && !with_album;
              if (shed_too) {
                EXPECT_EQ(total, 2);
              } else {
                EXPECT_THAT(found, ElementsAre(1));
                EXPECT_EQ(total, 1);
              }
            }
}

TEST_F(LibraryTest, SearchesWordsWhateverTheyHold) {
  add({.title = "Smørbrød i Tromsø", .tags = "mat", .description = "<p>with <em>prawns</em></p>"});
  EXPECT_THAT(filtered({.search = "smørbrød"}), ElementsAre(1));
  EXPECT_THAT(filtered({.search = "smor"}), IsEmpty()) << "ø is a letter, not an o with a mark";
  EXPECT_THAT(filtered({.search = "prawns MAT"}), ElementsAre(1));
  EXPECT_THAT(filtered({.search = "em"}), IsEmpty()) << "markup is not text";
  for (const char* hostile : {"\"", "\" OR 1", "a\" NEAR b", "title:", "*", "^", "(", ")", "AND", "NOT", "--", "' OR '1'='1",
                              "\xf0\x9f\x98\x80", "mat*\"", "{title}:x", "-mat -"})
    EXPECT_TRUE(run_until_done(catalog_->list_photos({.filter = {.search = hostile}}))) << hostile;
  EXPECT_THAT(filtered({.search = "--"}), IsEmpty());
}

TEST_F(LibraryTest, ShowsAlbumsThatExistInTheOrderGiven) {
  const std::int64_t first = add_album("First");
  const std::int64_t second = add_album("Second", true);
  add({.albums = std::to_string(second) + "," + std::to_string(first) + ",999"});
  const auto page = run_until_done(catalog_->list_photos({})).value();
  ASSERT_THAT(page.items, SizeIs(1));
  ASSERT_THAT(page.items[0].albums, SizeIs(2));
  EXPECT_EQ(page.items[0].albums[0].title, "Second");
  EXPECT_TRUE(page.items[0].albums[0].hidden);
  EXPECT_EQ(page.items[0].albums[1].title, "First");
}

TEST_F(LibraryTest, ChangesWhatIsNamedAndKeepsTheRest) {
  const std::int64_t album = add_album("Summer");
  add({.title = "old", .tags = "a b", .publish = false});
  const Photo before = run_until_done(catalog_->find_photo(1)).value().value();
  const auto after = run_until_done(catalog_->update_photo(
      {.photo_id = 1, .tags = "c", .album_ids = std::to_string(album), .publish = true, .promoted = true}, kNow));
  ASSERT_TRUE(after);
  EXPECT_EQ(described(run_until_done(catalog_->find_photo(1)).value().value()), described(*after));
  Photo expected = before;
  expected.metadata.tags = "c";
  expected.metadata.album_ids = std::to_string(album);
  expected.metadata.publish = true;
  expected.promoted = true;
  expected.edited_at = kNow;
  EXPECT_EQ(described(*after), described(expected));
  EXPECT_THAT(filtered({.tags = {"a"}}), IsEmpty());
  EXPECT_THAT(filtered({.album_id = album, .tags = {"c"}, .promoted = true, .published = true}), ElementsAre(1));
  ASSERT_TRUE(run_until_done(catalog_->update_photo({.photo_id = 1, .title = "new", .album_ids = ""}, kNow)));
  EXPECT_THAT(filtered({.album_id = album}), IsEmpty());
  EXPECT_THAT(filtered({.search = "old"}), IsEmpty());
  EXPECT_THAT(filtered({.search = "new"}), ElementsAre(1));
  EXPECT_EQ(run_until_done(catalog_->update_photo({.photo_id = 2}, kNow)).error().code, Errc::not_found);
}

TEST_F(LibraryTest, StoresEventsWithTheChange) {
  add({});
  ASSERT_TRUE(run_until_done(catalog_->update_photo({.photo_id = 1, .events = {make_event(1, kNow)}}, kNow)));
  EXPECT_THAT(run_until_done(catalog_->events_of_photo(1)).value(), SizeIs(2));
}

TEST_F(LibraryTest, DeletesAtOnceAndRemembersTheFiles) {
  add({.title = "boat", .tags = "sea"});
  add({.tags = "sea"});
  ASSERT_TRUE(run_until_done(catalog_->delete_photo(1, kNow)));
  EXPECT_FALSE(run_until_done(catalog_->find_photo(1)).value());
  std::int64_t total = 0;
  EXPECT_THAT(ids({}, &total), ElementsAre(2));
  EXPECT_EQ(total, 1);
  EXPECT_THAT(filtered({.search = "boat"}), IsEmpty());
  EXPECT_EQ(run_until_done(catalog_->list_tags({})).value().items.at(0).count, 1);
  EXPECT_EQ(run_until_done(catalog_->delete_photo(1, kNow)).error().code, Errc::not_found);
  catalog_.reopen();
  EXPECT_THAT(run_until_done(catalog_->files_to_remove(WallTime::max(), 9)).value(), ElementsAre(3, 4));  // and poster
  for (const std::int64_t file_id : {3, 4}) ASSERT_TRUE(run_until_done(catalog_->files_removed(file_id)));
  EXPECT_THAT(run_until_done(catalog_->files_to_remove(WallTime::max(), 9)).value(), IsEmpty());
}

TEST_F(LibraryTest, RelinksWhatAnOlderProgramStored) {
  const std::int64_t album = add_album("Summer");
  add({.title = "boat", .tags = "sea", .albums = std::to_string(album)});
  add({.publish = false});
  catalog_.close();
  {
    Session session(catalog_.path(), Milliseconds{100});
    for (const char* sql : {"DELETE FROM photo_cards", "DELETE FROM photo_tags", "UPDATE counts SET n = 77",
                            "INSERT INTO facts(name, value) VALUES('photos to relink', '1')"})
      session.run_once(sql);
  }
  catalog_.reopen();
  std::int64_t total = 0;
  EXPECT_THAT(ids({}, &total), ElementsAre(2, 1));
  EXPECT_EQ(total, 2);
  EXPECT_THAT(filtered({.album_id = album, .tags = {"sea"}, .search = "boat"}), ElementsAre(1));
  EXPECT_FALSE(run_until_done(catalog_->find_fact("photos to relink")).value());
}

TEST_F(LibraryTest, ListsAlbums) {
  const std::int64_t a = add_album("Winter");
  const std::int64_t b = add_album("summer");
  const std::int64_t c = add_album("Secret", true);
  const auto titles = [&](const AlbumQuery& query) {
    std::vector<std::string> found;
    for (const ListedAlbum& item : run_until_done(catalog_->list_albums(query)).value().items)
      found.push_back(item.album.title);
    return found;
  };
  EXPECT_THAT(titles({}), ElementsAre("summer", "Winter"));
  EXPECT_THAT(titles({.include_hidden = true}), ElementsAre("Secret", "summer", "Winter"));
  EXPECT_THAT(titles({.order = AlbumOrder::title, .direction = Direction::ascending}), ElementsAre("summer", "Winter"));
  EXPECT_THAT(titles({.search = "INT"}), ElementsAre("Winter"));
  EXPECT_THAT(titles({.album_id = c}), IsEmpty());
  EXPECT_THAT(titles({.offset = 1, .limit = 1}), ElementsAre("Winter"));
  add({.albums = std::to_string(a)});
  EXPECT_THAT(titles({.photo_id = 1}), ElementsAre("Winter"));
  ASSERT_TRUE(run_until_done(catalog_->update_album({.album_id = b, .title = "Autumn", .hidden = true}, kNow)));
  EXPECT_TRUE(run_until_done(catalog_->find_album(b)).value()->hidden);
  EXPECT_EQ(run_until_done(catalog_->find_album(b)).value()->edited_at, kNow);
  EXPECT_EQ(run_until_done(catalog_->update_album({.album_id = 99}, kNow)).error().code, Errc::not_found);
}

TEST_F(LibraryTest, DeletesAnAlbumAndKeepsItsPhotos) {
  const std::int64_t album = add_album("Summer");
  add({.albums = std::to_string(album)});
  ASSERT_TRUE(run_until_done(catalog_->delete_album(album)));
  EXPECT_EQ(run_until_done(catalog_->delete_album(album)).error().code, Errc::not_found);
  EXPECT_FALSE(run_until_done(catalog_->find_album(album)).value());
  EXPECT_THAT(filtered({.album_id = album}), IsEmpty());
  EXPECT_THAT(run_until_done(catalog_->list_photos({})).value().items.at(0).albums, IsEmpty());
}

TEST_F(LibraryTest, CountsTagsOfPublishedPhotos) {
  add({.tags = "Oslo sea ns:key=1"});
  add({.tags = "oslo \"summer house\""});
  add({.tags = "secret oslo", .publish = false});
  const auto tags = [&](const TagQuery& query) {
    std::vector<std::string> found;
    for (const TagCount& tag : run_until_done(catalog_->list_tags(query)).value().items)
      found.push_back(tag.tag + " " + std::to_string(tag.count));
    return found;
  };
  EXPECT_THAT(tags({.order = TagOrder::tag, .direction = Direction::ascending}),
              ElementsAre("ns:key=1 1", "Oslo 2", "sea 1", "summer house 1"));
  EXPECT_THAT(tags({.order = TagOrder::count, .limit = 1}), ElementsAre("Oslo 2"));
  EXPECT_THAT(tags({.search = "S", .direction = Direction::ascending}), ElementsAre("sea 1", "summer house 1"));
  EXPECT_EQ(tags({.exclude_machine_tags = true}).size(), 3u);
  EXPECT_TRUE(run_until_done(catalog_->has_tag("OSLO")).value());
  EXPECT_FALSE(run_until_done(catalog_->has_tag("secret")).value());
  const auto related = run_until_done(catalog_->related_tags("oslo", 10)).value();
  ASSERT_THAT(related, SizeIs(3));
  EXPECT_EQ(related[0].tag, "ns:key=1");
}

TEST_F(LibraryTest, KeepsUsernamesAndAddressesUnique) {
  User user;
  user.username = "Ada";
  user.name = "Ada L.";
  user.email = "ada@example.com";
  const auto added = run_until_done(catalog_->add_account(user));
  ASSERT_TRUE(added);
  EXPECT_EQ(described(run_until_done(catalog_->find_user(added->user_id)).value().value()), described(*added));
  user.username = "ADA";
  user.email = "other@example.com";
  EXPECT_EQ(run_until_done(catalog_->add_account(user)).error().code, Errc::already_exists);
  user.username = "bob";
  user.email = "ADA@example.com";
  EXPECT_EQ(run_until_done(catalog_->add_account(user)).error().code, Errc::already_exists);
  user.email = "aDa";  // both log in, so a name is not another's address
  EXPECT_EQ(run_until_done(catalog_->add_account(user)).error().code, Errc::already_exists);
  user.username = "ada@EXAMPLE.com";
  user.email = "";
  EXPECT_EQ(run_until_done(catalog_->add_account(user)).error().code, Errc::already_exists);
  user.username = "bob";
  const auto bob = run_until_done(catalog_->add_account(user));
  ASSERT_TRUE(bob);
  EXPECT_EQ(run_until_done(catalog_->find_user_by_login("aDa")).value()->user_id, added->user_id);
  EXPECT_EQ(run_until_done(catalog_->find_user_by_login("ADA@EXAMPLE.COM")).value()->user_id, added->user_id);
  EXPECT_FALSE(run_until_done(catalog_->find_user_by_login("")).value());
  User changed = *bob;
  changed.username = "ada";
  EXPECT_EQ(run_until_done(catalog_->update_user(changed)).error().code, Errc::already_exists);
  changed.username = "Robert";
  ASSERT_TRUE(run_until_done(catalog_->update_user(changed)));
  EXPECT_EQ(run_until_done(catalog_->find_user(bob->user_id)).value()->username, "Robert");
  EXPECT_EQ(run_until_done(catalog_->add_user("key holder", kNow)).value().username, "user3");
  const auto names = [&](const UserQuery& query) {
    std::vector<std::string> found;
    for (const User& each : run_until_done(catalog_->list_users(query)).value().items) found.push_back(each.username);
    return found;
  };
  EXPECT_THAT(names({.order = UserOrder::username, .direction = Direction::ascending}),
              ElementsAre("Ada", "Robert", "user3"));
  EXPECT_THAT(names({.search = "example"}), IsEmpty());
  EXPECT_THAT(names({.search = "example", .search_email = true}), ElementsAre("Ada"));
}

// Every total against the length of the list, after photos came, changed and went.
TEST_F(LibraryTest, CountsWhatItLists) {
  const std::int64_t album = add_album("Summer");
  for (int i = 0; i < 30; ++i)
    add({.tags = i % 2 ? "a b" : "a", .albums = i % 3 ? std::to_string(album) : "", .publish = i % 5 != 0,
         .type = i % 4 ? "image/png" : "video/mp4", .user_id = i % 2});
  for (int i = 1; i <= 30; i += 7) ASSERT_TRUE(run_until_done(catalog_->delete_photo(i, kNow)));
  for (int i = 2; i <= 30; i += 7)
    ASSERT_TRUE(run_until_done(catalog_->update_photo({.photo_id = i, .tags = "b", .album_ids = "", .publish = false}, kNow)));
  for (const std::optional<bool> published : {std::optional<bool>{}, {true}, {false}})
    for (const PhotoFilter& base : {PhotoFilter{}, PhotoFilter{.album_id = album}, PhotoFilter{.user_id = 1},
                                    PhotoFilter{.tags = {"A"}}, PhotoFilter{.tags = {"b"}}, PhotoFilter{.video = true},
                                    PhotoFilter{.video = false}, PhotoFilter{.audio = true}, PhotoFilter{.album_id = 99},
                                    PhotoFilter{.tags = {"a", "b"}}, PhotoFilter{.album_id = album, .video = true}}) {
      PhotoFilter filter = base;
      filter.published = published;
      std::int64_t total = 0;
      const auto all = ids({.filter = filter, .limit = 100}, &total);
      EXPECT_EQ(total, static_cast<std::int64_t>(all.size()));
      std::vector<std::int64_t> paged;
      for (std::int64_t offset = 0; offset < total; offset += 4)
        for (const std::int64_t id : ids({.filter = filter, .offset = offset, .limit = 4})) paged.push_back(id);
      EXPECT_EQ(paged, all);
    }
}

// The plans that docs/decisions/0010-library-queries.md promises.
TEST_F(LibraryTest, WalksAnIndexForEveryPageOfOneFilter) {
  add({.tags = "a"});
  Session session(catalog_.path(), Milliseconds{100});
  for (const char* sql :
       {"SELECT c.photo_id FROM photo_cards c WHERE 1 = 1 AND c.publish = :a ORDER BY c.published_at DESC, c.photo_id DESC LIMIT :b",
        "SELECT c.photo_id FROM photo_cards c WHERE 1 = 1 AND c.publish = :a ORDER BY c.created_at DESC, c.photo_id DESC LIMIT :b",
        "SELECT c.photo_id FROM photo_cards c WHERE 1 = 1 AND c.publish = :a ORDER BY c.sort_title DESC, c.photo_id DESC LIMIT :b",
        "SELECT c.photo_id FROM photo_cards c WHERE 1 = 1 AND c.publish = :a AND c.user_id = :b ORDER BY c.published_at DESC, "
        "c.photo_id DESC LIMIT :c",
        "SELECT c.photo_id FROM photo_cards c WHERE 1 = 1 AND c.kind = :b ORDER BY c.published_at DESC, c.photo_id DESC LIMIT :c",
        "SELECT k.photo_id FROM photo_albums k WHERE k.album_id = :a AND k.publish = :b ORDER BY k.published_at DESC, "
        "k.photo_id DESC LIMIT :c",
        "SELECT k.photo_id FROM photo_tags k WHERE k.tag = :a AND k.publish = :b ORDER BY k.published_at DESC, "
        "k.photo_id DESC LIMIT :c"}) {
    for (const std::string& step : session.explain(sql)) {
      EXPECT_THAT(step, HasSubstr("COVERING INDEX")) << sql;
      EXPECT_THAT(step, testing::Not(HasSubstr("TEMP B-TREE"))) << sql;
    }
  }
}

}  // namespace
}  // namespace stile::catalog
