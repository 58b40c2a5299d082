#include "app/settings.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/settings_table.h"

namespace stile::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::expected<Settings, std::vector<std::string>> from_file(std::string text) {
  return load_settings({.file_text = std::move(text), .file_name = "stile.toml", .env = {}, .overrides = {}});
}
std::expected<Settings, std::vector<std::string>> from_flag(std::string name, std::string value) {
  return load_settings(
      {.file_text = {}, .file_name = {}, .env = {}, .overrides = {{std::move(name), std::move(value)}}});
}
std::expected<Settings, std::vector<std::string>> from_env(std::string name, std::string value) {
  return load_settings(
      {.file_text = {}, .file_name = {}, .env = {{std::move(name), std::move(value)}}, .overrides = {}});
}

TEST(Settings, DefaultsAreValidAndAsDocumented) {
  const auto settings = load_settings({});
  ASSERT_TRUE(settings) << settings.error().front();
  EXPECT_EQ(settings->server.listen, (HostPort{"127.0.0.1", 8023}));
  EXPECT_EQ(settings->server.head_timeout, 15s);
  EXPECT_EQ(settings->upload.durability, Durability::chunk);
  EXPECT_EQ(settings->upload.max_file_bytes, 1ull << 40);
  EXPECT_EQ(settings->upload.low_water_bytes, 256ull << 20);
  EXPECT_THAT(settings->upload.accepted_types, ElementsAre("image/*", "video/*", "audio/*"));
  EXPECT_EQ(settings->token.valid_minutes, 180u);
  EXPECT_EQ(settings->notify.give_up_after, 24h);
  EXPECT_FALSE(settings->notify.allow_private_addresses);
  EXPECT_THAT(settings->cors.origins, ElementsAre("*"));
}

TEST(Settings, EveryRowFillsAMemberOfItsOwn) {
  Settings settings;
  std::set<const void*> members;
  for (const Setting& setting : settings_table()) {
    const void* member = std::visit([](auto* slot) -> const void* { return slot; }, setting.slot(settings));
    EXPECT_TRUE(members.insert(member).second) << setting.name << " shares its member with another row";
  }
}

TEST(Settings, NamesAndFlagsAreUniqueAndEveryRowIsExplained) {
  std::set<std::string> names;
  for (const Setting& setting : settings_table()) {
    EXPECT_TRUE(names.insert(std::string(setting.name)).second) << setting.name;
    EXPECT_TRUE(names.insert(env_name(setting)).second) << setting.name;
    EXPECT_TRUE(names.insert(flag_name(setting)).second) << setting.name;
    if (!setting.short_flag.empty()) {
      EXPECT_TRUE(names.insert(std::string(setting.short_flag)).second) << setting.name;
    }
    EXPECT_TRUE(setting.meaning.ends_with(".")) << setting.name;
    EXPECT_TRUE(setting.why.ends_with(".")) << setting.name;
  }
}

TEST(Settings, FlagsWinOverEnvironmentOverFileOverDefault) {
  Sources sources{.file_text = "[server]\nlisten = \"127.0.0.1:1\"\nloops = 1\ndata = \"file\"\n",
                  .file_name = "stile.toml",
                  .env = {{"STILE_SERVER_LISTEN", "127.0.0.1:2"}, {"STILE_SERVER_LOOPS", "2"}},
                  .overrides = {{"--listen", "127.0.0.1:3"}}};
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().front();
  EXPECT_EQ(settings->server.listen.port, 3);
  EXPECT_EQ(settings->server.loops, 2u);
  EXPECT_EQ(settings->server.data, "file");
  EXPECT_EQ(settings->site.name, "Stile");
}

TEST(Settings, TheLaterOfTwoFlagsWins) {
  const auto settings = load_settings(
      {.file_text = {}, .file_name = {}, .env = {}, .overrides = {{"--server-loops", "3"}, {"server.loops", "4"}}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server.loops, 4u);
}

TEST(Settings, SizesTakeSuffixesAndBareBytes) {
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::uint64_t>>{{"4096", 4096},
                                                                                      {"4 KiB", 4096},
                                                                                      {"4kib", 4096},
                                                                                      {"3MiB", 3 << 20},
                                                                                      {"2 GiB", 2ull << 30},
                                                                                      {"1 TiB", 1ull << 40}}) {
    const auto settings = from_flag("upload.max_file_bytes", text);
    ASSERT_TRUE(settings) << text;
    EXPECT_EQ(settings->upload.max_file_bytes, bytes) << text;
  }
  for (const char* text :
       {"", "KiB", "4 KB", "-1", "1.5 GiB", "0x10", "99999999999999999999", "18446744073709551615 KiB", "9000 TiB"}) {
    EXPECT_FALSE(from_flag("upload.max_file_bytes", text)) << text;
  }
}

TEST(Settings, TimesNeedTheirUnit) {
  EXPECT_EQ(from_flag("server.head_timeout", "1500ms")->server.head_timeout, 1500ms);
  EXPECT_EQ(from_flag("server.head_timeout", "2 min")->server.head_timeout, 2min);
  EXPECT_EQ(from_flag("upload.grace", "2 d")->upload.grace, 48h);
  EXPECT_EQ(from_flag("upload.grace", "0")->upload.grace, 0ms);
  const auto bare = from_file("[server]\nhead_timeout = 15\n");
  ASSERT_FALSE(bare);
  EXPECT_THAT(bare.error(),
              ElementsAre(AllOf(HasSubstr("server.head_timeout (stile.toml:2): \"15\" is not valid"),
                                HasSubstr("a time with its unit (ms, s, min, h, d) from 1 s to 10 min"))));
}

TEST(Settings, ListenTakesNamesAndBothAddressFamilies) {
  EXPECT_EQ(from_flag("--listen", "localhost:0")->server.listen, (HostPort{"localhost", 0}));
  EXPECT_EQ(from_flag("--listen", "[::1]:80")->server.listen, (HostPort{"::1", 80}));
  EXPECT_EQ(to_string(HostPort{"::1", 80}), "[::1]:80");
  for (const char* text : {"8023", ":8023", "localhost", "localhost:", "localhost:65536", "::1:80", "[::1]",
                           "[x]:80", "a b:80", "a/b:80"}) {
    EXPECT_FALSE(from_flag("--listen", text)) << text;
  }
}

TEST(Settings, ListsAreArraysInTheFileAndCommasElsewhere) {
  const auto file = from_file("[upload]\naccepted_types = [\"image/png\", \"video/*\"]\n");
  ASSERT_TRUE(file) << file.error().front();
  EXPECT_THAT(file->upload.accepted_types, ElementsAre("image/png", "video/*"));
  EXPECT_THAT(from_env("STILE_CORS_ORIGINS", "https://a.example, http://b.example:81")->cors.origins,
              ElementsAre("https://a.example", "http://b.example:81"));
  EXPECT_FALSE(from_file("[upload]\naccepted_types = []\n"));
  EXPECT_FALSE(from_file("[upload]\naccepted_types = [1]\n"));
  EXPECT_FALSE(from_env("STILE_CORS_ORIGINS", "https://a.example/path"));
  EXPECT_FALSE(from_env("STILE_UPLOAD_ACCEPTED_TYPES", "image"));
}

TEST(Settings, AllErrorsOfAllSourcesAreReportedTogether) {
  Sources sources{.file_text =
                      "listen = 1\n[server]\nlisen = \"x\"\nloops = \"many\"\n[upload]\ndurability = "
                      "\"always\"\n[page]\nparallel = 2.5\n",
                  .file_name = "stile.toml",
                  .env = {{"STILE_SERVER_LISTN", "x"}, {"STILE_LOG_LEVEL", "loud"}, {"HOME", "/root"}},
                  .overrides = {{"--listen", "nowhere"}, {"sit.name", "x"}}};
  const auto settings = load_settings(sources);
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error(), SizeIs(9));
  const auto says = [&](const std::string& words) { EXPECT_THAT(settings.error(), Contains(HasSubstr(words))); };
  says("listen (stile.toml:1): there is no such setting; did you mean server.listen?");
  says("server.lisen (stile.toml:3): there is no such setting; did you mean server.listen?");
  says("server.loops (stile.toml:4): \"many\" is not valid; give a whole number from 0 to 256");
  says("upload.durability (stile.toml:6): \"always\" is not valid; give one of chunk|file|none");
  says("page.parallel (stile.toml:8): \"2.5\" is not valid");
  says("STILE_SERVER_LISTN (environment): there is no such setting; did you mean STILE_SERVER_LISTEN?");
  says("log.level (STILE_LOG_LEVEL): \"loud\" is not valid");
  says("server.listen (--listen): \"nowhere\" is not valid; give HOST:PORT");
  says("sit.name (--set): there is no such setting; did you mean site.name?");
}

TEST(Settings, AFileThatIsNotTomlNamesItsLine) {
  const auto settings = from_file("[server]\nlisten = \n");
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error(), ElementsAre(HasSubstr("stile.toml:2: not TOML")));
}

TEST(Settings, ValuesThatContradictEachOtherAreRefused) {
  const auto minutes = from_flag("token.max_valid_minutes", "60");
  ASSERT_FALSE(minutes);
  EXPECT_THAT(minutes.error(), ElementsAre("token.valid_minutes (180) must not be above token.max_valid_minutes (60)"));
  EXPECT_FALSE(from_flag("upload.block_bytes", "5000"));
  EXPECT_FALSE(from_flag("upload.max_chunk_bytes", "8 MiB"));
}

TEST(Settings, VariablesOfTheToolsAroundTheServerAreNoSettings) {
  EXPECT_TRUE(from_env("STILE_BIN", "build/release/stile"));
  EXPECT_TRUE(from_env("STILE_CONFIG", "stile.toml"));
  EXPECT_TRUE(from_env("STILE_TEST_SEED", "1"));
  EXPECT_FALSE(from_env("STILE_BINARY", "x"));
}

TEST(Settings, StileEnvironmentTakesStileVariablesOnly) {
  const char* const environment[] = {"HOME=/root", "STILE_SITE_NAME=a=b", "STILE_BROKEN", nullptr};
  EXPECT_THAT(stile_environment(environment),
              ElementsAre(std::pair<std::string, std::string>("STILE_SITE_NAME", "a=b")));
}

TEST(Settings, EffectiveTextReadsBackToTheSameSettings) {
  Sources sources{.file_text = {},
                  .file_name = {},
                  .env = {},
                  .overrides = {{"site.name", "A \"quoted\" \\ name ü"},
                                {"upload.grace", "90 s"},
                                {"upload.max_file_bytes", "1048577"},
                                {"upload.durability", "file"},
                                {"--listen", "[::1]:0"},
                                {"cors.origins", "https://a.example,https://b.example"},
                                {"site.open", "no"}}};
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().front();
  const std::string text = effective_settings_text(*settings);
  const auto again = from_file(text);
  ASSERT_TRUE(again) << again.error().front();
  EXPECT_EQ(effective_settings_text(*again), text);
  for (const Setting& setting : settings_table())
    EXPECT_EQ(format(setting, *settings), format(setting, *again)) << setting.name;
}

TEST(Settings, EveryNumberRefusesWhatIsJustOutsideItsRange) {
  for (const Setting& setting : settings_table()) {
    if (setting.bounds.max == 0) continue;
    const std::string unit_text = setting.kind == Kind::duration ? "ms" : "";
    Settings settings;
    EXPECT_TRUE(assign(setting, settings, std::to_string(setting.bounds.min) + unit_text)) << setting.name;
    EXPECT_TRUE(assign(setting, settings, std::to_string(setting.bounds.max) + unit_text)) << setting.name;
    EXPECT_FALSE(assign(setting, settings, std::to_string(setting.bounds.max + 1) + unit_text)) << setting.name;
    if (setting.bounds.min > 0) {
      EXPECT_FALSE(assign(setting, settings, std::to_string(setting.bounds.min - 1) + unit_text)) << setting.name;
    }
  }
}

TEST(Settings, DescriptionsNameEverySetting) {
  const std::string text = describe_settings_text();
  const std::string markdown = describe_settings_markdown();
  for (const Setting& setting : settings_table()) {
    EXPECT_THAT(text, HasSubstr(env_name(setting)));
    EXPECT_THAT(text, HasSubstr(flag_name(setting)));
    EXPECT_THAT(markdown, HasSubstr("`" + std::string(setting.name) + "`"));
  }
  EXPECT_THAT(setting_flags(), SizeIs(settings_table().size()));
  EXPECT_EQ(setting_flags().front().names, (std::vector<std::string>{"--listen", "--server-listen"}));
}

TEST(Settings, TheEffectiveUrlFollowsDomainAndPort) {
  const auto url = [](std::vector<std::pair<std::string, std::string>> overrides, std::uint16_t port) {
    const auto settings =
        load_settings({.file_text = {}, .file_name = {}, .env = {}, .overrides = std::move(overrides)});
    return settings ? effective_public_url(*settings, port) : settings.error().front();
  };
  EXPECT_EQ(url({}, 8023), "http://127.0.0.1:8023");
  EXPECT_EQ(url({{"--listen", "0.0.0.0:0"}}, 4711), "http://localhost:4711");
  EXPECT_EQ(url({{"--listen", "[::1]:0"}}, 4711), "http://[::1]:4711");
  EXPECT_EQ(url({{"--domain", "media.example.com"}}, 80), "http://media.example.com");
  EXPECT_EQ(url({{"--domain", "media.example.com:8080"}}, 80), "http://media.example.com:8080");
  EXPECT_EQ(url({{"--public-url", "https://media.example.com"}}, 8023), "https://media.example.com");
  EXPECT_THAT(url({{"--public-url", "https://media.example.com/"}}, 8023), HasSubstr("is not valid"));
}

TEST(Settings, TheSecureUrlFollowsDomainAndTlsPort) {
  const auto url = [](std::vector<std::pair<std::string, std::string>> overrides, std::uint16_t port) {
    const auto settings =
        load_settings({.file_text = {}, .file_name = {}, .env = {}, .overrides = std::move(overrides)});
    return settings ? effective_secure_url(*settings, port) : settings.error().front();
  };
  EXPECT_EQ(url({}, 0), "https://127.0.0.1");  // of a proxy
  EXPECT_EQ(url({}, 443), "https://127.0.0.1");
  EXPECT_EQ(url({}, 8443), "https://127.0.0.1:8443");
  EXPECT_EQ(url({{"--domain", "media.example.com"}}, 8443), "https://media.example.com:8443");
  EXPECT_EQ(url({{"--domain", "media.example.com:9"}}, 8443), "https://media.example.com:9");
  EXPECT_EQ(url({{"--public-url", "http://media.example.com"}}, 8443), "http://media.example.com");
}

TEST(Settings, EitherListenerMayBeOffButNotBoth) {
  const auto load = [](std::vector<std::pair<std::string, std::string>> overrides) {
    return load_settings({.file_text = {}, .file_name = {}, .env = {}, .overrides = std::move(overrides)});
  };
  const auto tls_alone = load({{"--listen", ""},
                               {"tls.listen", "0.0.0.0:443"},
                               {"tls.certificate", "c"},
                               {"tls.key", "k"},
                               {"server.domain", "a.example"}});
  ASSERT_TRUE(tls_alone) << tls_alone.error().front();
  EXPECT_TRUE(tls_alone->server.listen.is_off());
  EXPECT_EQ(effective_public_url(*tls_alone, 443), "https://a.example");
  EXPECT_EQ(effective_public_url(*tls_alone, 8443), "https://a.example:8443");
  EXPECT_THAT(load({{"--listen", ""}}).error(), ElementsAre(HasSubstr("both empty")));
  EXPECT_THAT(load({{"tls.listen", "0.0.0.0:443"}, {"tls.key", "k"}}).error(), ElementsAre(HasSubstr("tls.certificate")));
  EXPECT_THAT(load({{"tls.listen", "0.0.0.0:443"}, {"tls.certificate", "c"}}).error(), ElementsAre(HasSubstr("tls.key")));
}

TEST(Settings, ProxiesAreNetworksAndTheirHeadersKnownOnes) {
  EXPECT_THAT(from_flag("proxy.trusted", "10.0.0.0/8, fd00::/8,192.0.2.1")->proxy.trusted,
              ElementsAre("10.0.0.0/8", "fd00::/8", "192.0.2.1"));
  EXPECT_THAT(from_flag("proxy.trusted", "")->proxy.trusted, IsEmpty());
  EXPECT_THAT(from_file("[proxy]\ntrusted = []\nheaders = [\"forwarded\"]\n")->proxy.headers, ElementsAre("forwarded"));
  for (const char* text : {"10.0.0.1/8", "localhost", "*", "10.0.0.0/8,", "10.0.0.0/33"})
    EXPECT_FALSE(from_flag("proxy.trusted", text)) << text;
  for (const char* text : {"", "X-Real-IP", "X-Forwarded-For,"}) EXPECT_FALSE(from_flag("proxy.headers", text)) << text;
}

}  // namespace
}  // namespace stile::app
