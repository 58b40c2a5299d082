// ModelHouse: an engine and the model beside it, what every step of engine_model_test.cc compares, and the steps that
// need no attempt under way. Steps that change nothing come back without a word.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "engine/engine_model.h"
#include "engine/engine_rig.h"
#include "engine/file_remover.h"

namespace stile::engine {

class ModelHouse {
 public:
  using State = ModelUpload::State;

  explicit ModelHouse(std::uint64_t seed) : random_(seed) { EXPECT_TRUE(rig_.run(rig_.engine->recover())); }

 protected:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  ByteRange any_range(const ModelUpload& upload) {
    const std::uint64_t total = upload.key.total_size;
    const std::uint64_t begin = below(total);
    // Small and large ones: some overlap much, some files are done in a step.
    const std::uint64_t end =
        begin + 1 + below(below(3) == 0 ? total - begin : std::min<std::uint64_t>(total - begin, 9));
    return below(12) == 0 ? ByteRange{0, total} : ByteRange{begin, end};
  }
  ModelUpload& any_upload() { return uploads_[below(uploads_.size())]; }
  ModelToken& token_of(const ModelUpload& upload) {
    return *std::ranges::find(tokens_, upload.key.token, &ModelToken::name);
  }
  Milliseconds grace() const { return rig_.engine->settings().grace; }

  // As every request does first. Compares the answer; nullptr when the upload is refused.
  UploadHandle open(ModelUpload& upload) {
    const WallTime now = rig_.clock.wall_now();
    const ModelToken& token = token_of(upload);
    std::optional<Errc> refusal;
    if (upload.state == State::absent) refusal = token.refuses_start(now);
    if (upload.state == State::receiving) refusal = token.refuses_more(now, grace());
    if (upload.state == State::failed) refusal = upload.failure;
    OpenRequest request = EngineRig::request(upload.key.total_size, upload.key.identifier, upload.key.token);
    const auto opened = rig_.run(rig_.engine->open(std::move(request)));
    if (refusal) {
      EXPECT_FALSE(opened) << "should be refused with " << to_string(*refusal);
      if (!opened) EXPECT_EQ(to_string(opened.error().code), to_string(*refusal));
      return nullptr;
    }
    EXPECT_TRUE(opened) << to_string(opened.error().code) << " " << opened.error().cause;
    if (!opened) return nullptr;
    if (upload.state == State::absent) {
      upload.state = State::receiving;
      upload.changed_at = now;
    }
    return *opened;
  }

  void store(ModelUpload& upload, ByteRange range, const std::string& body) {
    upload.store(range, body);
    upload.changed_at = rig_.clock.wall_now();
  }
  void is_done(ModelUpload& upload, const catalog::Photo& photo) {
    upload.state = State::done;
    upload.photo_id = photo.photo_id;
    upload.changed_at = rig_.clock.wall_now();
    ++token_of(upload).used;
    check_photo(upload);
  }
  void fail_upload(ModelUpload& upload, Errc why) {
    upload.state = State::failed;
    upload.failure = why;
    upload.changed_at = rig_.clock.wall_now();
  }

  void expect_replay(const ModelUpload& upload, const Result<FinalAnswer>& answer) {
    if (upload.photo_deleted && !answer) return;  // whoever remembers the answer may still give it
    ASSERT_TRUE(answer) << to_string(answer.error().code);
    EXPECT_EQ(answer->photo.photo_id, upload.photo_id) << "every repeat names the same photo";
  }

  // What happens by itself, at a sweep or a start, must be allowed.
  void read_states(const std::string& after) {
    const WallTime now = rig_.clock.wall_now();
    for (ModelUpload& upload : uploads_) {
      SCOPED_TRACE("after " + after + ": " + upload.key.token + " " + upload.key.identifier);
      const auto row = rig_.run(rig_.sql->find_upload(upload.key));
      ASSERT_TRUE(row);
      const bool is_there = row->has_value() && (*row)->state != catalog::UploadState::aborted;
      if (!is_there) {
        const auto& settings = rig_.engine->settings();
        if (upload.state == State::receiving) EXPECT_GE(now - upload.changed_at, settings.abandon);
        if (upload.state == State::done || upload.state == State::failed)
          EXPECT_GE(now - upload.changed_at, settings.replay);
        upload.forget();
      } else if ((*row)->state == catalog::UploadState::done && upload.state != State::done) {
        EXPECT_TRUE(upload.state == State::receiving && upload.complete()) << "only a complete upload is finished";
        EXPECT_FALSE(token_of(upload).refuses_more(now, grace()));
        const auto photo = rig_.run(rig_.sql->find_photo((*row)->photo_id));
        ASSERT_TRUE(photo && *photo);
        is_done(upload, **photo);
      } else if ((*row)->state == catalog::UploadState::failed && upload.state != State::failed) {
        EXPECT_TRUE(upload.state == State::receiving && upload.complete());
        EXPECT_EQ(to_string((*row)->failure), to_string(Errc::token_used_up));
        fail_upload(upload, (*row)->failure);
      }
    }
  }

  ModelUpload* any_with_photo() {
    ModelUpload& upload = any_upload();
    return upload.state == State::done && !upload.photo_deleted ? &upload : nullptr;
  }
  void delete_photo() {
    ModelUpload* upload = any_with_photo();
    if (upload == nullptr) return;
    const auto deleted = rig_.run(rig_.sql->delete_photo(upload->photo_id, rig_.clock.wall_now()));
    ASSERT_TRUE(deleted);
    upload->photo_deleted = true;
    if (below(2) == 0) remove_files();  // or the next start does
  }
  void remove_files() {
    FileRemover remover(*rig_.sql, *rig_.store, *rig_.disk, rig_.clock, Milliseconds{0});
    EXPECT_TRUE(rig_.run(remover.sweep()));
  }
  void update_photo() {
    ModelUpload* upload = any_with_photo();
    if (upload == nullptr) return;
    upload->title = "title " + std::to_string(below(1000));
    EXPECT_TRUE(rig_.run(
        rig_.sql->update_photo({.photo_id = upload->photo_id, .title = upload->title}, rig_.clock.wall_now())));
    check_photo(*upload);
  }
  // Another file for a photo, whole in one body; the photo is sometimes deleted while it comes.
  void replace_photo() {
    ModelUpload* upload = any_with_photo();
    if (upload == nullptr) return;
    catalog::Token token;
    token.token = "replace" + std::to_string(++names_);
    token.kind = catalog::TokenKind::replace;
    token.photo_id = upload->photo_id;
    token.created_at = rig_.clock.wall_now();
    token.valid_until = token.created_at + Seconds{3600};
    token.max_uploads = 1;
    ASSERT_TRUE(rig_.run(rig_.sql->add_token(token)));
    const std::uint64_t size = 4 + below(100);
    OpenRequest request = EngineRig::request(size, "new", token.token);
    request.kind = token.kind;
    const auto handle = rig_.run(rig_.engine->open(std::move(request)));
    ASSERT_TRUE(handle);
    const std::string body = body_of_attempt(++attempts_, {0, size});
    expect_outcome(rig_.run(rig_.write_task(*handle, body, {0, size})), WriteOutcome::stored);
    check_photo(*upload);  // until the finish readers have the old file
    if (below(4) == 0) {
      ASSERT_TRUE(rig_.run(rig_.sql->delete_photo(upload->photo_id, rig_.clock.wall_now())));
      upload->photo_deleted = true;
    }
    const auto answer = rig_.run(rig_.engine->finish(*handle));
    EXPECT_EQ(answer.has_value(), !upload->photo_deleted);
    if (!answer) return;
    upload->bytes = body;
    check_photo(*upload);
  }

  void come_back() {
    ASSERT_TRUE(rig_.run(rig_.engine->recover()));
    read_states("a start");
    remove_files();
    for (const ModelUpload& upload : uploads_) check_upload(upload);
    for (const ModelToken& token : tokens_) check_uses(token);
    check_files();
  }

  // No file is there that nobody knows.
  void check_files() {
    for (const std::string& path : rig_.files_in_use()) {
      if (path.starts_with("staging/")) {
        const auto known = rig_.run(rig_.sql->known_open({path.substr(path.rfind('/') + 1)}));
        EXPECT_TRUE(known && known->size() == 1) << path;
      } else {
        const std::string folder = path.substr(0, path.rfind('/'));
        const auto known = rig_.run(rig_.sql->known_files({std::stoll(folder.substr(folder.rfind('/') + 1))}));
        EXPECT_TRUE(known && known->size() == 1) << path;
      }
    }
  }
  void check_upload(const ModelUpload& upload) {
    SCOPED_TRACE(upload.key.token + " " + upload.key.identifier);
    if (upload.state == State::done) return check_photo(upload);
    if (upload.state != State::receiving) return;
    const auto found = rig_.run(rig_.engine->find(upload.key));
    ASSERT_TRUE(found) << "an upload under way was lost";
    auto file = rig_.store->open_staging_blocking((*found)->record.upload_id);
    EXPECT_TRUE(file || upload.has_none_of({0, upload.key.total_size}));
    const std::string bytes = file ? EngineRig::content_of(**file) : std::string(upload.key.total_size, '\0');
    for (std::uint64_t at = 0; at < upload.key.total_size; ++at) {
      EXPECT_EQ(rig_.engine->has(*found, {at, at + 1}), upload.there[at]) << "byte " << at;
      if (upload.there[at]) EXPECT_EQ(bytes.substr(std::min(at, bytes.size()), 1), upload.bytes.substr(at, 1)) << at;
    }
  }
  void check_photo(const ModelUpload& upload) {
    const auto photo = rig_.run(rig_.sql->find_photo(upload.photo_id));
    ASSERT_TRUE(photo);
    ASSERT_EQ(photo->has_value(), !upload.photo_deleted);
    if (upload.photo_deleted) return;
    EXPECT_TRUE(rig_.original((*photo)->file_id) == upload.bytes) << "photo " << upload.photo_id << " has other bytes";
    EXPECT_EQ((*photo)->crc32, crc32_update(0, as_bytes(upload.bytes)));
    if (!upload.title.empty()) EXPECT_EQ((*photo)->metadata.title, upload.title);
  }
  // I5
  void check_uses(const ModelToken& token) {
    const catalog::Token there = rig_.token(token.name);
    EXPECT_EQ(there.used, token.used) << token.name;
    EXPECT_LE(there.used, there.max_uploads);
  }
  static void expect_outcome(const Result<WriteOutcome>& outcome, WriteOutcome expected) {
    EXPECT_TRUE(outcome) << to_string(outcome.error().code) << " " << outcome.error().cause;
    if (outcome) EXPECT_EQ(static_cast<int>(*outcome), static_cast<int>(expected));
  }

  std::mt19937_64 random_;
  std::vector<ModelToken> tokens_;
  std::deque<ModelUpload> uploads_;
  std::uint64_t attempts_ = 0;
  std::uint64_t names_ = 0;
  EngineRig rig_;
};

}  // namespace stile::engine
