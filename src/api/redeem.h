// Redeeming an upload token: photo/redeem-upload-token, the one method that streams. Source: spec/api.md 3.2, 4.
//
//   bytes  ─ form, octet or base64 ─→ where do they belong? ─→ engine ─→ RedeemAnswer
//
// One RedeemCall per request; its steps are named after section 4.2. Threads: the connection's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/call.h"
#include "api/redeem_answer.h"
#include "api/services.h"
#include "dialects/resumable.h"
#include "engine/engine.h"
#include "http/multipart_reader.h"
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
  RedeemCall(http::Request& request, Call call, engine::Engine& engine, const Services& services,
             const RedeemSettings& settings);

  io::Task<http::Reply> run();

 private:
  // What came of it: nothing yet (a chunk was stored, more are missing) or the final answer.
  using Progress = std::optional<engine::FinalAnswer>;

  io::Task<Result<Progress>> process();
  io::Task<Result<Progress>> process_query();
  io::Task<Result<Progress>> process_octets();
  io::Task<Result<Progress>> process_urlencoded();
  io::Task<Result<Progress>> process_form(std::string boundary);

  io::Task<Result<void>> take_field(http::MultipartReader& reader, std::string name);
  io::Task<Result<void>> take_file(http::PartHead part, io::ByteSource& content);
  io::Task<Result<Progress>> settle_form();

  io::Task<Result<Progress>> test_chunk();
  io::Task<Result<Progress>> put_chunk(dialects::Chunk chunk, io::ByteSource& source);
  io::Task<Result<Progress>> conclude(engine::UploadHandle upload);
  io::Task<Result<engine::UploadHandle>> open_upload(const dialects::Chunk& chunk);
  io::Task<Result<void>> discard(io::ByteSource& content);
  io::Task<Result<Progress>> nothing_sent();
  io::Task<http::Reply> refuse(Error error);
  io::Task<void> announce_failure(const catalog::Token& known, const Error& error);

  dialects::BodyLength body_length() const;
  std::string token() const { return std::string(fields_.get_or("upload_token", "")); }
  Params extras() const;
  dialects::Dialect dialect() const;

  http::Request& request_;
  Call call_;
  engine::Engine& engine_;
  const Services& services_;
  const RedeemSettings& settings_;

  Params fields_;
  std::size_t field_bytes_ = 0;
  std::string file_name_;
  bool file_seen_ = false;
  std::optional<engine::Spool> spool_;       // the file, when it came before its purpose was known
  engine::UploadHandle written_;             // the upload whose chunk was written in place
  std::optional<Error> refusal_;             // known before the form was read to its end
};

}  // namespace stile::api
