// The commands of the command line, besides `serve`. Each prints its result and returns the exit code.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/printing.h"
#include "app/settings.h"

namespace stile::app {

struct TokenCommand {
  std::vector<std::pair<std::string, std::string>> params;  // as of get-upload-token
  Output output = Output::text;
};
int create_token_command(const Settings& settings, const TokenCommand& command);

struct CredentialsCommand {
  std::string name;
  std::string level;
  std::string pingback_url = {};  // empty: none
  Output output = Output::text;
};
int create_credentials_command(const Settings& settings, const CredentialsCommand& command);
int list_credentials_command(const Settings& settings, Output output);
// Of every change of a photo the application is told there; an empty URL ends that.
int set_pingback_command(const Settings& settings, const std::string& consumer_key, const std::string& url,
                         Output output);
int revoke_credentials_command(const Settings& settings, const std::string& consumer_key, Output output);

int show_photo_command(const Settings& settings, std::int64_t photo_id, Output output);
int list_photos_command(const Settings& settings, const std::string& upload_token, Output output);

}  // namespace stile::app
