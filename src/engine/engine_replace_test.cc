// Another file for a photo that is there: same verbs, same promises (I2, I4, I5).
#include "engine/engine.h"

#include <gtest/gtest.h>

#include "engine/replace_rig.h"

namespace stile::engine {
namespace {

using catalog::TokenKind;

TEST(EngineReplace, ThePhotoStaysAndHasAnotherFile_I4) {
  ReplaceRig rig;
  rig.clock.advance(Seconds{60});
  const auto answer = rig.replace_in_parts(rig.new_content);
  ASSERT_TRUE(answer) << answer.error().cause;
  const catalog::Photo after = rig.photo();
  EXPECT_EQ(answer->photo.photo_id, rig.before.photo_id);
  EXPECT_EQ(answer->photo.file_id, after.file_id);
  EXPECT_EQ(answer->upload.photo_id, rig.before.photo_id);
  EXPECT_EQ(after.token, rig.before.token);
  EXPECT_EQ(after.upload_token, kToken);
  EXPECT_NE(after.file_id, rig.before.file_id);
  EXPECT_EQ(after.file_name, "new.jpg");
  EXPECT_EQ(after.size, rig.new_content.size());
  EXPECT_EQ(after.crc32, crc32_update(0, as_bytes(rig.new_content)));
  EXPECT_EQ(after.created_at, rig.before.created_at);
  EXPECT_EQ(after.edited_at, rig.clock.wall_now());
  EXPECT_TRUE(rig.read() == rig.new_content);
  EXPECT_EQ(rig.token(kReplace).used, 1);
  EXPECT_EQ(rig.token().used, 1);
  EXPECT_EQ(rig.photos().size(), 1u);
  EXPECT_TRUE(rig.photos(kReplace).empty());
}

TEST(EngineReplace, TheOldFileIsReadUntilItIsRemovedAndThenGone) {
  ReplaceRig rig;
  auto open_before = rig.store->open_original_blocking(rig.before.file_id);
  ASSERT_TRUE(open_before);
  ASSERT_TRUE(rig.replace_by_form(rig.new_content));
  EXPECT_TRUE(rig.original(rig.before.file_id) == rig.old_content);
  EXPECT_EQ(*rig.run(rig.sql->files_to_remove(WallTime::max(), 10)), std::vector<std::int64_t>{rig.before.file_id});
  ASSERT_TRUE(rig.remove_files());
  EXPECT_TRUE(EngineRig::content_of(**open_before) == rig.old_content) << "a download under way goes on";
  EXPECT_EQ(rig.original(rig.before.file_id), "");
  EXPECT_TRUE(rig.run(rig.sql->files_to_remove(WallTime::max(), 10))->empty());
  EXPECT_EQ(rig.memory.all_files().size(), 1u);
}

// A backup whose copy of the catalog still names the file has so long to copy it.
TEST(EngineReplace, TheOldFileIsKeptAsLongAsItIsWished) {
  constexpr Seconds kHour{3600};
  ReplaceRig rig;
  ASSERT_TRUE(rig.replace_by_form(rig.new_content));
  rig.clock.advance(kHour - Milliseconds{1});
  rig.restart();
  ASSERT_TRUE(rig.run(rig.engine->recover()));  // which looks for files that nobody knows
  FileRemover remover(*rig.sql, *rig.store, *rig.disk, rig.clock, kHour);
  ASSERT_TRUE(rig.run(remover.remove(rig.before.file_id)));
  ASSERT_TRUE(rig.run(remover.sweep()));
  EXPECT_TRUE(rig.original(rig.before.file_id) == rig.old_content);
  EXPECT_EQ(remover.removed().value(), 0u);
  rig.clock.advance(Milliseconds{1});
  ASSERT_TRUE(rig.run(remover.sweep()));
  EXPECT_EQ(rig.original(rig.before.file_id), "");
  EXPECT_TRUE(rig.run(rig.sql->files_to_remove(WallTime::max(), 10))->empty());
  EXPECT_EQ(remover.removed().value(), 1u);
}

TEST(EngineReplace, ARepeatedFinishCountsOnceAndAnswersAlike_I4_I5) {
  ReplaceRig rig;
  const auto first = rig.replace_in_parts(rig.new_content);
  ASSERT_TRUE(first);
  const auto again = rig.replace_in_parts(rig.new_content);
  ASSERT_TRUE(again);
  rig.restart();
  const auto later = rig.replace_in_parts(rig.new_content);
  ASSERT_TRUE(later);
  for (const auto* answer : {&again, &later}) {
    EXPECT_EQ((*answer)->photo.photo_id, first->photo.photo_id);
    EXPECT_EQ((*answer)->photo.token, first->photo.token);
    EXPECT_EQ((*answer)->upload.callback_url, first->upload.callback_url);
  }
  EXPECT_EQ(rig.token(kReplace).used, 1);
  EXPECT_EQ(rig.run(rig.sql->events_of_photo(rig.before.photo_id))->size(), 2u);  // upload and replacement
}

TEST(EngineReplace, ALostAnswerIsGivenAlsoWhenTheFileHasBeenReplacedSince_I4) {
  ReplaceRig rig;
  rig.add_replace_token("second");
  rig.catalog.set_moment(FaultyCatalog::Moment::after);
  rig.faults.only("finish_upload");
  rig.faults.fail_call(1, io::Faults::Times::once, Errc::io_error);
  EXPECT_FALSE(rig.replace_in_parts(rig.new_content));
  rig.faults.clear();
  const std::string third = picture(2 * kPart, 3);
  ASSERT_TRUE(rig.replace_in_parts(third, "second"));
  ASSERT_TRUE(rig.remove_files());
  const auto answer = rig.replace_in_parts(rig.new_content);
  ASSERT_TRUE(answer) << answer.error().cause;
  EXPECT_EQ(answer->photo.photo_id, rig.before.photo_id);
  EXPECT_TRUE(rig.read() == third) << "the last one that was committed wins";
  EXPECT_EQ(rig.token(kReplace).used, 1);
  EXPECT_EQ(rig.token("second").used, 1);
}

TEST(EngineReplace, WithoutItsPhotoItFailsInWordsOfItsOwnAndLeavesNothing) {
  ReplaceRig rig;
  const auto upload = rig.try_open_replacement(rig.new_content.size());
  ASSERT_TRUE(upload);
  ASSERT_TRUE(rig.write(*upload, rig.new_content, {0, rig.new_content.size()}));
  ASSERT_TRUE(rig.run(rig.sql->delete_photo(rig.before.photo_id, rig.clock.wall_now())));
  ASSERT_TRUE(rig.remove_files());
  const auto answer = rig.finish(*upload);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::not_found);
  EXPECT_EQ(answer.error().message, kNoPhotoToReplace);
  EXPECT_EQ(rig.token(kReplace).used, 0);
  EXPECT_TRUE(rig.memory.all_files().empty());
  // Neither does anything new begin.
  EXPECT_EQ(rig.try_open_replacement(5).error().message, kNoPhotoToReplace);
  EXPECT_EQ(rig.replace_by_form(rig.new_content).error().code, Errc::not_found);
  EXPECT_EQ(rig.upload_directly(rig.new_content, rig.before.photo_id).error().code, Errc::not_found);
  rig.restart();
  EXPECT_TRUE(rig.memory.all_files().empty());
}

// The photo goes between the engine's look and the transaction: the transaction decides.
TEST(EngineReplace, TheTransactionDecidesWhetherThereIsAPhoto_I4) {
  ReplaceRig rig;
  catalog::Finish finish;
  finish.upload.upload_id = std::string(32, 'a');
  finish.upload.key = {std::string(kReplace), "x", 7};
  finish.target = catalog::Finish::Target::replacement;
  finish.photo = rig.before;
  ASSERT_TRUE(rig.run(rig.sql->delete_photo(rig.before.photo_id, rig.clock.wall_now())));
  const auto finished = rig.run(rig.sql->finish_upload(finish, rig.clock.wall_now()));
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::not_found);
  EXPECT_EQ(rig.token(kReplace).used, 0) << "all or nothing";
}

TEST(EngineReplace, ATokenWorksForItsOwnKindOnly) {
  ReplaceRig rig;
  rig.add_token(5, Seconds{3600}, "fresh");
  for (const auto& [token, wrong] :
       {std::pair(std::string("fresh"), TokenKind::replace), std::pair(std::string(kReplace), TokenKind::upload)}) {
    EXPECT_EQ(rig.run(rig.engine->check_token(token, {}, wrong)).error().code, Errc::token_unknown);
    OpenRequest request = EngineRig::request(100, "x", token);
    request.kind = wrong;
    EXPECT_EQ(rig.run(rig.engine->open(request)).error().code, Errc::token_unknown);
    EXPECT_EQ(rig.run(rig.engine->find(request.key, wrong)).error().code, Errc::not_found) << "there is none";
    // Also when the upload is under way and held in memory.
    request.kind = wrong == TokenKind::replace ? TokenKind::upload : TokenKind::replace;
    ASSERT_TRUE(rig.run(rig.engine->open(request)));
    request.kind = wrong;
    EXPECT_EQ(rig.run(rig.engine->open(request)).error().code, Errc::token_unknown);
    EXPECT_EQ(rig.run(rig.engine->find(request.key, wrong)).error().code, Errc::token_unknown);
    auto spool = rig.spool({rig.new_content}, {rig.new_content.size(), SpoolJudging::judge});
    ASSERT_TRUE(spool);
    EXPECT_EQ(rig.run(rig.engine->finish_spool(std::move(*spool), token, "x", {}, {}, wrong)).error().code,
              Errc::token_unknown);
  }
  EXPECT_EQ(rig.photos("fresh").size(), 0u);
  EXPECT_TRUE(rig.read() == rig.old_content);
}

TEST(EngineReplace, AnAbandonedReplacementLeavesThePhotoAsItWas) {
  ReplaceRig rig;
  rig.faults.only("finish_upload");
  rig.faults.fail_call(1, io::Faults::Times::once, Errc::io_error);
  EXPECT_FALSE(rig.replace_in_parts(rig.new_content));  // its file is in the archive by now
  rig.faults.clear();
  EXPECT_EQ(rig.memory.all_files().size(), 2u);
  rig.restart();
  rig.clock.advance(rig.options.settings.abandon + Seconds{1});
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_TRUE(rig.read() == rig.old_content);
  EXPECT_EQ(rig.files_in_use().size(), 1u);
}

TEST(EngineReplace, AStartKeepsTheFilesThatPhotosHave) {
  ReplaceRig rig;
  ASSERT_TRUE(rig.replace_by_form(rig.new_content));
  ASSERT_TRUE(rig.upload_directly(picture(kPart, 4), 0));
  ASSERT_TRUE(rig.remove_files());
  rig.restart();
  ASSERT_TRUE(rig.run(rig.engine->recover()));
  EXPECT_TRUE(rig.read() == rig.new_content);
  EXPECT_EQ(rig.memory.all_files().size(), 2u);
}

TEST(EngineDirect, AFileOfACallerBecomesAPhotoOfNoToken) {
  ReplaceRig rig;
  auto spool = rig.spool({rig.new_content}, {rig.new_content.size(), SpoolJudging::judge});
  ASSERT_TRUE(spool);
  const auto photo = rig.run(rig.engine->finish_direct(
      std::move(*spool),
      {.user_id = 7,
       .metadata =
           {.title = "T", .description = "", .tags = "", .album_ids = "", .publish_date = {}, .absolute_url = ""},
       .file_name = "direct.jpg"}));
  ASSERT_TRUE(photo) << photo.error().cause;
  const auto stored = rig.run(rig.sql->find_photo(photo->photo_id));
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->user_id, 7);
  EXPECT_EQ((*stored)->metadata.title, "T");
  EXPECT_EQ((*stored)->upload_token, "");
  EXPECT_EQ((*stored)->file_name, "direct.jpg");
  EXPECT_EQ((*stored)->token.size(), 32u);
  EXPECT_EQ((*stored)->file_id, photo->photo_id);
  EXPECT_TRUE(rig.original(photo->file_id) == rig.new_content);
  EXPECT_EQ(rig.policy.finishes, 2);
}

TEST(EngineDirect, AFileOfACallerReplacesOneWithoutAnyToken) {
  ReplaceRig rig;
  const auto photo = rig.upload_directly(rig.new_content, rig.before.photo_id);
  ASSERT_TRUE(photo) << photo.error().cause;
  EXPECT_EQ(photo->photo_id, rig.before.photo_id);
  EXPECT_EQ(photo->file_name, "direct.jpg");
  EXPECT_TRUE(rig.read() == rig.new_content);
}

TEST(EngineDirect, NoBytesAndTooManyAreRefused) {
  EngineRig::Options options;
  options.settings.max_file_bytes = kPart;
  ReplaceRig rig(options);
  EXPECT_EQ(rig.upload_directly("", rig.before.photo_id).error().code, Errc::empty_file);
  auto spool = rig.spool({rig.new_content}, {rig.new_content.size(), SpoolJudging::judge});
  ASSERT_TRUE(spool);
  EXPECT_EQ(rig.run(rig.engine->finish_direct(std::move(*spool), {.photo_id = 0, .file_name = ""})).error().code,
            Errc::too_large);
}

}  // namespace
}  // namespace stile::engine
