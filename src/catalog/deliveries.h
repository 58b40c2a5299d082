// Deliveries: what the delivery of events needs beside the queue itself (Catalog, "Outbox"), and what operators ask and
// do about events.
//
// Beside Catalog. Threads, durability and errors: as Catalog's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/library.h"
#include "catalog/records.h"
#include "io/task.h"

namespace stile::catalog {

// Scheme, host and port of a URL as they are written: "https://example.com:8443".
inline std::string origin_of(std::string_view url) {
  const std::size_t host = url.find("://");
  return std::string(url.substr(0, host == std::string_view::npos ? host : url.find_first_of("/?#", host + 3)));
}

// What a URL has before its query and fragment. Whoever has the same is one receiver; a host alone is none, because many
// who know nothing of each other receive at one host.
inline std::string receiver_of(std::string_view url) { return std::string(url.substr(0, url.find_first_of("?#"))); }

struct EventQuery {
  std::optional<EventState> state = {};
  std::optional<std::int64_t> photo_id = {};
  Direction direction = Direction::descending;  // of event_id
  std::optional<std::int64_t> after = {};       // exclusive, in that direction
  std::int64_t limit = 50;
};

class Deliveries {
 public:
  virtual ~Deliveries() = default;

  // The earliest event of this photo that waits for this receiver: the only one that may be sent now.
  virtual io::Task<Result<std::optional<Event>>> first_waiting(std::int64_t photo_id, std::string receiver) = 0;
  // What `signer` of an event signs with now; nullopt: nobody listens there any more, because the webhook was ended or
  // the credentials were revoked.
  virtual io::Task<Result<std::optional<std::string>>> signing_secret(std::string signer) = 0;

  virtual io::Task<Result<std::vector<Event>>> list_events(EventQuery query) = 0;
  virtual io::Task<Result<std::optional<Event>>> find_event(std::int64_t event_id) = 0;
  // Makes events due now: those that ended start anew, with another time to be given up; those that wait only wait no
  // longer. Returns the ids of those that exist.
  virtual io::Task<Result<std::vector<std::int64_t>>> replay_events(std::vector<std::int64_t> event_ids,
                                                                    WallTime now) = 0;
};

}  // namespace stile::catalog
