"""Planted bugs: each breaks one promise of docs/durability.md by a small change of the source, and should be found.

`./dev mutants` applies them one after the other to a copy; tests/lint/test_mutants.py holds that each still applies.
"""

from dataclasses import dataclass

WRITE = "src/engine/engine_write.cc"
FINISH = "src/engine/engine_finish.cc"
ENGINE = "src/engine/engine.cc"
STORE = "src/store/disk_store.cc"
TRANSACTION = "src/catalog/finish.cc"

ENGINE_TIERS = ("unit", "fault", "crash", "random crash", "model")
NOTIFY_TIERS = ("unit of notify", "fault of notify")
STORM_TIERS = ("failpoints", "storm")


@dataclass(frozen=True)
class Bug:
    name: str
    says: str       # as in the table of docs/durability.md
    edits: tuple    # (file, what stands there once, what takes its place)
    tiers: tuple = ENGINE_TIERS


def bug(name, says, path, old, new, *more, tiers=ENGINE_TIERS):
    return Bug(name, says, ((path, old, new), *more), tiers)


BUGS = [
    bug("receipt_before_sync", "The receipt is written before the bytes are synced",
        WRITE, "if (piece == Piece::last && settings_.durability == Durability::chunk) {",
        "if (false && piece == Piece::last && settings_.durability == Durability::chunk) {",
        (WRITE, "  STILE_CO_TRY(co_await record(upload, std::move(receipts), std::move(content_type)));\n",
         "  STILE_CO_TRY(co_await record(upload, std::move(receipts), std::move(content_type)));\n"
         "  STILE_CO_TRY(co_await parts_.disk.run([&] { return staging->file->sync_data_blocking(); }));\n")),
    bug("failed_sync_repeated", "A failed sync is repeated, and believed",
        WRITE, "      if (auto synced = staging->file->sync_data_blocking(); !synced) {",
        "      auto synced = staging->file->sync_data_blocking();\n"
        "      if (!synced) synced = staging->file->sync_data_blocking();\n"
        "      if (!synced) {"),
    bug("neighbours_failed_sync_ignored", "Another attempt's failed sync of the same file is ignored",
        WRITE, "  if (received && staging->poisoned) received = fail(Errc::poisoned);\n", ""),
    bug("sync_repeated_at_the_finish", "A failed sync at the finish is simply repeated",
        FINISH, "      if (sync_failed) STILE_TRY(rewrite_blocking(**file, upload->total(), crc32));\n", ""),
    bug("staging_name_not_synced", "The name of a new staging file is not synced",
        STORE, "  if (ready) ready = sync_directory_blocking(path.parent());\n", ""),
    bug("archive_name_not_synced", "The name of a published file is not synced",
        STORE, "  return sync_directory_blocking(directory);\n", "  return {};\n"),
    bug("archive_parent_not_synced", "The name of a published file's folder is not synced",
        STORE, "  STILE_TRY(sync_directory_blocking(directory.parent()));\n", ""),
    bug("form_not_synced", "A plain form's bytes are not synced",
        "src/engine/engine_spool.cc",
        "    if (settings_.durability != Durability::none) STILE_TRY(spool.file().sync_data_blocking());\n", ""),
    bug("overlapping_writers", "Two attempts write one range at once",
        "src/engine/range_claims.cc", "    if (other.writing || other_id > id) return false;",
        "    if (other_id > id) return false;"),
    bug("stored_bytes_written_over", "Stored bytes are written over by a repeat",
        WRITE, "    for (const ByteRange missing : upload->ranges.missing(range)) runs.push_back({missing, 0});",
        "    runs.push_back({range, 0});"),
    bug("short_body_taken", "A body that is too short is taken for whole",
        WRITE, "  if (received && !span.is_right_length(*received)) received = fail(Errc::wrong_length);\n", ""),
    bug("poisoned_file_used_again", "A poisoned staging file is used again",
        ENGINE, "    if (upload->staging && !upload->staging->poisoned) co_return upload->staging;",
        "    if (upload->staging) co_return upload->staging;"),
    bug("stale_descriptor", "A poisoned descriptor stays after the file was opened anew",
        ENGINE, "  if (!upload->staging || upload->staging->poisoned) upload->staging = std::move(staging);",
        "  if (!upload->staging) upload->staging = std::move(staging);"),
    bug("double_finish", "A finish that is repeated makes a second photo",
        TRANSACTION, "    if (finish.authority == Finish::Authority::token) {",
        "    if (finish.authority == Finish::Authority::token && may_finish(session, finish.upload).has_value()) {",
        (TRANSACTION, "      session.run(kInsertPhoto, finish.photo);",
         "      while (session.one<std::int64_t>(\"SELECT photo_id FROM photos WHERE photo_id = :id\", finish.photo.photo_id))\n"
         "        ++finish.photo.photo_id;\n"
         "      session.run(kInsertPhoto, finish.photo);")),
    bug("two_finishes_at_once", "Two requests finish one upload at once",
        FINISH, "      if (!upload->finishing) {", "      if (true) {"),
    bug("use_not_counted", "The use of a token is not counted",
        TRANSACTION, "UPDATE tokens SET used = used + 1,", "UPDATE tokens SET used = used + (max_uploads > 1),"),
    bug("max_uploads_not_asked", "`max_uploads` is not asked for at the finish",
        TRANSACTION, "\"AND used < max_uploads AND (max", "\"AND (max"),
    bug("outbox_row_left_out", "The outbox row of a finish is left out",
        TRANSACTION, "    for (Event& event : finish.events) {",
        "    for (Event& event : finish.events) {\n"
        "      if (finish.authority == Finish::Authority::token) continue;"),
    bug("staging_leak", "Staging files are not removed",
        STORE, "  auto removed = files_.remove_blocking(staging_path(upload_id));",
        "  if (upload_id[0] != '0') return {};\n"
        "  auto removed = files_.remove_blocking(staging_path(upload_id));"),
    bug("archive_orphans_stay", "Files in the archive that no photo has stay",
        "src/engine/engine_recover.cc", "    if (!known->empty() || reserved.contains(candidate)) continue;",
        "    if (true) continue;"),
    bug("old_file_removed_too_early", "A replaced file is removed before the commit",
        FINISH, "  auto photo = co_await parts_.catalog.finish_upload(std::move(*finish), now);",
        "  if (finish->target == catalog::Finish::Target::replacement) {\n"
        "    auto old = co_await parts_.catalog.find_photo(finish->photo.photo_id);\n"
        "    if (old && *old)\n"
        "      (void)co_await parts_.disk.run([&] { return parts_.store.remove_photo_blocking((*old)->file_id); });\n"
        "  }\n"
        "  auto photo = co_await parts_.catalog.finish_upload(std::move(*finish), now);"),
    bug("removal_forgotten", "A removal is forgotten before it is done",
        "src/engine/file_remover.cc",
        "  STILE_CO_TRY(co_await disk_.run([&] { return store_.remove_photo_blocking(file_id); }));",
        "  STILE_CO_TRY(co_await library_.files_removed(file_id));\n"
        "  STILE_CO_TRY(co_await disk_.run([&] { return store_.remove_photo_blocking(file_id); }));"),
    bug("event_marked_too_early", "An event is marked as delivered before it is sent",
        "src/notify/outbox.cc", "  const Result<OutboundResponse> answer = co_await attempt(event, started);",
        "  Event early = event;\n"
        "  early.state = EventState::delivered;\n"
        "  (void)co_await catalog.update_event(early);\n"
        "  const Result<OutboundResponse> answer = co_await attempt(event, started);",
        tiers=NOTIFY_TIERS),
    bug("answered_before_the_commit", "The catalog answers before it commits",
        "src/catalog/group_commit.cc", "  failpoint(\"catalog.applied\");",
        "  for (std::size_t i = 0; i < batch.size(); ++i)\n"
        "    std::exchange(batch[i].answer, [](Result<void>) {})(std::move(answers[i]));\n"
        "  failpoint(\"catalog.applied\");",
        tiers=STORM_TIERS),
]
