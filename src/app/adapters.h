// Small adapters between layers that do not know each other.
#pragma once

#include "engine/content_judge.h"
#include "io/loop.h"
#include "media/lookalike.h"
#include "media/sniff.h"
#include "notify/outbox.h"

namespace stile::app {

// media's Sniffer as the engine's ContentJudge.
class SnifferJudge final : public engine::ContentJudge {
 public:
  explicit SnifferJudge(const media::Sniffer& sniffer) : sniffer_(sniffer) {}

  Result<std::optional<std::string>> judge(Bytes head, bool whole_head) const override {
    auto kind = sniffer_.judge(head, whole_head);
    if (!kind) return fail(std::move(kind).error());
    if (!kind->has_value()) return std::nullopt;
    return std::move((*kind)->content_type);
  }
  Result<void> refuse_if_certain(Bytes head) const override {
    if (media::certain_foreign_name(as_text(head)).empty()) return {};
    auto kind = sniffer_.judge(head, true);  // for its words
    if (kind) return {};
    return fail(std::move(kind).error());
  }

 private:
  const media::Sniffer& sniffer_;
};

// A loop's timer as the outbox's Alarm.
class LoopAlarm final : public notify::Alarm {
 public:
  explicit LoopAlarm(io::Loop& loop) : timer_(loop) {}
  io::Task<void> wait(Milliseconds at_most) override { return timer_.wait(at_most); }
  void ring() override { timer_.ring(); }

 private:
  io::LoopTimer timer_;
};

}  // namespace stile::app
