// Reads application/x-www-form-urlencoded bodies.
#pragma once

#include "base/byte_budget.h"
#include "base/params.h"
#include "base/result.h"
#include "io/byte_source.h"

namespace stile::api {

// Fails with limit (longer than `max_bytes`, more than `max_fields`), busy (no `memory` for it), invalid_input and the
// source's errors. Of a body that came whole and is malformed, `readable` gets what can be read; it may be null. All
// outlive the task.
io::Task<Result<Params>> read_form_body(io::ByteSource& body, std::size_t max_bytes, std::size_t max_fields,
                                        ByteLoan& memory, Params* readable = nullptr);

}  // namespace stile::api
