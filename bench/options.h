// Options: what the load generator was asked for, as --name value pairs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Options {
  std::string kind;  // octet | multipart | form | put | get | tus
  int port = 0;
  bool tls = false;
  int connections = 3;
  std::uint64_t chunk_bytes = 8 << 20;
  std::uint64_t total_bytes = 0;  // octet, multipart, tus: of one file
  std::uint64_t uploads = 1;      // files at once; more than one: each connection has its own
  std::uint64_t first = 0;        // octet, multipart: chunks that are there already, of all uploads together
  std::uint64_t requests = 0;     // 0: as many as the files have chunks
  std::string target = "/";       // get: what is asked for; put: the folder; tus: where uploads are created
  std::string identifier = "bench";
  std::vector<std::string> tokens;  // used in turn

  double rate = 0;             // requests a second, due at even times whatever the answers do; 0: as fast as they come
  int last_byte_after_ms = 0;  // holds the last byte of a request back so long, and counts from when it is sent
  bool hold = false;           // half of every body, then `held` on stdout, and the rest when stdin says so
  int stall_seconds = 60;      // without any progress: give up
};

// Throws std::invalid_argument.
Options parse_options(int argc, char** argv);

}  // namespace bench
