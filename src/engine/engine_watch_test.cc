// What is counted of uploads, and what is noted of each.
#include <gtest/gtest.h>

#include "engine/engine_rig.h"

namespace stile::engine {
namespace {

struct EngineWatch : testing::Test {
  EngineWatch() {
    rig.add_token(5);
    rig.engine =
        std::make_unique<Engine>(EngineParts{.catalog = rig.catalog,
                                             .store = *rig.store,
                                             .disk = *rig.disk,
                                             .blocks = *rig.blocks,
                                             .judge = rig.judge,
                                             .policy = rig.policy,
                                             .clock = rig.clock,
                                             .random = rig.random,
                                             .insight = &*rig.sql,
                                             .on_news = [this](const UploadNews& told) { news.push_back(told.what); }},
                                 rig.options.settings);
  }
  const EngineStats& stats() const { return rig.engine->stats(); }
  catalog::UploadTroubles noted(const UploadHandle& upload) {
    auto report = rig.run(rig.sql->report_upload(upload->record.upload_id));
    CHECK(report && report->has_value());
    return (*report)->troubles;
  }

  EngineRig rig;
  std::vector<UploadNews::What> news;
};

TEST_F(EngineWatch, CountsAnUploadFromItsStartToItsPhoto) {
  const std::string content = picture(2 * kPart);
  const UploadHandle upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, kPart}));
  EXPECT_TRUE(rig.engine->has(upload, {0, kPart}));
  EXPECT_FALSE(rig.engine->has(upload, {kPart, 2 * kPart}));
  EXPECT_EQ(rig.write(upload, content, {0, kPart}), WriteOutcome::already_there);
  ASSERT_TRUE(rig.write(upload, content, {kPart, 2 * kPart}));
  ASSERT_TRUE(rig.finish(upload));
  ASSERT_TRUE(rig.finish(upload));  // repeated
  EXPECT_EQ(stats().started.value(), 1u);
  EXPECT_EQ(stats().finished.value(), 1u);
  EXPECT_EQ(stats().chunks_stored.value(), 2u);
  EXPECT_EQ(stats().chunks_found.value(), 2u);
  EXPECT_EQ(stats().bytes_written.value(), content.size());
  EXPECT_EQ(news, (std::vector{UploadNews::What::started}));
}

TEST_F(EngineWatch, CountsWhatWasRefusedAndWhatFailedByReason) {
  EXPECT_FALSE(rig.run(rig.engine->open(EngineRig::request(10, "file", "nobody's"))));
  EXPECT_EQ(stats().refused.value(Errc::token_unknown), 1u);
  const UploadHandle upload = rig.open(kPart);
  const std::string junk(kPart, 'x');
  ASSERT_FALSE(rig.write(upload, junk, {0, kPart}));
  EXPECT_EQ(stats().failed.value(Errc::unsupported_type), 1u);
  EXPECT_EQ(stats().chunk_errors.value(Errc::unsupported_type), 1u);
  EXPECT_EQ(stats().chunks_stored.value(), 0u);
  EXPECT_EQ(news, (std::vector{UploadNews::What::started, UploadNews::What::failed, UploadNews::What::chunk_failed}));
}

TEST_F(EngineWatch, NotesHowAnUploadFaredWithTheSweepAndOnlyOnce) {
  const std::string content = picture(2 * kPart);
  const UploadHandle upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, kPart}));
  ASSERT_FALSE(rig.write(upload, content.substr(0, kPart + 10), {kPart, 2 * kPart}));  // too short
  EXPECT_EQ(noted(upload).attempts, 0);                                                // no request writes of it
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(noted(upload).attempts, 2);
  EXPECT_EQ(noted(upload).failed, 1);
  EXPECT_EQ(noted(upload).last_error, Errc::wrong_length);
  EXPECT_EQ(noted(upload).last_error_at, rig.clock.wall_now());
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(noted(upload).attempts, 2);
}

TEST_F(EngineWatch, WhatCouldNotBeNotedIsNotedLater) {
  const std::string content = picture(kPart);
  const UploadHandle upload = rig.open(content.size());
  ASSERT_TRUE(rig.write(upload, content, {0, kPart}));
  struct Broken final : catalog::Insight {
    io::Task<Result<std::vector<catalog::UploadSummary>>> list_uploads(catalog::UploadQuery query) override {
      return inner.list_uploads(std::move(query));
    }
    io::Task<Result<std::optional<catalog::UploadReport>>> report_upload(std::string id) override {
      return inner.report_upload(std::move(id));
    }
    io::Task<Result<void>> note_troubles(std::vector<catalog::NotedTroubles> troubles) override {
      if (std::exchange(broken, false)) co_return fail(Errc::busy);
      co_return co_await inner.note_troubles(std::move(troubles));
    }
    io::Task<Result<catalog::Backlog>> backlog() override { return inner.backlog(); }
    explicit Broken(catalog::Insight& real) : inner(real) {}
    catalog::Insight& inner;
    bool broken = true;
  } insight(*rig.sql);
  Engine engine({.catalog = rig.catalog,
                 .store = *rig.store,
                 .disk = *rig.disk,
                 .blocks = *rig.blocks,
                 .judge = rig.judge,
                 .policy = rig.policy,
                 .clock = rig.clock,
                 .random = rig.random,
                 .insight = &insight},
                rig.options.settings);
  const auto same = rig.run(engine.find(upload->key));
  ASSERT_TRUE(same);
  EXPECT_TRUE(engine.has(*same, {0, kPart}));
  EXPECT_FALSE(rig.run(engine.note_troubles()));
  EXPECT_TRUE(engine.has(*same, {0, kPart}));
  EXPECT_TRUE(rig.run(engine.note_troubles()));
  EXPECT_EQ(noted(upload).found, 2);
}

TEST_F(EngineWatch, CountsWhatTheSweepTakesAway) {
  (void)rig.open(kPart);
  rig.clock.advance(rig.options.settings.abandon + Seconds(60));
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(stats().abandoned.value(), 1u);
  EXPECT_EQ(news.back(), UploadNews::What::abandoned);
  rig.clock.advance(rig.options.settings.replay + Seconds(60));
  ASSERT_TRUE(rig.run(rig.engine->sweep()));
  EXPECT_EQ(stats().forgotten.value(), 1u);
}

}  // namespace
}  // namespace stile::engine
