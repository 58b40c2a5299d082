// A browser for tests: keeps cookies, reads the hidden fields of forms, goes where it is sent only when told to.
#pragma once

#include <map>
#include <string>

#include "api/gateway_rig.h"
#include "base/text.h"

namespace stile::api {

struct WebAnswer {
  int status = 0;
  std::string head;
  std::string body;

  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
  // The value of a hidden field.
  std::string hidden(const std::string& name) const {
    const std::string front = "name=\"" + name + "\" value=\"";
    const std::size_t at = body.find(front);
    if (at == std::string::npos) return "";
    return body.substr(at + front.size(), body.find('"', at + front.size()) - at - front.size());
  }
  Params form() const {
    const auto parsed = parse_form(body, 100);
    return parsed ? *parsed : Params{};
  }
  bool says(std::string_view text) const { return body.find(text) != std::string::npos; }
};

inline WebAnswer read_answer(const std::string& bytes) {
  WebAnswer answer;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::stoi(bytes.substr(9, 3));
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  return answer;
}

class Browser {
 public:
  explicit Browser(GatewayRig& rig) : rig_(rig) {}

  WebAnswer get(const std::string& target) { return ask("GET " + target, ""); }
  WebAnswer post(const std::string& target, const Params& form) {
    const std::string body = to_form(form);
    return ask(
        "POST " + target,
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(body.size()) + "\r\n",
        body);
  }
  std::map<std::string, std::string> cookies;

 private:
  WebAnswer ask(const std::string& line, const std::string& headers, const std::string& body = "") {
    std::string shown;
    for (const auto& [name, value] : cookies) shown += (shown.empty() ? "Cookie: " : "; ") + name + "=" + value;
    if (!shown.empty()) shown += "\r\n";
    WebAnswer answer = read_answer(rig_.talk(line + " HTTP/1.1\r\nHost: h\r\n" + shown + headers + "\r\n" + body));
    keep_cookies(answer.head);
    return answer;
  }
  void keep_cookies(const std::string& head) {
    const std::string front = "\r\nSet-Cookie: ";
    for (std::size_t at = head.find(front); at != std::string::npos; at = head.find(front, at + 1)) {
      const std::string text = head.substr(at + front.size(), head.find("\r\n", at + 2) - at - front.size());
      const std::size_t equals = text.find('=');
      const std::string value = text.substr(equals + 1, text.find(';') - equals - 1);
      if (text.find("Max-Age=0;") != std::string::npos)
        cookies.erase(text.substr(0, equals));
      else
        cookies[text.substr(0, equals)] = value;
    }
  }

  GatewayRig& rig_;
};

// A user with this name and password.
inline catalog::User add_person(GatewayRig& rig, std::string username, const std::string& password,
                                bool site_admin = false) {
  catalog::User user;
  user.username = username;
  user.name = username + "'s name";
  user.email = username + "@example.com";
  user.site_admin = site_admin;
  user.created_at = rig.parts.clock.wall_now();
  user.password_hash = auth::hash_password_blocking(password, rig.parts.random);
  return rig.parts.run(rig.parts.sql->add_account(std::move(user))).value();
}

}  // namespace stile::api
