// What a token allows of a single file, narrower than what the server allows to everybody. Pure, but for words.
//
// Looked at as early as each fact is known: origin and size before anything is kept, the type with the first bytes, and
// all of it again where the file is finished. The bytes of all files together are bounded for good by the finishing
// transaction (Catalog::finish_upload); what is said here of them only spares an upload that would be in vain.
// Refusals carry words for the uploader: they name the limit. Source: issue "documented API", token life.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/records.h"

namespace stile::engine {

// Fails with permission_denied when a page of another origin than those listed sends the file. nullopt: it is not known
// to be a page at all, which programs other than browsers may also claim.
Result<void> check_origin(const catalog::Token& token, const std::optional<std::string>& origin);

// Fails with too_large.
Result<void> check_bytes(const catalog::Token& token, std::uint64_t size);
// The most bytes that one more file may have; `most` when the token says nothing.
std::uint64_t most_bytes(const catalog::Token& token, std::uint64_t most);

// Fails with unsupported_type.
Result<void> check_type(const catalog::Token& token, std::string_view content_type);

}  // namespace stile::engine
