#include "http/server.h"

#include <array>
#include <chrono>
#include <memory>
#include <vector>

namespace stile::http {
namespace {

constexpr std::size_t kHeadRead = 8 * kKiB;
constexpr std::uint64_t kFilePiece = 256 * kKiB;  // of a download; each gets a time-out of its own
constexpr Seconds kLinger(2);                     // after our last word
// How many connections beyond the limits get so long to read why. A flood of them must not hold what the limits guard.
constexpr std::size_t kMostTurnedAway = 256;
constexpr std::string_view kRetryAfter = "5";  // seconds; chunks of the others are over by then

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(WallTime now) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto midnight = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss time(std::chrono::floor<Seconds>(now - midnight));
  const auto two = [](auto n) {
    return std::string{static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
  };
  std::string text = kDays[std::chrono::weekday(midnight).c_encoding()];
  text.append(", ").append(two(unsigned{date.day()})).append(" ").append(kMonths[unsigned{date.month()} - 1]);
  text.append(" ").append(std::to_string(int{date.year()}));
  text.append(" ").append(two(time.hours().count())).append(":").append(two(time.minutes().count()));
  return text.append(":").append(two(time.seconds().count())).append(" GMT");
}

// After our last word: waits shortly for the peer to close, so that no reset overtakes the answer.
io::Task<void> swallow(io::Stream& stream, const Clock& clock, std::uint64_t at_most) {
  stream.set_deadline(clock.steady_now() + kLinger);
  while (at_most > 0) {
    if (co_await stream.wait_readable(Milliseconds::max()) == io::Readiness::interrupted) continue;
    std::vector<std::byte> buffer(4 * kKiB);
    auto got = co_await stream.read(buffer);
    if (!got || *got == 0) co_return;
    at_most -= std::min<std::uint64_t>(at_most, *got);
  }
}

}  // namespace

// One connection: a sequence of exchanges.
class Server::Connection {
 public:
  Connection(Server& server, io::Stream& stream)
      : server_(server), stream_(stream), input_(stream), parser_(server.settings_.head) {}

  io::Task<void> run() {
    stream_.set_deadline(now() + settings().handshake_timeout);
    if (auto opened = co_await stream_.open(); !opened) {
      server_.stats_.failed_handshakes.add();
      if (opened.error().code == Errc::invalid_input) co_await refuse(opened.error());
      co_return;
    }
    for (;;) {
      auto head = co_await read_head();
      if (!head) {
        co_await refuse(head.error());
        co_return;
      }
      if (!co_await exchange(*head)) co_return;
    }
  }

 private:
  const ServerSettings& settings() const { return server_.settings_; }
  SteadyTime now() const { return server_.clock_.steady_now(); }

  // Errors: closed (nothing more to come, say nothing), and those that deserve an answer.
  io::Task<Result<RequestHead>> read_head() {
    stream_.set_deadline(now() + settings().keep_alive);
    bool begun = false;
    for (;;) {
      if (server_.stopping_ && !begun && !input_.buffered()) co_return fail(Errc::closed);
      if (co_await input_.wait_readable(Milliseconds::max()) == io::Readiness::interrupted) continue;
      // Only while there is something to read: idle connections are small.
      const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kHeadRead);
      auto got = co_await input_.read({buffer.get(), kHeadRead});
      if (!got) co_return fail(begun ? std::move(got).error() : Error{Errc::closed, {}, {}});
      if (*got == 0) co_return fail(Errc::closed);
      if (!begun) stream_.set_deadline(now() + settings().head_timeout);
      begun = true;
      const Bytes bytes(buffer.get(), *got);
      auto progress = parser_.feed(bytes);
      if (!progress) co_return fail(std::move(progress).error());
      if (!progress->done) continue;
      if (progress->consumed < bytes.size()) input_.put_back(bytes.subspan(progress->consumed));
      RequestHead head = parser_.take();
      parser_.reset();
      look_through_proxies(head);
      co_return std::move(head);
    }
  }

  // From here on nobody needs to know whether there is a proxy.
  void look_through_proxies(RequestHead& head) {
    ClientView client = client_view(head, stream_.peer(), settings().proxies);
    client_ = std::move(client.address);
    head.scheme = client.scheme.value_or(stream_.is_secure() ? Scheme::https : Scheme::http);
    if (client.host) head.set_host(std::move(*client.host));
  }

  // Answers what is not a request. Then the connection ends.
  io::Task<void> refuse(const Error& error) {
    int status = 400;
    switch (error.code) {
      case Errc::closed:
      case Errc::truncated:
      case Errc::io_error: co_return;
      case Errc::timed_out: status = 408; break;
      case Errc::limit: status = 431; break;
      default: break;
    }
    server_.stats_.bad_heads.add();
    Reply reply = server_.handler_.refuse(status, error.message);
    stream_.set_deadline(now() + settings().head_timeout);
    (void)co_await send(reply, false);
    stream_.shutdown_write();
    co_await swallow(stream_, server_.clock_, 64 * kKiB);
  }

  // One request and its reply. False when the connection must end.
  io::Task<bool> exchange(const RequestHead& head) {
    const SteadyTime start = now();
    Body body(input_, head, settings().pace, server_.clock_);
    const std::string id = server_.id_prefix_ + std::to_string(server_.next_id_++);
    Request request{head, body, client_, id, {}, ByteLoan(server_.form_memory_)};
    Reply reply = co_await answer(request);
    reply.set("X-Request-Id", id);
    reply.head_only = head.method == "HEAD";

    if (reply.delay.count() > 0) {
      // Slow down a client that would be back at once; a body that is read away meanwhile does not cut the wait short.
      (void)co_await drain(body);
      if (!server_.stopping_) co_await stream_.pause(reply.delay);
    }
    const bool drainable = body.at_end() || body.can_be_drained();
    const bool keep = head.keep_alive && !reply.close && drainable && !server_.stopping_;
    stream_.set_deadline(now() + settings().write_timeout);
    const bool sent = static_cast<bool>(co_await send(reply, keep));
    const bool drained = sent && (body.at_end() || co_await drain(body));
    server_.on_exchange_(
        {head, client_, id, reply.status, body.received(), sent_, now() - start, sent, request.subject});
    if (sent && !(keep && drained)) {
      stream_.shutdown_write();
      // Lets the peer read our answer before the socket goes. One that sends a body nobody asked for gets more room.
      co_await swallow(stream_, server_.clock_, body.can_be_drained() ? 64 * kKiB : settings().refusal_bytes);
    }
    co_return keep&& drained;
  }

  io::Task<Reply> answer(Request& request) {
    std::string trouble;
    try {
      co_return co_await server_.handler_.handle(request);
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    server_.on_trouble_(trouble, request.id);
    Reply reply = server_.handler_.refuse(503, "");
    reply.close = true;
    co_return reply;
  }

  // Reads the rest of a refused body away. True when its end was reached within the bounds.
  io::Task<bool> drain(Body& body) {
    if (body.at_end()) co_return true;
    if (!body.can_be_drained()) co_return false;
    const SteadyTime until = now() + settings().refusal_time;
    std::uint64_t left = settings().refusal_bytes;
    while (!body.at_end()) {
      if (now() >= until) co_return false;
      (void)co_await body.wait_readable(std::chrono::ceil<Milliseconds>(until - now()));
      if (now() >= until) co_return false;
      std::vector<std::byte> buffer(64 * kKiB);
      auto got = co_await body.read(buffer);
      if (!got || *got > left) co_return false;
      left -= *got;
    }
    co_return true;
  }

  io::Task<Result<void>> send(const Reply& reply, bool keep) {
    const std::uint64_t length = reply.file ? reply.file_range.size() : reply.body.size();
    const std::string head = serialise_head(reply, length, keep, http_date(server_.clock_.wall_now()));
    const bool with_body = !reply.head_only && reply.status != 204 && reply.status != 304;
    sent_ = 0;
    STILE_CO_TRY(co_await stream_.write(as_bytes(head), with_body && !reply.file ? as_bytes(reply.body) : Bytes()));
    if (with_body && !reply.file) sent_ = reply.body.size();
    if (!with_body || !reply.file) co_return Result<void>{};
    for (std::uint64_t at = reply.file_range.begin; at < reply.file_range.end; at += kFilePiece) {
      stream_.set_deadline(now() + settings().write_timeout);
      const std::uint64_t piece = std::min(kFilePiece, reply.file_range.end - at);
      STILE_CO_TRY(co_await stream_.send_file(*reply.file, at, piece));
      sent_ += piece;
    }
    co_return Result<void>{};
  }

  Server& server_;
  io::Stream& stream_;
  Input input_;
  HeadParser parser_;
  std::string client_;      // the address of who sent the current request
  std::uint64_t sent_ = 0;  // of the current reply's body
};

// A connection that stop() can find.
class Server::Registration {
 public:
  Registration(Server& server, std::shared_ptr<io::Interrupter> interrupter)
      : server_(server), interrupter_(std::move(interrupter)) {
    std::lock_guard lock(server_.mutex_);
    server_.interrupters_.insert(interrupter_);
  }
  Registration(const Registration&) = delete;
  ~Registration() {
    std::lock_guard lock(server_.mutex_);
    server_.interrupters_.erase(interrupter_);
  }

 private:
  Server& server_;
  std::shared_ptr<io::Interrupter> interrupter_;
};

Server::Server(Handler& handler, ServerSettings settings, const Clock& clock, Random& random,
               std::function<void(const ExchangeReport&)> on_exchange, OnTrouble on_trouble)
    : handler_(handler),
      settings_(settings),
      clock_(clock),
      on_exchange_(std::move(on_exchange)),
      on_trouble_(std::move(on_trouble)),
      id_prefix_(random_hex(random, 8) + "-"),
      form_memory_(settings_.form_memory, settings_.form_memory_free),
      admission_(settings_.connections, settings_.proxies.trusted),
      connections_([this](std::exception_ptr error) {
        try {
          std::rethrow_exception(error);
        } catch (const std::exception& what) {
          on_trouble_(what.what(), {});
        }
      }) {}

Server::~Server() = default;

void Server::serve(io::Executor& home, std::unique_ptr<io::Stream> stream) {
  stats_.connections.add();
  connections_.spawn(home, run(std::move(stream)));
}

io::Task<void> Server::run(std::unique_ptr<io::Stream> stream) {
  const auto place = admission_.enter(stream->peer());
  if (!place) {
    co_await turn_away(*stream, place.error());
    co_return;
  }
  const Registration registration(*this, stream->interrupter());
  Connection connection(*this, *stream);
  co_await connection.run();
}

io::Task<void> Server::turn_away(io::Stream& stream, Admission::Refusal why) {
  const bool whole = why == Admission::Refusal::full;
  (whole ? stats_.over_limit : stats_.over_address_limit).add();
  if (stream.is_secure()) co_return;  // a handshake first is more than we have room for
  Reply reply = handler_.refuse(503, whole ? "Too many connections are open. Please try again later"
                                           : "Too many connections from your address. Please try again later");
  reply.set("Retry-After", std::string(kRetryAfter));
  const std::string head = serialise_head(reply, reply.body.size(), false, http_date(clock_.wall_now()));
  stream.set_deadline(clock_.steady_now() + kLinger);
  if (!co_await stream.write(as_bytes(head), as_bytes(reply.body))) co_return;
  stream.shutdown_write();
  if (++turned_away_ <= kMostTurnedAway) co_await swallow(stream, clock_, 64 * kKiB);
  --turned_away_;
}

void Server::stop() {
  stopping_ = true;
  std::lock_guard lock(mutex_);
  for (const auto& interrupter : interrupters_) interrupter->interrupt();
}

}  // namespace stile::http
