// ISO base media (ISO/IEC 14496-12) and QuickTime: brands decide the type, the box behind them confirms it.
#include <array>
#include <span>

#include "media/probes.h"

namespace stile::media {
namespace {

using namespace std::string_view_literals;

struct Brand {
  std::string_view name;  // a shorter name stands for all brands that begin with it
  std::string_view type;
};

constexpr auto kBrands = std::to_array<Brand>({
    {"qt  ", "video/quicktime"}, {"MQT ", "video/quicktime"}, {"isom", "video/mp4"},  {"iso2", "video/mp4"},
    {"iso3", "video/mp4"},       {"iso4", "video/mp4"},       {"iso5", "video/mp4"},  {"iso6", "video/mp4"},
    {"iso7", "video/mp4"},       {"iso8", "video/mp4"},       {"iso9", "video/mp4"},  {"isoa", "video/mp4"},
    {"isob", "video/mp4"},       {"isoc", "video/mp4"},       {"mp41", "video/mp4"},  {"mp42", "video/mp4"},
    {"mp71", "video/mp4"},       {"mp4v", "video/mp4"},       {"mmp4", "video/mp4"},  {"avc1", "video/mp4"},
    {"hvc1", "video/mp4"},       {"hev1", "video/mp4"},       {"av01", "video/mp4"},  {"M4V", "video/mp4"},
    {"M4A ", "audio/mp4"},       {"M4B ", "audio/mp4"},       {"M4P ", "audio/mp4"},  {"F4V ", "video/mp4"},
    {"f4v ", "video/mp4"},       {"F4P ", "video/mp4"},       {"F4A ", "audio/mp4"},  {"F4B ", "audio/mp4"},
    {"dash", "video/mp4"},       {"msdh", "video/mp4"},       {"msix", "video/mp4"},  {"cmfc", "video/mp4"},
    {"cmf2", "video/mp4"},       {"piff", "video/mp4"},       {"MSNV", "video/mp4"},  {"NDSC", "video/mp4"},
    {"NDSH", "video/mp4"},       {"NDSM", "video/mp4"},       {"NDSP", "video/mp4"},  {"NDSS", "video/mp4"},
    {"NDXC", "video/mp4"},       {"NDXH", "video/mp4"},       {"NDXM", "video/mp4"},  {"NDXP", "video/mp4"},
    {"NDXS", "video/mp4"},       {"ndsc", "video/mp4"},       {"XAVC", "video/mp4"},  {"CAEP", "video/mp4"},
    {"caqv", "video/mp4"},       {"LCAG", "video/mp4"},       {"niko", "video/mp4"},  {"pana", "video/mp4"},
    {"MPPI", "video/mp4"},       {"ROSS", "video/mp4"},       {"dby1", "video/mp4"},  {"3gp", "video/3gpp"},
    {"3ge", "video/3gpp"},       {"3gg", "video/3gpp"},       {"3gh", "video/3gpp"},  {"3gm", "video/3gpp"},
    {"3gr", "video/3gpp"},       {"3gs", "video/3gpp"},       {"3g2", "video/3gpp2"}, {"KDDI", "video/3gpp2"},
    {"heic", "image/heic"},      {"heix", "image/heic"},      {"heim", "image/heic"}, {"heis", "image/heic"},
    {"hevc", "image/heic"},      {"hevx", "image/heic"},      {"avif", "image/avif"}, {"avis", "image/avif"},
});

// Major brands that say "an image file" and leave the coding to the compatible brands.
constexpr auto kGenericImageBrands = std::to_array<std::string_view>({"mif1", "msf1", "mif2", "miaf"});

// What may follow `ftyp`, and what may begin a QuickTime file that has none.
constexpr auto kMovieBoxes =
    std::to_array<std::string_view>({"moov", "mdat", "free", "skip", "wide", "uuid", "moof", "sidx", "styp", "pdin",
                                     "meta", "udta", "pnot", "prft", "emsg", "ssix", "beam"});
constexpr auto kImageBoxes = std::to_array<std::string_view>({"meta", "mdat", "moov", "free", "skip", "uuid", "mini"});
constexpr auto kOldFirstBoxes = std::to_array<std::string_view>({"moov", "mdat", "wide", "free", "skip", "pnot"});

bool among(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view type_of_brand(std::string_view name) {
  const auto found = std::ranges::find_if(kBrands, [&](const Brand& brand) { return name.starts_with(brand.name); });
  return found == kBrands.end() ? std::string_view{} : found->type;
}

std::string_view type_of_brands(const Head& head, std::uint32_t box_size) {
  const auto major = head.word(8, 4);
  if (!among(kGenericImageBrands, major)) return type_of_brand(major);
  for (std::size_t at = 16; at + 4 <= box_size; at += 4) {
    if (const auto type = type_of_brand(head.word(at, 4)); type.starts_with("image/")) return type;
  }
  return {};
}

// The length of the box at `at` (8 bytes must be there); 0 when it makes no sense, ~0 when it lasts until the end.
std::uint64_t box_length(const Head& head, std::size_t at) {
  const std::uint64_t size = head.be32(at);
  if (size == 0) return ~std::uint64_t{0};
  if (size == 1) return head.has(at, 16) && head.be64(at + 8) >= 16 ? head.be64(at + 8) : 0;
  return size >= 8 ? size : 0;
}

Finding probe_branded(const Head& head) {
  constexpr std::uint32_t kLongestFtyp = 1024;
  if (!head.has(0, 12)) return head.lack();
  const auto size = head.be32(0);
  if (size < 16 || size > kLongestFtyp || size % 4 != 0) return kNo;
  if (!head.has(0, size)) return head.lack();
  const auto type = type_of_brands(head, size);
  if (type.empty()) return kNo;
  if (!head.has(size, 16)) return head.extent() == Extent::part ? kMore : kNo;
  const bool image = type.starts_with("image/");
  const auto next = head.word(size + 4, 4);
  if (!(image ? among(kImageBoxes, next) : among(kMovieBoxes, next))) return kNo;
  return box_length(head, size) == 0 ? kNo : strong(type);
}

// Files older than `ftyp`: a chain of known atoms, with the movie header inside `moov` as the proof.
Finding probe_old_quicktime(const Head& head) {
  constexpr auto kType = "video/quicktime"sv;
  std::uint64_t at = 0;
  for (int atoms = 0; atoms < 64; ++atoms) {
    if (!head.has(at, 8)) return atoms == 0 ? head.lack() : head.beyond(weak(kType));
    const auto here = static_cast<std::size_t>(at);
    const auto name = head.word(here + 4, 4);
    if (!(atoms == 0 ? among(kOldFirstBoxes, name) : among(kMovieBoxes, name))) return kNo;
    if (!head.has(at, 16)) return head.beyond(weak(kType));
    const auto length = box_length(head, here);
    if (length == 0) return kNo;
    if (name == "moov") {
      const auto inner = head.word(here + 12, 4);
      if (inner != "mvhd" && inner != "cmov" && inner != "rmra") return kNo;
      return inner == "mvhd" && (head.be32(here + 8) == 108 || head.be32(here + 8) == 120) ? strong(kType)
                                                                                           : weak(kType);
    }
    if (length > ~std::uint64_t{0} - at - 16) return kNo;  // lasts until the end: no movie header can follow
    at += length;
  }
  return kNo;
}

}  // namespace

Finding probe_iso(const Head& head) {
  if (!head.has(0, 8)) {
    // The name stands at 4, so the size in front of it tells little: only an absurd one ends the wait.
    if (head.has(0, 4) && head.be32(0) > 1 && head.be32(0) < 8) return kNo;
    for (std::string_view name : {"ftyp"sv, "moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv, "pnot"sv}) {
      if (head.spells(4, name) != Sure::no) return head.lack();
    }
    return kNo;
  }
  return head.is(4, "ftyp") ? probe_branded(head) : probe_old_quicktime(head);
}

}  // namespace stile::media
