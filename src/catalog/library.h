// Library: what people browse and edit once files have landed: photos, albums, tags, users.
//
// Beside Catalog, which carries uploads: whoever receives bytes needs none of this.
// Threads, durability and errors: as Catalog's.
// Cost: a page costs its rows plus its offset in a narrow index; a filter costs the set of the narrowest one given
// (docs/decisions/0010-library-queries.md has the figures). Nothing reads the wide rows of photos that are not shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/params.h"
#include "base/result.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// A search looks at this many of the newest photos that match its words.
inline constexpr std::int64_t kMaxSearchMatches = 10'000;
// Related tags are counted over this many of a tag's newest photos.
inline constexpr std::int64_t kMaxRelatedPhotos = 1'000;

inline constexpr std::size_t kMaxFilterVariables = 10;

enum class Direction { ascending, descending };
enum class TagMode { all, any };
enum class PhotoOrder { published, created, title };

struct PhotoFilter {
  std::optional<std::int64_t> photo_id = {};
  std::optional<std::int64_t> album_id = {};
  std::optional<std::int64_t> user_id = {};
  std::optional<std::string> upload_token = {};
  std::vector<std::string> tags = {};  // in any case; at most kMaxTags count
  TagMode tag_mode = TagMode::all;
  Params variables = {};  // custom variables and the exact values wanted; at most kMaxFilterVariables count
  TagMode variable_mode = TagMode::all;
  std::string search = {};  // words; each must occur in title, description or tags
  std::optional<bool> video = {};
  std::optional<bool> audio = {};
  std::optional<bool> promoted = {};
  std::optional<bool> published = {};
  std::optional<WallTime> from = {};    // of the publish date, inclusive
  std::optional<WallTime> before = {};  // exclusive
};

struct PhotoQuery {
  PhotoFilter filter = {};
  PhotoOrder order = PhotoOrder::published;
  Direction direction = Direction::descending;
  bool promoted_first = false;  // before the others, each part in this order
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

struct AlbumOfPhoto {
  std::int64_t album_id = 0;
  std::int64_t position = 0;
  std::string title = {};
  bool hidden = false;
};

struct UserNames {
  std::string username = {};
  std::string name = {};
};

struct ListedPhoto {
  Photo photo = {};
  std::vector<AlbumOfPhoto> albums = {};  // those that exist, in the order given
  UserNames user = {};                    // empty for nobody
};

template <class Item>
struct Listing {
  std::vector<Item> items = {};
  std::int64_t total = 0;
};

// What is set is changed; the rest stays.
struct PhotoChange {
  std::int64_t photo_id = 0;
  std::optional<std::string> title = {};
  std::optional<std::string> description = {};
  std::optional<std::string> tags = {};
  std::optional<std::string> album_ids = {};  // comma-separated; "" takes it out of all
  std::optional<bool> publish = {};
  std::optional<bool> promoted = {};
  std::optional<WallTime> publish_date = {};
  std::optional<std::string> absolute_url = {};
  Params variables = {};  // custom variables by key; an empty value takes one away, those not named stay
  std::vector<Event> events = {};  // stored in the same transaction; event_id is ignored
};

enum class AlbumOrder { sortkey, title, edited, created };

struct AlbumQuery {
  std::optional<std::int64_t> album_id = {};
  std::optional<std::int64_t> user_id = {};
  std::optional<std::int64_t> photo_id = {};
  std::string search = {};  // a piece of the title
  bool include_hidden = false;
  AlbumOrder order = AlbumOrder::created;
  Direction direction = Direction::descending;
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

struct ListedAlbum {
  Album album = {};
  UserNames user = {};
};

struct AlbumChange {
  std::int64_t album_id = 0;
  std::optional<std::string> title = {};
  std::optional<std::string> description = {};
  std::optional<bool> hidden = {};
};

enum class TagOrder { tag, count };

struct TagQuery {
  std::string search = {};  // how the tag begins, in any case
  bool exclude_machine_tags = false;  // "namespace:key=value"
  TagOrder order = TagOrder::tag;
  Direction direction = Direction::descending;
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

struct TagCount {
  std::string tag = {};  // as it was first written
  std::int64_t count = 0;  // of published photos
};

enum class UserOrder { username, site_admin, email, created, last_login, name };

struct UserQuery {
  std::optional<std::int64_t> user_id = {};
  std::string search = {};  // a piece of the username or the name, and of the email when that may be seen
  bool search_email = false;
  UserOrder order = UserOrder::name;
  Direction direction = Direction::descending;
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

class Library {
 public:
  virtual ~Library() = default;

  // Photos
  virtual io::Task<Result<Listing<ListedPhoto>>> list_photos(PhotoQuery query) = 0;
  // Returns the photo as it is now; not_found. Albums that do not exist are kept in album_ids and never shown.
  virtual io::Task<Result<Photo>> update_photo(PhotoChange change, WallTime now) = 0;
  // The photo is gone for every reader when this resolves, and its files are remembered until they are gone too.
  // Returns it as it was; not_found.
  virtual io::Task<Result<Photo>> delete_photo(std::int64_t photo_id, WallTime now) = 0;
  // When the next draft with a publish date in the future is to be published; nullopt: there is none.
  virtual io::Task<Result<std::optional<WallTime>>> next_publication() = 0;
  // Publishes drafts whose time has come, at most `limit`; returns how many. What edits such a draft publishes it too.
  virtual io::Task<Result<std::size_t>> publish_due(WallTime now, std::size_t limit) = 0;
  // Files that no photo has had since `until` or before, by deletion or replacement, and that may still be there;
  // oldest first.
  virtual io::Task<Result<std::vector<std::int64_t>>> files_to_remove(WallTime until, std::size_t limit) = 0;
  virtual io::Task<Result<void>> files_removed(std::int64_t file_id) = 0;

  // Albums
  virtual io::Task<Result<std::optional<Album>>> find_album(std::int64_t album_id) = 0;
  // The oldest album of exactly this title, or `album` when there is none; returns it with its id.
  virtual io::Task<Result<Album>> find_or_add_album(Album album) = 0;
  virtual io::Task<Result<Listing<ListedAlbum>>> list_albums(AlbumQuery query) = 0;
  virtual io::Task<Result<void>> update_album(AlbumChange change, WallTime now) = 0;  // not_found
  // The photos stay; not_found.
  virtual io::Task<Result<void>> delete_album(std::int64_t album_id) = 0;

  // Tags
  virtual io::Task<Result<Listing<TagCount>>> list_tags(TagQuery query) = 0;
  virtual io::Task<Result<bool>> has_tag(std::string tag) = 0;  // of a published photo
  // Tags of published photos that have `tag` too, those that occur together most often first.
  virtual io::Task<Result<std::vector<TagCount>>> related_tags(std::string tag, std::size_t limit) = 0;

  // Users. already_exists: the username or the email is taken, in whatever case.
  virtual io::Task<Result<User>> add_account(User user) = 0;  // returns it with its id
  virtual io::Task<Result<std::optional<User>>> find_user(std::int64_t user_id) = 0;
  // By username or email, in any case.
  virtual io::Task<Result<std::optional<User>>> find_user_by_login(std::string login) = 0;
  virtual io::Task<Result<void>> update_user(User user) = 0;  // everything but created_at; not_found, already_exists
  virtual io::Task<Result<Listing<User>>> list_users(UserQuery query) = 0;
};

}  // namespace stile::catalog
