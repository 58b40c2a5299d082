// RequestHead: the first lines of an HTTP/1.x request, checked; and HeadParser, which makes one from bytes.
//
// The head is refused at its first bad byte where possible, so that nonsense (a TLS hello on a plain port) gets its
// answer at once. Up to two empty lines before it are skipped. Source: RFC 9110, RFC 9112. Strict where smuggling
// starts: Content-Length beside Transfer-Encoding, repeated or malformed Content-Length, obs-fold, bare LF, bare CR,
// NUL, space before a colon, any transfer coding but a single "chunked", an unknown version, a missing or repeated Host
// in 1.1 are errors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::http {

struct Header {
  std::string name;   // as sent
  std::string value;  // without surrounding white space
};

enum class BodyFraming { none, length, chunked };
enum class Scheme { http, https };

struct RequestHead {
  std::string method;     // "GET", "POST", …: as sent, case matters
  std::string target;     // as sent: "/path?query", "http://host/path?query", or "*" with OPTIONS
  std::string path;       // percent-decoded, always begins with '/', valid UTF-8, no NUL; dot segments are left alone
  std::string query;      // after '?', still encoded; empty when there is none
  int version_minor = 1;  // HTTP/1.x
  std::vector<Header> headers;  // as sent, but Host takes the host of a target that names one, or what a trusted proxy says
  BodyFraming framing = BodyFraming::none;
  std::uint64_t content_length = 0;  // with BodyFraming::length
  bool keep_alive = true;
  bool expect_continue = false;
  // By which the client asked: what the connection is, or what a trusted proxy says. Set by the server, not by the parser;
  // Host is what the client asked for in the same sense.
  Scheme scheme = Scheme::http;

  bool is_secure() const { return scheme == Scheme::https; }

  // The first header of that name, any case.
  std::optional<std::string_view> header(std::string_view name) const;
  // Puts `host` in the place of the Host that was sent, or adds one.
  void set_host(std::string host);
};

struct HeadLimits {
  std::size_t max_bytes = 16 * kKiB;  // request line and headers together
  std::size_t max_headers = 100;
};

// Feed it bytes until it answers with a head. Keeps what it was fed; the caller need not repeat bytes.
class HeadParser {
 public:
  explicit HeadParser(HeadLimits limits);
  ~HeadParser();
  HeadParser(HeadParser&&) noexcept;

  struct Progress {
    std::size_t consumed = 0;  // of this feed; what follows the head belongs to the body
    bool done = false;
  };
  // Errors: limit (too large: 431), invalid_input (400; the message says what is wrong). After `done` or an error the
  // parser is spent and answers with errors only; reset() makes it new.
  Result<Progress> feed(Bytes bytes);
  // True before the first byte of a head (a peer that closes now closes cleanly).
  bool at_start() const;
  // The head, once done. Moves it out; what is left holds nothing big.
  RequestHead take();
  void reset();

 private:
  struct Impl;
  HeadLimits limits_;
  std::unique_ptr<Impl> impl_;  // none while idle: ten thousand idle connections cost nothing here
};

}  // namespace stile::http
