// ServerLog: what the server says of what happens, one line each. Ids of requests and uploads are in it, so that lines
// find each other; secrets, file names and identifiers never are. Threads: any.
#pragma once

#include <string_view>

#include "app/log.h"
#include "engine/engine.h"
#include "http/server.h"
#include "notify/outbox.h"

namespace stile::app {

class ServerLog {
 public:
  explicit ServerLog(const Log& to) : log_(to) {}

  void exchange(const http::ExchangeReport& report) const;
  void finished(const engine::FinalAnswer& answer) const;
  void upload_news(const engine::UploadNews& news) const;
  void delivery(const notify::DeliveryReport& report) const;
  void readiness(std::string_view why_not) const;  // empty: ready again

 private:
  const Log& log_;
};

}  // namespace stile::app
