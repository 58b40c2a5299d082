// The probes of containers, each by itself: at most one is sure, what it says is a known type, and what it has said of
// the first part of a head it does not take back. (sniff has libmagic in it, which is slow; here are none but ours.)
#include "base/check.h"
#include "fragments.h"
#include "media/lookalike.h"
#include "media/probes.h"
#include "media/sniff.h"

namespace {

using namespace stile;
using namespace stile::media;

void check(Bytes bytes, Extent extent) {
  const Head head(bytes, extent);
  int sure = 0;
  for (const Probe probe : kProbes) {
    const Finding finding = probe(head);
    const bool found = finding.sure == Sure::weak || finding.sure == Sure::strong;
    sure += found;
    CHECK(found == !finding.type.empty());
    CHECK(!found || type_is_in(known_types(), finding.type));
    CHECK(finding.sure != Sure::more || extent == Extent::part);
  }
  CHECK(sure <= 1);
}

// The sniffer acts on a "no" at once, and on a type as soon as nothing can hide in front of it any more: more bytes
// must not turn either into anything else.
void check_growth(const Probe probe, Bytes bytes, std::size_t early) {
  const Finding before = probe(Head(bytes.first(early), Extent::part));
  if (before.sure == Sure::more) return;
  for (const Extent extent : {Extent::part, bytes.size() < kSniffBytes ? Extent::file : Extent::start}) {
    const Finding after = probe(Head(bytes, extent));
    if (before.sure == Sure::no) CHECK(after.sure == Sure::no);
    if (before.sure == Sure::strong && early >= kHidingPlaceBytes)
      CHECK(after.sure == Sure::strong && after.type == before.type);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, std::min(size, kSniffBytes)));
  for (const Extent extent : {Extent::part, Extent::start, Extent::file}) check(bytes, extent);
  fuzz::Fragments fragments(as_text(bytes));
  const std::size_t few = fragments.next(bytes.size());
  for (const std::size_t early : {few, few + fragments.next(bytes.size() - few), bytes.size() / 2,
                                  std::min(bytes.size(), kHidingPlaceBytes + few), bytes.size() - bytes.size() / 8})
    for (const Probe probe : kProbes) check_growth(probe, bytes, early);
  const std::string_view text = as_text(bytes);
  const std::string_view certain = certain_foreign_name(text);
  // What is refused on sight has a name; a PDF that hides in it is what it is called by.
  const std::string_view name = foreign_name(text);
  CHECK(certain.empty() || name == certain || (hides_pdf(text) && name == "a PDF document"));
  (void)hides_markup(text);
  return 0;
}
