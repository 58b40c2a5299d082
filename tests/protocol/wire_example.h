// WireExample: what a client sends, byte for byte, and what Stile must understand of it, as a data file.
//
//   # What the example shows, and who sends such a thing.
//   >>>
//   POST /x HTTP/1.1\r\n
//   Host: localhost:8023\r\n
//   Content-Length: \{length}\r\n
//   \r\n
//   body
//   <<<
//   POST "/x" HTTP/1.1, body of 4 bytes
//   ...
//
// Between >>> and <<< the line ends of the file mean nothing; every byte is written out: \r \n \t \\ \xHH, and
// \{N*text} is text N times. \{length} is the number of bytes behind the empty line of its message. A line "---" begins
// the next message on the same connection. What follows <<< is a transcript (see transcript.h).
#pragma once

#include <string>
#include <vector>

namespace stile::protocol {

struct WireExample {
  std::string name;  // of the file, without ".wire"
  std::string bytes;
  std::string transcript;
};

// All examples of a directory, by name. Throws std::runtime_error for a file it cannot read.
std::vector<WireExample> load_wire_examples(const std::string& directory);

}  // namespace stile::protocol
