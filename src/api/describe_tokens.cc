// What the methods that make and change tokens take and answer.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kGet[] = {
    in::text("title", "Title of what will be uploaded; markup is removed").up_to(1'000),
    in::text("description", "Its description; a safe subset of HTML is kept").up_to(20'000),
    in::text("tags", "Its tags, separated by spaces; one of several words in double quotes").up_to(4'000),
    in::ids("album_id", "The albums it goes into").up_to(2'000),
    in::flag("publish", "Whether everybody sees it").otherwise("true"),
    in::date("publish_date", "When it will be published; a date to come leaves it unpublished until then").v2_only(),
    in::text("absolute_url", "Its canonical address: an http or https URL, or a path").up_to(2'000),
    in::id("user_id", "Whose it will be; listened to at level super only"),
    in::text("return_url", "Where the browser goes afterwards, or what Stile calls: an http or https URL").up_to(8'000),
    in::flag("background_return_p", "Whether Stile calls return_url itself").otherwise("false"),
    in::number("max_uploads", "How many files may be uploaded; v1 at most 100").otherwise("1").between(1, 1'000),
    in::number("valid_minutes", "How long the token lives").otherwise("180").between(15, 1'440),
    in::number("max_file_bytes", "Largest file"),
    in::number("max_total_bytes", "All files together"),
    in::text("accepted_types", "Types of files, such as image/jpeg or video/*, separated by commas").up_to(4'000),
    in::text("allowed_origins", "Origins of pages that may use it, separated by commas").up_to(4'000),
};
constexpr Property kToken[] = {
    out::text("description"),
    out::number("valid_minutes"),
    out::any("album_id").or_null(),
    out::number("max_uploads"),
    out::text("tags"),
    out::one_of("publish", "t f"),
    out::text("absolute_url"),
    out::text("return_url"),
    out::text("title"),
    out::id("user_id").or_null(),
    out::number("valid_until"),
    out::text("publish_date"),
    out::text("upload_token"),
    out::flag("background_return_p"),
    out::text("token_tags"),
    out::flag("crossposted_p"),
    out::number("max_file_bytes").sometimes(),
    out::number("max_total_bytes").sometimes(),
    out::text("accepted_types").sometimes(),
    out::text("allowed_origins").sometimes(),
};

using Extras = Description::Extras;
using Verb = Description::Verb;

constexpr Description kTokens[] = {
    {.name = "photo/get-upload-token",
     .tag = "token",
     .verb = Verb::get,
     .summary = "Makes a token that anybody can upload with",
     .remark = "Any other parameter is remembered and repeated in the callback.",
     .parameters = kGet,
     .takes_variables = true,
     .extras = Extras::kept,
     .data = kToken,
     .failures = {Code::invalid_album, Code::no_such_album}},
};

}  // namespace

std::span<const Description> token_descriptions() { return kTokens; }

}  // namespace stile::api
