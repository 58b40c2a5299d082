// What tag/* takes and answers.
#include "api/description.h"

namespace stile::api {
namespace {

constexpr Parameter kList[] = {
    in::text("search", "Part of a tag").up_to(200),
    in::flag("reformat_tags_p", "Changes nothing: tags are shown as they were given").otherwise("false"),
    in::flag("exclude_machine_tags_p", "Without tags like namespace:name=value").otherwise("false"),
    in::one_of("orderby", "tag count", "The order"),
    in::one_of("order", "desc asc", "Its direction"),
};
constexpr Property kTag[] = {out::text("tag"), out::number("count"), out::text("url")};

constexpr Parameter kRelated[] = {in::text("tag", "The tag").required().up_to(200)};
constexpr Property kRelatedTag[] = {out::text("tag"), out::text("url")};

using Data = Description::Data;
using Verb = Description::Verb;

constexpr Description kTags[] = {
    {.name = "tag/list",
     .tag = "tag",
     .verb = Verb::get,
     .summary = "Lists the tags of published photos",
     .parameters = kList,
     .shape = Data::pages,
     .data = kTag},
    {.name = "tag/related",
     .tag = "tag",
     .verb = Verb::get,
     .summary = "Lists up to 100 tags that occur together with a tag",
     .parameters = kRelated,
     .shape = Data::list,
     .data = kRelatedTag,
     .failures = {Code::no_such_tag}},
};

}  // namespace

std::span<const Description> tag_descriptions() { return kTags; }

}  // namespace stile::api
