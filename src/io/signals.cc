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

void ignore_sigpipe() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace stile::io
