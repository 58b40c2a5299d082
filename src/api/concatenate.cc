// concatenate.
#include "api/envelope.h"
#include "api/site_methods.h"
#include "base/text.h"

namespace stile::api {
namespace {

constexpr std::size_t kMaxPairs = 200;

// The call that "/api/photo/list?size=1" means, answering with bare JSON.
Outcome<Call> read_part(const Call& outer, std::string_view text) {
  const auto mark = text.find('?');
  const auto target = parse_target(text.substr(0, mark));
  if (!target || target->generation != Generation::v1 || target->endpoint == outer.endpoint)
    return refuse(Code::no_such_object, "There is no such method");
  auto params = parse_form(mark == std::string_view::npos ? "" : text.substr(mark + 1), kMaxPairs);
  if (!params) return std::unexpected(problem_of(params.error()));
  Call part = outer;
  part.endpoint = target->endpoint;
  part.params = {{"format", "json"}, {"raw", "1"}};
  for (const auto& [name, value] : *params)
    if (name != "format" && name != "raw" && name != "callback" && name != "varname") part.params.add(name, value);
  return part;
}

io::Task<std::string> answer_part(const Call& outer, std::string_view text, const Services& services) {
  Format bare;
  bare.syntax = Format::Syntax::json;
  auto part = read_part(outer, text);
  if (!part) co_return error_reply(outer, bare, part.error()).body;
  const Call kept = *part;
  http::Reply reply = co_await call_method(std::move(*part), services);
  // A method may answer with something else than an envelope: a redirect, plain text, a file.
  for (const auto& [name, value] : reply.headers)
    if (name == "Content-Type" && value.starts_with("application/x-javascript") && reply.status == 200)
      co_return std::move(reply.body);
  co_return error_reply(kept, bare, problem(Code::invalid_type, "This method cannot be concatenated")).body;
}

}  // namespace

io::Task<http::Reply> concatenate(Call call, Format format, const Services& services) {
  std::vector<std::pair<std::string, std::string>> answers;
  for (const auto& [name, value] : call.params) {
    if (is_formatting_parameter(name)) continue;
    if (answers.size() == kMaxConcatenated)
      co_return error_reply(call, format, problem(Code::invalid_input, "There are too many calls in one"));
    answers.emplace_back(name, co_await answer_part(call, value, services));
  }
  co_return json_objects_reply(format, answers);
}

}  // namespace stile::api
