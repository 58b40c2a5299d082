#include "http/head.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace stile::http {
namespace {

namespace beast_http = boost::beast::http;

auto malformed(std::string what) { return fail(Errc::invalid_input, "Malformed request: " + std::move(what)); }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

// What may stand in Host: a name, an address, a port. Notably no '@', '/', '?', '#', '\\', quotes or white space.
bool is_host(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~%!$&'()*+,;=:[]").contains(c);
  });
}

// Looks at every byte as it arrives, so that a request that can never become one is refused at once and not at its end,
// and so that Beast, which unfolds obs-fold, never sees one. Finds the end of the head.
class Scanner {
 public:
  struct Found {
    std::size_t consumed = 0;
    bool end = false;
  };

  Result<Found> scan(std::string_view text, std::size_t max_bytes) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (total_ == max_bytes) return fail(Errc::limit, "The request's head is too long");
      ++total_;
      const char c = text[i];
      if (after_cr_) {
        if (c != '\n') return malformed("CR without LF");
        after_cr_ = false;
        if (line_length_ != 0) {
          line_length_ = 0;
          ++lines_;
        } else if (lines_ != 0) {
          return Found{i + 1, true};
        } else if (++blank_lines_ > kMaxBlankLines) {
          return malformed("too many empty lines before it");
        }
      } else if (c == '\r') {
        after_cr_ = true;
      } else if (c == '\n') {
        return malformed("LF without CR");
      } else if (is_control(c)) {
        return malformed("control character");
      } else if (line_length_ == 0 && (c == ' ' || c == '\t')) {
        return malformed("line begins with white space");
      } else {
        ++line_length_;
      }
    }
    return Found{text.size(), false};
  }

  // Some clients send an empty line after a body; it is no part of the next head (RFC 9112, 2.2).
  std::size_t skipped() const { return 2 * blank_lines_; }
  bool at_start() const { return total_ == skipped(); }

 private:
  static constexpr std::size_t kMaxBlankLines = 2;

  std::size_t total_ = 0;
  std::size_t line_length_ = 0;
  std::size_t lines_ = 0;
  std::size_t blank_lines_ = 0;
  bool after_cr_ = false;
};

// Splits and decodes the target. Also gives the authority of an absolute one.
Result<void> read_target(RequestHead& head, std::optional<std::string>& authority) {
  std::string_view target = head.target;
  if (target == "*" && head.method == "OPTIONS") {
    head.path = "/";
    return {};
  }
  if (target.contains('#')) return malformed("fragment in the target");
  if (!target.starts_with('/')) {
    const std::size_t scheme_end = target.find("://");
    const std::string_view scheme = target.substr(0, std::min(scheme_end, target.size()));
    if (scheme_end == std::string_view::npos || !(iequals(scheme, "http") || iequals(scheme, "https")))
      return malformed("the target is neither a path nor an http URL");
    target.remove_prefix(scheme_end + 3);
    const std::size_t authority_end = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, authority_end);
    if (authority->empty() || !is_host(*authority)) return malformed("bad host in the target");
    target.remove_prefix(authority_end);
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  head.query = target.substr(std::min(question + 1, target.size()));
  const std::string_view encoded_path = target.substr(0, question);
  // A proxy that decodes it and one that does not would apply their rules to two different addresses.
  if (encoded_path.contains("%2F") || encoded_path.contains("%2f")) return malformed("encoded slash in the path");
  auto path = percent_decode(encoded_path, Plus::is_plus);
  if (!path) return malformed("broken percent escape in the path");
  if (!is_valid_utf8(*path)) return malformed("the path is not valid UTF-8");
  if (path->contains('\0')) return malformed("NUL in the path");
  head.path = path->empty() ? "/" : std::move(*path);
  return {};
}

// Beast's parser, told to stop after the head, writing into a RequestHead.
class BeastParser final : public beast_http::basic_parser<true> {
 public:
  BeastParser(RequestHead& head, const HeadLimits& limits) : head_(head), max_headers_(limits.max_headers) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.max_bytes, UINT32_MAX)));
    body_limit(boost::none);
    skip(true);
  }

  // `text` is one whole head.
  Result<void> parse(std::string_view text) {
    boost::system::error_code error;
    const std::size_t used = put(boost::asio::const_buffer(text.data(), text.size()), error);
    if (problem_) return fail(std::move(*problem_));
    if (error) return translate(error);
    if (used != text.size() || !is_header_done()) return malformed("unexpected end");
    return check_fields();
  }

 private:
  using ErrorCode = boost::system::error_code;
  using Text = boost::beast::string_view;

  static std::unexpected<Error> translate(const ErrorCode& error) {
    std::string what = "bad syntax";
    if (error == beast_http::error::bad_method) what = "bad method";
    if (error == beast_http::error::bad_target) what = "bad target";
    if (error == beast_http::error::bad_version) what = "unknown HTTP version";
    if (error == beast_http::error::bad_field) what = "bad header name";
    if (error == beast_http::error::bad_value) what = "bad header value";
    if (error == beast_http::error::bad_content_length) what = "bad Content-Length, or Transfer-Encoding beside it";
    if (error == beast_http::error::multiple_content_length) what = "more than one Content-Length";
    if (error == beast_http::error::bad_transfer_encoding) what = "bad Transfer-Encoding, or Content-Length beside it";
    return fail(Errc::invalid_input, "Malformed request: " + what, error.message());
  }

  void on_request_impl(beast_http::verb, Text method, Text target, int version, ErrorCode& error) override {
    head_.method = std::string_view(method.data(), method.size());
    head_.target = std::string_view(target.data(), target.size());
    if (version != 10 && version != 11) error = beast_http::error::bad_version;
    head_.version_minor = version % 10;
  }

  // Beast has its own opinion on some of these fields (it takes "5, 5"); check_fields is stricter.
  void on_field_impl(beast_http::field field, Text name, Text value, ErrorCode& error) override {
    if (head_.headers.size() == max_headers_) {
      problem_ = Error{Errc::limit, "The request has too many headers", {}};
      error = beast_http::error::header_limit;
      return;
    }
    head_.headers.push_back({std::string(name.data(), name.size()), std::string(value.data(), value.size())});
    switch (field) {
      case beast_http::field::host:
        ++hosts_;
        host_ = head_.headers.size() - 1;
        break;
      case beast_http::field::content_length:
        ++lengths_;
        length_ = head_.headers.size() - 1;
        break;
      case beast_http::field::transfer_encoding:
        ++codings_;
        coding_ = head_.headers.size() - 1;
        break;
      case beast_http::field::expect:
        head_.expect_continue = head_.version_minor == 1 && iequals(head_.headers.back().value, "100-continue");
        break;
      default: break;
    }
  }

  Result<void> check_fields() {
    STILE_TRY(check_framing());
    if (hosts_ > 1) return malformed("more than one Host");
    if (hosts_ == 0 && head_.version_minor == 1) return malformed("no Host");
    if (hosts_ == 1 && !is_host(head_.headers[host_].value)) return malformed("bad Host");
    std::optional<std::string> authority;
    STILE_TRY(read_target(head_, authority));
    // The URL knows better than the field (RFC 9112, 3.2.2).
    if (authority && hosts_ == 1) head_.headers[host_].value = std::move(*authority);
    head_.keep_alive = keep_alive();
    return {};
  }

  // Anything two implementations could read differently is refused: this is where smuggling starts.
  Result<void> check_framing() {
    if (lengths_ > 1) return malformed("more than one Content-Length");
    if (codings_ > 1) return malformed("more than one Transfer-Encoding");
    if (lengths_ == 1 && codings_ == 1) return malformed("Content-Length beside Transfer-Encoding");
    if (codings_ == 1) {
      if (head_.version_minor == 0) return malformed("Transfer-Encoding in HTTP/1.0");
      if (!iequals(head_.headers[coding_].value, "chunked")) return malformed("unknown Transfer-Encoding");
      head_.framing = BodyFraming::chunked;
    } else if (lengths_ == 1) {
      const auto length = parse_u64(head_.headers[length_].value);
      if (!length) return malformed("bad Content-Length");
      head_.framing = BodyFraming::length;
      head_.content_length = *length;
    }
    return {};
  }

  // The rest of the interface speaks of responses and bodies, which never come here.
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(Text text, ErrorCode&) override { return text.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text text, ErrorCode&) override { return text.size(); }
  void on_finish_impl(ErrorCode&) override {}

  RequestHead& head_;
  std::size_t max_headers_;
  std::optional<Error> problem_;
  std::size_t hosts_ = 0, lengths_ = 0, codings_ = 0;  // how many there are
  std::size_t host_ = 0, length_ = 0, coding_ = 0;     // the index of the last
};

}  // namespace

std::optional<std::string_view> RequestHead::header(std::string_view name) const {
  for (const Header& field : headers)
    if (iequals(field.name, name)) return field.value;
  return std::nullopt;
}

void RequestHead::set_host(std::string host) {
  const auto field = std::ranges::find_if(headers, [](const Header& each) { return iequals(each.name, "host"); });
  if (field != headers.end())
    field->value = std::move(host);
  else
    headers.push_back({"Host", std::move(host)});
}

struct HeadParser::Impl {
  enum class State { reading, done, spent };
  State state = State::reading;
  Scanner scanner;
  std::string buffer;  // empty when the head came in one piece
  RequestHead head;
};

HeadParser::HeadParser(HeadLimits limits) : limits_(limits) {}
HeadParser::~HeadParser() = default;
HeadParser::HeadParser(HeadParser&&) noexcept = default;

Result<HeadParser::Progress> HeadParser::feed(Bytes bytes) {
  if (bytes.empty()) return Progress{};
  if (!impl_) impl_ = std::make_unique<Impl>();
  Impl& impl = *impl_;
  if (impl.state != Impl::State::reading) return fail(Errc::invalid_input, {}, "fed a head parser that is spent");
  impl.state = Impl::State::spent;  // until this feed went well

  const auto found = impl.scanner.scan(as_text(bytes), limits_.max_bytes);
  if (!found) return fail(found.error());
  std::string_view text = as_text(bytes).substr(0, found->consumed);
  if (!found->end || !impl.buffer.empty()) {
    impl.buffer.append(text);
    text = impl.buffer;
  }
  if (!found->end) {
    impl.state = Impl::State::reading;
    return Progress{found->consumed, false};
  }
  STILE_TRY(BeastParser(impl.head, limits_).parse(text.substr(impl.scanner.skipped())));
  impl.buffer = {};
  impl.state = Impl::State::done;
  return Progress{found->consumed, true};
}

bool HeadParser::at_start() const {
  return !impl_ || (impl_->state == Impl::State::reading && impl_->scanner.at_start());
}

RequestHead HeadParser::take() {
  CHECK(impl_ && impl_->state == Impl::State::done);
  impl_->state = Impl::State::spent;
  return std::move(impl_->head);
}

void HeadParser::reset() { impl_.reset(); }

}  // namespace stile::http
