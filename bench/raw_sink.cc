// raw_sink: the floor under every upload server. Reads only as much of HTTP as it must, then recv into one block and
// pwrite at the chunk's offset into a preallocated file; no storage of names, no checks, no answer but 200.
//
//   raw_sink FILE TOTAL_BYTES [BLOCK_BYTES]
//
// Prints `listening on http://127.0.0.1:PORT` and ends with SIGTERM. One thread per connection, which is the cheapest
// way when there are few. Loopback only, trusted clients only.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kMaxHead = 16 * 1024;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

// The decimal number behind `name` in `text`, 0 when it is not there.
std::uint64_t number_after(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  return at == std::string_view::npos ? 0 : std::strtoull(text.data() + at + name.size(), nullptr, 10);
}

void write_whole(int file, const char* data, std::size_t size, std::uint64_t offset) {
  while (size > 0) {
    const ssize_t wrote = ::pwrite(file, data, size, static_cast<off_t>(offset));
    if (wrote <= 0) die("pwrite");
    data += wrote;
    size -= static_cast<std::size_t>(wrote);
    offset += static_cast<std::uint64_t>(wrote);
  }
}

// One connection until its peer closes it.
void serve(int connection, int file, std::size_t block_bytes) {
  const auto block = std::make_unique_for_overwrite<char[]>(block_bytes);
  std::string head;  // the bytes of the next request that have come, up to and perhaps beyond its head's end
  for (;;) {
    std::size_t head_end;
    while ((head_end = head.find("\r\n\r\n")) == std::string::npos && head.size() < kMaxHead) {
      char piece[1024];
      const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
      if (got <= 0) break;
      head.append(piece, static_cast<std::size_t>(got));
    }
    if (head_end == std::string::npos) break;
    const std::uint64_t length = number_after(std::string_view(head).substr(0, head_end), "Content-Length: ");
    const std::uint64_t number = std::max<std::uint64_t>(number_after(head, "resumableChunkNumber="), 1);
    std::uint64_t offset = (number - 1) * number_after(head, "resumableChunkSize=");

    // What came with the head goes to the front of the block.
    std::size_t filled = std::min<std::uint64_t>(head.size() - (head_end + 4), length);
    std::memcpy(block.get(), head.data() + head_end + 4, filled);
    head.erase(0, head_end + 4 + filled);
    for (std::uint64_t left = length; left > 0;) {
      const std::size_t want = std::min<std::uint64_t>(block_bytes, left);
      while (filled < want) {
        const ssize_t got = ::recv(connection, block.get() + filled, want - filled, 0);
        if (got <= 0) die("recv");
        filled += static_cast<std::size_t>(got);
      }
      write_whole(file, block.get(), filled, offset);
      offset += filled;
      left -= filled;
      filled = 0;
    }
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    if (::send(connection, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) die("send");
  }
  ::close(connection);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: raw_sink FILE TOTAL_BYTES [BLOCK_BYTES]\n");
    return 2;
  }
  const std::size_t block_bytes = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 256 * 1024;
  const int file = ::open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) die("open");
  if (::fallocate(file, 0, 0, std::strtoll(argv[2], nullptr, 10)) != 0) die("fallocate");

  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) die("bind");
  if (::listen(listener, 128) != 0) die("listen");
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  for (;;) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) die("accept");
    std::thread(serve, connection, file, block_bytes).detach();  // ends with its connection; SIGTERM ends all
  }
}
