// tag/list.
#include "api/envelope.h"
#include "api/tag_methods.h"
#include "base/tag_list.h"
#include "base/text.h"

namespace stile::api {

std::string tag_url(const std::string& tag) { return "/tag/" + percent_encode(tag); }

io::Task<http::Reply> list_tags(Call call, Format format, const Services& services) {
  ParameterReader reader(call.params);
  catalog::TagQuery query;
  query.search = trim(reader.text("search", kMaxTagBytes));
  query.exclude_machine_tags = reader.flag("exclude_machine_tags_p", false);
  (void)reader.flag("reformat_tags_p", false);  // tags are shown as they were given either way
  query.order = reader.choice("orderby", {"tag", "count"}) == "count" ? catalog::TagOrder::count : catalog::TagOrder::tag;
  query.direction = reader.direction();
  const Page page = reader.page();
  query.offset = offset_of(page);
  query.limit = page.size;
  if (reader.problem()) co_return error_reply(call, format, *reader.problem());
  const auto listing = co_await services.library.list_tags(std::move(query));
  if (!listing) co_return error_reply(call, format, services.trouble(call, listing.error()));
  List list{.name = "tag", .plural = "tags", .items = {}, .page = page, .total_count = listing->total};
  for (const catalog::TagCount& tag : listing->items) {
    Object object;
    object.text("tag", tag.tag).number("count", tag.count).text("url", tag_url(tag.tag));
    list.items.push_back(std::move(object));
  }
  co_return ok_reply(call, format, services.site, Answer{.payload = std::move(list)});
}

}  // namespace stile::api
