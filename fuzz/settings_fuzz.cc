// load_settings: settings within their bounds or sentences that name what is wrong; and settings written down are read
// as the same.
//
// Input: a TOML file; then, behind a line "--", lines NAME=value of the environment (STILE_…), of --set (section.key)
// or of flags (--section-key).
#include <algorithm>

#include "app/settings.h"
#include "app/settings_table.h"
#include "base/check.h"
#include "base/text.h"
#include "fragments.h"

namespace {

using namespace stile;
using namespace stile::app;

Sources read_sources(std::string_view text) {
  constexpr std::string_view kBorder = "\n--\n";
  Sources sources;
  const std::size_t border = std::min(text.find(kBorder), text.size());
  sources.file_text = std::string(text.substr(0, border));
  sources.file_name = "stile.toml";
  text.remove_prefix(std::min(border + kBorder.size(), text.size()));
  while (!text.empty()) {
    const std::string_view line = fuzz::take_line(text);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    std::pair<std::string, std::string> pair(line.substr(0, equals), line.substr(equals + 1));
    (line.starts_with("STILE_") ? sources.env : sources.overrides).push_back(std::move(pair));
  }
  return sources;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = load_settings(read_sources(fuzz::as_text(data, size)));
  if (!loaded) {
    CHECK(!loaded.error().empty());
    for (const std::string& sentence : loaded.error()) CHECK(sentence.size() > 10);
    return 0;
  }
  Settings settings = *loaded;
  for (const Setting& setting : settings_table()) {
    const std::string text = format(setting, settings);
    CHECK(is_valid_utf8(text) && text.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos);
    Settings copy = *load_settings({});
    CHECK(assign(setting, copy, text) && format(setting, copy) == text);
  }
  const std::string file = effective_settings_text(settings);
  const auto again = load_settings({.file_text = file, .file_name = "again.toml", .env = {}, .overrides = {}});
  CHECK(again.has_value());
  CHECK(effective_settings_text(*again) == file);
  CHECK(!effective_domain(settings).empty() && effective_public_url(settings, 80).contains("://"));
  return 0;
}
