// What the methods take and answer by which tokens live on: corrected, redeemed for a change, seen, extended, revoked.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kUpdateUploads[] = {
    in::text("upload_token", "The token, used up or not").required().up_to(200),
    in::text("resumableIdentifier", "Which file of that token; all of them unless given").up_to(4'000),
    in::text("title", "A new title; markup is removed").up_to(1'000),
    in::text("description", "A new description; a safe subset of HTML is kept").up_to(20'000),
    in::text("tags", "All tags, separated by spaces; one of several words in double quotes").up_to(4'000),
    in::ids("album_id", "All albums; an empty list takes the files out of all").up_to(2'000),
    in::flag("publish", "Whether everybody sees them"),
};

constexpr Parameter kGetUpdate[] = {
    in::id("photo_id", "The photo that may be changed").required(),
    in::number("max_uses", "How many changes; v1 at most 100").otherwise("1").between(1, 1'000),
    in::number("valid_minutes", "How long the token lives").otherwise("180").between(15, 1'440),
};
constexpr Property kUpdateToken[] = {
    out::text("update_token"),    out::id("photo_id"),        out::number("max_uses"),
    out::number("valid_minutes"), out::number("valid_until"),
};

constexpr Parameter kRedeemUpdate[] = {
    in::text("update_token", "The token; it names the photo").required().up_to(200),
    in::id("photo_id", "The same photo, or nothing"),
    in::text("title", "A new title; markup is removed").up_to(1'000),
    in::text("description", "A new description; a safe subset of HTML is kept").up_to(20'000),
    in::text("tags", "All tags, separated by spaces; one of several words in double quotes").up_to(4'000),
    in::ids("album_id", "All albums it is in; an empty list takes it out of all").up_to(2'000),
    in::flag("published_p", "Whether everybody sees it"),
    in::flag("publish", "The same as published_p"),
    in::flag("promoted_p", "Whether it is promoted").v2_only(),
    in::date("publish_date", "The date it shows as published at").v2_only(),
    in::text("absolute_url", "Its canonical address: an http or https URL, or a path").up_to(2'000).v2_only(),
};

constexpr Parameter kList[] = {
    in::of(Kind::one_of, "state", "Only tokens that do this now").with([](Parameter& state) {
      state.choices = "waiting uploading finished expired revoked";
    }),
    in::id("user_id", "Only tokens of this user; below level admin that is the caller"),
};
constexpr Parameter kOne[] = {in::text("token", "The token itself").required().up_to(200)};
constexpr Parameter kExtend[] = {
    in::text("token", "The token itself").required().up_to(200),
    in::number("valid_minutes", "How long it lives from now on; it never ends sooner than it would have")
        .between(15, 1'440),
    in::number("max_uploads", "How many files, or uses, in all; never less than before").between(1, 1'000),
    in::number("max_uses", "The same, for an update token").between(1, 1'000),
};

// A file that is on its way, of token/show.
constexpr Property kFile[] = {
    out::text("resumableIdentifier"), out::text("original_filename"),     out::number("total_bytes"),
    out::number("received_bytes"),    out::number("creation_date_epoch"),
};

#define STILE_TOKEN_PROPERTIES                                                                                        \
  out::text("token"), out::one_of("kind", "upload replace update"),                                                   \
      out::one_of("state", "waiting uploading finished expired revoked"), out::id("user_id").or_null(),               \
      out::id("photo_id").or_null(), out::text("title"), out::text("return_url"), out::number("creation_date_epoch"), \
      out::number("valid_minutes"), out::number("valid_until"), out::number("max_uploads"),                           \
      out::number("files_finished"), out::number("files_under_way"), out::number("received_bytes"),                   \
      out::number("max_file_bytes").sometimes(), out::number("max_total_bytes").sometimes(),                          \
      out::text("accepted_types").sometimes(), out::text("allowed_origins").sometimes()
constexpr Property kListed[] = {STILE_TOKEN_PROPERTIES};
constexpr Property kShown[] = {STILE_TOKEN_PROPERTIES, out::objects("files", kFile)};
#undef STILE_TOKEN_PROPERTIES

using Data = Description::Data;
using Verb = Description::Verb;

constexpr Failure kNoToken{Code::invalid_upload_token, 404};

constexpr Description kLife[] = {
    {.name = "photo/get-update-token",
     .tag = "token",
     .verb = Verb::get,
     .summary = "Makes a token that anybody can change a photo with",
     .parameters = kGetUpdate,
     .data = kUpdateToken,
     .failures = {Code::no_such_photo}},
    {.name = "photo/redeem-update-token",
     .tag = "token",
     .summary = "Changes the photo of an update token",
     .remark = "A call that fails uses nothing.",
     .parameters = kRedeemUpdate,
     .takes_variables = true,
     .failures = {Code::invalid_upload_token, kNoToken, Code::invalid_album, Code::no_such_album, Code::no_such_photo}},
    {.name = "photo/update-upload-token",
     .tag = "token",
     .summary = "Changes what becomes of the files of an upload token",
     .remark = "Files that are still to come, on their way, or photos already. What is not given stays as it is. Works "
               "until the token expires or is revoked.",
     .parameters = kUpdateUploads,
     .failures = {Code::invalid_upload_token, kNoToken, Code::permission_denied, Code::invalid_album,
                  Code::no_such_album}},
    {.name = "token/extend",
     .tag = "token",
     .summary = "Lets a token live longer, or be used more often",
     .remark = "Also one that has expired or is used up, not one that was revoked.",
     .parameters = kExtend,
     .data = kShown,
     .failures = {Code::invalid_upload_token, kNoToken, Code::no_such_object}},
    {.name = "token/list",
     .tag = "token",
     .verb = Verb::get,
     .summary = "Lists the caller's tokens, or everybody's, newest first",
     .remark = "Everybody's from level admin on.",
     .parameters = kList,
     .shape = Data::pages,
     .data = kListed},
    {.name = "token/revoke",
     .tag = "token",
     .summary = "Ends a token for good, also for uploads under way",
     .parameters = kOne,
     .data = kShown,
     .failures = {Code::no_such_object}},
    {.name = "token/show",
     .tag = "token",
     .verb = Verb::get,
     .summary = "Shows a token with its files under way",
     .parameters = kOne,
     .data = kShown,
     .failures = {Code::no_such_object}},
};

}  // namespace

std::span<const Description> token_life_descriptions() { return kLife; }

}  // namespace stile::api
