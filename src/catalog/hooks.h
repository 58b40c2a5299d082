// Hooks: who is told of what happens to photos, and where. Webhooks are subscriptions of an application, one per event
// and URL; a pingback is one URL of an application that hears of everything.
//
// Beside Catalog. Threads, durability and errors: as Catalog's.
// A hook of an application whose credentials are revoked is told nothing.
// Source: spec/api.md 3.17.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/library.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

enum class PhotoNews { uploaded, updated, replaced, deleted };
inline constexpr std::array kAllPhotoNews{PhotoNews::uploaded, PhotoNews::updated, PhotoNews::replaced,
                                          PhotoNews::deleted};
// "video.uploaded": the names that known clients use, whatever kind of file it is.
std::string_view event_name(PhotoNews news);
// What a webhook may subscribe to besides.
inline constexpr std::string_view kEveryEvent = "all";

struct Hook {
  std::int64_t hook_id = 0;  // given by the catalog
  std::string consumer_key;  // the application's
  std::string event;         // "video.uploaded", …, kEveryEvent
  std::string target_url;
  std::string secret;  // signs what is sent
  WallTime created_at;
};

struct HookQuery {
  std::optional<std::string> consumer_key = {};  // none: everybody's
  std::int64_t offset = 0;
  std::int64_t limit = 20;
};

// Which webhooks to end: those that pass everything that is set. At least one of hook_id and target_url is.
struct HookFilter {
  std::optional<std::string> consumer_key = {};
  std::optional<std::int64_t> hook_id = {};
  std::optional<std::string> target_url = {};
};

struct Subscription {
  Hook hook;
  bool is_new = true;
};

class Hooks {
 public:
  virtual ~Hooks() = default;

  // The application's webhook of this event and URL: `hook` with its id, or the one that was there before, whose secret
  // stays. limit: the application has `most` already.
  virtual io::Task<Result<Subscription>> subscribe(Hook hook, std::int64_t most) = 0;
  // Oldest first; webhooks only.
  virtual io::Task<Result<Listing<Hook>>> list_hooks(HookQuery query) = 0;
  // How many were ended. What waits to be sent for them is dead from then on.
  virtual io::Task<Result<std::int64_t>> unsubscribe(HookFilter filter) = 0;

  // Sets or, with an empty URL, ends the pingback of these credentials; what waits for the old URL is dead from then
  // on. not_found without such credentials.
  virtual io::Task<Result<void>> set_pingback(std::string consumer_key, std::string target_url, WallTime now) = 0;
  virtual io::Task<Result<std::optional<std::string>>> find_pingback(std::string consumer_key) = 0;
};

}  // namespace stile::catalog
