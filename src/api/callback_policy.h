// CallbackPolicy: what a finish has to do with the back end: the URL that goes into the answer, and the outbox row of a
// server-side callback, both part of the finishing transaction (invariant I4). Source: spec/api.md 4.3, 4.4.
#pragma once

#include <functional>
#include <string>

#include "engine/engine.h"

namespace stile::api {

class CallbackPolicy final : public engine::FinishPolicy {
 public:
  // `wake_outbox`: called after a commit that stored an event; any thread.
  CallbackPolicy(std::string domain, std::function<void()> wake_outbox)
      : domain_(std::move(domain)), wake_outbox_(std::move(wake_outbox)) {}

  void complete(const catalog::Token& token, catalog::Finish& finish) const override;
  void finished(const engine::FinalAnswer& answer) override;

 private:
  const std::string domain_;
  std::function<void()> wake_outbox_;
};

}  // namespace stile::api
