// Engine: uploads under way, from the first byte to the photo. Knows no HTTP; every dialect maps onto these verbs.
//
//   open  → find or start the upload of a key
//   write → make bytes [a, b) durable, once
//   finish → photo, token use, answer and outbox rows in one transaction, repeatable for ever
//   spool → bytes whose upload is not known yet (plain forms; forms that send the file first)
//
// A token of kind replace goes the same way; its finish gives the photo of the token another file instead of making one.
// Whoever reads meanwhile has the old file or the new one, because files never change and have ids of their own.
//
// Threads: any loop; each task goes on at its home. Ownership: the collaborators outlive the engine; drain first.
// Errors: those of base/result.h. is_temporary(code) means "send it again"; everything else is final for this upload.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/durability.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/insight.h"
#include "engine/active_upload.h"
#include "engine/content_judge.h"
#include "engine/engine_stats.h"
#include "engine/names_in_use.h"
#include "engine/photo_ids.h"
#include "engine/spool.h"
#include "engine/token_cache.h"
#include "engine/token_limits.h"
#include "io/block_pool.h"
#include "io/byte_source.h"
#include "io/task_group.h"
#include "io/thread_pool.h"
#include "store/blob_store.h"

namespace stile::engine {

struct EngineSettings {
  Durability durability = Durability::chunk;
  std::uint64_t max_file_bytes = 1ull << 40;
  std::int64_t max_open_per_token = 64;
  Milliseconds grace{24 * 3'600'000};     // how long after its token's end an upload under way may finish (I6)
  Milliseconds replay{24 * 3'600'000};    // how long a finished upload is answered again (I6)
  Milliseconds abandon{48 * 3'600'000};   // without progress, then swept
  std::int64_t tree_id = 1;
  std::size_t max_spools = 64;            // files received at once for nobody knows whom
  std::string boot_id;  // of the machine, so that power loss can be told from a crash of the process
};

inline constexpr std::string_view kNoPhotoToReplace = "The photo to be replaced does not exist any more";

// The photo that a file of this token belongs to: the one it replaces, or a new one, named as its first file.
inline std::int64_t photo_of(const catalog::Token& token, std::int64_t file_id) {
  return token.photo_id != 0 ? token.photo_id : file_id;
}

// What the disk says of our own files is no answer to a client: a name that should be there and is not is our trouble.
Error our_trouble(Error error);

// Adds to the finishing transaction what other layers want to be true with it: the callback URL and the outbox rows.
// Must be pure: it is called again when a finish is repeated.
class FinishPolicy {
 public:
  virtual ~FinishPolicy() = default;
  virtual void complete(const catalog::Token& token, catalog::Finish& finish) const = 0;
  // After the transaction: there may be events to deliver. Any thread. `request_id`: of the request that brought it to
  // its end; empty when a start did.
  virtual void finished(const FinalAnswer& answer, const std::string& request_id) = 0;
};

// What happened to an upload, for the log. Nothing in it outlives the call.
struct UploadNews {
  enum class What { started, chunk_failed, failed, abandoned };
  What what;
  const catalog::Upload& upload;
  const Error* reason = nullptr;          // of chunk_failed and failed
  std::optional<ByteRange> range = {};    // of chunk_failed
  std::string_view request_id = {};       // of the request that it happened in; empty: in none
};

// What a start has found that a person should hear of.
struct Recovery {
  // The archive has files with higher ids than the catalog ever gave out, as after a restored backup. They stay.
  bool catalog_is_older = false;
  // Originals without a row, moved to lost-and-found: of forms that were never acknowledged, or newer than the catalog.
  std::vector<std::string> set_aside = {};
};

// What the engine works with; built in app/.
struct EngineParts {
  catalog::Catalog& catalog;
  store::BlobStore& store;
  io::ThreadPool& disk;
  io::BlockPool& blocks;
  const ContentJudge& judge;
  FinishPolicy& policy;
  const Clock& clock;
  Random& random;
  catalog::Insight* insight = nullptr;                      // none: nothing is noted of how uploads fare
  std::function<void(const UploadNews&)> on_news = nullptr;  // may be empty. Any thread
};

struct OpenRequest {
  catalog::UploadKey key;
  catalog::TokenKind kind = catalog::TokenKind::upload;  // a token of another kind is unknown
  std::string file_name;
  Params extras;
  std::optional<std::string> origin = {};  // of the page that sends it, as its browser says
  std::string request_id = {};             // for the log
};

// What a caller who may write wants done with a file, without any token.
struct DirectUpload {
  std::int64_t photo_id = 0;  // whose file it replaces; 0: it becomes a photo of its own, with what follows
  std::int64_t user_id = 0;
  catalog::Metadata metadata = {};
  std::string file_name;
  // Of the upload token that made the photo, when it is the caller's right: its limits hold, and it counts the bytes but
  // no use. Outlives the task.
  const catalog::Token* by_token = nullptr;
};

using UploadHandle = std::shared_ptr<ActiveUpload>;

// Where a body belongs. Some dialects cannot say beforehand how long their body is: then `range` is the longest it can be
// and `shorter` the other length that is right.
struct Span {
  ByteRange range;
  std::optional<std::uint64_t> shorter = {};
  bool is_right_length(std::uint64_t length) const { return length == range.size() || length == shorter; }
};

enum class WriteOutcome {
  stored,         // this attempt's bytes are durable now
  already_there,  // the range was durable before; the source has not been read to its end
};

class Engine {
 public:
  Engine(EngineParts parts, EngineSettings settings);
  ~Engine();
  Engine(const Engine&) = delete;

  // Looks up the token of a request that is about to upload, or that began to at `began`: it may have expired since then,
  // within the grace (I6). Fails with token_unknown (also for one of another kind), token_expired, token_used_up,
  // token_revoked, and not_found when the photo to be replaced is gone.
  io::Task<Result<catalog::Token>> check_token(std::string token, std::optional<WallTime> began = {},
                                               catalog::TokenKind kind = catalog::TokenKind::upload);

  // The upload of `request.key`, started if it is new; also one that is done. Fails with too_large, empty_file,
  // permission_denied (the origin), the
  // token's errors, too_many_open, the reason of an upload that has failed before, and our own troubles.
  io::Task<Result<UploadHandle>> open(OpenRequest request);
  // The same without starting one: not_found, whatever its token is.
  io::Task<Result<UploadHandle>> find(catalog::UploadKey key,
                                      catalog::TokenKind kind = catalog::TokenKind::upload);

  // Takes the bytes of `span` from `source`, which must end there. Durable when this returns (durability chunk).
  // `interrupter` ends the source's waits when a newer attempt takes over; `request_id` is for the log.
  // Fails with wrong_length, truncated, timed_out, interrupted, unsupported_type (the upload has failed then), and with
  // the reason of an upload that has failed before.
  io::Task<Result<WriteOutcome>> write(UploadHandle upload, Span span, io::ByteSource& source,
                                       std::shared_ptr<io::Interrupter> interrupter, std::string request_id = {});
  // Whether all of `range` is durable.
  bool has(const UploadHandle& upload, ByteRange range) const;
  bool complete(const UploadHandle& upload) const;
  // Why no more bytes of this upload are wanted, if so: it has failed, or its token ended too long ago (I6).
  Result<void> may_go_on(const UploadHandle& upload) const;
  // The final answer of a complete upload. Whoever comes first does the work; the others wait for it. Repeatable.
  io::Task<Result<FinalAnswer>> finish(UploadHandle upload, std::string request_id = {});

  // Takes everything from `source` into a file of its own. See engine/spool.h.
  io::Task<Result<Spool>> spool(io::ByteSource& source, SpoolLimits limits);
  // Makes a spooled file the photo of `token`, or the file of its photo, in one go. `began`, `kind`: see check_token.
  io::Task<Result<FinalAnswer>> finish_spool(Spool spool, std::string token, std::string file_name, Params extras,
                                              std::optional<WallTime> began = {},
                                              catalog::TokenKind kind = catalog::TokenKind::upload);
  // The same without a token. As nothing names such an upload, one that is sent again is another one. Returns the photo
  // as it is then; not_found.
  io::Task<Result<catalog::Photo>> finish_direct(Spool spool, DirectUpload what);
  // Copies a spooled file into its range of an upload; then as write().
  io::Task<Result<WriteOutcome>> write_spool(UploadHandle upload, ByteRange range, Spool spool);

  // At start, before serving: removes orphans, re-enters finishes. At most once.
  io::Task<Result<Recovery>> recover();
  // Removes what is abandoned or no longer needed; forgets idle uploads. Call now and then, one at a time.
  io::Task<Result<void>> sweep();
  // Removes staging files that nobody has known for kSuspectFor; returns how many. Call now and then, one at a time.
  static constexpr Seconds kSuspectFor{600};
  io::Task<Result<std::size_t>> sweep_orphans();

  // Whoever revokes or extends a token says so: its uploads under way look at it anew with their next request.
  void token_changed(const std::string& token);
  void all_tokens_changed();
  // Whether the token lets a page of this origin send (token_limits.h). open() looks at it too.
  Result<void> may_come_from(const UploadHandle& upload, const std::optional<std::string>& origin) const;

  // Writes down how uploads under way fared since the last time. The sweep does it too; for the end.
  io::Task<Result<void>> note_troubles();
  std::size_t active_uploads() const;
  std::size_t strangers() const { return strangers_; }  // files being received for nobody knows whom
  // A request that was refused before anything was asked of the engine counts among the others that were.
  void note_refusal(Errc reason) { stats_.refused.add(reason); }
  const EngineStats& stats() const { return stats_; }
  const EngineSettings& settings() const { return settings_; }

 private:
  class Attempt;
  using Kind = std::optional<catalog::TokenKind>;  // none: any
  io::Task<Result<UploadHandle>> open_checked(OpenRequest request);
  io::Task<Result<Spool>> receive_spool(io::ByteSource& source, SpoolLimits limits);
  io::Task<Result<FinalAnswer>> finish_spool_checked(Spool spool, std::string token, std::string file_name,
                                                     Params extras, std::optional<WallTime> began,
                                                     catalog::TokenKind kind);
  io::Task<Result<WriteOutcome>> write_range(UploadHandle upload, Span span, io::ByteSource& source,
                                             std::shared_ptr<io::Interrupter> interrupter,
                                             const std::string& request_id);
  bool is_stored(const UploadHandle& upload, ByteRange range) const;
  void tally(const UploadHandle& upload, ByteRange range, const Result<WriteOutcome>& outcome,
             const std::string& request_id);
  void tell(const UploadNews& news) const {
    if (parts_.on_news) parts_.on_news(news);
  }
  io::Task<Result<void>> load(const UploadHandle& upload, Kind kind, const OpenRequest* to_start);
  io::Task<Result<UploadHandle>> open_or_find(catalog::UploadKey key, Kind kind, const OpenRequest* to_start);
  Result<void> may_start(const catalog::Token& token, std::optional<WallTime> began, catalog::TokenKind kind) const;
  io::Task<Result<void>> check_target(const catalog::Token& token);
  io::Task<Result<void>> start_new(const UploadHandle& upload, const OpenRequest& request);
  io::Task<Result<std::shared_ptr<StagingFile>>> staging_of(UploadHandle upload);
  io::Task<Result<bool>> take_turn(UploadHandle upload, ByteRange range, RangeClaims::AttemptId id);
  io::Task<Result<void>> record(UploadHandle upload, std::vector<catalog::Receipt> receipts,
                               std::string content_type);
  io::Task<Result<void>> fail_upload(UploadHandle upload, Error reason, const std::string& request_id);
  io::Task<Result<FinalAnswer>> run_finish(UploadHandle upload, const std::string& request_id);
  io::Task<Result<std::string>> publish_spool(Spool& spool, std::int64_t file_id,
                                                const catalog::Token* token = nullptr);
  io::Task<Result<catalog::Finish>> draft_finish(const catalog::Token& token, catalog::Upload upload,
                                                 std::uint32_t crc32);
  io::Task<Result<FinalAnswer>> commit_finish(catalog::Token token, catalog::Upload upload, std::uint32_t crc32,
                                              const std::string& request_id);
  io::Task<Result<FinalAnswer>> stored_answer(catalog::UploadKey key);
  io::Task<Result<void>> refresh_token(UploadHandle upload);
  Result<void> check_may_go_on(const ActiveUpload& upload) const;  // caller holds the mutex
  Result<void> check_size(std::uint64_t size) const;
  io::Task<Result<void>> sweep_staging_orphans();
  io::Task<Result<void>> sync_staged_files();
  io::Task<Result<std::set<std::int64_t>>> resume_finishes();
  io::Task<Result<std::vector<std::string>>> sweep_archive_orphans(std::set<std::int64_t> reserved);
  io::Task<Result<void>> abandon(catalog::Upload upload);
  io::Task<Result<void>> set_aside(std::int64_t file_id);
  UploadHandle close_table_entry(const catalog::UploadKey& key);
  void forget_idle();

  EngineParts parts_;
  const EngineSettings settings_;
  PhotoIds photo_ids_;
  TokenCache tokens_;
  std::atomic<std::size_t> strangers_ = 0;
  const std::shared_ptr<NamesInUse> spools_ = std::make_shared<NamesInUse>();
  std::set<std::string> suspects_;  // of sweep_orphans
  std::optional<SteadyTime> suspected_at_;
  mutable EngineStats stats_;

  mutable std::mutex mutex_;
  std::map<catalog::UploadKey, UploadHandle> active_;
};

}  // namespace stile::engine
