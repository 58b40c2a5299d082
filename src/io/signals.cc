#include "io/signals.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <future>

#include "io/loop_impl.h"

namespace stile::io {

struct StopSignal::Impl {
  explicit Impl(Loop& loop) : signals(loop.impl().context, SIGINT, SIGTERM) {}
  boost::asio::signal_set signals;
  std::promise<int> caught;
};

StopSignal::StopSignal(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {
  impl_->signals.async_wait([impl = impl_.get()](boost::system::error_code error, int number) {
    if (error) return;
    boost::system::error_code ignored;
    impl->signals.clear(ignored);  // back to the default action: the second signal ends the process
    impl->caught.set_value(number);
  });
}

StopSignal::~StopSignal() = default;

int StopSignal::wait_blocking() { return impl_->caught.get_future().get(); }

struct HangupSignal::Impl : std::enable_shared_from_this<Impl> {
  Impl(Loop& loop, std::function<void()> callback)
      : signals(loop.impl().context, SIGHUP), on_hangup(std::move(callback)) {}

  boost::asio::signal_set signals;
  std::function<void()> on_hangup;

  void wait() {
    signals.async_wait([self = shared_from_this()](boost::system::error_code error, int) {
      if (error) return;
      self->on_hangup();
      self->wait();
    });
  }
};

HangupSignal::HangupSignal(Loop& loop, std::function<void()> on_hangup)
    : loop_(loop), impl_(std::make_shared<Impl>(loop, std::move(on_hangup))) {
  loop_.post([impl = impl_] { impl->wait(); });
}

HangupSignal::~HangupSignal() {
  std::promise<void> done;
  loop_.post([&] {
    impl_->on_hangup = [] {};  // one that was caught already finds nobody
    boost::system::error_code ignored;
    impl_->signals.cancel(ignored);
    done.set_value();
  });
  done.get_future().wait();
}

void ignore_sigpipe() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace stile::io
