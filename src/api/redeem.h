// Redeeming a token with a file: photo/redeem-upload-token, photo/redeem-replace-token, and photo/replace when it comes
// with a token. Source: spec/api.md 3.2, 3.6, 3.9, 4.
//
//   bytes  ─ form, octet or base64 ─→ where do they belong? ─→ engine ─→ RedeemAnswer
//
// One RedeemCall per request; its steps are named after section 4.2. A call redeems tokens of its own kind only.
// Threads: the connection's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/file_form.h"
#include "api/redeem_answer.h"
#include "api/services.h"
#include "api/token_words.h"
#include "dialects/resumable.h"
#include "engine/engine.h"
#include "http/server.h"

namespace stile::api {

struct RedeemSettings {
  std::size_t max_form_fields = 200;
  std::size_t max_field_bytes = 64 * kKiB;
  std::size_t max_form_bytes = kMiB;              // all fields together
  std::uint64_t max_chunk_bytes = 2048 * kMiB;
  std::uint64_t max_discard_bytes = 256 * kMiB;   // of a refused file, to learn how the refusal must be told
  Milliseconds retry_delay{1'000};                // before every 503 to a chunk (I7)
};

class RedeemCall {
 public:
  // Who sends: how many files of strangers may be received at once before it is known whose they are is bounded.
  using Sender = engine::SpoolFor;

  RedeemCall(http::Request& request, Call call, catalog::TokenKind kind, engine::Engine& engine,
             const Services& services, const RedeemSettings& settings, Sender sender = Sender::stranger);

  // receive, then settle.
  io::Task<http::Reply> run();

  // Reads what the request says, and the file of a form; if it is known by then where that belongs, straight to there.
  io::Task<Result<void>> receive();
  // Brings it to its end, after receive.
  io::Task<http::Reply> settle(Result<void> received);

  // What a call that was received without a token goes on with.
  bool has_token() const { return fields_.has(token_field(kind_)); }
  const Params& fields() const { return fields_; }
  const std::string& file_name() const { return file_name_; }
  std::optional<engine::Spool> take_spool() { return std::exchange(spool_, std::nullopt); }

 private:
  // What came of it: nothing yet (a chunk was stored, more are missing) or the final answer. (Behind a pointer: every
  // frame that passes it on has room for it while the file is still coming.)
  using Progress = std::unique_ptr<const engine::FinalAnswer>;

  io::Task<Result<Progress>> process();
  io::Task<Result<Progress>> process_octets();
  io::Task<Result<Progress>> put_body_as_chunk();
  io::Task<Result<Progress>> take_bare_file();
  io::Task<Result<Progress>> process_form();
  io::Task<Result<void>> take_file(http::PartHead part, io::ByteSource& content);

  io::Task<Result<Progress>> test_chunk();
  io::Task<Result<Progress>> conclude(engine::UploadHandle upload);
  io::Task<Result<engine::UploadHandle>> open_upload(const dialects::Chunk& chunk);
  io::Task<Result<void>> keep_in_doubt(io::ByteSource& source);
  io::Task<Result<void>> discard(io::ByteSource& content);
  io::Task<Result<Progress>> nothing_sent();
  io::Task<http::Reply> refuse(Error error);
  io::Task<void> announce_failure(const catalog::Token& known, const Error& error);

  dialects::BodyLength body_length() const;
  // Also whether the page that sends this may use it.
  Result<void> check_sizes(const catalog::Token& token, const dialects::Chunk& chunk) const;
  io::Task<Result<catalog::Token>> check_token();
  // The same for a request that ends with it, and counts among those that were refused.
  io::Task<Result<catalog::Token>> admit();
  void is_about(std::string upload_id);
  std::string token() const { return std::string(fields_.get_or(token_field(kind_), "")); }
  Params extras() const;
  dialects::Dialect dialect() const;
  AnswerWish wish() const;

  http::Request& request_;
  Call call_;
  const catalog::TokenKind kind_;
  engine::Engine& engine_;
  const Services& services_;
  const RedeemSettings& settings_;
  const Sender sender_;

  Params fields_;
  std::string file_name_;
  std::optional<engine::Spool> spool_;       // the file, when it came before its purpose was known
  engine::UploadHandle written_;             // the upload whose chunk was written in place
  std::optional<Error> refusal_;             // known before the form was read to its end
};

}  // namespace stile::api
