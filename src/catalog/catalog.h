// Catalog: everything Stile knows that is not the bytes of a file.
//
// Threads: any; each task goes on at its home. Writes of many callers are committed together (group commit).
// Durability: a successful write survives power loss when its task resolves, unless the implementation was told to
// promise less (sql_catalog.h, Durability).
// Errors: busy (queue full, or another process holds the database), io_error, disk_full, invalid_input (a number above
// 2^63-1), plus those named at each function. A failed write changed nothing.
// Time: what "unchanged since" looks at may lag behind the last receipt by up to kChangeGranularity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// A receipt moves an upload's changed_at only when that is older than this, so that most receipts write one row.
inline constexpr Milliseconds kChangeGranularity{10'000};

struct StartLimits {
  std::int64_t max_open_per_token = 0;  // uploads in state receiving; 0: no bound
};

// Everything that becomes true when an upload finishes, in one transaction (invariant I4).
struct Finish {
  // Whose word it is done at: a token's, whose use is counted, or a caller's who may write. The latter has no upload row;
  // when its upload names a token nevertheless, that one counts the bytes, within its limit.
  enum class Authority { token, caller };
  // What the file is for: a photo of its own, or one that is there: then of `photo` only photo_id, file_id, file_name,
  // content_type, size and crc32 count. An image for a video becomes its poster.
  enum class Target { new_photo, replacement };

  Upload upload;              // as it shall be: state done, callback_url set. Inserted when there is no such row yet
                              // (plain forms have none), updated otherwise.
  Photo photo;
  std::vector<Event> events;  // event_id is ignored
  Authority authority = Authority::token;
  Target target = Target::new_photo;
};

class Catalog {
 public:
  virtual ~Catalog() = default;

  // Tokens
  virtual io::Task<Result<void>> add_token(Token token) = 0;  // already_exists
  virtual io::Task<Result<std::optional<Token>>> find_token(std::string token) = 0;
  // No upload starts or finishes with it from now on. Revoking twice is fine; token_unknown when there is none.
  virtual io::Task<Result<void>> revoke_token(std::string token) = 0;

  // Uploads
  virtual io::Task<Result<std::optional<Upload>>> find_upload(UploadKey key) = 0;
  // Inserts `upload`, in the place of an aborted one with its key, or returns the one that has its key already. Fails
  // with token_unknown, token_revoked,
  // token_expired (valid_until <= now), token_used_up (used >= max_uploads) and too_many_open, all decided inside the
  // transaction, when the upload is new.
  virtual io::Task<Result<Upload>> start_upload(Upload upload, WallTime now, StartLimits limits) = 0;
  // Ascending; empty when there is no such upload.
  virtual io::Task<Result<std::vector<Receipt>>> receipts(std::string upload_id) = 0;
  // Records a durable range. A receipt that starts where one is stored already is ignored. not_found without its
  // upload.
  virtual io::Task<Result<void>> add_receipt(std::string upload_id, Receipt receipt, WallTime now) = 0;
  // Nothing happens when there is no such upload.
  virtual io::Task<Result<void>> set_content_type(std::string upload_id, std::string content_type) = 0;
  // state receiving → failed or aborted. Nothing happens when the upload is no longer receiving.
  virtual io::Task<Result<void>> end_upload(std::string upload_id, UploadState state, Errc failure, WallTime now) = 0;
  // The conditional update of tokens.used decides (I5): token_unknown, token_revoked or token_used_up, and then nothing
  // of `finish` is stored. Expiry is not looked at (I6). When the upload, or another one with its key, is already done:
  // already_exists (the caller reads the stored answer). not_found when it failed or was aborted meanwhile, or when an
  // unfinished one with another id has its key.
  // The same update bounds the bytes of all files of the token: too_large, in words of its own. What was changed of the
  // file beforehand (TokenAdmin::change_uploads) is applied to the photo's metadata.
  // A replacement needs a token of that kind for that photo, and fails with not_found, in words of its own, when the
  // photo is gone; the file that it had is remembered for removal (Library::files_to_remove).
  // The upload is stored as done and changed at `now`, whatever its record says. Returns the photo as it is now.
  virtual io::Task<Result<Photo>> finish_upload(Finish finish, WallTime now) = 0;
  // Uploads in state receiving, by upload_id, starting after `after`; at most `limit`.
  virtual io::Task<Result<std::vector<Upload>>> open_uploads(std::string after, std::size_t limit) = 0;
  // Which of these upload ids are known in state receiving. For the sweep of orphaned staging files.
  virtual io::Task<Result<std::vector<std::string>>> known_open(std::vector<std::string> upload_ids) = 0;
  // Uploads that are done, failed or aborted and unchanged since `before`: removes at most `limit` of them with their
  // receipts; returns how many. (The photos stay.)
  virtual io::Task<Result<std::size_t>> forget_ended_uploads(WallTime before, std::size_t limit) = 0;
  // Uploads in state receiving and unchanged since `before`, at most `limit`.
  virtual io::Task<Result<std::vector<Upload>>> stale_uploads(WallTime before, std::size_t limit) = 0;
  // Removes the receipts of all uploads in state receiving: after a power loss under a durability that did not sync
  // them.
  virtual io::Task<Result<void>> distrust_receipts() = 0;

  // Photos
  // Reserves `count` ids for ever and returns the first. They ascend; gaps are normal.
  virtual io::Task<Result<std::int64_t>> reserve_photo_ids(std::int64_t count) = 0;
  virtual io::Task<Result<std::optional<Photo>>> find_photo(std::int64_t photo_id) = 0;
  // Newest first.
  virtual io::Task<Result<std::vector<Photo>>> photos_of_token(std::string upload_token, std::size_t limit) = 0;
  // Those of them that came in an upload of this identifier, as long as that is remembered (forget_ended_uploads).
  virtual io::Task<Result<std::vector<Photo>>> photos_of_identifier(std::string upload_token, std::string identifier,
                                                                    std::size_t limit) = 0;
  // Which of these files a photo has, as its own or as its poster. For the sweep of orphaned originals.
  virtual io::Task<Result<std::vector<std::int64_t>>> known_files(std::vector<std::int64_t> file_ids) = 0;

  // Outbox
  virtual io::Task<Result<void>> add_events(std::vector<Event> events) = 0;
  // Waiting events whose next_attempt_at <= now, those that are due longest first.
  virtual io::Task<Result<std::vector<Event>>> due_events(WallTime now, std::size_t limit) = 0;
  // When the earliest waiting event is due; nullopt when none waits.
  virtual io::Task<Result<std::optional<WallTime>>> next_event_time() = 0;
  // Stores state, attempts, next_attempt_at and last_error of an event; not_found.
  virtual io::Task<Result<void>> update_event(Event event) = 0;
  virtual io::Task<Result<std::vector<Event>>> events_of_photo(std::int64_t photo_id) = 0;

  // Callers
  virtual io::Task<Result<User>> add_user(std::string name, WallTime now) = 0;  // returns it with its id
  // already_exists: the consumer key or the bearer token is taken. An empty bearer_sha256 means none and matches
  // nobody.
  virtual io::Task<Result<void>> add_credentials(Credentials credentials) = 0;
  // Revoked ones too: the caller looks.
  virtual io::Task<Result<std::optional<Credentials>>> find_credentials_by_bearer(std::string bearer_sha256) = 0;
  virtual io::Task<Result<std::optional<Credentials>>> find_credentials_by_consumer_key(std::string consumer_key) = 0;
  virtual io::Task<Result<std::vector<Credentials>>> list_credentials() = 0;  // oldest first
  virtual io::Task<Result<void>> revoke_credentials(std::string consumer_key) = 0;  // not_found

  // Albums
  virtual io::Task<Result<Album>> add_album(Album album) = 0;  // returns it with its id
  // Those of `ids` that exist.
  virtual io::Task<Result<std::vector<std::int64_t>>> known_albums(std::vector<std::int64_t> ids) = 0;

  // Facts about the installation, e.g. the boot id of the last run.
  virtual io::Task<Result<std::optional<std::string>>> find_fact(std::string name) = 0;
  virtual io::Task<Result<void>> set_fact(std::string name, std::string value) = 0;
};

}  // namespace stile::catalog
