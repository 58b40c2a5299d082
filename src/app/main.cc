// stile: the command line.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <list>
#include <sstream>

#include "app/commands.h"
#include "app/event_commands.h"
#include "app/failpoint_commands.h"
#include "app/fsck_command.h"
#include "app/log.h"
#include "app/method_commands.h"
#include "app/metric_table.h"
#include "app/server_app.h"
#include "app/settings.h"
#include "app/token_commands.h"
#include "app/upload_commands.h"
#include "app/user_commands.h"

extern char** environ;

namespace stile::app {
namespace {

// The flags that give settings, the same on every command.
class SettingOptions {
 public:
  explicit SettingOptions(CLI::App& command) {
    command.add_option("--config", file_name_, "Settings file (TOML)")->type_name("FILE");
    command.add_option("--set", sets_, "Any setting, e.g. --set upload.grace=2h (see `stile config`)")
        ->type_name("NAME=VALUE");
    for (const SettingFlag& flag : setting_flags()) {
      std::string& value = values_.emplace_back();
      std::string names;
      for (const std::string& name : flag.names) names += (names.empty() ? "" : ",") + name;
      CLI::Option* option = command.add_option(names, value, flag.help);
      option->type_name(flag.value_name);
      if (!flag.common) option->group("");  // works, but only `stile config` lists it
      options_.push_back({flag.names.front(), option, &value});
    }
  }

  // The settings; prints every error and returns nullopt when there are any.
  std::optional<Settings> load() const {
    Sources sources;
    sources.env = stile_environment(environ);
    if (!file_name_.empty()) {
      std::ifstream file(file_name_, std::ios::binary);
      if (!file) {
        std::fprintf(stderr, "stile: cannot read the settings file %s\n", file_name_.c_str());
        return std::nullopt;
      }
      sources.file_text = std::string(std::istreambuf_iterator<char>(file), {});
      sources.file_name = file_name_;
    }
    for (const std::string& set : sets_) {
      const auto equals = set.find('=');
      sources.overrides.emplace_back(set.substr(0, equals), equals == std::string::npos ? "" : set.substr(equals + 1));
    }
    for (const auto& [name, option, value] : options_)
      if (option->count() > 0) sources.overrides.emplace_back(name, *value);
    auto settings = load_settings(sources);
    if (settings) return std::move(*settings);
    for (const std::string& error : settings.error()) std::fprintf(stderr, "stile: %s\n", error.c_str());
    return std::nullopt;
  }

 private:
  struct Given {
    std::string name;
    CLI::Option* option;
    const std::string* value;
  };
  std::string file_name_;
  std::vector<std::string> sets_;
  std::list<std::string> values_;
  std::vector<Given> options_;
};

int serve(const Settings& settings) {
  if (!arm_failpoint_of_environment()) return 2;
  const Log log(settings.log);
  auto app = ServerApp::start_blocking(settings, log);
  if (!app) {
    const Error& error = app.error();
    std::fprintf(stderr, "stile: cannot start: %s\n", (error.message.empty() ? error.cause : error.message).c_str());
    return 1;
  }
  return (*app)->run_blocking() ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app{"Stile, a self-hosted media upload gateway"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "stile 0.1");
  app.footer("Start with:  stile serve --data ./data   and   stile token create --data ./data");
  int code = 0;
  // Each command keeps what it parses in a list, so that addresses stay good until the callbacks run.
  std::list<SettingOptions> settings_options;
  const auto on = [&](CLI::App* command, auto action) {
    SettingOptions& options = settings_options.emplace_back(*command);
    command->callback([&options, &code, action] {
      const auto settings = options.load();
      code = settings ? action(*settings) : 2;
    });
  };

  on(app.add_subcommand("serve", "Run the server until SIGTERM or SIGINT"), [](const Settings& s) { return serve(s); });

  CLI::App* token = app.add_subcommand("token", "Upload tokens")->require_subcommand(1);
  CLI::App* token_create = token->add_subcommand("create", "Make an upload token (works beside a running server)");
  TokenCommand token_command;
  std::list<std::string> token_values;
  std::vector<std::pair<std::string, CLI::Option*>> token_options;
  const std::pair<const char*, std::pair<const char*, const char*>> token_flags[] = {
      {"--title", {"title", "Title of the photo; markup is removed"}},
      {"--description", {"description", "Description; a safe subset of HTML is kept"}},
      {"--tags", {"tags", "Tags, separated by spaces"}},
      {"--album-id", {"album_id", "Album ids, separated by commas"}},
      {"--publish", {"publish", "1 or 0"}},
      {"--publish-date", {"publish_date", "When to publish, YYYY-MM-DD HH:MM:SS (UTC)"}},
      {"--absolute-url", {"absolute_url", "Canonical address of the photo"}},
      {"--user-id", {"user_id", "Whose photo it will be"}},
      {"--return-url", {"return_url", "Where the browser goes, or what the server calls, after the upload"}},
      {"--background", {"background_return_p", "1: the server calls return_url itself"}},
      {"--max-uploads", {"max_uploads", "How many files may be uploaded"}},
      {"--valid-minutes", {"valid_minutes", "How long the token lives"}},
      {"--max-file-bytes", {"max_file_bytes", "Largest file, in bytes"}},
      {"--max-total-bytes", {"max_total_bytes", "All files together, in bytes"}},
      {"--accepted-types", {"accepted_types", "Types of files, e.g. \"image/jpeg, video/*\""}},
      {"--allowed-origins", {"allowed_origins", "Pages that may use it, e.g. https://app.example.com"}}};
  for (const auto& [flag, meaning] : token_flags) {
    std::string& value = token_values.emplace_back();
    token_options.emplace_back(meaning.first, token_create->add_option(flag, value, meaning.second)->type_name("TEXT"));
  }
  CLI::Option* background = token_create->get_option("--background")->expected(0, 1)->type_name("[0|1]");
  std::vector<std::string> extras;
  token_create->add_option("--extra", extras, "A parameter to repeat in the callback")
      ->type_name("NAME=VALUE")
      ->check([](const std::string& text) {
        const auto equals = text.find('=');
        return equals == std::string::npos || equals == 0 ? "must be NAME=VALUE" : "";
      });
  bool json = false;
  token_create->add_flag("--json", json, "Print JSON");
  on(token_create, [&](const Settings& s) {
    auto value = token_values.begin();
    for (const auto& [name, option] : token_options) {
      // "--background" alone means 1.
      if (option->count() > 0)
        token_command.params.emplace_back(name, value->empty() && option == background ? "1" : *value);
      ++value;
    }
    for (const std::string& extra : extras) {
      const auto equals = extra.find('=');
      token_command.params.emplace_back(extra.substr(0, equals), extra.substr(equals + 1));
    }
    token_command.output = json ? Output::json : Output::text;
    return create_token_command(s, token_command);
  });

  add_token_commands(*token, on);

  CLI::App* credentials = app.add_subcommand("credentials", "Keys of applications")->require_subcommand(1);
  CLI::App* credentials_create = credentials->add_subcommand("create", "Make keys; the secrets are shown once");
  CredentialsCommand credentials_command;
  credentials_create->add_option("--name", credentials_command.name, "Of the application")->required();
  credentials_create->add_option("--level", credentials_command.level, "read, write, admin or super")->required();
  credentials_create->add_option("--pingback-url", credentials_command.pingback_url,
                                 "POST there whenever a photo comes or changes")->type_name("URL");
  credentials_create->add_flag("--json", json, "Print JSON");
  on(credentials_create, [&](const Settings& s) {
    credentials_command.output = json ? Output::json : Output::text;
    return create_credentials_command(s, credentials_command);
  });
  CLI::App* credentials_list = credentials->add_subcommand("list", "List keys, without their secrets");
  credentials_list->add_flag("--json", json, "Print JSON");
  on(credentials_list,
     [&](const Settings& s) { return list_credentials_command(s, json ? Output::json : Output::text); });

  CLI::App* credentials_revoke =
      credentials->add_subcommand("revoke", "End keys at once, for OAuth and bearer tokens alike (also while the server runs)");
  std::string consumer_key;
  credentials_revoke->add_option("consumer_key", consumer_key, "Of the keys; see `stile credentials list`")->required();
  credentials_revoke->add_flag("--json", json, "Print JSON");
  on(credentials_revoke,
     [&](const Settings& s) { return revoke_credentials_command(s, consumer_key, json ? Output::json : Output::text); });

  CLI::App* credentials_pingback =
      credentials->add_subcommand("set-pingback", "Change, or with an empty URL end, the pingbacks of an application");
  std::string pingback_url;
  credentials_pingback->add_option("consumer_key", consumer_key, "Of the keys; see `stile credentials list`")->required();
  credentials_pingback->add_option("url", pingback_url, "POST there whenever a photo comes or changes")->required();
  credentials_pingback->add_flag("--json", json, "Print JSON");
  on(credentials_pingback, [&](const Settings& s) {
    return set_pingback_command(s, consumer_key, pingback_url, json ? Output::json : Output::text);
  });

  add_event_commands(app, on);
  add_fsck_command(app, on);
  add_failpoint_commands(app, on);
  add_upload_commands(app, on);
  add_user_commands(app, on);
  add_grant_commands(app, on);

  CLI::App* photo = app.add_subcommand("photo", "Finished uploads")->require_subcommand(1);
  CLI::App* photo_show = photo->add_subcommand("show", "Everything known of a photo");
  std::int64_t photo_id = 0;
  photo_show->add_option("photo_id", photo_id, "Its id")->required();
  photo_show->add_flag("--json", json, "Print JSON");
  on(photo_show,
     [&](const Settings& s) { return show_photo_command(s, photo_id, json ? Output::json : Output::text); });
  CLI::App* photo_list = photo->add_subcommand("list", "The photos of an upload token, newest first");
  std::string upload_token;
  photo_list->add_option("--token", upload_token, "The upload token")->required();
  photo_list->add_flag("--json", json, "Print JSON");
  on(photo_list,
     [&](const Settings& s) { return list_photos_command(s, upload_token, json ? Output::json : Output::text); });

  CLI::App* methods = app.add_subcommand("methods", "Print every method of the API with level, generations and verbs");
  MethodsOutput methods_output = MethodsOutput::text;
  const auto prints = [&](const char* flag, MethodsOutput output, const char* help) {
    methods->add_flag_callback(flag, [&methods_output, output] { methods_output = output; }, help);
  };
  prints("--markdown", MethodsOutput::markdown, "As a table");
  prints("--json", MethodsOutput::json, "With parameters");
  prints("--openapi", MethodsOutput::openapi, "As the server's /api/2/openapi.json");
  on(methods, [&](const Settings& s) { return list_methods_command(methods_output, s); });

  CLI::App* metrics = app.add_subcommand("metrics", "Print every figure of /metrics with type, labels and meaning");
  bool metrics_markdown = false;
  metrics->add_flag("--markdown", metrics_markdown, "As docs/metrics.md");
  on(metrics, [&](const Settings&) {
    const std::string text = metrics_markdown ? describe_metrics_markdown() : describe_metrics_text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  });

  CLI::App* config = app.add_subcommand("config", "Print every setting with unit, default and meaning");
  bool markdown = false;
  bool effective = false;
  config->add_flag("--markdown", markdown, "As docs/configuration.md");
  config->add_flag("--effective", effective, "As a settings file with the values in force");
  on(config, [&](const Settings& s) {
    const std::string text = markdown    ? describe_settings_markdown()
                             : effective ? effective_settings_text(s)
                                         : describe_settings_text();
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
  });

  CLI11_PARSE(app, argc, argv);
  return code;
}

}  // namespace
}  // namespace stile::app

int main(int argc, char** argv) {
  try {
    return stile::app::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stile: %s\n", error.what());
    return 1;
  }
}
