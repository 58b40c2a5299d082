#include "app/log.h"

#include <gtest/gtest.h>

#include "web/assets.h"

namespace stile::app {
namespace {

TEST(LoggablePath, NamesWhatIsTheSameForEverybody) {
  for (const char* path : {"/", "/healthz", "/metrics", "/login", "/oauth/authorize", "/api/echo", "/api/2/photo/list",
                           "/api/photo/redeem-upload-token", "/api/2/photo/replace", "/api/2/openapi.json"})
    EXPECT_EQ(loggable_path(path), path);
  const std::string_view asset = web::asset_named("upload.js").path;
  EXPECT_EQ(loggable_path(asset), asset);
}

TEST(LoggablePath, NeverRepeatsAWordOfTheClients) {
  for (const char* path :
       {"/upload/SECRET", "/1/2/SECRET/original", "/SECRET", "/login/SECRET", "/LOGIN", "/assets/SECRET",
        "/assets/../upload/SECRET", "/metrics/SECRET", "/upload/login", "//api/echo"})
    EXPECT_EQ(loggable_path(path), "/…") << path;
  for (const char* path :
       {"/api/SECRET", "/api/2/SECRET", "/api/../upload/SECRET", "/api/2/../../upload/SECRET", "/api/photo/SECRET",
        "/api/photo/list/SECRET", "/api/photo/redeem-upload-token/SECRET", "/api/echo;SECRET", "/api/photo", "/api/"})
    EXPECT_EQ(loggable_path(path), "/api/…") << path;
}

}  // namespace
}  // namespace stile::app
