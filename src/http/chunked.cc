#include "http/chunked.h"

#include <algorithm>
#include <string>

namespace stile::http {
namespace {

constexpr std::size_t kMaxSizeDigits = 16;       // 64 bits
constexpr std::size_t kMaxExtensionBytes = 256;  // per chunk; real ones (signatures) stay below 100
constexpr std::size_t kMaxTrailerBytes = 4 * kKiB;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

auto malformed(std::string what) { return fail(Errc::invalid_input, "Malformed chunked body: " + std::move(what)); }

}  // namespace

Result<ChunkedDecoder::Piece> ChunkedDecoder::decode(Bytes coded) {
  const std::string_view text = as_text(coded);
  Piece piece;
  while (piece.consumed < text.size() && state_ != State::done) {
    if (state_ == State::data) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, text.size() - piece.consumed));
      piece.payload = coded.subspan(piece.consumed, length);
      piece.consumed += length;
      left_ -= length;
      if (left_ == 0) state_ = State::data_cr;
      return piece;
    }
    STILE_TRY(eat(text[piece.consumed]));
    ++piece.consumed;
  }
  piece.done = state_ == State::done;
  return piece;
}

// One byte of what is not payload.
Result<void> ChunkedDecoder::eat(char c) {
  switch (state_) {
    case State::size:
      if (const int digit = hex_value(c); digit >= 0) {
        if (++size_digits_ > kMaxSizeDigits) return malformed("a chunk size has too many digits");
        left_ = left_ * 16 + static_cast<unsigned>(digit);
      } else if (size_digits_ == 0) {
        return malformed("a chunk size is missing");
      } else if (c == ';') {
        state_ = State::size_extension;
      } else if (c == '\r') {
        state_ = State::size_lf;
      } else {
        return malformed("a chunk size is not a hexadecimal number");
      }
      return {};
    case State::size_extension:
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (is_control(c)) {
        return malformed("control character in a chunk extension");
      } else if (++overhead_ > kMaxExtensionBytes) {
        return fail(Errc::limit, "A chunk extension is too long");
      }
      return {};
    case State::size_lf:
      if (c != '\n') return malformed("a line ends without LF");
      overhead_ = 0;
      size_digits_ = 0;
      state_ = left_ == 0 ? State::trailer_start : State::data;
      return {};
    case State::data_cr:
      if (c != '\r') return malformed("a chunk is longer than its size");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (c != '\n') return malformed("a line ends without LF");
      state_ = State::size;
      return {};
    case State::trailer_start:
    case State::trailer:
      // Trailers are dropped, never merged into the head: nothing here needs one, and merging them is a way to smuggle.
      if (c == '\r') {
        state_ = state_ == State::trailer_start ? State::end_lf : State::trailer_lf;
      } else if (is_control(c)) {
        return malformed("control character in a trailer");
      } else if (++overhead_ > kMaxTrailerBytes) {
        return fail(Errc::limit, "The trailers are too long");
      } else {
        state_ = State::trailer;
      }
      return {};
    case State::trailer_lf:
    case State::end_lf:
      if (c != '\n') return malformed("a line ends without LF");
      state_ = state_ == State::end_lf ? State::done : State::trailer_start;
      return {};
    case State::data:
    case State::done: break;
  }
  return {};
}

}  // namespace stile::http
