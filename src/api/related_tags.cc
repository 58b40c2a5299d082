// tag/related.
#include "api/envelope.h"
#include "api/tag_methods.h"
#include "base/tag_list.h"
#include "base/text.h"

namespace stile::api {

io::Task<http::Reply> related_tags(Call call, Format format, const Services& services) {
  constexpr std::size_t kMaxRelated = 100;
  ParameterReader reader(call.params);
  const std::string tag(trim(reader.text("tag", kMaxTagBytes)));
  if (tag.empty()) reader.complain(Code::invalid_input, "tag is required");
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto there = co_await services.library.has_tag(tag);
  if (!there) co_return error_reply(call, format, services.trouble(call, there.error()));
  if (!*there) co_return error_reply(call, format, problem(Code::no_such_tag));
  const auto related = co_await services.library.related_tags(tag, kMaxRelated);
  if (!related) co_return error_reply(call, format, services.trouble(call, related.error()));
  List list{.name = "relatedtag",
            .plural = "relatedtags",
            .items = {},
            .page = std::nullopt,
            .total_count = static_cast<std::int64_t>(related->size())};
  for (const catalog::TagCount& each : *related) {
    Object object;
    object.text("tag", each.tag).text("url", tag_url(each.tag));
    list.items.push_back(std::move(object));
  }
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
