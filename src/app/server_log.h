// ServerLog: what the server says of what happens, one line each. A line about a request has its id under "request", one
// about an upload the upload's under "upload", and one about both has both, so that lines find each other; secrets, file
// names and identifiers are in none. What is not known, or concerns nothing, is "". Threads: any.
#pragma once

#include <string_view>

#include "api/call.h"
#include "app/log.h"
#include "engine/engine.h"
#include "http/server.h"
#include "notify/outbox.h"

namespace stile::app {

class ServerLog {
 public:
  explicit ServerLog(const Log& to) : log_(to) {}

  void exchange(const http::ExchangeReport& report) const;
  void trouble(const api::Call& call, const Error& error) const;
  void finished(const engine::FinalAnswer& answer, const std::string& request_id) const;
  void upload_news(const engine::UploadNews& news) const;
  void delivery(const notify::DeliveryReport& report) const;
  void failed_download(std::string_view request_id, const Error& error) const;
  void readiness(std::string_view why_not) const;  // empty: ready again

 private:
  const Log& log_;
};

}  // namespace stile::app
