#include "connection.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kShown = 300;  // bytes of an answer that a complaint quotes
constexpr std::size_t kDiscard = 4 << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool iequal(std::string_view one, std::string_view small) { return std::ranges::equal(one, small, {}, lower); }

// The value of a field of a head, by its name in small letters; empty when it has none.
std::string_view field_of(std::string_view head, std::string_view name) {
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (!iequal(rest.substr(0, name.size()), name)) continue;
    std::string_view value = rest.substr(name.size() + 1);
    value = value.substr(0, value.find("\r\n"));
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

}  // namespace

Connection::Connection(int epoll, std::unique_ptr<Wire> wire) : epoll_(epoll), wire_(std::move(wire)) {
  epoll_event event{EPOLLIN, {.ptr = this}};
  listening_for_ = EPOLLIN;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, wire_->descriptor(), &event) != 0)
    throw std::runtime_error(std::string("epoll_ctl: ") + std::strerror(errno));
}

void Connection::begin(Request request, Clock::time_point due, std::size_t hold_back, Tally& tally) {
  request_ = std::move(request);
  parts_ = {iovec{request_.head.data(), request_.head.size()},
            iovec{const_cast<char*>(request_.body.data()), request_.body.size()},
            iovec{const_cast<char*>(request_.tail.data()), request_.tail.size()}};
  held_ = std::min(hold_back, request_.size());
  may_send_ = request_.size() - held_;
  answer_.clear();
  has_head_ = in_pieces_ = false;
  due_ = due;
  busy_ = true;
  send_more(tally);
}

void Connection::release(Clock::time_point due, Tally& tally) {
  due_ = due;
  may_send_ += std::exchange(held_, 0);
  send_more(tally);
}

void Connection::send_more(Tally& tally) {
  while (may_send_ > 0) {
    std::array<iovec, 3> now = parts_;
    std::size_t room = may_send_;
    for (iovec& part : now) {
      part.iov_len = std::min(part.iov_len, room);
      room -= part.iov_len;
    }
    const std::size_t sent = wire_->send(now);
    if (sent == 0) return listen_for(EPOLLIN | EPOLLOUT);
    tally.bytes_sent += sent;
    may_send_ -= sent;
    std::size_t left = sent;
    for (iovec& part : parts_) {
      const std::size_t done = std::min(left, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + done;
      part.iov_len -= done;
      left -= done;
    }
  }
  listen_for(EPOLLIN);
}

bool Connection::go_on(std::uint32_t events, Tally& tally) {
  if (events & EPOLLOUT) send_more(tally);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return false;
  if (!busy_) {
    char byte;
    if (wire_->receive(&byte, 1)) throw std::runtime_error("the server closed an idle connection, or spoke unasked");
    return false;  // a TLS record without data, such as a session ticket
  }
  if (!has_head_ && !read_head(tally)) return false;
  if (in_pieces_ && !read_pieces()) return false;
  while (body_left_ > 0) {
    const auto got = wire_->discard(std::min<std::uint64_t>(body_left_, kDiscard));
    if (!got) return false;
    if (*got == 0) throw std::runtime_error("the server closed a connection in the middle of an answer");
    body_left_ -= *got;
    tally.bytes_received += *got;
  }
  if (may_send_ + held_ > 0)
    throw std::runtime_error("answered before the request was sent: " + answer_.substr(0, kShown));
  busy_ = false;
  tally.add(status_, Clock::now() - due_, answer_);
  return true;
}

// True once the answer's head is there.
bool Connection::read_head(Tally& tally) {
  char buffer[4096];
  std::size_t head_end;
  while ((head_end = answer_.find("\r\n\r\n")) == std::string::npos) {
    const auto got = wire_->receive(buffer, sizeof buffer);
    if (!got) return false;
    if (*got == 0)
      throw std::runtime_error("the server closed a connection before its answer: " + answer_.substr(0, kShown));
    answer_.append(buffer, *got);
    if (answer_.size() > kMaxHead) throw std::runtime_error("an answer whose head does not end");
  }
  const std::size_t of_body = answer_.size() - (head_end + 4);
  judge_head();
  if (in_pieces_) return true;
  if (of_body > body_left_) throw std::runtime_error("more came than the answer: " + answer_.substr(0, kShown));
  body_left_ -= of_body;
  tally.bytes_received += of_body;
  return true;
}

// True once the last piece is there. Only short answers come like this: they are kept whole.
bool Connection::read_pieces() {
  constexpr std::string_view kLast = "\r\n0\r\n\r\n";
  const std::size_t body = answer_.find("\r\n\r\n") + 2;  // with the line end before the first piece
  char buffer[4096];
  while (!std::string_view(answer_).substr(body).ends_with(kLast)) {
    const auto got = wire_->receive(buffer, sizeof buffer);
    if (!got) return false;
    if (*got == 0) throw std::runtime_error("the server closed a connection in the middle of an answer");
    answer_.append(buffer, *got);
    if (answer_.size() > kMaxHead) throw std::runtime_error("a long answer in pieces: " + answer_.substr(0, kShown));
  }
  return true;
}

void Connection::judge_head() {
  has_head_ = true;
  const std::string_view head = std::string_view(answer_).substr(0, answer_.find("\r\n\r\n") + 2);
  status_ = head.starts_with("HTTP/1.1 ") ? std::atoi(answer_.c_str() + 9) : 0;
  if (const std::string_view location = field_of(head, "location"); !location.empty()) location_ = location;
  body_left_ = 0;
  in_pieces_ = iequal(field_of(head, "transfer-encoding"), "chunked");
  if (status_ == 204 || in_pieces_) return;
  const std::string_view length = field_of(head, "content-length");
  if (length.empty()) throw std::runtime_error("an answer without Content-Length: " + answer_.substr(0, kShown));
  body_left_ = std::strtoull(length.data(), nullptr, 10);
}

void Connection::listen_for(std::uint32_t events) {
  if (events == listening_for_) return;
  epoll_event event{events, {.ptr = this}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, wire_->descriptor(), &event) != 0)
    throw std::runtime_error(std::string("epoll_ctl: ") + std::strerror(errno));
  listening_for_ = events;
}

}  // namespace bench
