#include "app/server_log.h"

#include <chrono>

namespace stile::app {

void ServerLog::exchange(const http::ExchangeReport& report) const {
  const bool trouble = report.status >= 500;
  if (!trouble && !log_.wants(LogLevel::debug)) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(report.took).count();
  const Log::Fields fields{{"method", report.head.method},
                           {"path", loggable_path(report.head.path)},
                           {"request", report.request_id},
                           {"upload", report.subject},
                           {"status", std::to_string(report.status)},
                           {"received", std::to_string(report.body_received)},
                           {"us", std::to_string(took)},
                           {"peer", report.peer}};
  if (trouble)
    log_.info("request", fields);
  else
    log_.debug("request", fields);
}

// The one place where the cause of a temporary refusal is told: the client hears the request's id.
void ServerLog::trouble(const api::Call& call, const Error& error) const {
  log_.warn("trouble", {{"endpoint", call.endpoint},
                        {"request", call.request_id},
                        {"upload", call.upload_id},
                        {"code", std::string(to_string(error.code))},
                        {"cause", error.cause}});
}

void ServerLog::finished(const engine::FinalAnswer& answer, const std::string& request_id) const {
  log_.info("upload finished", {{"photo", std::to_string(answer.photo.photo_id)},
                                {"request", request_id},
                                {"upload", answer.upload.upload_id},
                                {"bytes", std::to_string(answer.photo.size)},
                                {"type", answer.photo.content_type}});
}

void ServerLog::upload_news(const engine::UploadNews& news) const {
  using What = engine::UploadNews::What;
  const std::string& upload = news.upload.upload_id;
  const std::string request(news.request_id);
  if (news.what == What::started) {
    log_.debug("upload started",
               {{"request", request}, {"upload", upload}, {"bytes", std::to_string(news.upload.key.total_size)}});
  } else if (news.what == What::abandoned) {
    log_.info("upload abandoned", {{"upload", upload}});
  } else {
    const std::string code(to_string(news.reason->code));
    if (news.what == What::failed)
      log_.info("upload failed", {{"request", request}, {"upload", upload}, {"code", code}});
    else
      log_.info("chunk failed", {{"request", request},
                                 {"upload", upload},
                                 {"from", std::to_string(news.range->begin)},
                                 {"to", std::to_string(news.range->end)},
                                 {"code", code}});
  }
}

void ServerLog::delivery(const notify::DeliveryReport& report) const {
  const Log::Fields fields{
      {"event", std::to_string(report.event.event_id)},    {"kind", report.event.kind},
      {"photo", std::to_string(report.event.photo_id)},    {"status", std::to_string(report.status)},
      {"attempts", std::to_string(report.event.attempts)}, {"error", report.error}};
  if (report.error.empty())
    log_.info("delivered", fields);
  else
    log_.warn("delivery failed", fields);
}

void ServerLog::failed_download(std::string_view request_id, const Error& error) const {
  log_.error("a photo's file cannot be sent", {{"request", std::string(request_id)}, {"cause", error.cause}});
}

void ServerLog::readiness(std::string_view why_not) const {
  if (why_not.empty())
    log_.info("ready again");
  else
    log_.warn("not ready", {{"why", std::string(why_not)}});
}

}  // namespace stile::app
