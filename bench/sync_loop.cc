// sync_loop: the floor under durable uploads, without any network. Each of THREADS threads writes its own preallocated
// file in blocks, and syncs the file's data after each.
//
//   sync_loop DIRECTORY THREADS BYTES_PER_FILE BLOCK_BYTES
//
// Prints one JSON object: blocks, wall and CPU seconds, the times from a block's write to its sync.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

int prepare(const std::string& path, std::uint64_t size) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) die("open");
  if (::fallocate(file, 0, 0, static_cast<off_t>(size)) != 0) die("fallocate");
  if (::fsync(file) != 0) die("fsync");
  return file;
}

void write_and_sync(int file, std::uint64_t size, const std::string& block, std::vector<std::uint32_t>& micros) {
  for (std::uint64_t at = 0; at < size; at += block.size()) {
    const auto start = Clock::now();
    for (std::size_t done = 0; done < block.size();) {
      const ssize_t wrote = ::pwrite(file, block.data() + done, block.size() - done, static_cast<off_t>(at + done));
      if (wrote <= 0) die("pwrite");
      done += static_cast<std::size_t>(wrote);
    }
    if (::fdatasync(file) != 0) die("fdatasync");
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
    micros.push_back(static_cast<std::uint32_t>(took.count()));
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: sync_loop DIRECTORY THREADS BYTES_PER_FILE BLOCK_BYTES\n");
    return 2;
  }
  const std::string directory = argv[1];
  const std::size_t count = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t size = std::strtoull(argv[3], nullptr, 10);
  const std::size_t block_bytes = std::strtoull(argv[4], nullptr, 10);
  if (count == 0 || block_bytes == 0 || size == 0 || size % block_bytes != 0) {
    std::fprintf(stderr, "sync_loop: a file has whole blocks, and at least one\n");
    return 2;
  }
  std::string block(block_bytes, '\0');
  std::mt19937 random(7);
  std::ranges::generate(block, [&] { return static_cast<char>(random()); });

  std::vector<int> files;
  for (std::size_t i = 0; i < count; ++i) files.push_back(prepare(directory + "/" + std::to_string(i), size));
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  std::vector<std::vector<std::uint32_t>> of_thread(count);
  const auto start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&, i] { write_and_sync(files[i], size, block, of_thread[i]); });
  }
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  ::getrusage(RUSAGE_SELF, &after);

  std::vector<std::uint32_t> micros;
  for (const auto& one : of_thread) micros.insert(micros.end(), one.begin(), one.end());
  std::ranges::sort(micros);
  const auto at = [&](double share) {
    return micros[static_cast<std::size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  std::printf(
      "{\"requests\": %zu, \"wall_s\": %.4f, \"user_s\": %.4f, \"system_s\": %.4f, \"p50_us\": %u, \"p90_us\": %u, "
      "\"p99_us\": %u, \"max_us\": %u}\n",
      micros.size(), wall, seconds(after.ru_utime) - seconds(before.ru_utime),
      seconds(after.ru_stime) - seconds(before.ru_stime), at(0.5), at(0.9), at(0.99), at(1));
  return 0;
}
