// Runs one fuzz target over its seeds and over simple mutations of them, without a fuzzer.
//
// Usage: <target> CORPUS_DIR [SEED]. The seed of the mutations is printed; a failure names the input it happened on.
// With a given seed there is no time limit, so that every failure comes back.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutations = 20'000;  // of all seeds together
constexpr std::chrono::seconds kTimeLimit{5};
constexpr std::size_t kMaxInput = 64 * 1024;

char g_current[512];  // what is being run, for the signal handler

extern "C" void say_where(int signal) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, g_current, std::strlen(g_current));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::string mutate(std::string input, const std::vector<std::string>& seeds, std::mt19937_64& engine) {
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(engine() % bound); };
  for (std::size_t left = 1 + below(4); left > 0; --left) {
    const std::size_t at = below(input.size() + 1), length = below(std::min<std::size_t>(input.size() - at, 16) + 1);
    switch (below(7)) {
      case 0: input.erase(at, length); break;
      case 1: input.insert(at, input.substr(at, length)); break;
      case 2: input.insert(at, 1, static_cast<char>(engine())); break;
      case 3:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 4: input.insert(at, 1, "\r\n\t :;=\"%-&+\\\0"[below(14)]); break;
      case 5: input.resize(at); break;
      case 6: {
        const std::string& other = seeds[below(seeds.size())];
        const std::size_t from = below(other.size() + 1);
        input.insert(at, other.substr(from, below(64)));
        break;
      }
    }
  }
  if (input.size() > kMaxInput) input.resize(kMaxInput);
  return input;
}

void run(const std::string& input) {
  // An allocation of the exact size lets the address sanitizer see a read beyond the end.
  std::vector<std::uint8_t> exact(input.begin(), input.end());
  exact.shrink_to_fit();
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIR [SEED]\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s holds no seeds\n", argv[1]);
    return 2;
  }
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::printf("%zu seeds, mutations with seed %llu\n", seeds.size(), static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, say_where);

  std::snprintf(g_current, sizeof g_current, "on the empty input\n");
  run({});
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::snprintf(g_current, sizeof g_current, "on %s\n", paths[i].c_str());
    run(seeds[i]);
  }
  std::mt19937_64 engine(seed);
  const auto deadline = std::chrono::steady_clock::now() + kTimeLimit;
  int done = 0;
  for (; done < kMutations && (argc > 2 || std::chrono::steady_clock::now() < deadline); ++done) {
    const std::size_t i = static_cast<std::size_t>(done) % seeds.size();
    std::snprintf(g_current, sizeof g_current, "on a mutation of %s, number %d of seed %llu\n", paths[i].c_str(), done,
                  static_cast<unsigned long long>(seed));
    run(mutate(seeds[i], seeds, engine));
  }
  std::printf("%d mutations\n", done);
  return 0;
}
