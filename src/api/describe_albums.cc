// What album/* takes and answers.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kCreate[] = {
    in::text("title", "Name of the album; markup is removed").required().up_to(1'000),
    in::text("description", "About the album; a safe subset of HTML is kept").up_to(20'000),
    in::flag("hide_p", "Whether only callers of level read see it").otherwise("false"),
    in::id("user_id", "Whose album it is; listened to at level super only"),
};
constexpr Property kCreated[] = {out::id("album_id"), out::text("token")};

constexpr Parameter kUpdate[] = {
    in::id("album_id", "The album").required(),
    in::text("title", "A new name").up_to(1'000),
    in::text("description", "A new description; an empty one removes it").up_to(20'000),
    in::flag("hide_p", "Whether only callers of level read see it"),
};

constexpr Parameter kDelete[] = {in::id("album_id", "The album; its photos stay").required()};

constexpr Parameter kList[] = {
    in::id("album_id", "Only this album"),
    in::text("user_id", "Only albums of this user; `me` is the caller").up_to(20),
    in::id("photo_id", "Only albums that hold this photo"),
    in::text("token", "The album's own token, with album_id: opens it to callers of any level").up_to(200),
    in::text("search", "Words of titles and descriptions").up_to(500),
    in::flag("include_hidden_p", "Hidden ones too, from level read").otherwise("false"),
    in::one_of("orderby", "creation_date sortkey title editing_date live_create", "The order"),
    in::one_of("order", "desc asc", "Its direction"),
};
constexpr Property kAlbum[] = {
    out::id("album_id"),
    out::text("title"),
    out::text("pretty_date"),
    out::text("pretty_time"),
    out::text("one"),
    out::text("creation_date_ansi"),
    out::id("user_id").or_null(),
    out::text("display_name"),
    out::text("user_url"),
    out::text("username"),
    out::text("token").sometimes(),
    out::flag("hide_p").sometimes(),
    out::text("content"),
    out::text("content_text"),
};

using Data = Description::Data;
using Verb = Description::Verb;

constexpr Description kAlbums[] = {
    {.name = "album/create", .tag = "album", .summary = "Makes an album", .parameters = kCreate, .data = kCreated},
    {.name = "album/delete",
     .tag = "album",
     .summary = "Removes an album, not its photos",
     .parameters = kDelete,
     .failures = {Code::no_such_album}},
    {.name = "album/list",
     .tag = "album",
     .verb = Verb::get,
     .summary = "Lists albums",
     .remark = "`token` and `hide_p` of an album are shown from level read.",
     .parameters = kList,
     .shape = Data::pages,
     .data = kAlbum,
     .failures = {Code::invalid_album_token, Code::token_required, Code::permission_denied}},
    {.name = "album/update",
     .tag = "album",
     .summary = "Changes an album",
     .remark = "What is not given stays as it is.",
     .parameters = kUpdate,
     .failures = {Code::no_such_album}},
};

}  // namespace

std::span<const Description> album_descriptions() { return kAlbums; }

}  // namespace stile::api
