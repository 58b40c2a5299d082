// Reads application/x-www-form-urlencoded bodies.
#pragma once

#include "base/params.h"
#include "base/result.h"
#include "io/byte_source.h"

namespace stile::api {

// Fails with limit (longer than `max_bytes`, more than `max_fields`), invalid_input and the source's errors. Of a body that
// came whole and is malformed, `readable` gets what can be read; it must outlive the task, and may be null.
io::Task<Result<Params>> read_form_body(io::ByteSource& body, std::size_t max_bytes, std::size_t max_fields,
                                        Params* readable = nullptr);

}  // namespace stile::api
