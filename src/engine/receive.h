// receive: pulls a source dry, block by block, and hands every block to a sink on a pool.
//
//   home:  wait → read until the block is full          (slow sources: many waits, few blocks)
//   pool:  sink(block) → take what is there → sink …    (fast sources: one thread, no switches, until the source runs dry)
//
// Memory: one block, none while nothing arrives (invariant I8): what a slow source has put into its block is written out a
// moment after its first byte, full or not, so that no number of slow sources can keep the blocks from the others.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/block_pool.h"
#include "io/byte_source.h"
#include "io/thread_pool.h"

namespace stile::engine {

enum class Piece { middle, last };
enum class Flow { running, silent };

struct Receiver {
  Receiver(io::BlockPool& block_pool, io::ThreadPool& disk_pool, const Clock& time)
      : blocks(block_pool), disk(disk_pool), clock(time) {}

  io::BlockPool& blocks;
  io::ThreadPool& disk;
  const Clock& clock;
  // More than this many bytes fail with `over_limit`.
  std::uint64_t limit = 0;
  Errc over_limit = Errc::wrong_length;
  // Asked before each block and when the source was interrupted, on the home or on the pool, never on both at once; true
  // ends with Errc::interrupted.
  std::function<bool()> must_stop;
  // Asked likewise before each block, and when nothing has come for a while; a failure ends with it.
  std::function<Result<void>(std::uint64_t received, Flow flow)> may_go_on;
  // Called on the pool with the first min(head_bytes, all) bytes, before the sink sees any.
  std::size_t head_bytes = 0;
  std::function<Result<void>(Bytes head, bool whole)> on_head;
  // Called on the pool, in order, one call at a time. Piece::last comes exactly once if anything was received, perhaps
  // with no bytes.
  std::function<Result<void>(std::uint64_t offset, Bytes bytes, Piece piece)> sink;
};

// Returns how many bytes came. Fails with the source's, the sink's or the head's error; then sinks have ended too.
io::Task<Result<std::uint64_t>> receive(io::ByteSource& source, const Receiver& how);

}  // namespace stile::engine
