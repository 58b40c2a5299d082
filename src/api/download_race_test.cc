// A file that is replaced or deleted between the look into the catalog and the opening of it.
#include "api/download.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/replace_rig.h"

namespace stile::api {
namespace {

// Passes everything on; before an original is opened, somebody else has their turn.
class InterruptedStore final : public store::BlobStore {
 public:
  using File = std::unique_ptr<io::File>;
  InterruptedStore(store::BlobStore& inner, std::function<void(std::int64_t)> before)
      : inner_(inner), before_(std::move(before)) {}

  Result<File> open_original_blocking(std::int64_t file_id) override {
    before_(file_id);
    return inner_.open_original_blocking(file_id);
  }
  Result<File> create_staging_blocking(std::string_view id, std::uint64_t size) override {
    return inner_.create_staging_blocking(id, size);
  }
  Result<File> create_spool_blocking(std::string_view id, std::uint64_t expected) override {
    return inner_.create_spool_blocking(id, expected);
  }
  Result<void> check_space_blocking(std::uint64_t needed) override { return inner_.check_space_blocking(needed); }
  Result<File> open_staging_blocking(std::string_view id) override { return inner_.open_staging_blocking(id); }
  Result<void> remove_staging_blocking(std::string_view id) override { return inner_.remove_staging_blocking(id); }
  Result<void> visit_staging_blocking(const std::function<void(std::string_view)>& visit) override {
    return inner_.visit_staging_blocking(visit);
  }
  Result<void> publish_blocking(std::string_view id, std::int64_t file_id) override {
    return inner_.publish_blocking(id, file_id);
  }
  Result<bool> has_original_blocking(std::int64_t file_id) override { return inner_.has_original_blocking(file_id); }
  Result<void> remove_photo_blocking(std::int64_t file_id) override { return inner_.remove_photo_blocking(file_id); }
  Result<std::string> set_aside_photo_blocking(std::int64_t file_id, const std::string& why) override {
    return inner_.set_aside_photo_blocking(file_id, why);
  }
  Result<std::int64_t> highest_photo_id_blocking() override { return inner_.highest_photo_id_blocking(); }

 private:
  store::BlobStore& inner_;
  std::function<void(std::int64_t)> before_;
};

class DownloadRace : public testing::Test {
 protected:
  Result<http::Reply> get(std::function<void(std::int64_t)> meanwhile) {
    InterruptedStore store(*rig.store, std::move(meanwhile));
    Downloads downloads(rig.catalog, store, downloading);
    http::RequestHead head;
    head.method = "GET";
    return rig.run(get_from(downloads, head));
  }
  io::Task<Result<http::Reply>> get_from(Downloads& downloads, const http::RequestHead& head) {
    const catalog::Photo& photo = rig.before;
    co_return co_await downloads.get(head, {photo.tree_id, photo.photo_id, photo.token, "original"},
                                     rig.clock.wall_now());
  }

  engine::ReplaceRig rig;
  io::ThreadPool downloading{"downloading", 1, 8};  // its own, because its jobs wait for those of the rig
};

TEST_F(DownloadRace, AFileThatWasReplacedAndRemovedMeanwhileIsTheNewOne) {
  int looks = 0;
  const auto reply = get([&](std::int64_t file_id) {
    if (++looks > 1) return;
    EXPECT_EQ(file_id, rig.before.file_id);
    ASSERT_TRUE(rig.replace_by_form(rig.new_content));
    ASSERT_TRUE(rig.remove_files());
  });
  ASSERT_TRUE(reply) << reply.error().cause;
  EXPECT_EQ(looks, 2);
  EXPECT_TRUE(engine::EngineRig::content_of(*reply->file) == rig.new_content);
  EXPECT_EQ(reply->file_range.size(), rig.new_content.size());
}

TEST_F(DownloadRace, AFileThatWasReplacedButIsStillThereIsTheOldOneWhole) {
  const auto reply = get([&](std::int64_t) { ASSERT_TRUE(rig.replace_by_form(rig.new_content)); });
  ASSERT_TRUE(reply);
  EXPECT_TRUE(engine::EngineRig::content_of(*reply->file) == rig.old_content);
  EXPECT_EQ(reply->file_range.size(), rig.old_content.size());
}

TEST_F(DownloadRace, APhotoThatWasDeletedMeanwhileIsNotFound) {
  const auto reply = get([&](std::int64_t) {
    (void)rig.run(rig.sql->delete_photo(rig.before.photo_id, rig.clock.wall_now()));
    ASSERT_TRUE(rig.remove_files());
  });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::not_found);
}

TEST_F(DownloadRace, AFileThatIsLostIsOurTroubleAndSoughtTwice) {
  int looks = 0;
  const auto reply = get([&](std::int64_t file_id) {
    ++looks;
    ASSERT_TRUE(rig.store->remove_photo_blocking(file_id));
  });
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Errc::io_error);
  EXPECT_EQ(looks, 2);
}

}  // namespace
}  // namespace stile::api
