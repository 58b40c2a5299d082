#include "io/block_pool.h"

#include "base/check.h"

namespace stile::io {
namespace {

constexpr std::size_t kSpare = 8;  // blocks that are kept although fewer are in use

}  // namespace

Block& Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    data_ = std::move(other.data_);
  }
  return *this;
}

MutableBytes Block::bytes() const {
  return pool_ == nullptr ? MutableBytes() : MutableBytes(data_.get(), pool_->block_bytes());
}

void Block::release() {
  if (pool_ == nullptr) return;
  BlockPool* pool = std::exchange(pool_, nullptr);
  pool->give_back(std::move(data_));
}

BlockPool::BlockPool(std::size_t block_bytes, std::size_t max_blocks)
    : block_bytes_(block_bytes), max_blocks_(max_blocks) {}

BlockPool::~BlockPool() { CHECK(in_use_ == 0); }

Block BlockPool::take_locked() {
  std::unique_ptr<std::byte[]> data;
  if (free_.empty()) {
    data = std::make_unique_for_overwrite<std::byte[]>(block_bytes_);  // may throw: nothing has been counted yet
  } else {
    data = std::move(free_.back());  // the warmest one
    free_.pop_back();
  }
  ++in_use_;
  return Block(*this, std::move(data));
}

Task<Block> BlockPool::acquire() {
  {
    std::lock_guard lock(mutex_);
    if (in_use_ < max_blocks_) co_return take_locked();
  }
  co_return co_await from_callback<Block>([this](auto resume) {
    std::unique_lock lock(mutex_);
    if (in_use_ < max_blocks_) {
      Block block = take_locked();
      lock.unlock();
      resume(std::move(block));
    } else {
      waits_.add();
      waiters_.push_back([resume = std::move(resume)](Block block) mutable { resume(std::move(block)); });
    }
  });
}

void BlockPool::give_back(std::unique_ptr<std::byte[]> data) {
  std::unique_lock lock(mutex_);
  if (waiters_.empty()) {
    --in_use_;
    std::unique_ptr<std::byte[]> surplus;
    if (free_.size() < in_use_ + kSpare) {
      free_.push_back(std::move(data));
    } else if (free_.size() > in_use_ + kSpare) {  // one fewer is in use, so one fewer is kept
      surplus = std::move(free_.back());
      free_.pop_back();
    }
    lock.unlock();  // `data` and `surplus` are freed without it
    return;
  }
  auto waiter = std::move(waiters_.front());
  waiters_.pop_front();
  lock.unlock();
  waiter(Block(*this, std::move(data)));
}

std::size_t BlockPool::in_use() const {
  std::lock_guard lock(mutex_);
  return in_use_;
}

std::size_t BlockPool::kept() const {
  std::lock_guard lock(mutex_);
  return free_.size();
}

std::size_t BlockPool::waiting() const {
  std::lock_guard lock(mutex_);
  return waiters_.size();
}

}  // namespace stile::io
