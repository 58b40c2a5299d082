// photo/upload and photo/replace: the methods that take a file from a caller who may write. Both stream it to the disk.
// Source: spec/api.md 3.8, 3.9.
//
// A form's fields are not signed, and may come behind the file: who calls is judged by the head and by the query of a
// GET or the urlencoded body, before a byte of a form is read. photo/replace that comes with a replace token is a
// RedeemCall; with an upload token (v2) it replaces the file of the photo which that token made. These uploads are one
// request each: chunks need a token, whose secret names what they belong to. Threads: the connection's loop.
#pragma once

#include <optional>
#include <string>

#include "api/call.h"
#include "api/file_form.h"
#include "api/format.h"
#include "api/identify.h"
#include "api/redeem.h"
#include "api/services.h"
#include "engine/engine.h"
#include "http/server.h"

namespace stile::api {

// What both work with; outlives the calls.
struct FileCallParts {
  engine::Engine& engine;
  const Services& services;
  const RedeemSettings& settings;
  Identifier& identifier;
};

// The parameters that a file call has found so far, by where they stood, and what they say about the caller.
class FileCaller {
 public:
  FileCaller(http::Request& request, Call& call, FileCallParts parts);

  // Of a form, before its body is read.
  io::Task<void> identify_by_head();
  // When everything but octets has been read: fills the call's params, and identifies whom the head did not.
  io::Task<void> identify_by(const Params& fields);
  bool may_write() const { return !refused_ && call_.caller.may(auth::Level::write); }
  // Why the caller may not write, if so.
  std::optional<Problem> refusal() const;

 private:
  io::Task<void> identify(const Arguments& arguments);
  Arguments arguments_of(const Params& fields) const;

  http::Request& request_;
  Call& call_;
  FileCallParts parts_;
  std::optional<Problem> refused_;
  bool query_unsigned_ = false;
};

io::Task<http::Reply> upload_photo(http::Request& request, Call call, FileCallParts parts);
io::Task<http::Reply> replace_photo(http::Request& request, Call call, FileCallParts parts);

// Whether a field of Resumable.js says that this is a piece of a file. (The identifier alone does not: it may name the
// upload whose photo is meant.)
bool has_chunk_fields(const Params& fields);

// What both answer: photo_id, tree_id, token.
http::Reply photo_reply(const Call& call, const Format& format, const Services& services, std::string message,
                        std::string name, const catalog::Photo& photo);
// What became of a file that was not taken.
Problem file_problem(const Call& call, const Services& services, const Error& error);

}  // namespace stile::api
