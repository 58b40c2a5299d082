// ActiveUpload: what is known in memory of one upload under way; shared by every request that works on it.
//
// Threads: any; `mutex` guards all fields but the constant key. Never held across a co_await or a blocking call.
// Durability: everything here is a copy of what the catalog and the disk hold, and is rebuilt from them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/range_set.h"
#include "catalog/insight.h"
#include "catalog/records.h"
#include "engine/range_claims.h"
#include "io/change_signal.h"
#include "io/file_system.h"
#include "io/stream.h"

namespace stile::engine {

// An open staging file. Once a write or a sync of it has failed, nothing more may be believed of what it still had to
// sync (invariant I10): every attempt that used it fails, and the next one opens the file anew.
struct StagingFile {
  std::unique_ptr<io::File> file;
  std::atomic<bool> poisoned = false;
};

// What a finished upload is answered with, now and whenever the question is repeated.
struct FinalAnswer {
  catalog::Token token;
  catalog::Upload upload;
  catalog::Photo photo;
};

struct ActiveUpload {
  explicit ActiveUpload(catalog::UploadKey upload_key) : key(std::move(upload_key)) {}

  const catalog::UploadKey key;
  io::ChangeSignal changed;  // loading ended, an attempt left, a range became durable, the state moved on

  mutable std::mutex mutex;
  enum class Loading { running, done, failed } loading = Loading::running;
  Error load_error;

  catalog::Token token;            // a copy; engine_tokens.cc keeps it fresh
  std::uint64_t token_marks = 0;  // how often it was said to have changed
  std::uint64_t token_seen = 0;   // of these, how many were before the copy was made
  catalog::Upload record;
  RangeSet ranges;
  RangeClaims claims;
  // How to poke the reads of an attempt that shall let go.
  std::unordered_map<RangeClaims::AttemptId, std::shared_ptr<io::Interrupter>> interrupters;
  std::shared_ptr<StagingFile> staging;  // opened when first needed
  bool finishing = false;
  std::string failure_words;  // of a failed upload, for whoever asks again; after a restart the usual words do
  bool sync_failed = false;  // at a finish: what the kernel calls clean may never have reached the disk (I10)
  std::shared_ptr<const FinalAnswer> answer;  // once done
  SteadyTime last_used;
  catalog::UploadTroubles unnoted;  // since they were written down last; see Engine::note_troubles

  std::uint64_t total() const { return key.total_size; }
  std::string id() const {
    std::lock_guard lock(mutex);
    return record.upload_id;
  }
};

}  // namespace stile::engine
