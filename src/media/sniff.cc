#include "media/sniff.h"

#include <utility>

#include "media/lookalike.h"
#include "media/magic_pool.h"
#include "media/probes.h"
#include "media/types.h"

namespace stile::media {
namespace {

// libmagic calls some containers by their family, so it is enough that it hears a picture where we see one, and film or
// sound where we see film or sound. No opinion at all does not contradict.
bool agrees(std::string_view mime, std::string_view type) {
  if (mime.empty()) return true;
  if (type.starts_with("image/")) return mime.starts_with("image/") && mime != "image/svg+xml";
  return mime.starts_with("video/") || mime.starts_with("audio/") || mime == "application/ogg" ||
         mime == "application/vnd.ms-asf" || mime == "application/x-matroska";
}

Finding probe_all(const Head& head) {
  Finding best = kNo;
  for (const auto probe : kProbes) {
    const auto found = probe(head);
    if (found.sure == Sure::strong) return found;
    if (found.sure > best.sure) best = found;
  }
  return best;
}

}  // namespace

struct Sniffer::Impl {
  explicit Impl(std::vector<std::string> list) : accepted(std::move(list)), sentence(accepted_sentence(accepted)) {}

  std::unexpected<Error> refuse(std::string_view what, std::string cause) const {
    auto first = what.empty() ? std::string("The type of this file could not be recognised.")
                              : "This looks like " + std::string(what) + ".";
    return fail(Errc::unsupported_type, std::move(first) + " " + sentence, std::move(cause));
  }

  // Words for a file that no probe knows.
  std::unexpected<Error> refuse_unknown(const Head& head) {
    if (const auto name = foreign_name(head.text()); !name.empty()) return refuse(name, "foreign signature");
    const auto mime = magic.mime_of(as_bytes(head.text()));
    auto cause = "no container structure; libmagic: " + (mime.empty() ? "no opinion" : mime);
    if (const auto* ours = find_type(mime)) {
      const std::string_view one = ours->one;
      return refuse("a damaged " + std::string(one.substr(one.find(' ') + 1)), std::move(cause));
    }
    return refuse(name_of_mime(mime), std::move(cause));
  }

  bool is_believable(const Head& head, std::string_view type) {
    if (hides_markup(head.text()) || !certain_foreign_name(head.text()).empty()) return false;
    return magic.works() && agrees(magic.mime_of(as_bytes(head.text())), type);
  }

  std::vector<std::string> accepted;
  std::string sentence;
  MagicPool magic;
};

Sniffer::Sniffer(std::vector<std::string> accepted) : impl_(std::make_unique<Impl>(std::move(accepted))) {}
Sniffer::~Sniffer() = default;

bool Sniffer::has_libmagic() const { return impl_->magic.works(); }

Result<std::optional<Kind>> Sniffer::judge(Bytes bytes, bool whole_head) const {
  const bool full = bytes.size() >= kSniffBytes;
  if (bytes.empty()) {
    if (whole_head) return fail(Errc::empty_file, "This file is empty.");
    return std::nullopt;
  }
  const auto extent = full ? Extent::start : whole_head ? Extent::file : Extent::part;
  const Head head(bytes.first(std::min(bytes.size(), kSniffBytes)), extent);

  const auto found = probe_all(head);
  if (found.sure == Sure::no) return impl_->refuse_unknown(head);
  if (hides_pdf(head.text())) return impl_->refuse("a PDF document", "PDF header behind another signature");
  // A first impression may still turn out to be a disguise: wait for all of the place where something could hide.
  const bool may_change = found.sure != Sure::strong || head.size() < kHidingPlaceBytes;
  if (extent == Extent::part && may_change) {
    if (found.sure == Sure::strong) return std::nullopt;
    if (const auto name = certain_foreign_name(head.text()); !name.empty())
      return impl_->refuse(name, "foreign signature");
    return std::nullopt;
  }
  const bool believed =
      found.sure == Sure::strong || (found.sure == Sure::weak && impl_->is_believable(head, found.type));
  if (!believed) return impl_->refuse_unknown(head);
  if (!type_is_in(impl_->accepted, found.type)) {
    return impl_->refuse(find_type(found.type)->one, "type not in the accepted list");
  }
  return Kind{std::string(found.type)};
}

}  // namespace stile::media
