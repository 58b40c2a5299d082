// Every kind of finding, what repairing does about it, and that nothing in motion is one.
#include "engine/checkup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/session.h"
#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class CheckupTest : public testing::Test {
 protected:
  CheckupTest() { rig.add_token(100); }

  catalog::Photo upload(const std::string& identifier = "file") {
    const std::string content = picture(kPart, identifier.size());
    const auto handle = rig.open(content.size(), identifier);
    CHECK(rig.write(handle, content, {0, content.size()}));
    return rig.finish(handle)->photo;
  }
  CheckReport check(CheckOptions options = {}) {
    store::Inventory inventory(rig.files);
    auto report = Checkup({.catalog = *rig.sql,
                           .inspection = *rig.sql,
                           .library = *rig.sql,
                           .inventory = inventory,
                           .clock = rig.clock,
                           .wait =
                               [this](Milliseconds) {
                                 if (while_waiting) while_waiting();
                               }},
                          options)
                      .run_blocking();
    CHECK(report);
    return *report;
  }
  static std::vector<std::string> kinds(const CheckReport& report) {
    std::vector<std::string> found;
    for (const Finding& finding : report.findings) {
      EXPECT_FALSE(finding.where.empty());
      EXPECT_TRUE(finding.meaning.ends_with(".")) << finding.meaning;
      EXPECT_TRUE(finding.remedy.ends_with(".")) << finding.remedy;
      found.push_back(finding.kind);
    }
    return found;
  }
  static io::SafePath path(const std::string& text) {
    io::SafePath safe;
    for (const auto part : split(text, '/')) safe = safe / part;
    return safe;
  }
  void put(const std::string& name, std::string_view bytes) {
    auto file = rig.memory.open_blocking(path(name), io::OpenMode::create_new);
    CHECK(file && (*file)->write_at_blocking(0, std::as_bytes(std::span(bytes))));
  }
  std::unique_ptr<io::File> open_file(const std::string& name) {
    auto file = rig.memory.open_blocking(path(name), io::OpenMode::read_write);
    CHECK(file);
    return std::move(*file);
  }
  void fail_next(const char* call) {
    rig.faults.clear();
    rig.faults.only(call);
    rig.faults.fail_call(1, io::Faults::Times::once, Errc::io_error);
  }
  void sql(const std::string& statement) { catalog::Session(rig.sql.path(), Seconds{5}).run_once(statement); }
  static std::string staging(const std::string& id) { return store::Inventory::staging_file(id).path; }
  static std::string original(std::int64_t id) { return store::Inventory::original(id).path; }

  EngineRig rig;
  std::function<void()> while_waiting;
  const std::vector<std::string> none;
  const CheckOptions repair{.repair = true};
  const CheckOptions deep{.deep = true};
};

TEST_F(CheckupTest, FindsNothingWhereAllIsWell) {
  upload();
  upload("other");
  const auto handle = rig.open(3 * kPart, "under way");
  ASSERT_TRUE(rig.write(handle, picture(3 * kPart), {kPart, 2 * kPart}));
  const CheckReport report = check(deep);
  EXPECT_EQ(kinds(report), none);
  EXPECT_EQ(report.open(), 0u);
  EXPECT_EQ(report.photos, 2);
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(report.bytes_read, 3 * kPart);
}

TEST_F(CheckupTest, AMissingFileIsReportedAndThePhotoKept) {
  const auto photo = upload();
  CHECK(rig.store->remove_photo_blocking(photo.file_id));
  for (const CheckOptions& options : {CheckOptions{}, repair}) {
    const CheckReport report = check(options);
    EXPECT_EQ(kinds(report), std::vector<std::string>{"missing_file"});
    EXPECT_EQ(report.findings[0].where, original(photo.file_id));
    EXPECT_EQ(report.open(), 1u);
  }
  EXPECT_EQ(rig.photos().size(), 1u);
}

TEST_F(CheckupTest, AWrongSizeIsSeenAtOnceAndWrongBytesWithDeep) {
  const auto photo = upload();
  CHECK(open_file(original(photo.file_id))->write_at_blocking(10, std::as_bytes(std::span("rot", 3))));
  EXPECT_EQ(kinds(check()), none);
  EXPECT_EQ(kinds(check(deep)), std::vector<std::string>{"damaged_file"});
  CHECK(open_file(original(photo.file_id))->resize_blocking(12));
  const CheckReport report = check();
  EXPECT_EQ(kinds(report), std::vector<std::string>{"damaged_file"});
  EXPECT_THAT(report.findings[0].meaning, HasSubstr("12 bytes instead of 40000"));
}

TEST_F(CheckupTest, WhatTheScrubFoundIsListedWithoutReading) {
  const auto photo = upload();
  CHECK(rig.run(rig.sql->note_damage({photo.file_id, photo.photo_id, catalog::Damage::content, rig.clock.wall_now()})));
  EXPECT_EQ(kinds(check()), std::vector<std::string>{"damaged_file"});
  EXPECT_EQ(kinds(check({.deep = true, .repair = true})), none) << "the file is well";
  EXPECT_EQ(kinds(check()), none);
}

TEST_F(CheckupTest, UnknownFilesAreMovedAsideAndNeverLost) {
  CHECK(rig.memory.make_directory_blocking(path("archive/39/12345")));
  put("archive/39/12345/original", "treasure");
  put("archive/39/notes.txt", "foreign");
  put(staging(std::string(32, 'a')), "spool");
  put("staging/aa/readme", "foreign too");
  EXPECT_EQ(check().open(), 4u);
  const CheckReport report = check(repair);
  EXPECT_EQ(report.findings.size(), 4u);
  EXPECT_EQ(report.open(), 0u);
  for (const auto& [name, content] : {std::pair<std::string, std::string>{"archive-39-12345-original", "treasure"},
                                      {"archive-39-notes.txt", "foreign"},
                                      {"staging-aa-" + std::string(32, 'a'), "spool"},
                                      {"staging-aa-readme", "foreign too"}}) {
    EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/" + name)), content);
    EXPECT_THAT(EngineRig::content_of(*open_file("lost-and-found/" + name + ".note")), HasSubstr("This was "));
  }
  EXPECT_EQ(kinds(check()), none) << "repairing leaves nothing to repair";
  EXPECT_FALSE(*rig.memory.exists_blocking(path("archive/39/12345")));
}

TEST_F(CheckupTest, TheFolderOfAPhotoStaysWhenWhatWasNotOursIsTakenOutOfIt) {
  const auto photo = upload();
  put(original(photo.file_id) + ".bak", "foreign");
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(kinds(check(deep)), none);
}

TEST_F(CheckupTest, ANameThatWouldGrowTooLongIsCutAndTheNoteHasAllOfIt) {
  const std::string name(255, 'n');
  put("archive/39/" + name, "foreign");
  EXPECT_EQ(check(repair).open(), 0u);
  const auto aside = rig.memory.list_blocking(path("lost-and-found"));
  ASSERT_EQ(aside->size(), 2u);
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/" + aside->front())), "foreign");
  EXPECT_THAT(EngineRig::content_of(*open_file("lost-and-found/" + aside->back())), HasSubstr(name));
}

// As one that was put aside before, or anything else that ends in ".note".
TEST_F(CheckupTest, ANoteIsNeverWrittenOver) {
  put("staging/aa/readme.note", "not ours");
  EXPECT_EQ(check(repair).open(), 0u);
  put("staging/aa/readme", "nor this");
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/staging-aa-readme.note")), "not ours");
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/staging-aa-readme.2")), "nor this");
  EXPECT_THAT(EngineRig::content_of(*open_file("lost-and-found/staging-aa-readme.2.note")), HasSubstr("This was "));
}

TEST_F(CheckupTest, ACutBetweenNoteAndFileIsGoneOnWith) {
  put("staging/aa/readme", "foreign");
  fail_next("rename");
  EXPECT_EQ(check(repair).open(), 1u);
  EXPECT_TRUE(*rig.memory.exists_blocking(path("lost-and-found/staging-aa-readme.note")));
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(*rig.memory.list_blocking(path("lost-and-found")),
            (std::vector<std::string>{"staging-aa-readme", "staging-aa-readme.note"}));
}

TEST_F(CheckupTest, WithoutAStagingAreaThereIsNothingInIt) {
  upload();
  for (const std::string& folder : *rig.memory.list_blocking(path("staging")))
    CHECK(rig.memory.remove_blocking(path("staging/" + folder)));
  CHECK(rig.memory.remove_blocking(path("staging")));
  EXPECT_EQ(kinds(check(deep)), none);
}

TEST_F(CheckupTest, AFileInThePlaceOfAFolderIsNotTheEndOfTheCheck) {
  put("archive/39/notes.txt", "foreign");
  CHECK(rig.memory.remove_blocking(path("archive/3a")));
  put("archive/3a", "a file");
  EXPECT_EQ(kinds(check()), (std::vector<std::string>{"foreign_file", "foreign_file"}));
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/archive-3a")), "a file");
}

TEST_F(CheckupTest, AFolderThatCannotBeReadIsAFindingAndNothingIsMoved) {
  const auto photo = upload();
  put("staging/39/notes.txt", "foreign");
  put("archive/39/notes.txt", "foreign");
  fail_next("list");  // of the staging area
  EXPECT_EQ(kinds(check(repair)), (std::vector<std::string>{"unreadable_folder", "foreign_file"}));
  EXPECT_EQ(kinds(check(deep)), std::vector<std::string>{"foreign_file"});
  EXPECT_FALSE(rig.original(photo.photo_id).empty());
}

TEST_F(CheckupTest, AnUploadWhoseFileCannotBeReadJustNowGoesOn) {
  const auto handle = rig.open(kPart, "under way");
  ASSERT_TRUE(rig.write(handle, picture(kPart), {0, kPart / 2}));
  fail_next("open");
  const CheckReport report = check(repair);
  EXPECT_EQ(kinds(report), std::vector<std::string>{"unreadable_file"});
  EXPECT_EQ(report.open(), 1u);
  EXPECT_EQ(kinds(check({.deep = true, .repair = true})), none);
  rig.restart();
  EXPECT_TRUE(rig.engine->has(rig.open(kPart, "under way"), {0, kPart / 2}));
}

TEST_F(CheckupTest, ASecondUnknownFileOfOneNameTakesAnother) {
  for (const char* content : {"first", "second"}) {
    put("staging/aa/readme", content);
    EXPECT_EQ(check(repair).open(), 0u);
  }
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/staging-aa-readme")), "first");
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/staging-aa-readme.2")), "second");
}

TEST_F(CheckupTest, BesideARunningServerNothingInMotionIsAFault) {
  const CheckOptions beside{.server_running = true};
  put(staging(std::string(32, 'a')), "a form under way");
  // The file of a plain form lies in the archive a moment before its photo is known.
  CHECK(rig.memory.make_directory_blocking(path("archive/39/12345")));
  put("archive/39/12345/original", "treasure");
  while_waiting = [&] { CHECK(rig.store->remove_photo_blocking(12345)); };
  EXPECT_EQ(kinds(check(beside)), none);
  while_waiting = {};
  // And one whose photo was deleted just now.
  const auto photo = upload();
  CHECK(rig.run(rig.sql->delete_photo(photo.photo_id, rig.clock.wall_now())));
  EXPECT_EQ(kinds(check(beside)), none);
}

TEST_F(CheckupTest, BesideARunningServerAFileThatStaysUnknownIsAFinding) {
  CHECK(rig.memory.make_directory_blocking(path("archive/39/12345")));
  put("archive/39/12345/original", "treasure");
  EXPECT_EQ(kinds(check({.server_running = true})), std::vector<std::string>{"unknown_file"});
}

TEST_F(CheckupTest, AnUploadWithoutItsBytesIsEndedSoThatItCanBeginAnew) {
  const auto lost = rig.open(kPart, "lost");
  const auto cut = rig.open(kPart, "cut");
  for (const auto& handle : {lost, cut}) ASSERT_TRUE(rig.write(handle, picture(kPart), {0, kPart / 2}));
  CHECK(rig.store->remove_staging_blocking(lost->record.upload_id));
  CHECK(open_file(staging(cut->record.upload_id))->resize_blocking(100));
  EXPECT_EQ(check().open(), 2u);
  rig.stop();
  EXPECT_EQ(check(repair).open(), 0u);
  rig.start();
  EXPECT_EQ(kinds(check()), none);
  EXPECT_EQ(EngineRig::content_of(*open_file("lost-and-found/staging-" + cut->record.upload_id.substr(0, 2) + "-" +
                                             cut->record.upload_id))
                .size(),
            100u);
  EXPECT_FALSE(rig.engine->has(rig.open(kPart, "cut"), {0, kPart / 2}));
}

TEST_F(CheckupTest, DeepComparesWhatWasAcknowledgedOfUploadsUnderWay) {
  const auto handle = rig.open(kPart, "under way");
  ASSERT_TRUE(rig.write(handle, picture(kPart), {0, kPart / 2}));
  CHECK(open_file(staging(handle->record.upload_id))->write_at_blocking(9, std::as_bytes(std::span("rot", 3))));
  EXPECT_EQ(kinds(check()), none);
  EXPECT_EQ(kinds(check(deep)), std::vector<std::string>{"broken_upload"});
}

TEST_F(CheckupTest, AnUploadWhoseFileHasMovedAlreadyIsWell) {
  const auto handle = rig.open(kPart, "file");
  ASSERT_TRUE(rig.write(handle, picture(kPart), {0, kPart}));
  CHECK(rig.store->publish_blocking(handle->record.upload_id, handle->record.file_id));
  EXPECT_EQ(kinds(check(deep)), none);
}

TEST_F(CheckupTest, ARemovalOfAFileInUseIsTakenBack) {
  const auto photo = upload();
  sql("INSERT INTO removals(file_id, since) VALUES(" + std::to_string(photo.file_id) + ", 0)");
  EXPECT_EQ(kinds(check()), std::vector<std::string>{"removal_in_use"});
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(kinds(check()), none);
  EXPECT_FALSE(rig.original(photo.photo_id).empty());
}

TEST_F(CheckupTest, LeftoversOfRemovalsAreSaid) {
  const auto photo = upload();
  CHECK(rig.run(rig.sql->delete_photo(photo.photo_id, rig.clock.wall_now())));
  EXPECT_EQ(kinds(check()), std::vector<std::string>{"leftover"});
  const CheckOptions kept{.keep_removed_files = Seconds{3600}};
  EXPECT_EQ(kinds(check(kept)), none);
  rig.clock.advance(Seconds{3600});
  EXPECT_EQ(kinds(check(kept)), std::vector<std::string>{"leftover"});
}

// As deleting uploads with the command line of SQLite leaves them.
TEST_F(CheckupTest, RowsOfUploadsThatSomebodyDeletedByHandAreCleared) {
  {
    catalog::Session session(rig.sql.path(), Seconds{5});
    session.run_once("PRAGMA foreign_keys = OFF");
    session.run_once("INSERT INTO upload_troubles VALUES('nobody', 1, 0, 0, 0, 0, 0, '', NULL)");
  }
  EXPECT_EQ(kinds(check()), std::vector<std::string>{"stray_rows"});
  EXPECT_EQ(check(repair).open(), 0u);
  EXPECT_EQ(kinds(check()), none);
}

TEST_F(CheckupTest, TablesThatHaveGoneAstrayAreFoundAndMadeAnew) {
  const auto photo = upload();
  const std::string id = std::to_string(photo.photo_id);
  for (const std::string& damage : std::vector<std::string>{
           "DELETE FROM photo_cards WHERE photo_id = " + id,
           "UPDATE photo_cards SET sort_title = 'x' WHERE photo_id = " + id,
           "INSERT INTO photo_tags(photo_id, tag, publish, published_at) VALUES(" + id + ", 'stray', 1, 0)",
           "INSERT INTO photo_tags(photo_id, tag, publish, published_at) VALUES(999, 'stray', 1, 0)",
           std::string("UPDATE counts SET n = n + 1 WHERE name = 'photos'"),
           std::string("INSERT INTO tags(tag, label, published, total) VALUES('ghost', 'ghost', 1, 1)"),
           "DELETE FROM photo_search WHERE rowid = " + id,
           "INSERT INTO publications(photo_id, due_at) VALUES(" + id + ", 5)"}) {
    sql(damage);
    EXPECT_GT(check().open(), 0u) << damage;
    EXPECT_EQ(check(repair).open(), 0u) << damage;
    rig.sql.reopen();
    EXPECT_EQ(kinds(check()), none) << damage;
    ASSERT_EQ(rig.photos().size(), 1u);
  }
}

TEST_F(CheckupTest, AReferenceIntoNothingIsFound) {
  {
    catalog::Session session(rig.sql.path(), Seconds{5});
    session.run_once("PRAGMA foreign_keys = OFF");
    session.run_once("INSERT INTO receipts(upload_id, begin_at, end_at, crc32) VALUES('nobody', 0, 1, 0)");
  }
  const CheckReport report = check(repair);
  EXPECT_EQ(kinds(report), std::vector<std::string>{"damaged_catalog"});
  EXPECT_EQ(report.open(), 1u) << "nothing repairs a damaged catalog but a backup";
}

}  // namespace
}  // namespace stile::engine
