// Transcript: what the parsers understand of a connection's bytes, as text for people.
//
// Pure: heads, framing, forms and multipart, without a server. One line per fact:
//
//   POST "/path" HTTP/1.1, body of 12 bytes | chunked body | (nothing)   [, expects 100] [, closes]
//   query "name" = "value"
//   part "name" [file "a.jpg"] [type "image/jpeg"] = "payload"           long payload: 5000 bytes, crc 1234abcd
//   field "name" = "value"                                                of an urlencoded body
//   body = "payload"                                                      of any other body
//   error invalid_input: words for the client
//   closed | cut                                                          the bytes ended between requests, or inside
//   one
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "http/chunked.h"
#include "http/head.h"
#include "http/multipart.h"

namespace stile::protocol {

class Transcript {
 public:
  void feed(Bytes bytes);
  // Nothing more will come.
  void finish();
  // Complete after finish().
  const std::string& text() const { return text_; }

 private:
  // Each takes bytes from the front of `bytes`, and fails with what is to be written down.
  Result<void> feed_head(Bytes& bytes);
  Result<void> feed_body(Bytes& bytes);
  Result<void> payload(Bytes bytes);
  Result<void> end_of_body();
  void write_head();
  Result<void> write_pairs(std::string_view kind, std::string_view form);
  void write_part();
  void write(std::string line);

  http::HeadParser parser_{http::HeadLimits{}};
  std::optional<http::RequestHead> head_;  // while its body is under way
  http::ChunkedDecoder chunks_;
  std::uint64_t left_ = 0;
  std::optional<http::MultipartParser> multipart_;
  bool multipart_done_ = false;
  std::string window_;                  // for multipart_
  std::optional<http::PartHead> part_;  // under way
  std::string collected_;               // of the part or the body
  bool failed_ = false;
  std::string line_;  // the last one, not yet in text_
  std::size_t times_ = 0;
  std::string text_;
};

}  // namespace stile::protocol
