// Outbox: delivers the catalog's waiting events at least once each, with backoff; survives restarts as its rows do.
//
// What is sent for an event, and which answers mean that it has arrived, stands in event_request.h. Secrets are looked up
// for each attempt; an event that nobody listens to any more is dead.
// Everything else is tried again after min(2^earlier attempts × first_retry, max_retry) plus up to 10 % jitter, until
// `give_up_after` has passed since created_at (with one last attempt at that moment); then the event is dead and stays
// listed with its last_error. An address or URL that may not be called at all is dead at once.
//
// Order: events of one photo to one receiver (a URL without its query) are delivered in event_id order; a later one
// waits while an earlier one is waiting. Different receivers do not wait for each other, also at one host: one that is
// down must not keep the news from the rest.
// The wall clock: one that is set ahead gives events up early, as if the time had passed; one that is set back delays
// nothing.
// Ownership: one background task, started by run() in a TaskGroup of app/; requests run on the `out` pool. Everything
// passed to the constructor must outlive run().
// Errors: when the catalog fails, the outbox waits and goes on. An outcome that could not be stored is kept in memory
// and stored later; no event is delivered again in this process because of that, but after a crash it will be.
// Source: spec/api.md 3.17 and 4.4.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/deliveries.h"
#include "io/task.h"
#include "io/thread_pool.h"
#include "notify/http_client.h"

namespace stile::notify {

struct OutboxSettings {
  Milliseconds first_retry{2'000};
  Milliseconds max_retry{3'600'000};
  Milliseconds give_up_after{24 * 3'600'000};
  std::size_t parallel = 4;  // deliveries under way at once; at least 1
};

// What the outbox needs from outside to wait: a timer that somebody can cut short.
class Alarm {
 public:
  virtual ~Alarm() = default;
  // Resolves after `at_most`, or at once when ring() was called since the last wait. Threads: home of the waiter.
  virtual io::Task<void> wait(Milliseconds at_most) = 0;
  virtual void ring() = 0;  // any thread
};

struct DeliveryReport {  // for logs and metrics
  catalog::Event event;  // as it was stored after the attempt; event_id 0 when the report is about the catalog itself
  int status = 0;        // 0: no answer
  std::string error;     // empty: delivered
};

class Outbox {
 public:
  // `report` is called at the home of run(), after each attempt and after each failure of the catalog.
  Outbox(catalog::Catalog& catalog, catalog::Deliveries& deliveries, HttpClient& client, io::ThreadPool& out_pool,
         const Clock& clock, Random& random, Alarm& alarm, OutboxSettings settings,
         std::function<void(const DeliveryReport&)> report);

  // Delivers until stop() was called and the deliveries under way have ended. Once per Outbox. `domain`: the site's name,
  // for those who listen to several sites.
  io::Task<void> run(std::string domain);
  void stop();  // any thread
  // An event was committed: look now. Any thread.
  void wake();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// How long to wait after a failed attempt that came after `earlier_attempts` others, without jitter.
Milliseconds backoff(std::int64_t earlier_attempts, const OutboxSettings& settings);

}  // namespace stile::notify
