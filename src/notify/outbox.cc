#include "notify/outbox.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/failpoint.h"
#include "io/task_group.h"
#include "notify/event_request.h"

namespace stile::notify {
namespace {

using catalog::Event;
using catalog::EventState;

constexpr Milliseconds kLongestWait{5'000};  // rows that other processes wrote are seen after this at the latest
constexpr Milliseconds kShortestWait{10};     // an event became due between two questions
constexpr Milliseconds kPause{1'000};  // after a full pool or a failed catalog, and while overdue events are held back
constexpr std::size_t kBatch = 64;     // due events looked at per round
constexpr std::size_t kMaxBatch = 4096;      // when most of them are held back
constexpr std::size_t kMaxErrorBytes = 500;  // of last_error

// Within a lane events are delivered one after the other.
using Lane = std::pair<std::int64_t, std::string>;  // photo and receiver

Lane lane_of(const Event& event) { return {event.photo_id, catalog::receiver_of(event.url)}; }
bool has_order(const Event& event) { return event.photo_id != 0; }

bool is_hopeless(const Error& error) {
  return error.code == Errc::permission_denied || error.code == Errc::invalid_input;
}

std::string words_for(const Error& error) {
  std::string words(to_string(error.code));
  for (const std::string& part : {error.message, error.cause})
    if (!part.empty()) words += ": " + part;
  words.resize(std::min(words.size(), kMaxErrorBytes));
  std::ranges::replace_if(words, [](char c) { return c < ' ' || c > '~'; }, '?');  // it is stored, listed and logged
  return words;
}

}  // namespace

Milliseconds backoff(std::int64_t earlier_attempts, const OutboxSettings& settings) {
  Milliseconds delay = settings.first_retry;
  for (std::int64_t i = 0; i < earlier_attempts && delay < settings.max_retry; ++i) delay *= 2;
  return std::min(delay, settings.max_retry);
}

// Everything but `stopping` is used at the home of run() only.
struct Outbox::Impl {
  catalog::Catalog& catalog;
  catalog::Deliveries& facts;
  HttpClient& client;
  io::ThreadPool& pool;
  const Clock& clock;
  Random& random;
  Alarm& alarm;
  const OutboxSettings settings;
  const std::function<void(const DeliveryReport&)> report;

  std::string domain{};  // set when run() begins
  std::atomic<bool> stopping = false;
  std::set<std::int64_t> under_way{};  // being delivered, or delivered and not yet stored
  std::set<std::int64_t> ended{};      // left under_way since due events were last asked for
  std::set<Lane> busy_lanes{};         // those of the events under way that have an order
  std::vector<Event> unstored{};       // outcomes that the catalog did not take yet
  std::size_t running = 0;             // deliveries on the pool
  std::size_t batch = kBatch;
  SteadyTime not_before{};  // no new deliveries until then
  std::optional<WallTime> looked_at{};  // by a clock that somebody may set
  io::TaskGroup deliveries{
      [](std::exception_ptr) {}};  // those of the client are failed attempts; no others are expected

  io::Task<void> run(std::shared_ptr<Impl> self);
  io::Task<Milliseconds> look();
  io::Task<Result<void>> hasten_after_a_step_back(WallTime now);
  io::Task<Milliseconds> time_to_next(WallTime now, Milliseconds when_overdue);
  io::Task<Result<bool>> is_first_in_lane(Event event);
  io::Task<void> deliver(Event event);
  io::Task<Result<OutboundResponse>> attempt(const Event& event, bool& started);
  io::Task<void> store_outcome(Event event);
  io::Task<void> store_leftovers();

  void judge(Event& event, const Result<OutboundResponse>& answer);
  void release(const Event& event);
  void trouble(const Error& error);
  void tell(const Event& event, int status, std::string error) const {
    if (report) report(DeliveryReport{event, status, std::move(error)});
  }
};

// `self` keeps the state alive until the last delivery has ended, also when the Outbox is gone.
io::Task<void> Outbox::Impl::run(std::shared_ptr<Impl> self) {
  while (!self->stopping) {
    Milliseconds pause = kPause;
    try {
      pause = co_await look();
    } catch (const std::exception& exception) {
      trouble(Error{Errc::io_error, {}, exception.what()});  // to leave now would abandon the deliveries under way
    }
    if (!stopping && pause.count() > 0) co_await alarm.wait(pause);
  }
  co_await deliveries.drain();
  co_await store_leftovers();
}

// Starts what can be started; returns how long to wait before looking again if nobody rings.
io::Task<Milliseconds> Outbox::Impl::look() {
  co_await store_leftovers();
  if (const SteadyTime now = clock.steady_now(); now < not_before)
    co_return std::chrono::ceil<Milliseconds>(not_before - now);
  if (running >= settings.parallel) co_return kLongestWait;  // whichever ends first rings

  const WallTime now = clock.wall_now();
  if (const auto hastened = co_await hasten_after_a_step_back(now); !hastened) {
    trouble(hastened.error());
    co_return kPause;
  }
  const std::size_t limit = under_way.size() + batch;
  ended.clear();
  const Result<std::vector<Event>> due = co_await catalog.due_events(now, limit);
  if (!due) {
    trouble(due.error());
    co_return kPause;
  }
  io::Executor& home = co_await io::this_home();
  for (const Event& event : *due) {
    if (running >= settings.parallel || stopping) co_return kLongestWait;
    // The list is a little old: what ended while it was made and walked through is on it as if it had not been
    // delivered.
    if (under_way.contains(event.event_id) || ended.contains(event.event_id)) continue;
    if (has_order(event)) {
      if (busy_lanes.contains(lane_of(event))) continue;
      const Result<bool> first = co_await is_first_in_lane(event);
      if (!first) {
        trouble(first.error());
        co_return kPause;
      }
      if (!*first) continue;
      busy_lanes.insert(lane_of(event));
    }
    under_way.insert(event.event_id);
    ++running;
    deliveries.spawn(home, deliver(event));
  }
  // A slot is free although there are more due events than were looked at: look at more of them, they may all be held
  // back.
  if (due->size() >= limit && batch < kMaxBatch) {
    batch *= 2;
    co_return Milliseconds{0};
  }
  batch = kBatch;
  co_return co_await time_to_next(now, due->empty() ? kShortestWait : kPause);
}

// No attempt is ever put off for longer than the longest retry. One that seems to be was put off by a clock that was
// ahead, and would come late by as much: it is due now. Asked at the start and when the clock has gone back.
io::Task<Result<void>> Outbox::Impl::hasten_after_a_step_back(WallTime now) {
  if (!looked_at || now < *looked_at) {
    const WallTime latest = now + settings.max_retry + settings.max_retry / 10;
    std::optional<std::int64_t> after;
    for (bool more = true; more;) {
      const auto page = co_await facts.list_events({.state = EventState::waiting,
                                                    .photo_id = {},
                                                    .direction = catalog::Direction::ascending,
                                                    .after = after,
                                                    .limit = kMaxBatch});
      if (!page) co_return fail(page.error());
      std::vector<std::int64_t> late;
      for (const Event& event : *page)
        if (event.next_attempt_at > latest) late.push_back(event.event_id);
      if (!late.empty()) STILE_CO_TRY(co_await facts.replay_events(std::move(late), now));
      more = page->size() == kMaxBatch;
      if (more) after = page->back().event_id;
    }
  }
  looked_at = now;
  co_return Result<void>{};
}

io::Task<Milliseconds> Outbox::Impl::time_to_next(WallTime now, Milliseconds when_overdue) {
  if (running >= settings.parallel) co_return kLongestWait;
  const Result<std::optional<WallTime>> next = co_await catalog.next_event_time();
  if (!next) {
    trouble(next.error());
    co_return kPause;
  }
  if (!next->has_value()) co_return kLongestWait;
  // Overdue means under way or behind one under way, which rings when it ends; but it hides when the next one is due.
  if (**next <= now) co_return when_overdue;
  co_return std::min(kLongestWait, Milliseconds(**next - now));
}

// Whether no earlier event of its lane is waiting. When one is and has to wait for its next attempt, `event` is put off
// until then, so that held-back events do not fill every batch.
io::Task<Result<bool>> Outbox::Impl::is_first_in_lane(Event event) {
  const Lane lane = lane_of(event);
  const Result<std::optional<Event>> first = co_await facts.first_waiting(lane.first, lane.second);
  if (!first) co_return fail(first.error());
  if (!first->has_value()) co_return false;  // it is not waiting any more itself
  if ((*first)->event_id >= event.event_id) co_return true;
  if ((*first)->next_attempt_at > event.next_attempt_at) {
    event.next_attempt_at = (*first)->next_attempt_at;
    const Result<void> stored = co_await catalog.update_event(event);
    if (!stored && stored.error().code != Errc::not_found) co_return fail(stored.error());
  }
  co_return false;
}

io::Task<void> Outbox::Impl::deliver(Event event) {
  bool started = false;  // written on a pool thread, read after the job is over
  const Result<OutboundResponse> answer = co_await attempt(event, started);
  --running;
  if (!answer && !started) {
    // The pool is full, or the catalog does not answer: no attempt was made, the row is as it was.
    not_before = clock.steady_now() + kPause;
    release(event);
  } else {
    judge(event, answer);
    co_await store_outcome(event);
    std::string error = event.state == EventState::delivered ? std::string() : event.last_error;
    tell(event, answer ? answer->status : 0, std::move(error));
  }
  alarm.ring();
}

// `started`: the receiver has, or may have, heard of it; or nobody listens.
io::Task<Result<OutboundResponse>> Outbox::Impl::attempt(const Event& event, bool& started) {
  std::optional<std::string> secret;
  if (!event.signer.empty()) {
    auto found = co_await facts.signing_secret(event.signer);
    if (!found) co_return fail(found.error());
    if (!found->has_value()) {
      started = true;
      co_return fail(Errc::permission_denied, "nobody listens there any more", event.signer);
    }
    secret = std::move(*found);
  }
  co_return co_await pool.run([this, &event, &started, &secret]() -> Result<OutboundResponse> {
    started = true;
    failpoint("outbox.due");
    try {
      auto answer = client.send_blocking(request_for(event, domain, secret, clock.wall_now()));
      failpoint("outbox.delivered");
      return answer;
    } catch (const std::exception& exception) {
      return fail(Errc::io_error, {}, exception.what());
    }
  });
}

// What the attempt means for the event.
void Outbox::Impl::judge(Event& event, const Result<OutboundResponse>& answer) {
  const WallTime now = clock.wall_now();
  const std::int64_t earlier = event.attempts++;
  if (answer && is_delivery(event, answer->status)) {
    event.state = EventState::delivered;
    event.last_error.clear();
    return;
  }
  event.last_error = answer ? "HTTP status " + std::to_string(answer->status) : words_for(answer.error());
  const WallTime end = event.created_at + settings.give_up_after;
  if (now >= end || (!answer && is_hopeless(answer.error()))) {
    event.state = EventState::dead;
    return;
  }
  const Milliseconds delay = backoff(earlier, settings);
  const auto tenth = static_cast<std::uint64_t>(delay.count() / 10);
  const Milliseconds jitter{static_cast<std::int64_t>(random_u64(random) % (tenth + 1))};
  event.next_attempt_at = std::min(now + delay + jitter, end);
}

io::Task<void> Outbox::Impl::store_outcome(Event event) {
  const Result<void> stored = co_await catalog.update_event(event);
  failpoint("outbox.stored");
  if (stored || stored.error().code == Errc::not_found) {  // removed meanwhile: nothing left to say
    release(event);
    co_return;
  }
  // Still under way, so it is not delivered again merely because we cannot say that it was.
  unstored.push_back(event);
  not_before = clock.steady_now() + kPause;
  trouble(stored.error());
}

io::Task<void> Outbox::Impl::store_leftovers() {
  if (unstored.empty() || (!stopping && clock.steady_now() < not_before)) co_return;
  for (const Event& event : std::exchange(unstored, {})) co_await store_outcome(event);
}

void Outbox::Impl::release(const Event& event) {
  under_way.erase(event.event_id);
  ended.insert(event.event_id);
  if (has_order(event)) busy_lanes.erase(lane_of(event));
}

void Outbox::Impl::trouble(const Error& error) { tell(Event{}, 0, "catalog: " + words_for(error)); }

Outbox::Outbox(catalog::Catalog& catalog, catalog::Deliveries& deliveries, HttpClient& client,
               io::ThreadPool& out_pool, const Clock& clock, Random& random, Alarm& alarm, OutboxSettings settings,
               std::function<void(const DeliveryReport&)> report)
    : impl_(new Impl{catalog, deliveries, client, out_pool, clock, random, alarm, std::move(settings),
                     std::move(report)}) {}

io::Task<void> Outbox::run(std::string domain) {
  impl_->domain = std::move(domain);
  return impl_->run(impl_);
}

void Outbox::stop() {
  impl_->stopping = true;
  impl_->alarm.ring();
}

void Outbox::wake() { impl_->alarm.ring(); }

}  // namespace stile::notify
