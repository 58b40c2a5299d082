// TokenAdmin: what becomes of tokens once they are made: listed, extended, revoked, corrected, redeemed for a change.
//
// Beside Catalog, whose finish_upload counts the uses of tokens for files (I5). Threads, durability and errors: as
// Catalog's. Source: spec/api.md 3.3, 3.7, 4.1, 4.7.
//
// Several processes change tokens, the server and the command line. Whoever keeps a copy of one asks token_news for
// what was revoked or extended since it last asked: a row of a small table, so that asking costs next to nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/library.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// A change through an upload token reaches this many photos at once; one with more is refused with `limit`.
inline constexpr std::size_t kMaxPhotosPerChange = 1'000;
// Files of one token for which a change waits although nothing of them has come; more are refused with `limit`.
inline constexpr std::int64_t kMaxWaitingChanges = 1'000;
// As many rows of news are kept; who was away for longer has to look at everything anew.
inline constexpr std::int64_t kKeptNews = 10'000;

// What a token is doing. The first that holds, from the bottom up:
enum class TokenState {
  waiting,    // good, and nothing is on its way
  uploading,  // at least one file is on its way, and may still finish: also after valid_until, within the grace
  expired,    // valid_until has passed
  finished,   // used as often as it may be
  revoked,
};

// By when a state is judged.
struct TokenTime {
  WallTime now;
  Milliseconds grace{0};  // how long after valid_until an upload under way may finish (I6)
};

struct TokenQuery {
  std::optional<TokenState> state = {};
  std::optional<std::int64_t> user_id = {};  // whose; none: everybody's
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

struct ListedToken {
  Token token = {};
  TokenState state = TokenState::waiting;
  std::int64_t files_under_way = 0;
  std::uint64_t bytes_under_way = 0;  // of them: what is durable
};

struct FileUnderWay {
  std::string identifier = {};
  std::string file_name = {};
  std::uint64_t total_size = 0;
  std::uint64_t received_bytes = 0;  // durable
  WallTime created_at = {};
};

struct TokenReport {
  ListedToken listed = {};
  std::vector<FileUnderWay> files = {};  // oldest first
};

// What is set is raised; nothing is ever shortened.
struct TokenExtension {
  std::string token = {};
  std::optional<WallTime> valid_until = {};
  std::int64_t valid_minutes = 0;  // kept beside a valid_until that counts
  std::optional<std::int64_t> max_uploads = {};
};

// photo/update-upload-token. What is set is changed; the rest stays.
struct UploadsChange {
  std::string token = {};
  std::optional<std::string> identifier = {};  // of the one file that is meant; none: all of the token
  std::optional<std::string> title = {};
  std::optional<std::string> description = {};
  std::optional<std::string> tags = {};
  std::optional<std::string> album_ids = {};
  std::optional<bool> publish = {};
};

// A token that was revoked or extended.
struct TokenNews {
  std::int64_t news_id = 0;  // ascending without gaps
  std::string token = {};
};

class TokenAdmin {
 public:
  virtual ~TokenAdmin() = default;

  // Newest first.
  virtual io::Task<Result<Listing<ListedToken>>> list_tokens(TokenQuery query, TokenTime time) = 0;
  // nullopt when there is no such token.
  virtual io::Task<Result<std::optional<TokenReport>>> report_token(std::string token, TokenTime time) = 0;
  // Returns the token as it is now. An expired or finished one comes back to life; token_unknown, token_revoked.
  virtual io::Task<Result<Token>> extend_token(TokenExtension extension, WallTime now) = 0;

  // Changes what becomes of the files that are to come, those on their way, and the photos that came, in one
  // transaction. token_unknown (also for tokens of other kinds), token_revoked, token_expired; used up or not does not
  // matter. `limit`, with words, beyond the bounds above.
  virtual io::Task<Result<void>> change_uploads(UploadsChange change, WallTime now) = 0;
  // Forgets the changes for files that never came: of tokens that ended before `before`. Returns how many.
  virtual io::Task<Result<std::size_t>> forget_waiting_changes(WallTime before, std::size_t limit) = 0;

  // One use of an update token and the change of its photo, in one transaction: both or neither, and never more uses
  // than max_uploads. change.photo_id is the token's photo or 0. Returns the photo as it is now. Fails with
  // token_unknown (also for other kinds), token_revoked, token_expired, token_used_up, not_found (the photo is gone),
  // and invalid_input when photo_id names another photo.
  virtual io::Task<Result<Photo>> redeem_update(std::string token, PhotoChange change, WallTime now) = 0;

  // The rows after `after`, oldest first; of more than `limit`, the first.
  virtual io::Task<Result<std::vector<TokenNews>>> token_news(std::int64_t after, std::size_t limit) = 0;
  // The number of the last row; 0 when there never was one.
  virtual io::Task<Result<std::int64_t>> last_token_news() = 0;
};

// What `token` is doing. `under_way`: whether an upload of it is in state receiving.
TokenState state_of(const Token& token, bool under_way, TokenTime time);

}  // namespace stile::catalog
