// Task<T>: a lazy coroutine that has a home, the Executor it always runs on.
//
// A task starts when it is awaited (or spawned) and inherits its home from whoever awaits it. Whatever a task waits for,
// a socket, a pool, a database, it goes on at home, so code between two co_awaits needs no locks against its neighbours
// on the same home. There is no hidden "current executor": the home travels in the promise.
//
// Ownership: the Task object owns the coroutine frame. Arguments passed by reference must outlive the await.
// Errors: expected ones are values (Result<T>); an exception passes through co_await to the root of the task.
// Cancellation: none here. Streams and sources are interrupted by whoever owns them (io/stream.h).
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "io/executor.h"

namespace stile::io {

template <class T = void>
class Task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();
  Executor* home = nullptr;

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      return self.promise().continuation;
    }
    void await_resume() noexcept {}
  };

  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
};

// An optimiser that sees where a callee is destroyed may put its frame into the caller's. A caller with ten steps would
// hold ten frames all its life, and an idle upload pay for the finish it has not reached (invariant I8). So it does
// not get to see.
inline void* opaque(void* address) noexcept {
  asm("" : "+r"(address));
  return address;
}

template <class T>
struct Promise : PromiseBase {
  std::variant<std::monostate, T, std::exception_ptr> outcome;

  Task<T> get_return_object();
  template <class U>
  void return_value(U&& value) {
    outcome.template emplace<1>(std::forward<U>(value));
  }
  void unhandled_exception() { outcome.template emplace<2>(std::current_exception()); }
  T take() {
    if (outcome.index() == 2) std::rethrow_exception(std::get<2>(outcome));
    return std::move(std::get<1>(outcome));
  }
};

template <>
struct Promise<void> : PromiseBase {
  std::exception_ptr error;

  Task<void> get_return_object();
  void return_void() {}
  void unhandled_exception() { error = std::current_exception(); }
  void take() {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  struct Awaiter {
    Handle child;
    bool await_ready() noexcept { return false; }
    template <class ParentPromise>
    Handle await_suspend(std::coroutine_handle<ParentPromise> parent) noexcept {
      child.promise().home = parent.promise().home;
      child.promise().continuation = parent;
      return child;
    }
    T await_resume() { return child.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  friend promise_type;
  explicit Task(Handle handle) : handle_(Handle::from_address(detail::opaque(handle.address()))) {}
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(Task<T>::Handle::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() { return Task<void>(Task<void>::Handle::from_promise(*this)); }

// The root of a task tree: owns itself, dies at its end. Only TaskGroup and run_until_done make one.
struct Root {
  struct promise_type {
    Executor* home = nullptr;
    Root get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { CHECK(!"an exception passed the root of a task"); }
  };
  std::coroutine_handle<promise_type> handle;
};
}  // namespace detail

// Await this to learn the home: `Executor& home = co_await this_home();`
struct ThisHome {
  Executor* home = nullptr;
  bool await_ready() noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> self) noexcept {
    home = self.promise().home;
    return false;
  }
  Executor& await_resume() noexcept { return *home; }
};
inline ThisHome this_home() { return {}; }

// Turns a callback into something to await. `start` is called with a `resume` function object that must be called exactly
// once, from any thread; the coroutine goes on at home with the value.
//
//   int value = co_await from_callback<int>([&](auto resume) { somebody.ask(std::move(resume)); });
template <class T, class Start>
class FromCallback {
 public:
  explicit FromCallback(Start start) : start_(std::move(start)) {}
  FromCallback(const FromCallback&) = delete;

  bool await_ready() noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    Executor* home = self.promise().home;
    // The frame, and `this` in it, lives until resumed; the posted function cannot run before this call returns,
    // because the coroutine runs on its home's only thread.
    start_([this, self, home](T value) {
      value_.emplace(std::move(value));
      home->post([self] { self.resume(); });
    });
  }
  T await_resume() { return std::move(*value_); }

 private:
  Start start_;
  std::optional<T> value_;
};
template <class T, class Start>
FromCallback<T, Start> from_callback(Start start) {
  return FromCallback<T, Start>(std::move(start));
}

}  // namespace stile::io
