// load: sends one workload to 127.0.0.1 and prints what it saw as one JSON object. Any answer outside 2xx is a failure.
//
//   load --kind octet --port 8023 --connections 3 --chunk-bytes 8388608 --total-bytes 4294967296 --token T
//
// One thread, epoll, keep-alive connections that each take the next request as soon as they have their answer (closed
// loop). It reports its own CPU time, so that a run whose bottleneck was the load can be told.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plan.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

std::runtime_error trouble(const std::string& what) { return std::runtime_error(what + ": " + std::strerror(errno)); }

// What the answers were and how long they took.
struct Tally {
  std::vector<std::uint32_t> micros;  // one per answer, from the first byte sent to the last one received
  std::map<int, std::uint64_t> statuses;
  std::uint64_t bytes_sent = 0;
  std::string first_refusal;

  void add(int status, Clock::duration took, std::string_view answer) {
    micros.push_back(static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    ++statuses[status];
    if (status / 100 != 2 && first_refusal.empty()) first_refusal = answer.substr(0, 300);
  }
};

// One keep-alive connection: sends a request, reads its answer, sends the next.
class Connection {
 public:
  Connection(int epoll, int port) : epoll_(epoll) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw trouble("connect");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{EPOLLIN, {.ptr = this}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) throw trouble("epoll_ctl");
  }
  Connection(const Connection&) = delete;
  ~Connection() { ::close(fd_); }

  void begin(Request request, Tally& tally) {
    request_ = std::move(request);
    parts_ = {iovec{request_.head.data(), request_.head.size()},
              iovec{const_cast<char*>(request_.body.data()), request_.body.size()},
              iovec{const_cast<char*>(request_.tail.data()), request_.tail.size()}};
    answer_.clear();
    started_ = Clock::now();
    send_more(tally);
  }

  // Goes on after an event. True when the answer is complete.
  bool go_on(std::uint32_t events, Tally& tally) {
    if (events & EPOLLOUT) send_more(tally);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return false;
    char buffer[16 * 1024];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) throw trouble("recv");
    if (got == 0) throw std::runtime_error("the server closed a connection before its answer: " + answer_);
    answer_.append(buffer, static_cast<std::size_t>(got));
    if (!answer_is_complete()) return false;
    if (!all_sent()) throw std::runtime_error("answered before the request was sent: " + answer_.substr(0, 300));
    tally.add(status(), Clock::now() - started_, answer_);
    return true;
  }

 private:
  bool all_sent() const {
    return std::ranges::all_of(parts_, [](const iovec& part) { return part.iov_len == 0; });
  }

  void send_more(Tally& tally) {
    while (!all_sent()) {
      msghdr message{};
      message.msg_iov = parts_.data();
      message.msg_iovlen = parts_.size();
      const ssize_t sent = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) return listen_for(EPOLLIN | EPOLLOUT);
      if (sent < 0) throw trouble("send");
      tally.bytes_sent += static_cast<std::uint64_t>(sent);
      auto left = static_cast<std::size_t>(sent);
      for (iovec& part : parts_) {
        const std::size_t done = std::min(left, part.iov_len);
        part.iov_base = static_cast<char*>(part.iov_base) + done;
        part.iov_len -= done;
        left -= done;
      }
    }
    listen_for(EPOLLIN);
  }

  void listen_for(std::uint32_t events) {
    if (events == listening_for_) return;
    epoll_event event{events, {.ptr = this}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event) != 0) throw trouble("epoll_ctl");
    listening_for_ = events;
  }

  int status() const { return answer_.size() < 12 ? 0 : std::atoi(answer_.c_str() + 9); }

  bool answer_is_complete() const {
    const auto head_end = answer_.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    if (status() == 204) return true;
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const auto at = answer_.find(name);
      if (at < head_end)
        return answer_.size() >= head_end + 4 + std::strtoull(answer_.c_str() + at + name.size(), nullptr, 10);
    }
    throw std::runtime_error("an answer without Content-Length: " + answer_.substr(0, 300));
  }

  const int epoll_;
  int fd_ = -1;
  Request request_;
  std::array<iovec, 3> parts_{};
  std::string answer_;
  Clock::time_point started_;
  std::uint32_t listening_for_ = EPOLLIN;
};

void run(const Options& options, const Plan& plan, Tally& tally) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw trouble("epoll_create1");
  tally.micros.reserve(plan.count());
  std::vector<std::unique_ptr<Connection>> connections;
  std::uint64_t next = 0;
  std::uint64_t answered = 0;
  for (int i = 0; i < options.connections && next < plan.count(); ++i) {
    connections.push_back(std::make_unique<Connection>(epoll, options.port));
    connections.back()->begin(plan.request(next++), tally);
  }
  std::array<epoll_event, 64> events;
  while (answered < plan.count()) {
    const int ready = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), options.stall_seconds * 1000);
    if (ready < 0 && errno != EINTR) throw trouble("epoll_wait");
    if (ready == 0) throw std::runtime_error("nothing moved for " + std::to_string(options.stall_seconds) + " s");
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!connection.go_on(events[static_cast<std::size_t>(i)].events, tally)) continue;
      ++answered;
      if (next < plan.count()) connection.begin(plan.request(next++), tally);
    }
  }
  ::close(epoll);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void print(Tally& tally, double wall) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::ranges::sort(tally.micros);
  const auto at = [&](double share) {
    return tally.micros.empty()
               ? 0
               : tally.micros[static_cast<std::size_t>(share * static_cast<double>(tally.micros.size() - 1))];
  };
  std::string statuses;
  for (const auto& [status, count] : tally.statuses)
    statuses += (statuses.empty() ? "\"" : ", \"") + std::to_string(status) + "\": " + std::to_string(count);
  std::printf(
      "{\"requests\": %zu, \"bytes_sent\": %llu, \"wall_s\": %.4f, \"cpu_s\": %.4f, \"p50_us\": %u, \"p99_us\": %u, "
      "\"max_us\": %u, \"statuses\": {%s}}\n",
      tally.micros.size(), static_cast<unsigned long long>(tally.bytes_sent), wall,
      seconds(used.ru_utime) + seconds(used.ru_stime), at(0.5), at(0.99), at(1), statuses.c_str());
}

template <class Number>
Number parse_number(std::string_view name, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(std::string(name) + " needs a number");
  return number;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i], value = argv[i + 1];
    if (name == "--kind")
      options.kind = value;
    else if (name == "--port")
      options.port = parse_number<int>(name, value);
    else if (name == "--connections")
      options.connections = parse_number<int>(name, value);
    else if (name == "--chunk-bytes")
      options.chunk_bytes = parse_number<std::uint64_t>(name, value);
    else if (name == "--total-bytes")
      options.total_bytes = parse_number<std::uint64_t>(name, value);
    else if (name == "--requests")
      options.requests = parse_number<std::uint64_t>(name, value);
    else if (name == "--target")
      options.target = value;
    else if (name == "--identifier")
      options.identifier = value;
    else if (name == "--token")
      options.tokens.emplace_back(value);
    else if (name == "--stall-seconds")
      options.stall_seconds = parse_number<int>(name, value);
    else
      throw std::invalid_argument("unknown option " + std::string(name));
  }
  if (argc % 2 == 0) throw std::invalid_argument("every option needs a value");
  return options;
}

int main_or_throw(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Plan plan(options);
  Tally tally;
  const auto start = Clock::now();
  run(options, plan, tally);
  print(tally, std::chrono::duration<double>(Clock::now() - start).count());
  if (tally.first_refusal.empty()) return 0;
  std::fprintf(stderr, "load: not everything was answered with 2xx; the first refusal:\n%s\n",
               tally.first_refusal.c_str());
  return 1;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::main_or_throw(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load: %s\n", error.what());
    return 1;
  }
}
