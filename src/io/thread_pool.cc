#include "io/thread_pool.h"

#include <pthread.h>

namespace stile::io {

ThreadPool::ThreadPool(std::string name, std::size_t threads, std::size_t max_queue)
    : name_(std::move(name)), max_queue_(max_queue) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::try_post(std::move_only_function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) {
      stats_.refused.add();
      return false;
    }
    queue_.push_back(std::move(job));
  }
  stats_.jobs.add();
  ready_.notify_one();
  return true;
}

std::size_t ThreadPool::queued() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void ThreadPool::work() {
  for (;;) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    stats_.busy.add();
    job();
    stats_.busy.sub();
  }
}

}  // namespace stile::io
