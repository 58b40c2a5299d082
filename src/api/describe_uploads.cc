// What the methods that take files take and answer. Files are multipart/form-data; chunks have the fields of
// Resumable.js.
#include <algorithm>
#include <array>

#include "api/description.h"

namespace stile::api {
namespace {

template <std::size_t... kSizes>
consteval auto joined(const Parameter (&... parts)[kSizes]) {
  std::array<Parameter, (kSizes + ...)> all{};
  auto end = all.begin();
  ((end = std::ranges::copy(parts, end).out), ...);
  return all;
}

constexpr Parameter kChunk[] = {
    in::number("resumableChunkNumber", "Of a chunk: its number, from 1"),
    in::number("resumableChunkSize", "Bytes of every chunk but the last"),
    in::number("resumableTotalSize", "Bytes of the file"),
    in::text("resumableIdentifier", "Which file of the token the chunk belongs to"),
    in::text("resumableFilename", "How the file is called"),
    in::number("resumableTotalChunks", "How many chunks there are; a hint"),
    in::number("resumableCurrentChunkSize", "Bytes of this chunk; a hint"),
};
constexpr Property kStored[] = {out::id("photo_id"), out::number("tree_id"), out::text("token")};
// For clients that look there; with `Accept: application/json` more of it.
constexpr Property kBeside[] = {
    out::id("photo_id").sometimes(), out::number("tree_id").sometimes(),    out::text("token").sometimes(),
    out::text("url").sometimes(),    out::text("content_type").sometimes(), out::text("redirect_url").sometimes(),
};
constexpr std::string_view kRedeemRemark =
    "A token with a return_url answers with a redirect (301) or a line of text, unless JSON is asked for by `Accept`. "
    "A chunk is "
    "answered with `ok` until the file is whole, and refused with 500 when the upload should be given up, 503 when it "
    "should "
    "be sent again. Any other parameter is repeated in the callback.";

constexpr Parameter kRedeemUpload[] = {
    in::file("file", "The file, or a chunk of it").required(),
    in::text("upload_token", "From photo/get-upload-token").required(),
};
constexpr auto kRedeem = joined(kRedeemUpload, kChunk);

constexpr Parameter kRedeemReplacement[] = {
    in::file("file", "The new file, or a chunk of it").required(),
    in::text("replace_token", "From photo/get-replace-token").required(),
};
constexpr auto kRedeemReplace = joined(kRedeemReplacement, kChunk);

constexpr Parameter kReplacement[] = {
    in::id("photo_id", "The photo; needed unless there is a token"),
    in::text("upload_token", "Instead of a level: the token that made the photo").up_to(200).v2_only(),
    in::text("replace_token", "Instead of a level and photo_id: from photo/get-replace-token"),
    in::file("file", "The new file; a picture sent for a video becomes its thumbnail"),
    in::decimal("time", "A still of the video at this second as its thumbnail; not available yet"),
    in::flag("crop_p", "Not available yet").otherwise("false"),
    in::text("crop_aspect_ratio_format", "Changes nothing").v2_only(),
};
constexpr auto kReplace = joined(kReplacement, kChunk);

constexpr Parameter kUpload[] = {
    in::file("file", "The file, whole").required(),
    in::text("title", "Its title; markup is removed").up_to(1'000),
    in::text("description", "Its description; a safe subset of HTML is kept").up_to(20'000),
    in::text("tags", "Its tags, separated by spaces; one of several words in double quotes").up_to(4'000),
    in::ids("album_id", "The albums it goes into").up_to(2'000),
    in::flag("publish", "Whether everybody sees it").otherwise("true"),
    in::date("publish_date", "The date it shows as published at; one to come leaves it unpublished until then"),
    in::text("absolute_url", "Its canonical address: an http or https URL, or a path").up_to(2'000),
    in::id("user_id", "Whose it will be; listened to at level super only"),
    in::flag("placeholder_p", "Not available: every photo is a file").otherwise("false"),
};

constexpr Parameter kTakeBack[] = {
    in::id("photo_id", "The photo; it must have come through the token").required(),
    in::text("upload_token", "The token").required(),
    in::text("resumableIdentifier", "Which file of the token; photo_id says it already"),
};

constexpr Parameter kGetReplace[] = {
    in::id("photo_id", "The photo whose file may be replaced").required(),
    in::text("return_url", "Where the browser goes afterwards, or what Stile calls: an http or https URL").up_to(8'000),
    in::flag("background_return_p", "Whether Stile calls return_url itself").otherwise("false"),
    in::number("max_uploads", "How often; v1 at most 100").otherwise("1").between(1, 1'000),
    in::number("valid_minutes", "How long the token lives").otherwise("180").between(15, 1'440),
};
constexpr Property kReplaceToken[] = {
    out::id("photo_id"),        out::number("max_uploads"),       out::number("valid_minutes"),
    out::number("valid_until"), out::flag("background_return_p"), out::text("return_url"),
    out::text("replace_token"),
};

using Extras = Description::Extras;
using Verb = Description::Verb;

constexpr Failures kRedeemFailures = {Code::no_file,
                                      {Code::error_processing_upload, 413},
                                      {Code::error_processing_upload, 415},
                                      Code::error_processing_upload,
                                      Code::invalid_upload_token,
                                      Code::permission_denied,
                                      Code::no_such_photo};

constexpr Description kUploads[] = {
    {.name = "photo/delete-upload-token",
     .tag = "upload",
     .summary = "Removes a photo that came through an upload token",
     .parameters = kTakeBack,
     .failures = {Code::invalid_upload_token,
                  {Code::invalid_upload_token, 404},
                  Code::permission_denied,
                  Code::no_such_photo}},
    {.name = "photo/get-replace-token",
     .tag = "token",
     .verb = Verb::get,
     .summary = "Makes a token that anybody can replace a photo's file with",
     .remark = "Any other parameter is remembered and repeated in the callback.",
     .parameters = kGetReplace,
     .extras = Extras::kept,
     .data = kReplaceToken,
     .failures = {Code::no_such_photo}},
    {.name = "photo/redeem-replace-token",
     .tag = "upload",
     .summary = "Replaces the file of a photo, whole or in chunks, by a token",
     .remark = kRedeemRemark,
     .parameters = kRedeemReplace,
     .extras = Extras::kept,
     .data = kStored,
     .beside_data = kBeside,
     .failures = kRedeemFailures},
    {.name = "photo/redeem-upload-token",
     .tag = "upload",
     .summary = "Stores a file, or a chunk of one",
     .remark = kRedeemRemark,
     .parameters = kRedeem,
     .extras = Extras::kept,
     .data = kStored,
     .beside_data = kBeside,
     .failures = kRedeemFailures},
    {.name = "photo/replace",
     .tag = "upload",
     .summary = "Replaces the file of a photo",
     .remark =
         "With a replace_token it is photo/redeem-replace-token, and answers with text unless a format is asked for.",
     .parameters = kReplace,
     .data = kStored,
     .beside_data = kBeside,
     .failures = {Code::no_file,
                  {Code::error_processing_upload, 413},
                  {Code::error_processing_upload, 415},
                  Code::error_processing_upload,
                  Code::feature_not_available,
                  Code::invalid_upload_token,
                  {Code::invalid_upload_token, 404},
                  Code::no_such_photo}},
    {.name = "photo/upload",
     .tag = "upload",
     .summary = "Stores a whole file",
     .parameters = kUpload,
     .takes_variables = true,
     .data = kStored,
     .failures = {Code::no_file,
                  {Code::error_processing_upload, 413},
                  {Code::error_processing_upload, 415},
                  Code::error_processing_upload,
                  Code::feature_not_available,
                  Code::invalid_album,
                  Code::no_such_album}},
};

}  // namespace

std::span<const Description> upload_descriptions() { return kUploads; }

}  // namespace stile::api
