// BlockPool: the bounded supply of buffers that uploads pass through. Memory for bodies is blocks × block size, whatever
// the number of connections and the size of files (invariant I8).
//
// Threads: any. A Block may be released on any thread. The pool must outlive its blocks.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "base/metrics.h"
#include "io/task.h"

namespace stile::io {

class BlockPool;

// One buffer, given back when destroyed.
class Block {
 public:
  Block() = default;
  Block(Block&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), data_(std::move(other.data_)) {}
  Block& operator=(Block&& other) noexcept;
  ~Block() { release(); }

  MutableBytes bytes() const;
  explicit operator bool() const { return pool_ != nullptr; }
  void release();

 private:
  friend BlockPool;
  Block(BlockPool& pool, std::unique_ptr<std::byte[]> data) : pool_(&pool), data_(std::move(data)) {}
  BlockPool* pool_ = nullptr;
  std::unique_ptr<std::byte[]> data_;
};

class BlockPool {
 public:
  BlockPool(std::size_t block_bytes, std::size_t max_blocks);
  ~BlockPool();  // CHECKs that every block is back
  BlockPool(const BlockPool&) = delete;

  // Waits, in order of arrival, until a block is free. Blocks are allocated when needed; as many as are in
  // use, and a few, are kept. Whoever holds a block must not ask for another: two such could wait for each other for ever.
  Task<Block> acquire();

  std::size_t block_bytes() const { return block_bytes_; }
  std::size_t max_blocks() const { return max_blocks_; }
  std::size_t in_use() const;
  std::size_t kept() const;                 // allocated, and not in use
  std::size_t waiting() const;              // tasks that wait for a block now
  const Counter& waits() const { return waits_; }  // how often one had to

 private:
  friend Block;
  void give_back(std::unique_ptr<std::byte[]> data);
  Block take_locked();

  const std::size_t block_bytes_;
  const std::size_t max_blocks_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<std::byte[]>> free_;
  std::size_t in_use_ = 0;
  Counter waits_;
  std::deque<std::move_only_function<void(Block)>> waiters_;
};

}  // namespace stile::io
