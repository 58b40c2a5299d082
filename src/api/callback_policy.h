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
  CallbackPolicy(std::string domain, std::function<void(const engine::FinalAnswer&)> on_finished)
      : domain_(std::move(domain)), on_finished_(std::move(on_finished)) {}

  void complete(const catalog::Token& token, catalog::Finish& finish) const override;
  void finished(const engine::FinalAnswer& answer) override { on_finished_(answer); }

 private:
  const std::string domain_;
  std::function<void(const engine::FinalAnswer&)> on_finished_;
};

}  // namespace stile::api
