// What the catalog remembers, in domain words. Plain values; strings are UTF-8; times are wall-clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_range.h"
#include "base/clock.h"
#include "base/params.h"
#include "base/result.h"

namespace stile::catalog {

// What becomes of a photo: given when the token is made, applied when the file has landed.
struct Metadata {
  std::string title;        // no markup
  std::string description;  // the safe subset of HTML
  std::string tags;         // as given; see split_tags in api/
  std::string album_ids;    // comma-separated, as given
  bool publish = true;
  std::optional<WallTime> publish_date;
  std::string absolute_url;
  Params variables = {};  // custom variables, by key
};

// What a token is redeemed for: a new photo, another file for one, or a change of what one says.
enum class TokenKind { upload, replace, update };

// Who may upload, how much, until when, and what to tell whom.
struct Token {
  std::string token;  // 64 alphanumerics, the secret itself
  TokenKind kind = TokenKind::upload;
  std::int64_t photo_id = 0;  // whose file or metadata it changes; 0 for uploads
  std::int64_t number = 0;    // ascending in order of creation; given by the catalog
  WallTime created_at;
  WallTime valid_until;
  std::int64_t valid_minutes = 0;
  std::int64_t max_uploads = 1;
  std::int64_t used = 0;  // finished uploads; never above max_uploads (I5)
  bool revoked = false;
  std::int64_t user_id = 0;  // 0: anonymous
  Metadata metadata;
  std::string return_url;  // empty: none
  bool background_return = false;
  Params extras;  // repeated in the callback, in order
  // Narrower than what the server allows to everybody; 0 and "" are no limit.
  std::uint64_t max_file_bytes = 0;
  std::uint64_t max_total_bytes = 0;  // of finished files together
  std::string accepted_types = {};    // comma-separated: "image/jpeg, video/*"
  std::string allowed_origins = {};   // comma-separated: "https://app.example.com"
  std::uint64_t received_bytes = 0;   // of finished files
};

// One file under way. The key is (token, identifier, total_size).
struct UploadKey {
  std::string token;
  std::string identifier;
  std::uint64_t total_size = 0;
  auto operator<=>(const UploadKey&) const = default;
};

enum class UploadState { receiving, done, failed, aborted };

struct Upload {
  std::string upload_id;  // 32 lower-case hex; names the staging file
  UploadKey key;
  UploadState state = UploadState::receiving;
  Errc failure = Errc::unsupported_type;  // why, when failed
  std::int64_t photo_id = 0;  // the photo that it becomes, or whose file it replaces
  std::int64_t file_id = 0;   // reserved at the start, so that recovery knows where the file went
  std::string file_name;      // as the client called it; data, never a path
  std::string content_type;   // as sniffed; empty until the first bytes were judged
  Params extras;              // of the redeem call, in order
  WallTime created_at;
  WallTime changed_at;
  std::string callback_url;  // once done: the complete URL that the uploader or the outbox goes to; empty when none
};

// A durable range of an upload and the CRC-32 of its bytes.
struct Receipt {
  ByteRange range;
  std::uint32_t crc32 = 0;
  bool operator==(const Receipt&) const = default;
};

// A finished file.
struct Photo {
  std::int64_t photo_id = 0;
  std::int64_t tree_id = 0;
  std::string token;  // 32 lower-case hex: the secret of its links
  std::string upload_token;
  std::string upload_id;
  std::int64_t user_id = 0;
  Metadata metadata;
  std::string file_name;
  std::string content_type;
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
  WallTime created_at;
  bool promoted = false;
  std::optional<WallTime> edited_at = {};  // none: as it was uploaded
  std::int64_t file_id = 0;  // names its file in the archive: photo_id, until it is replaced
  // The still that stands for a video, when one was sent; poster_id 0: none.
  std::int64_t poster_id = 0;
  std::string poster_type = {};
  std::uint64_t poster_size = 0;
};

// A row of the outbox: one HTTP request to be made at least once.
enum class EventState { waiting, delivered, dead };
struct Event {
  std::int64_t event_id = 0;  // given by the catalog, ascending
  std::string kind;           // "callback"
  std::int64_t photo_id = 0;  // 0 when there is none
  std::string url;
  EventState state = EventState::waiting;
  std::int64_t attempts = 0;
  WallTime created_at;
  WallTime next_attempt_at;
  std::string last_error;
  std::string body = {};    // JSON, for those that have one
  std::string signer = {};  // whose secret signs it: "webhook:7", "consumer:<key>"; empty: nobody's
};

// Ascending and inclusive: each level may do what the ones before it may.
enum class Level { none, anonymous, read, write, admin, super };

struct User {
  std::int64_t user_id = 0;  // given by the catalog
  std::string name;          // as shown
  WallTime created_at;
  std::string username;  // nobody else has it, in whatever case
  std::string email;     // likewise; may be empty
  std::string full_name;
  std::string timezone;  // "Europe/Oslo"; empty: not said
  std::string about;     // plain text
  bool site_admin = false;
  std::string password_hash;  // auth/password.h; empty: cannot log in with a password
  std::optional<WallTime> last_login_at;
};

// An application's keys: OAuth consumer, access pair and bearer token at one level.
struct Credentials {
  std::string name;
  Level level = Level::read;
  std::int64_t user_id = 0;
  std::string consumer_key;  // "<number>-<20 alphanumerics>"
  std::string consumer_secret;
  std::string access_token;
  std::string access_token_secret;
  std::string bearer_sha256;  // the bearer token itself is shown once and never kept
  bool revoked = false;
  WallTime created_at;
};

struct Album {
  std::int64_t album_id = 0;  // given by the catalog
  std::string token;
  std::string title;
  std::string description;
  bool hidden = false;
  std::int64_t user_id = 0;
  WallTime created_at;
  std::optional<WallTime> edited_at = {};
};

}  // namespace stile::catalog
