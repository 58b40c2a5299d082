#include "api/file_form.h"

#include "api/form_body.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxQueryPairs = 1000;

std::string media_type(const http::RequestHead& head) {
  const std::string_view value = head.header("content-type").value_or("");
  return to_lower(trim(value.substr(0, value.find(';'))));
}

Result<void> read_query(const http::RequestHead& head, Params& fields) {
  auto query = parse_form(head.query, kMaxQueryPairs);
  if (!query) return fail(std::move(query).error());
  fields = std::move(*query);
  return {};
}

io::Task<Result<std::string>> read_field(http::MultipartReader& reader, std::size_t max_bytes, ByteLoan& memory) {
  auto value = co_await reader.read_text(max_bytes, memory);
  if (!value && value.error().code == Errc::limit)
    co_return fail(Errc::limit, "the form field is longer than " + std::to_string(max_bytes) + " bytes");
  if (!value) co_return value;
  if (!is_valid_utf8(*value) || value->find('\0') != std::string::npos)
    co_return fail(Errc::invalid_input, "a form field is not valid UTF-8");
  co_return value;
}

io::Task<Result<void>> read_parts(http::Request& request, FileFormLimits limits, Params& fields, TakeFile take_file) {
  auto boundary = http::multipart_boundary(request.head.header("content-type").value_or(""));
  if (!boundary) co_return fail(Errc::invalid_input, "the Content-Type has no valid multipart boundary");
  http::MultipartLimits reading;
  reading.max_parts = limits.max_fields + 1;
  http::MultipartReader reader(request.body, *boundary, reading);
  bool file_seen = false;
  std::size_t bytes = 0;
  for (;;) {
    auto part = co_await reader.next_part();
    if (!part) co_return fail(std::move(part).error());
    if (!part->has_value()) co_return Result<void>{};
    if ((*part)->name == "file") {
      if (file_seen) co_return fail(Errc::invalid_input, "more than one file was sent; send one file per request");
      file_seen = true;
      STILE_CO_TRY(co_await take_file(std::move(**part), reader.content()));
    } else if (!(*part)->file_name) {
      auto value = co_await read_field(reader, limits.max_field_bytes, request.memory);
      if (!value) co_return fail(std::move(value).error());
      STILE_CO_TRY(request.memory.grow((*part)->name.size()));
      bytes += (*part)->name.size() + value->size();
      if (bytes > limits.max_bytes) co_return fail(Errc::limit, "the form's fields are too long together");
      fields.add(std::move((*part)->name), std::move(*value));
    }
    // A file of another name is nothing we were asked to keep.
  }
}

}  // namespace

Carrier carrier_of(const http::RequestHead& head) {
  if (head.method == "GET" || head.method == "HEAD") return Carrier::query;
  const std::string type = media_type(head);
  if (type.starts_with("multipart/")) return Carrier::multipart;
  return type == "application/x-www-form-urlencoded" ? Carrier::urlencoded : Carrier::octets;
}

io::Task<Result<void>> read_file_form(http::Request& request, FileFormLimits limits, Params& fields,
                                      TakeFile take_file) {
  switch (carrier_of(request.head)) {
    case Carrier::query:
    case Carrier::octets: co_return read_query(request.head, fields);
    case Carrier::urlencoded: {
      auto form = co_await read_form_body(request.body, limits.max_bytes, limits.max_fields, request.memory);
      if (!form) co_return fail(std::move(form).error());
      fields = std::move(*form);
      co_return Result<void>{};
    }
    case Carrier::multipart: break;
  }
  if (media_type(request.head) != "multipart/form-data")
    co_return fail(Errc::invalid_input, "only multipart/form-data is understood");
  co_return co_await read_parts(request, limits, fields, std::move(take_file));
}

}  // namespace stile::api
