#include "engine/token_watch.h"

namespace stile::engine {

namespace {

constexpr std::size_t kBatch = 1'000;

}  // namespace

io::Task<Result<void>> TokenWatch::begin() {
  auto last = co_await tokens_.last_token_news();
  if (!last) co_return fail(std::move(last).error());
  last_ = *last;
  co_return Result<void>{};
}

io::Task<Result<void>> TokenWatch::look() {
  for (;;) {
    auto news = co_await tokens_.token_news(last_, kBatch);
    if (!news) co_return fail(std::move(news).error());
    if (news->empty()) co_return Result<void>{};
    // Numbers are given without gaps, so one that is missing was forgotten before it was read.
    if (news->front().news_id != last_ + 1) engine_.all_tokens_changed();
    for (const catalog::TokenNews& each : *news) engine_.token_changed(each.token);
    last_ = news->back().news_id;
    if (news->size() < kBatch) co_return Result<void>{};
  }
}

}  // namespace stile::engine
