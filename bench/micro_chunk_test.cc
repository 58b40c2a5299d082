// Micro benchmarks of the chunk test, the request that Resumable.js makes before every chunk: the decision alone, and
// all of it but the socket.
#include <benchmark/benchmark.h>

#include <string>

#include "api/gateway_rig.h"
#include "base/text.h"
#include "dialects/resumable.h"

namespace {

using namespace stile;
using engine::EngineRig;

constexpr std::uint64_t kChunk = 1000;
constexpr std::uint64_t kChunks = 500;
constexpr std::size_t kPipelined = 100;

std::string query_of(std::uint64_t number) {
  return "resumableChunkNumber=" + std::to_string(number) + "&resumableChunkSize=" + std::to_string(kChunk) +
         "&resumableCurrentChunkSize=" + std::to_string(kChunk) +
         "&resumableTotalSize=" + std::to_string(kChunk * kChunks) +
         "&resumableType=image%2Fjpeg&resumableIdentifier=file&resumableFilename=file.jpg"
         "&resumableRelativePath=file.jpg&resumableTotalChunks=500&upload_token=T";
}

// From the text of the query to "there" or "send it".
io::Task<bool> is_there(engine::Engine& engine, const std::string& query) {
  const auto fields = parse_form(query, 100);
  CHECK(fields.has_value());
  const auto chunk = dialects::read_chunk(*fields, {});
  CHECK(chunk.has_value());
  const auto upload =
      co_await engine.find({std::string(fields->get_or("upload_token", "")), chunk->identifier, chunk->total_size});
  co_return upload&& engine.may_go_on(*upload) && engine.has(*upload, chunk->range);
}

void decide_chunk_test(benchmark::State& state) {
  EngineRig rig;
  rig.add_token(1, Seconds{3600}, "T");
  const auto upload = rig.run(rig.engine->open(EngineRig::request(kChunk * kChunks, "file", "T")));
  CHECK(upload.has_value());
  CHECK(rig.write(*upload, engine::picture(kChunk * kChunks), {0, kChunk}).has_value());
  const std::string stored = query_of(1), missing = query_of(2);
  for (auto _ : state) {
    if (!rig.run(is_there(*rig.engine, stored))) return state.SkipWithError("a stored chunk is missing");
    if (rig.run(is_there(*rig.engine, missing))) return state.SkipWithError("a chunk is there that never came");
  }
  state.SetItemsProcessed(2 * state.iterations());
}

std::string get(std::uint64_t number) {
  return "GET /api/photo/redeem-upload-token?" + query_of(number) +
         " HTTP/1.1\r\nHost: videos.example.com\r\nOrigin: https://www.example.com\r\nAccept: */*\r\n\r\n";
}

// Bytes in, bytes out: head, routes, decision, reply, all but the kernel.
void answer_chunk_test(benchmark::State& state) {
  api::GatewayRig rig;
  rig.add_token(api::test_token());
  const auto upload = rig.parts.run(rig.engine.open(EngineRig::request(kChunk * kChunks, "file", "T")));
  CHECK(upload.has_value());
  std::string requests;
  for (std::size_t i = 0; i < kPipelined; ++i) requests += get(2 + i);
  for (auto _ : state) {
    rig.statuses.clear();
    benchmark::DoNotOptimize(rig.talk(requests));
    if (rig.statuses != std::vector<int>(kPipelined, 204)) return state.SkipWithError("another answer than 204");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kPipelined));
}

BENCHMARK(decide_chunk_test)->Unit(benchmark::kMicrosecond);
BENCHMARK(answer_chunk_test)->Unit(benchmark::kMicrosecond);

}  // namespace
