// Plan: which requests a workload sends. Knows HTTP text and media heads, no sockets.
//
// All requests share one body buffer: a valid media head, then noise. Noise, because zeros would flatter a scan for
// boundaries and a file system that compresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "options.h"

namespace bench {

// One request on the wire: head, body, tail, sent one behind the other.
struct Request {
  std::string head;       // request head, and for multipart what stands before the file
  std::string_view body;  // of the shared buffer
  std::string_view tail;  // for multipart what stands behind the file

  std::size_t size() const { return head.size() + body.size() + tail.size(); }
};

class Plan {
 public:
  explicit Plan(Options options);  // throws std::invalid_argument

  std::uint64_t count() const { return count_; }
  // Each connection keeps to an upload of its own: connection c sends requests c, c + connections, c + 2 connections …
  // Otherwise whoever is free sends the next one.
  bool in_lanes() const { return options_.uploads > 1 || options_.kind == "tus"; }
  // `index` < count(). `location` is what the last answer of this connection that had one said; for tus.
  Request request(std::uint64_t index, std::string_view location) const;

 private:
  Request chunk(std::uint64_t upload, std::uint64_t number) const;
  Request form(std::uint64_t index) const;
  Request tus(std::uint64_t step, std::string_view location) const;

  Options options_;
  std::uint64_t count_ = 0;
  std::string body_;
};

}  // namespace bench
