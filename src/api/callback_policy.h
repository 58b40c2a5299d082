// CallbackPolicy: what a finish has to do with the back end: the URL that goes into the answer, and the outbox row of a
// server-side callback, both part of the finishing transaction (invariant I4). Source: spec/api.md 4.3, 4.4.
#pragma once

#include <functional>
#include <string>

#include "engine/engine.h"

namespace stile::api {

class CallbackPolicy final : public engine::FinishPolicy {
 public:
  // `on_finished`: called after each commit; with background_return an event waits in the outbox then. Any thread.
  using OnFinished = std::function<void(const engine::FinalAnswer&, const std::string& request_id)>;
  CallbackPolicy(std::string domain, OnFinished on_finished)
      : domain_(std::move(domain)), on_finished_(std::move(on_finished)) {}

  void complete(const catalog::Token& token, catalog::Finish& finish) const override;
  void finished(const engine::FinalAnswer& answer, const std::string& request_id) override {
    on_finished_(answer, request_id);
  }

 private:
  const std::string domain_;
  OnFinished on_finished_;
};

}  // namespace stile::api
