// What kind of file this is, judged by its first bytes and never by its name. Source: issue "main job", spec 4.6.
//
// Container checks of our own (probes.h) know the structure of every accepted type. Where they are sure, they decide.
// Where the head shows little more than a signature, libmagic is asked too and nothing in it may look like a page, a
// script or a document; any disagreement refuses the file. Refusals are named by lookalike.h first, then by libmagic.
// Threads: a Sniffer may be used from any thread (libmagic handles are lent one per caller).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace stile::media {

// Enough to decide every accepted type; fewer bytes are only handed in when the file is no longer than that or the
// first chunk was tiny.
inline constexpr std::size_t kSniffBytes = 8192;

struct Kind {
  std::string content_type;  // e.g. "image/jpeg", "video/mp4", "audio/mpeg"
  bool operator==(const Kind&) const = default;
};

// Every content type that the sniffer can tell, in the order of documentation.
const std::vector<std::string>& known_types();

// The usual file name extension of a known type without its dot ("jpg"); "bin" for any other.
std::string_view extension_for(std::string_view content_type);

// The entries of `accepted` that name neither a known type nor a class of them ("image/*"): mistakes in the settings.
std::vector<std::string> unknown_types(const std::vector<std::string>& accepted);

class Sniffer {
 public:
  // `accepted`: content types or whole classes, e.g. {"image/*", "video/*", "audio/mpeg"}.
  explicit Sniffer(std::vector<std::string> accepted);
  ~Sniffer();

  // Judges the first bytes of a file. With `whole_head`, `head` holds min(file size, kSniffBytes) bytes or more, so a
  // shorter one is the whole file, and the answer is final. Otherwise more will come, and nullopt may be the answer:
  // not enough to say; what can already not become an accepted type is refused at once. Fails with unsupported_type,
  // the message naming in plain words what was found ("This looks like a PDF document. …"), or with empty_file.
  // CPU-bound: microseconds for most accepted files, some milliseconds for text; no I/O.
  Result<std::optional<Kind>> judge(Bytes head, bool whole_head) const;

  // False when libmagic's database could not be read: then everything that needs its voice is refused. Worth a warning
  // at the start.
  bool has_libmagic() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether `content_type` is in a list that may hold classes ("image/*").
bool type_is_in(const std::vector<std::string>& list, std::string_view content_type);

}  // namespace stile::media
