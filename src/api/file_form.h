// The parameters of a request that may carry a file, wherever they stand; the file goes to whoever takes it, as it
// comes.
//
//   query       a GET: no file
//   urlencoded  the body has the parameters, and no file but as a data: URL, which nobody sends whole
//   multipart   fields and one part "file", in any order; nothing but the fields is collected
//   octets      the body is the bare file, the query has the parameters
//
// Bounds: on the number of fields, each of them and all together; the file is bounded by its taker.
#pragma once

#include <cstdint>
#include <functional>

#include "base/params.h"
#include "base/result.h"
#include "http/multipart_reader.h"
#include "http/server.h"
#include "io/task.h"

namespace stile::api {

enum class Carrier { query, urlencoded, multipart, octets };
Carrier carrier_of(const http::RequestHead& head);

struct FileFormLimits {
  std::size_t max_fields = 200;
  std::size_t max_field_bytes = 64 * kKiB;
  std::size_t max_bytes = kMiB;  // all fields together
};

// Takes the part "file". What it leaves of the content is skipped.
using TakeFile = std::function<io::Task<Result<void>>(http::PartHead part, io::ByteSource& content)>;

// Adds to `fields` as far as it gets, also when it fails; so `take_file` sees those that came before the file. Of
// octets the body is left. Everything outlives the task. Fails with invalid_input (two files, bad UTF-8, bad syntax),
// limit, busy (no memory for the fields), and the errors of the source and of `take_file`.
io::Task<Result<void>> read_file_form(http::Request& request, FileFormLimits limits, Params& fields,
                                      TakeFile take_file);

}  // namespace stile::api
