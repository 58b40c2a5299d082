// Reply: what is sent back, as a value; serialise_head turns its first lines into bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/clock.h"
#include "http/head.h"
#include "io/file_system.h"

namespace stile::http {

struct Reply {
  int status = 200;
  std::vector<Header> headers;  // without Content-Length, Date and Connection, which the connection adds
  std::string body;
  // Instead of `body`: a range of a file.
  std::shared_ptr<const io::File> file;
  ByteRange file_range;
  bool head_only = false;     // answer to HEAD: the length is announced, the body is not sent
  bool close = false;         // end the connection after this reply
  Milliseconds delay{0};      // hold the reply back, to slow down a client that retries at once (invariant I7)

  Reply& set(std::string name, std::string value) {
    headers.push_back({std::move(name), std::move(value)});
    return *this;
  }
};

// A reply with a body and its Content-Type. Adds X-Content-Type-Options: nosniff.
Reply text_reply(int status, std::string content_type, std::string body);
inline Reply plain_reply(int status, std::string body) {
  return text_reply(status, "text/plain; charset=utf-8", std::move(body));
}

std::string_view reason_phrase(int status);

// "HTTP/1.1 200 OK\r\n…\r\n\r\n". Header values are checked: CR, LF and NUL in a value abort, because everything that comes
// from outside must have been encoded before (invariant I9).
std::string serialise_head(const Reply& reply, std::uint64_t body_length, bool keep_alive, std::string_view date);

}  // namespace stile::http
