// Files that arrive before it is known what they are for.
#include "base/crc32.h"
#include "base/failpoint.h"
#include "engine/engine.h"
#include "engine/receive.h"
#include "io/file_source.h"

namespace stile::engine {
namespace {

constexpr std::uint64_t kMostDoubtedBytes = 256 * kMiB;
constexpr std::uint64_t kCheckSpaceEvery = 8 * kMiB;

// Counts the strangers while their files are being received.
class StrangerSlot {
 public:
  StrangerSlot(std::atomic<std::size_t>& count, SpoolFor whose)
      : count_(count), by_(whose == SpoolFor::stranger ? 1 : 0) {
    count_ += by_;
  }
  StrangerSlot(const StrangerSlot&) = delete;
  ~StrangerSlot() { count_ -= by_; }

 private:
  std::atomic<std::size_t>& count_;
  const std::size_t by_;
};

}  // namespace

io::Task<Result<Spool>> Engine::spool(io::ByteSource& source, SpoolLimits limits) {
  auto spool = co_await receive_spool(source, limits);
  if (!spool) stats_.refused.add(spool.error().code);
  co_return spool;
}

io::Task<Result<Spool>> Engine::receive_spool(io::ByteSource& source, SpoolLimits limits) {
  const StrangerSlot slot(strangers_, limits.whose);
  if (limits.whose == SpoolFor::stranger && strangers_ > settings_.max_spools)
    co_return fail(Errc::busy, {}, "too many files of unknown purpose at once");

  if (limits.token != nullptr && limits.expected_bytes > limits.overhead)
    STILE_CO_TRY(check_bytes(*limits.token, limits.expected_bytes - limits.overhead));

  const std::string upload_id = random_hex(parts_.random, 32);
  const NamesInUse::Entry in_use = spools_->enter(upload_id);
  std::unique_ptr<io::File> file;
  std::string content_type;
  std::uint32_t crc32 = 0;
  Receiver how(parts_.blocks, parts_.disk, parts_.clock);
  how.limit = limits.token == nullptr ? limits.max_bytes : most_bytes(*limits.token, limits.max_bytes);
  how.over_limit = Errc::too_large;
  how.head_bytes = kJudgeBytes;
  // Known to be of no accepted type, if it is the beginning of a file. What follows it tells, so it is received on, but
  // neither for long nor in vain: a sender that waits for our word gets it.
  std::atomic<bool> doubted = false;
  Error doubt;
  how.may_go_on = [&](std::uint64_t so_far, Flow flow) -> Result<void> {
    if (doubted && (flow == Flow::silent || so_far > kMostDoubtedBytes)) return fail(doubt);
    return {};
  };
  how.on_head = [&](Bytes head, bool whole) -> Result<void> {
    if (limits.judging == SpoolJudging::doubtful) {
      if (auto refused = parts_.judge.refuse_if_certain(head); !refused) {
        doubt = std::move(refused).error();
        doubted = true;
      } else if (auto verdict = parts_.judge.judge(head, whole || head.size() >= kJudgeBytes); verdict) {
        content_type = std::move(*verdict).value_or("");  // if it is the beginning of a file
      }
    } else {
      auto verdict = parts_.judge.judge(head, whole || head.size() >= kJudgeBytes);
      if (!verdict) return fail(std::move(verdict).error());
      content_type = std::move(*verdict).value_or("");
      if (limits.token != nullptr && !content_type.empty()) STILE_TRY(check_type(*limits.token, content_type));
    }
    return {};
  };
  std::uint64_t checked = 0;
  how.sink = [&](std::uint64_t offset, Bytes bytes, Piece) -> Result<void> {
    if (!file) {
      auto created = parts_.store.create_spool_blocking(upload_id, limits.expected_bytes);
      if (!created) return fail(our_trouble(std::move(created).error()));
      file = std::move(*created);
    }
    // Nothing was reserved, so the low-water mark is looked after on the way.
    if (offset >= checked + kCheckSpaceEvery) {
      STILE_TRY(parts_.store.check_space_blocking(kCheckSpaceEvery));
      checked = offset;
    }
    stats_.bytes_written.add(bytes.size());
    crc32 = crc32_update(crc32, bytes);
    return file->write_at_blocking(offset, bytes);
  };
  auto received = co_await receive(source, how);
  // From here on the file has an owner that removes it, whatever comes.
  Spool spool(upload_id, std::move(file), [&disk = parts_.disk, &store = parts_.store, upload_id, in_use] {
    // When the pool is full the file stays until sweep_orphans() finds it. (The job may run after the engine is gone.)
    (void)disk.try_post([&store, upload_id] { (void)store.remove_staging_blocking(upload_id); });
  });
  if (!received && received.error().code == Errc::too_large && limits.token != nullptr)
    STILE_CO_TRY(check_bytes(*limits.token, how.limit + 1));  // in the words of the token, if it is the token's limit
  if (!received) co_return fail(std::move(received).error());
  if (*received == 0) co_return fail(Errc::empty_file);
  spool.received(*received, crc32);
  spool.set_request_id(std::move(limits.request_id));
  spool.set_content_type(std::move(content_type));
  co_return std::move(spool);
}

// Judges, syncs and moves a spooled file into the archive. Returns its type. A failure leaves nothing there.
io::Task<Result<std::string>> Engine::publish_spool(Spool& spool, std::int64_t file_id,
                                                    const catalog::Token* token) {
  std::string content_type = spool.content_type();
  auto published = co_await parts_.disk.run([&]() -> Result<void> {
    if (content_type.empty()) {
      auto type = judge_file_blocking(parts_.judge, spool.file(), spool.size());
      if (!type) return fail(std::move(type).error());
      content_type = std::move(*type);
    }
    if (token != nullptr) STILE_TRY(check_type(*token, content_type));
    // Survives: power loss after the answer. The only sync of a plain form's bytes.
    if (settings_.durability != Durability::none) STILE_TRY(spool.file().sync_data_blocking());
    failpoint("spool.synced");
    return parts_.store.publish_blocking(spool.upload_id(), file_id);
  });
  if (!published) {
    // It may have been moved before a sync failed. What was there before us is not ours.
    if (published.error().code != Errc::already_exists)
      (void)co_await parts_.disk.run([&] { return parts_.store.remove_photo_blocking(file_id); });
    co_return fail(our_trouble(std::move(published).error()));
  }
  spool.published();
  co_return std::move(content_type);
}

io::Task<Result<FinalAnswer>> Engine::finish_spool(Spool spool, std::string token, std::string file_name, Params extras,
                                                   std::optional<WallTime> began, catalog::TokenKind kind) {
  auto answer = co_await finish_spool_checked(std::move(spool), std::move(token), std::move(file_name),
                                              std::move(extras), began, kind);
  if (!answer) stats_.refused.add(answer.error().code);
  co_return answer;
}

io::Task<Result<FinalAnswer>> Engine::finish_spool_checked(Spool spool, std::string token, std::string file_name,
                                                           Params extras, std::optional<WallTime> began,
                                                           catalog::TokenKind kind) {
  auto known = co_await check_token(std::move(token), began, kind);
  if (!known) co_return fail(std::move(known).error());
  STILE_CO_TRY(check_size(spool.size()));
  STILE_CO_TRY(check_bytes(*known, spool.size()));
  auto file_id = co_await photo_ids_.next();
  if (!file_id) co_return fail(std::move(file_id).error());
  auto content_type = co_await publish_spool(spool, *file_id, &*known);
  if (!content_type) co_return fail(std::move(content_type).error());

  catalog::Upload upload;
  upload.upload_id = spool.upload_id();
  upload.key = {known->token, "form-" + spool.upload_id(), spool.size()};
  upload.file_id = *file_id;
  upload.photo_id = photo_of(*known, *file_id);
  upload.file_name = std::move(file_name);
  upload.extras = std::move(extras);
  upload.content_type = std::move(*content_type);
  upload.created_at = parts_.clock.wall_now();
  const catalog::UploadKey key = upload.key;
  auto answer = co_await commit_finish(std::move(*known), std::move(upload), spool.crc32(), spool.request_id());
  if (answer) co_return answer;
  // Not committed: the moved file belongs to nobody. But an error may have hit the answer only, and a file that may be
  // a photo's is never removed: in doubt it stays for the next start to look at.
  auto row = co_await parts_.catalog.find_upload(key);
  if (row && row->has_value()) co_return co_await stored_answer(key);
  if (row) (void)co_await parts_.disk.run([&] { return parts_.store.remove_photo_blocking(*file_id); });
  co_return answer;
}

io::Task<Result<WriteOutcome>> Engine::write_spool(UploadHandle upload, ByteRange range, Spool spool) {
  if (spool.size() != range.size()) co_return fail(Errc::wrong_length);
  io::FileSource source(spool.file(), spool.size(), parts_.disk);
  co_return co_await write(std::move(upload), {range}, source, nullptr, spool.request_id());
}

}  // namespace stile::engine
