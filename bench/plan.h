// Plan: which requests a workload sends. Knows HTTP text and media heads, no sockets.
//
// All requests share one body buffer: a valid media head, then noise. Noise, because zeros would flatter a scan for
// boundaries and a file system that compresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Options {
  std::string kind;  // octet | multipart | form | put | get
  int port = 0;
  int connections = 3;
  std::uint64_t chunk_bytes = 8 << 20;
  std::uint64_t total_bytes = 0;  // octet, multipart: of the file
  std::uint64_t requests = 0;     // 0: as many as the file has chunks
  std::string target = "/";       // get: what is asked for; put: the folder
  std::string identifier = "bench";
  std::vector<std::string> tokens;  // used in turn
  int stall_seconds = 60;           // without any progress: give up
};

// One request on the wire: head, body, tail, sent one behind the other.
struct Request {
  std::string head;       // request head, and for multipart what stands before the file
  std::string_view body;  // of the shared buffer
  std::string_view tail;  // for multipart what stands behind the file
};

class Plan {
 public:
  explicit Plan(Options options);

  std::uint64_t count() const { return count_; }
  Request request(std::uint64_t index) const;  // index < count()

 private:
  Request chunk(std::uint64_t index) const;
  Request form(std::uint64_t index) const;

  Options options_;
  std::uint64_t count_ = 0;
  std::string body_;
};

}  // namespace bench
