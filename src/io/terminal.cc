#include "io/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>

namespace stile::io {
namespace {

constexpr char kInterrupt = 3;  // Ctrl-C

// The terminal without echo; as it was before once this goes. Signals that would end the process in between are held
// back, so that nobody is left with a terminal that shows nothing.
class SilentTerminal {
 public:
  SilentTerminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0) return;
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&held, signal);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_mask_);
    known_ = ::tcgetattr(fd_, &before_) == 0;
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    silent.c_lflag |= ECHONL | ICANON;
    silent.c_cc[VEOL] = kInterrupt;  // ends the line like Enter does, and is read as what it is
    ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (fd_ < 0) return;
    if (known_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    ::pthread_sigmask(SIG_SETMASK, &before_mask_, nullptr);
    ::close(fd_);
  }
  SilentTerminal(const SilentTerminal&) = delete;

  bool works() const { return fd_ >= 0 && known_; }
  void write(const std::string& text) const { (void)!::write(fd_, text.data(), text.size()); }
  Result<std::string> read_line(std::size_t max_bytes) const {
    std::string line;
    for (;;) {
      char c = 0;
      if (::read(fd_, &c, 1) != 1 || c == kInterrupt) return fail(Errc::closed, "Nothing was typed");
      if (c == '\n') return line;
      if (line.size() == max_bytes) return fail(Errc::limit, "That is too long");
      line.push_back(c);
    }
  }

 private:
  const int fd_;
  bool known_ = false;
  termios before_{};
  sigset_t before_mask_{};
};

}  // namespace

bool errors_go_to_a_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool has_terminal() {
  const int fd = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  ::close(fd);
  return true;
}

Result<std::string> ask_secret_blocking(const std::string& prompt, std::size_t max_bytes) {
  const SilentTerminal terminal;
  if (!terminal.works()) return fail(Errc::not_found, "There is no terminal to ask at");
  terminal.write(prompt);
  return terminal.read_line(max_bytes);
}

}  // namespace stile::io
