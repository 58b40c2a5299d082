// Micro benchmarks of api/ and auth/: a signed request, and a page of photo/list written in every format.
#include <benchmark/benchmark.h>

#include <string>

#include "api/envelope.h"
#include "api/photo_item.h"
#include "auth/oauth.h"

namespace {

using namespace stile;
using namespace stile::api;

const std::string kSecret = "u5pHMUpV8wB7LxwieAnrexE8CkzoZTVs6G626KKqfPVqFp0TxT";
const std::string kTokenSecret = "83x7n5rR2eT1IV0zLNptvxxy1R3WFptGozka38tDtLZmSDYboW";

// The published example of the interface.
Params signed_params() {
  return {{"format", "xml"},
          {"oauth_consumer_key", "571156-cuQla8tP5tzjf70znIwS"},
          {"oauth_nonce", "a666b90c2339a866c8ed405e3e2821c3"},
          {"oauth_signature", "R6etDqoM8JLzuXK+3BiVeXCEqRQ="},
          {"oauth_signature_method", "HMAC-SHA1"},
          {"oauth_timestamp", "1267547771"},
          {"oauth_version", "1.0"},
          {"oauth_token", "3-gnS3NKP74AzcJsvbFi3Z"}};
}

enum class Signature { good, bad };

// A bad one is tried against every text that the client may have meant.
void verify_oauth(benchmark::State& state, Signature signature) {
  const Params params = signed_params();
  const auth::SignedRequest request{"POST", "/api/photo/list", {"v.23video.com"}};
  const auth::OAuthSecrets secrets{signature == Signature::good ? kSecret : "another", kTokenSecret};
  for (auto _ : state) {
    const auto claim = auth::read_oauth(std::nullopt, params);
    if (!claim || !*claim) return state.SkipWithError("nothing was claimed");
    if (auth::signature_fits(**claim, request, secrets) != (signature == Signature::good))
      return state.SkipWithError("the signature was judged wrongly");
  }
  state.SetItemsProcessed(state.iterations());
}

catalog::Listing<catalog::ListedPhoto> photos(std::int64_t count) {
  catalog::Listing<catalog::ListedPhoto> listing;
  for (std::int64_t i = 1; i <= count; ++i) {
    catalog::ListedPhoto item;
    item.photo.photo_id = item.photo.file_id = 1'000'000 + i;
    item.photo.tree_id = 97'531;
    item.photo.token = "0123456789abcdef0123456789abcdef";
    item.photo.user_id = 7;
    item.photo.metadata.title = "A walk & a \"talk\" in Århus, part " + std::to_string(i);
    item.photo.metadata.description = "<p>Two people walk along the harbour &amp; talk about <b>boats</b>.</p>";
    item.photo.metadata.tags = "harbour walk \"two words\" boats";
    item.photo.file_name = "film.mp4";
    item.photo.content_type = "video/mp4";
    item.photo.size = 123'456'789;
    item.photo.created_at = WallTime{Seconds{1'700'000'000 + i}};
    item.albums = {{.album_id = 3, .position = 1, .title = "Summer"}};
    item.user = {.username = "someone", .name = "Some One"};
    listing.items.push_back(std::move(item));
  }
  listing.total = 1'000'000;
  return listing;
}

// From what the catalog answered to the bytes of the reply.
void write_list(benchmark::State& state, Generation generation, const Params& wanted) {
  const auto listing = photos(state.range(0));
  const auto format = Format::from(wanted, generation);
  if (!format) return state.SkipWithError("the format was refused");
  const Call call{.generation = generation, .endpoint = "/api/photo/list", .params = wanted, .caller = {}, .now = {}};
  Site site;
  site.public_url = "https://videos.example.com";
  site.domain = site.secure_domain = "videos.example.com";
  const PhotoView view{.may_read = true, .site_url = site.public_url};
  std::size_t bytes = 0;
  for (auto _ : state) {
    List list{.name = "photo", .plural = "photos", .items = {}, .page = Page{}, .total_count = listing.total};
    for (const catalog::ListedPhoto& item : listing.items) list.items.push_back(photo_object(item, *format, view));
    const http::Reply reply = ok_reply(call, *format, site, Answer{.payload = std::move(list)});
    bytes += reply.body.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK_CAPTURE(verify_oauth, good, Signature::good);
BENCHMARK_CAPTURE(verify_oauth, bad, Signature::bad);
BENCHMARK_CAPTURE(write_list, v1_xml, Generation::v1, Params())->Arg(20)->Arg(100)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(write_list, v1_json, Generation::v1, Params({{"format", "json"}}))
    ->Arg(20)
    ->Arg(100)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(write_list, v2_json, Generation::v2, Params())->Arg(20)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
