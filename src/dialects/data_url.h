// DataUrlDecoder: takes "data:[type][;…];base64," and the base64 off a stream of bytes, whatever the fragments.
// Source: spec/api.md 4.6 (chunkFormat 'base64'), RFC 2397, RFC 4648. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::dialects {

class DataUrlDecoder {
 public:
  // Decodes `text` to the front of `out`, which must hold 3/4 of it plus 3 bytes; `out` may be the same memory as `text`.
  // Returns how many bytes. Fails with invalid_input for anything but a base64 data: URL (prefix at most 256 characters).
  Result<std::size_t> decode(Bytes text, MutableBytes out);
  // At the end of the text: the last one or two bytes, when their padding was left out. Fails when the text stopped in
  // the middle of a byte. Afterwards it answers 0. `out` holds at least two bytes.
  Result<std::size_t> finish(MutableBytes out);

 private:
  std::size_t flush(MutableBytes out);  // the bytes that two or three digits hold
  enum class State { prefix, data, padding };
  State state_ = State::prefix;
  std::string prefix_;
  std::uint32_t bits_ = 0;
  int digits_ = 0;   // base64 digits held in bits_, 0 to 3
  int padding_ = 0;  // '=' seen
};

}  // namespace stile::dialects
