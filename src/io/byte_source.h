// ByteSource: bytes that somebody pulls. The pace is the puller's; the kernel's window does the rest.
#pragma once

#include <cstddef>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/task.h"

namespace stile::io {

enum class Readiness {
  ready,        // a read would not wait: bytes, the end or an error are there
  not_yet,      // the time ran out
  interrupted,  // somebody called interrupt(); consumed by this answer
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Puts at least one and at most into.size() bytes at the start of `into` and returns how many; 0 means the end, and
  // goes on meaning it. `into` holds at least min_read() bytes. May write scratch bytes anywhere in `into`.
  // Errors: truncated (the peer left in the middle), timed_out, limit, invalid_input (broken framing).
  virtual Task<Result<std::size_t>> read(MutableBytes into) = 0;

  // Waits without holding a buffer until read() has something to say, so that an idle upload costs no block (I8).
  virtual Task<Readiness> wait_readable(Milliseconds at_most) = 0;

  // At home, before a pool is let at this source: until the next read or wait, what comes shall wake nobody here.
  virtual void lend() {}

  // Puts what is there right now into `into`, without waiting: nullopt when read() would have to, or when this source
  // cannot tell. Otherwise as read(). Threads: the home, or a pool while the home awaits its job.
  virtual Result<std::optional<std::size_t>> try_read(MutableBytes) { return std::nullopt; }
  // For a pool: blocks the calling thread until try_read() has something, but not for long. False when nothing came, or when only
  // read() can get on.
  virtual bool wait_blocking(Milliseconds) { return false; }

  // The smallest buffer that read() can work with. Constant for one source.
  virtual std::size_t min_read() const { return 1; }

  // True when it is already known that read() will say 0. May be false although the end is next.
  virtual bool at_end() const { return false; }
};

}  // namespace stile::io
