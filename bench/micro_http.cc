// Micro benchmarks of http/: request heads, and the scan for the boundary at its easiest and at its hardest.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/head.h"
#include "http/multipart.h"

namespace {

using namespace stile;
using http::MultipartParser;

constexpr std::string_view kBoundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
constexpr std::size_t kWindow = 256 * kKiB;  // what the server reads at once
constexpr std::size_t kPayload = 8 * kMiB;

// What Chromium sends before a chunk of Resumable.js.
std::string browser_head() {
  return "POST /api/photo/redeem-upload-token?resumableChunkNumber=3&resumableChunkSize=8388608"
         "&resumableCurrentChunkSize=8388608&resumableTotalSize=1073741824&resumableType=video%2Fmp4"
         "&resumableIdentifier=1073741824-filmmp4&resumableFilename=film.mp4&resumableRelativePath=film.mp4"
         "&resumableTotalChunks=128&upload_token=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01 "
         "HTTP/1.1\r\nHost: videos.example.com\r\nConnection: keep-alive\r\nContent-Length: 8389713\r\n"
         "Pragma: no-cache\r\nCache-Control: no-cache\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
         "Safari/537.36\r\nContent-Type: multipart/form-data; boundary=" +
         std::string(kBoundary) +
         "\r\nAccept: */*\r\nOrigin: https://www.example.com\r\nReferer: https://www.example.com/upload\r\n"
         "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9,da;q=0.8\r\n\r\n";
}

// `piece`: how many bytes come at a time; 0: all at once.
void parse_head(benchmark::State& state, const std::string& text, std::size_t piece) {
  http::HeadParser parser{http::HeadLimits()};
  const std::size_t step = piece == 0 ? text.size() : piece;
  for (auto _ : state) {
    bool done = false;
    for (std::size_t at = 0; at < text.size(); at += step) {
      const auto progress = parser.feed(as_bytes(std::string_view(text).substr(at, step)));
      if (!progress) return state.SkipWithError("the head was refused");
      done = progress->done;
    }
    if (!done) return state.SkipWithError("the head has no end");
    benchmark::DoNotOptimize(parser.take());
    parser.reset();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

std::string noise() {
  std::string bytes(kPayload, '\0');
  SeededRandom(7).fill(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

std::string repeated(std::string_view pattern) {
  std::string bytes;
  bytes.reserve(kPayload + pattern.size());
  while (bytes.size() < kPayload) bytes += pattern;
  bytes.resize(kPayload);
  return bytes;
}

// A delimiter in all but the last byte but one.
std::string almost_delimiter() {
  std::string text = "\r\n--" + std::string(kBoundary);
  text[text.size() - 2] = '!';
  return text;
}

// One form with one file, through windows like those of a connection.
void scan_multipart(benchmark::State& state, const std::string& payload) {
  const std::string delimiter = "--" + std::string(kBoundary);
  const std::string body = delimiter + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n" +
                           "Content-Type: video/mp4\r\n\r\n" + payload + "\r\n" + delimiter + "--\r\n";
  for (auto _ : state) {
    MultipartParser parser(kBoundary);
    std::size_t begin = 0, end = 0, seen = 0;
    for (bool done = false; !done;) {
      const auto step = parser.step(as_bytes(std::string_view(body).substr(begin, end - begin)));
      if (!step) return state.SkipWithError("the form was refused");
      begin += step->consumed;
      seen += step->payload.size();
      done = step->event == MultipartParser::Event::done;
      if (step->event == MultipartParser::Event::need_more) {
        if (end == body.size()) return state.SkipWithError("the form has no end");
        end = std::min(begin + kWindow, body.size());
      }
    }
    if (seen != payload.size()) return state.SkipWithError("the payload came out with another length");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

BENCHMARK_CAPTURE(parse_head, curl,
                  "GET /api/2/photo/list?size=20 HTTP/1.1\r\nHost: videos.example.com\r\n"
                  "User-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
                  0);
BENCHMARK_CAPTURE(parse_head, browser, browser_head(), 0);
BENCHMARK_CAPTURE(parse_head, browser_in_pieces_of_100, browser_head(), 100);
BENCHMARK_CAPTURE(scan_multipart, noise, noise());
BENCHMARK_CAPTURE(scan_multipart, zeros, std::string(kPayload, '\0'));
BENCHMARK_CAPTURE(scan_multipart, line_ends, repeated("\r\n"));
BENCHMARK_CAPTURE(scan_multipart, dashes, repeated("\r\n--"));
BENCHMARK_CAPTURE(scan_multipart, almost_delimiters, repeated(almost_delimiter()));

}  // namespace
