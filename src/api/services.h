// Services and Rules: what the methods of the API work with. Built by app, outlives every call.
#pragma once

#include <functional>

#include "api/call.h"
#include "api/errors.h"
#include "api/parameters.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "catalog/library.h"
#include "io/task.h"

namespace stile::api {

// Source of the defaults: spec/api.md 3.1, 6.5, 6.6.
struct TokenRules {
  std::int64_t default_minutes = 180;
  std::int64_t min_minutes = 15;
  std::int64_t max_minutes = 1440;
  std::int64_t max_uploads_v1 = 100;
  std::int64_t max_uploads_v2 = 1000;
  std::size_t max_albums = 100;
  std::size_t max_extras = 100;
  std::size_t max_extras_bytes = 32 * 1024;  // names and values together
};

struct Rules {
  TextRules text;
  TokenRules token;
};

struct Services {
  catalog::Catalog& catalog;
  catalog::Library& library;
  Random& random;
  Site site = {};
  Rules rules = {};
  // Told of every error that came from inside, with its cause, before the client gets words without it. May be empty.
  // Threads: called from any loop.
  std::function<void(const Call&, const Error&)> on_trouble = {};

  // Told when an event was stored, so that it is delivered at once. May be empty. Threads: any.
  std::function<void()> wake_outbox = {};

  // Removes the files of a photo that delete_photo has taken out of the catalog; what fails is done by the sweep. May be
  // empty.
  std::function<io::Task<void>(std::int64_t photo_id)> remove_files = {};

  // The problem that `error` is to the client, after on_trouble has heard of it.
  Problem trouble(const Call& call, const Error& error) const {
    if (on_trouble) on_trouble(call, error);
    return problem_of(error);
  }
};

}  // namespace stile::api
