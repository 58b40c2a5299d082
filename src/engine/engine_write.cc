// Making a range durable: taking one's turn, receiving, syncing, recording (invariants I1, I2, I3, I10).
#include <algorithm>

#include "base/crc32.h"
#include "base/failpoint.h"
#include "engine/engine.h"
#include "engine/receive.h"

namespace stile::engine {

// One request's try to write a range, registered while it lives.
class Engine::Attempt {
 public:
  Attempt(UploadHandle upload, ByteRange range, std::shared_ptr<io::Interrupter> interrupter)
      : upload_(std::move(upload)) {
    std::lock_guard lock(upload_->mutex);
    id_ = upload_->claims.enter(range);
    if (interrupter) upload_->interrupters.emplace(id_, std::move(interrupter));
  }
  Attempt(const Attempt&) = delete;
  ~Attempt() { leave(); }

  RangeClaims::AttemptId id() const { return id_; }
  bool must_let_go() const {
    std::lock_guard lock(upload_->mutex);
    return upload_->claims.must_let_go(id_);
  }
  void leave() {
    if (!upload_) return;
    {
      std::lock_guard lock(upload_->mutex);
      upload_->claims.leave(id_);
      upload_->interrupters.erase(id_);
    }
    upload_->changed.notify();
    upload_.reset();
  }

 private:
  UploadHandle upload_;
  RangeClaims::AttemptId id_ = 0;
};

namespace {

// The part of a received piece that belongs to a missing run; the rest of the piece is durable already and dropped
// (I2).
struct MissingRun {
  ByteRange range;
  std::uint32_t crc32 = 0;

  Result<void> write_blocking(io::File& file, std::uint64_t at, Bytes bytes) {
    const std::uint64_t begin = std::max(at, range.begin);
    const std::uint64_t end = std::min(at + bytes.size(), range.end);
    if (begin >= end) return {};
    const Bytes mine = bytes.subspan(begin - at, end - begin);
    crc32 = crc32_update(crc32, mine);  // while the block is hot
    return file.write_at_blocking(begin, mine);
  }
};

}  // namespace

// True: it is this attempt's turn to write. False: the range is durable, there is nothing to write.
io::Task<Result<bool>> Engine::take_turn(UploadHandle upload, ByteRange range, RangeClaims::AttemptId id) {
  for (;;) {
    std::vector<std::shared_ptr<io::Interrupter>> in_the_way;
    std::uint64_t seen = 0;
    {
      std::lock_guard lock(upload->mutex);
      STILE_CO_TRY(check_may_go_on(*upload));
      if (upload->record.state == catalog::UploadState::done || upload->ranges.contains(range)) co_return false;
      if (upload->claims.must_let_go(id)) co_return fail(Errc::interrupted);
      if (upload->claims.try_write(id)) co_return true;
      for (const auto older : upload->claims.take_over(id)) {
        const auto found = upload->interrupters.find(older);
        if (found != upload->interrupters.end()) in_the_way.push_back(found->second);
      }
      seen = upload->changed.version();
    }
    for (const auto& other : in_the_way) other->interrupt();
    co_await upload->changed.changed_since(seen);
  }
}

// After having let go: waits for what becomes of the range in newer hands.
static io::Task<Result<WriteOutcome>> outcome_of_others(UploadHandle upload, ByteRange range) {
  for (;;) {
    std::uint64_t seen = 0;
    {
      std::lock_guard lock(upload->mutex);
      if (upload->record.state == catalog::UploadState::done || upload->ranges.contains(range))
        co_return WriteOutcome::already_there;
      if (upload->record.state == catalog::UploadState::failed)
        co_return fail(upload->record.failure, upload->failure_words);
      if (!upload->claims.anyone_at(range)) co_return fail(Errc::interrupted);
      seen = upload->changed.version();
    }
    co_await upload->changed.changed_since(seen);
  }
}

io::Task<Result<WriteOutcome>> Engine::write(UploadHandle upload, Span span, io::ByteSource& source,
                                             std::shared_ptr<io::Interrupter> interrupter, std::string request_id) {
  auto outcome = co_await write_range(upload, span, source, std::move(interrupter), request_id);
  tally(upload, span.range, outcome, request_id);
  co_return outcome;
}

io::Task<Result<WriteOutcome>> Engine::write_range(UploadHandle upload, Span span, io::ByteSource& source,
                                                   std::shared_ptr<io::Interrupter> interrupter,
                                                   const std::string& request_id) {
  const ByteRange range = span.range;
  if (range.empty() || range.end > upload->total())
    co_return fail(Errc::invalid_input, "the range is outside the file");
  Attempt attempt(upload, range, std::move(interrupter));
  auto turn = co_await take_turn(upload, range, attempt.id());
  if (!turn) co_return fail(std::move(turn).error());
  if (!*turn) co_return WriteOutcome::already_there;

  auto opened = co_await staging_of(upload);
  if (!opened) co_return fail(std::move(opened).error());
  const std::shared_ptr<StagingFile> staging = std::move(*opened);

  std::vector<MissingRun> runs;
  {
    std::lock_guard lock(upload->mutex);
    for (const ByteRange missing : upload->ranges.missing(range)) runs.push_back({missing, 0});
  }
  std::string content_type;
  Receiver how(parts_.blocks, parts_.disk, parts_.clock);
  how.limit = range.size();
  how.over_limit = Errc::wrong_length;
  how.must_stop = [&] { return attempt.must_let_go(); };
  if (range.begin == 0) {
    how.head_bytes = kJudgeBytes;
    how.on_head = [&](Bytes head, bool) -> Result<void> {
      // Bytes that are durable already come from another body; this one must not vouch for them. The finish will look.
      if (runs.empty() || !runs.front().range.contains({0, head.size()})) return {};
      // A first chunk that is shorter than the head wanted leaves the verdict to the finish.
      auto verdict = parts_.judge.judge(head, head.size() >= std::min<std::uint64_t>(kJudgeBytes, upload->total()));
      if (!verdict) return fail(std::move(verdict).error());
      if (!verdict->has_value()) return {};
      std::lock_guard lock(upload->mutex);
      STILE_TRY(check_type(upload->token, **verdict));
      content_type = std::move(**verdict);
      return {};
    };
  }
  how.sink = [&](std::uint64_t offset, Bytes bytes, Piece piece) -> Result<void> {
    stats_.bytes_written.add(bytes.size());  // the one thing that counting costs per block
    for (MissingRun& run : runs) {
      if (auto wrote = run.write_blocking(*staging->file, range.begin + offset, bytes); !wrote) {
        staging->poisoned = true;
        return wrote;
      }
    }
    // Survives: power loss after the answer. The bytes reach the disk before the receipt says they are there (I1). A
    // body that turns out too short was synced for nothing; that is the rare case.
    if (piece == Piece::last) failpoint("chunk.written");
    if (piece == Piece::last && settings_.durability == Durability::chunk) {
      if (auto synced = staging->file->sync_data_blocking(); !synced) {
        staging->poisoned = true;
        return synced;
      }
      failpoint("chunk.synced");
    }
    return {};
  };

  auto received = co_await receive(source, how);
  if (received && !span.is_right_length(*received)) received = fail(Errc::wrong_length);
  // Somebody else's write or sync of this file failed before ours was through: ours proves nothing (I10).
  if (received && staging->poisoned) received = fail(Errc::poisoned);
  if (!received) {
    const Error error = std::move(received).error();
    attempt.leave();
    if (error.code == Errc::interrupted) co_return co_await outcome_of_others(upload, range);
    if (error.code == Errc::unsupported_type) (void)co_await fail_upload(upload, error, request_id);
    co_return fail(error);
  }
  // The token may have been revoked while the bytes came.
  STILE_CO_TRY(co_await refresh_token(upload));
  {
    // The upload may have failed meanwhile by another body's fault; then nothing of it may be acknowledged.
    std::lock_guard lock(upload->mutex);
    STILE_CO_TRY(check_may_go_on(*upload));
  }
  std::vector<catalog::Receipt> receipts;
  for (const MissingRun& run : runs) {
    const ByteRange came{run.range.begin, std::min(run.range.end, range.begin + *received)};
    if (came.begin < came.end) receipts.push_back({came, run.crc32});
  }
  STILE_CO_TRY(co_await record(upload, std::move(receipts), std::move(content_type)));
  co_return WriteOutcome::stored;
}

// The type goes in with the first range: a head that is not recorded has no say.
io::Task<Result<void>> Engine::record(UploadHandle upload, std::vector<catalog::Receipt> receipts,
                                      std::string content_type) {
  for (const catalog::Receipt& receipt : receipts) {
    STILE_CO_TRY(co_await parts_.catalog.add_receipt(upload->record.upload_id, receipt, parts_.clock.wall_now()));
    failpoint("receipt.committed");
    std::lock_guard lock(upload->mutex);
    CHECK(upload->ranges.add(receipt.range, receipt.crc32));  // the claim kept others out
    if (!content_type.empty()) upload->record.content_type = std::exchange(content_type, {});
  }
  upload->changed.notify();
  co_return Result<void>{};
}

}  // namespace stile::engine
