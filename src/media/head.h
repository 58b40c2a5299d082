// The first bytes of a file as the probes see them, and what a probe may say about them.
//
// Reading past the end is never an error: a probe first asks `has`, and `lack` turns the answer "no" into the right
// Finding (wait for more, or this is not the type). Multi-byte readers expect that `has` was asked. Pure, no ownership.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace stile::media {

// How sure a probe is. `weak`: the signature fits but little else could be checked, so other voices are asked before
// the file is believed. `strong`: several independent facts of the container agree.
enum class Sure { no, more, weak, strong };

struct Finding {
  Sure sure = Sure::no;
  std::string_view type;  // content type with weak and strong; points to static text
};

inline constexpr Finding kNo{};
inline constexpr Finding kMore{Sure::more, {}};
constexpr Finding weak(std::string_view type) { return {Sure::weak, type}; }
constexpr Finding strong(std::string_view type) { return {Sure::strong, type}; }

// What follows the bytes at hand.
enum class Extent {
  part,   // more of the head will be handed in later
  start,  // the file goes on, but nothing more will be judged
  file,   // nothing: this is the whole file
};

class Head {
 public:
  Head(Bytes bytes, Extent extent) : text_(as_text(bytes)), extent_(extent) {}

  std::size_t size() const { return text_.size(); }
  std::string_view text() const { return text_; }
  Extent extent() const { return extent_; }

  bool has(std::uint64_t offset, std::uint64_t count) const {
    return offset <= text_.size() && count <= text_.size() - offset;
  }
  // The verdict when needed bytes are not there.
  Finding lack() const { return extent_ == Extent::part ? kMore : kNo; }
  // The verdict when a walk left the bytes at hand, so far in good order: `otherwise` when the file goes on.
  Finding beyond(Finding otherwise) const {
    return extent_ == Extent::part ? kMore : extent_ == Extent::start ? otherwise : kNo;
  }

  // Whether `literal` stands at `offset`: yes (strong), no, or as far as one can see (more).
  Sure spells(std::size_t offset, std::string_view literal) const {
    const std::size_t seen = offset >= size() ? 0 : std::min(literal.size(), size() - offset);
    if (seen > 0 && text_.substr(offset, seen) != literal.substr(0, seen)) return Sure::no;
    return seen == literal.size() ? Sure::strong : lack().sure;
  }
  bool is(std::uint64_t offset, std::string_view literal) const {
    return has(offset, literal.size()) && text_.substr(offset, literal.size()) == literal;
  }
  std::string_view word(std::size_t offset, std::size_t count) const { return text_.substr(offset, count); }

  std::uint8_t u8(std::size_t at) const { return static_cast<std::uint8_t>(text_[at]); }
  std::uint16_t be16(std::size_t at) const { return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)); }
  std::uint16_t le16(std::size_t at) const { return static_cast<std::uint16_t>(u8(at + 1) << 8 | u8(at)); }
  std::uint32_t be32(std::size_t at) const { return std::uint32_t{be16(at)} << 16 | be16(at + 2); }
  std::uint32_t le32(std::size_t at) const { return std::uint32_t{le16(at + 2)} << 16 | le16(at); }
  std::uint64_t be64(std::size_t at) const { return std::uint64_t{be32(at)} << 32 | be32(at + 4); }
  std::uint64_t le64(std::size_t at) const { return std::uint64_t{le32(at + 4)} << 32 | le32(at); }

 private:
  std::string_view text_;
  Extent extent_;
};

}  // namespace stile::media
