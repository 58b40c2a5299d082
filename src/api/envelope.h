// The envelope: writes what a method answers, or why it does not, as v1 XML, v1 JSON or v2 JSON.
//
// Nothing that came from outside can leave its place: XML escapes markup and replaces the characters XML 1.0 forbids by
// U+FFFD; JSON also escapes what would end a <script> element (`</`, `<!`) and U+2028/9, which older scripts take for
// line ends. A property whose name is no XML name becomes <field name="…">.
// Source: spec/api.md 1.1 to 1.6 and 1.9. Replies carry Cache-Control: no-store, because some of them carry secrets.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/errors.h"
#include "api/format.h"
#include "api/values.h"
#include "http/reply.h"

namespace stile::api {

http::Reply ok_reply(const Call& call, const Format& format, const Site& site, const Answer& answer);

// v1: HTTP 200 always. v2: the problem's own status.
http::Reply error_reply(const Call& call, const Format& format, const Problem& problem);

// A JSON object of texts that are JSON themselves, by name; of a name that repeats the first counts. Wrapped as the
// format says, whatever its syntax.
http::Reply json_objects_reply(const Format& format, const std::vector<std::pair<std::string, std::string>>& objects);

}  // namespace stile::api
