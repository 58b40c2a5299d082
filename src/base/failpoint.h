// Failpoints: named places, beside every sync, rename and commit, where a test may have the process die as by kill -9.
//
//   STILE_FAILPOINT=finish.published stile serve …      dies when it gets there for the first time
//   STILE_FAILPOINT=receipt.committed@7 stile serve …   for the seventh time
//   stile failpoints                                    lists them, each with the crash it stands for
//
// Only `stile serve` and `stile fsck --repair` (repair.…) look at the variable, once, before they start a thread. In the
// shipped binary too: what is killed in the tests is the program that people run (docs/decisions/0007-failpoints.md).
// Cost where nothing is armed: one relaxed load of a pointer that is null.
//
// The one switch of the whole process, in a house without singletons: a place to die is no collaborator that somebody
// could want two of, and handing one through every constructor between main() and fdatasync would make the path that is
// tested another one than the path that is shipped.
//
// Threads: failpoint() from any; arm_failpoint() before there are others.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace stile {

struct Failpoint {
  std::string_view name;
  std::string_view crash;  // what is true and what is not when the process dies here
};

// Sorted as one upload passes them, then the rest. The storm reaches every one of them, or fails.
inline constexpr std::array kFailpoints = {
    Failpoint{"start.folders_made", "the folders of a new data directory are there, their names not yet synced"},
    Failpoint{"staging.created", "a staging file without space, and no row"},
    Failpoint{"staging.reserved", "a staging file whose name is not synced, and no row"},
    Failpoint{"upload.staged", "a staging file that no row knows"},
    Failpoint{"upload.started", "the row is committed, nobody was told"},
    Failpoint{"chunk.written", "all bytes of a range are written, none is synced"},
    Failpoint{"chunk.synced", "the bytes are on disk, no receipt says so"},
    Failpoint{"receipt.committed", "the receipt is on disk, the client has no answer"},
    Failpoint{"spool.synced", "the bytes of a plain form are on disk, and belong to nothing"},
    Failpoint{"finish.begun", "every byte is acknowledged, nothing of the finish is done"},
    Failpoint{"finish.synced", "durability file: the one sync is done, the file not moved"},
    Failpoint{"publish.folder_made", "an empty folder in the archive"},
    Failpoint{"publish.renamed", "the file has its place in the archive, no directory is synced"},
    Failpoint{"publish.parent_synced", "the folder's name is on disk, the file's name in it perhaps not"},
    Failpoint{"finish.published", "the file is in the archive for good, and no photo has it"},
    Failpoint{"finish.counted", "within the transaction: the use is counted, the photo not written"},
    Failpoint{"finish.written", "within the transaction: all is written, nothing committed"},
    Failpoint{"finish.committed", "photo, use, answer and outbox row are there, nobody was told"},
    Failpoint{"upload.failed", "the upload has failed in the catalog, its staging file is still there"},
    Failpoint{"catalog.begun", "a transaction was begun"},
    Failpoint{"catalog.applied", "a batch is written and not committed"},
    Failpoint{"catalog.committed", "a batch is committed, none of those who wait for it knows"},
    Failpoint{"outbox.due", "an event is about to be delivered"},
    Failpoint{"outbox.delivered", "the receiver has answered, the row still waits"},
    Failpoint{"outbox.stored", "the outcome is stored"},
    Failpoint{"delete.committed", "the photo is out of the catalog, its file still there"},
    Failpoint{"photo.original_removed", "a file of nobody is gone, its folder is not"},
    Failpoint{"removal.removed", "the file is gone, the catalog still means to remove it"},
    Failpoint{"sweep.upload_ended", "an abandoned upload has ended in the catalog, its staging file is still there"},
    Failpoint{"sweep.staging_removed", "the staging file of an abandoned upload is gone"},
    Failpoint{"sweep.kind_done", "one kind of what has served its time is swept, the next is not"},
    Failpoint{"scrub.file_read", "a file of the archive was read again, nobody knows how it fared"},
    Failpoint{"scrub.saved", "how far the archive was read again is on disk"},
    Failpoint{"scrub.damage_noted", "a damaged file stands in the catalog, nobody was told"},
    Failpoint{"recovery.staging_swept", "at start: orphans in staging are gone, finishes not resumed"},
    Failpoint{"recovery.finishes_resumed", "at start: finishes are resumed, the archive not looked at"},
    Failpoint{"recovery.done", "at start: all is in order, nobody served"},
    Failpoint{"repair.removal_taken_back", "fsck: a removal of a file in use is forgotten, nothing else is repaired"},
    Failpoint{"repair.upload_ended", "fsck: an upload that cannot go on has ended, its file is still in staging"},
    Failpoint{"repair.note_written", "fsck: a note is in lost-and-found, its file is not there yet"},
    Failpoint{"repair.moved", "fsck: a file and its note are in lost-and-found, the move is not synced"},
    Failpoint{"repair.relink_wanted", "fsck: the tables of photos shall be made anew, and are not"},
};

// A name of the list; any other does not compile.
class FailpointId {
 public:
  template <std::size_t N>
  consteval FailpointId(const char (&name)[N]) : index_(index_of(name)) {}  // NOLINT: meant to be implicit
  std::size_t index() const { return index_; }

 private:
  static consteval std::size_t index_of(std::string_view name) {
    for (std::size_t i = 0; i < kFailpoints.size(); ++i)
      if (kFailpoints[i].name == name) return i;
    throw "there is no failpoint of this name";  // not constant: the compiler stops here
  }
  std::size_t index_;
};

// Where the process shall die.
struct ArmedFailpoint {
  std::size_t index = 0;
  std::atomic<std::uint64_t> passes_left = 0;
};

// "name" or "name@N" with N from 1. Fails with invalid_input. Replaces what was armed before.
Result<void> arm_failpoint(std::string_view text);

namespace detail {
extern constinit std::atomic<ArmedFailpoint*> armed_failpoint;
void pass_failpoint(ArmedFailpoint& armed, std::size_t index);
}  // namespace detail

// Does nothing, or does not return.
inline void failpoint(FailpointId id) {
  if (ArmedFailpoint* armed = detail::armed_failpoint.load(std::memory_order_relaxed)) [[unlikely]]
    detail::pass_failpoint(*armed, id.index());
}

}  // namespace stile
