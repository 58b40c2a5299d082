// ReplaceRig: an engine with a photo that is there, tokens to replace its file, and a reader. For tests of this folder.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/engine_rig.h"
#include "engine/file_remover.h"

namespace stile::engine {

inline constexpr std::string_view kReplace = "replacer";

class ReplaceRig : public EngineRig {
 public:
  ReplaceRig() : ReplaceRig(Options()) {}
  explicit ReplaceRig(Options chosen) : EngineRig(std::move(chosen)) {
    CHECK(run(engine->recover()));
    add_token(1);
    const auto upload = open(old_content.size());
    CHECK(write(upload, old_content, {0, old_content.size()}));
    auto answer = finish(upload);
    CHECK(answer);
    before = answer->photo;
    add_replace_token(kReplace);
  }

  void add_replace_token(std::string_view name, std::int64_t max_uploads = 1) {
    catalog::Token token;
    token.token = name;
    token.kind = catalog::TokenKind::replace;
    token.photo_id = before.photo_id;
    token.created_at = clock.wall_now();
    token.valid_until = token.created_at + Seconds{3600};
    token.max_uploads = max_uploads;
    token.return_url = "https://example.com/back";
    CHECK(run(sql->add_token(token)));
  }

  Result<UploadHandle> try_open_replacement(std::size_t size, std::string_view token = kReplace) {
    OpenRequest request = EngineRig::request(size, "new", token);
    request.kind = catalog::TokenKind::replace;
    return run(engine->open(std::move(request)));
  }
  // In two parts, and finished. The first error ends it.
  Result<FinalAnswer> replace_in_parts(const std::string& content, std::string_view token = kReplace) {
    auto upload = try_open_replacement(content.size(), token);
    if (!upload) return fail(upload.error());
    for (const ByteRange range : {ByteRange{kPart, content.size()}, ByteRange{0, kPart}})
      if (auto written = write(*upload, content, range); !written) return fail(written.error());
    return finish(*upload);
  }
  Result<FinalAnswer> replace_by_form(const std::string& content, std::string_view token = kReplace) {
    auto file = spool({content}, {content.size(), SpoolJudging::judge});
    if (!file) return fail(file.error());
    return run(
        engine->finish_spool(std::move(*file), std::string(token), "form.jpg", {}, {}, catalog::TokenKind::replace));
  }
  Result<catalog::Photo> upload_directly(const std::string& content, std::int64_t photo_id) {
    auto file = spool({content}, {content.size(), SpoolJudging::judge});
    if (!file) return fail(file.error());
    return run(engine->finish_direct(std::move(*file), {.photo_id = photo_id, .file_name = "direct.jpg"}));
  }

  catalog::Photo photo() {
    auto found = run(sql->find_photo(before.photo_id));
    CHECK(found && *found);
    return **found;
  }
  // What somebody who downloads the photo gets, as api/download.cc does it: the file that the catalog names.
  std::string read() { return original(photo().file_id); }

  Result<void> remove_files() {
    FileRemover remover(*sql, *store, *disk, clock, Milliseconds{0});
    return run(remover.sweep());
  }

  const std::string old_content = picture(kPart, 1);
  const std::string new_content = picture(5 * kPart / 2, 2);
  catalog::Photo before;
};

}  // namespace stile::engine
