// What the methods that take files answer. Files are multipart/form-data; chunks have the fields of Resumable.js.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kRedeem[] = {
    in::file("file", "The file, or a chunk of it").required(),
    in::text("upload_token", "From photo/get-upload-token").required(),
    in::number("resumableChunkNumber", "Of a chunk: its number, from 1"),
    in::number("resumableChunkSize", "Bytes of every chunk but the last"),
    in::number("resumableTotalSize", "Bytes of the file"),
    in::text("resumableIdentifier", "Which file of the token the chunk belongs to"),
    in::text("resumableFilename", "How the file is called"),
    in::number("resumableTotalChunks", "How many chunks there are; a hint"),
    in::number("resumableCurrentChunkSize", "Bytes of this chunk; a hint"),
};
constexpr Property kStored[] = {out::id("photo_id"), out::number("tree_id"), out::text("token")};
constexpr Property kBeside[] = {
    out::id("photo_id"),
    out::number("tree_id"),
    out::text("token"),
    out::text("url").sometimes(),
    out::text("content_type").sometimes(),
    out::text("redirect_url").sometimes(),
};

using Extras = Description::Extras;

constexpr Description kUploads[] = {
    {.name = "photo/redeem-upload-token",
     .tag = "upload",
     .summary = "Stores a file, or a chunk of one",
     .remark =
         "A token with a return_url answers with a redirect (301) or a line of text, unless JSON is asked for by "
         "`Accept`. A chunk is answered with `ok` until the file is whole, and refused with 500 when the upload should "
         "be given up, 503 when it should be sent again. Any other parameter is repeated in the callback.",
     .parameters = kRedeem,
     .extras = Extras::kept,
     .data = kStored,
     .beside_data = kBeside,
     .failures = {Code::no_file,
                  {Code::error_processing_upload, 413},
                  {Code::error_processing_upload, 415},
                  Code::error_processing_upload,
                  Code::invalid_upload_token}},
};

}  // namespace

std::span<const Description> upload_descriptions() { return kUploads; }

}  // namespace stile::api
