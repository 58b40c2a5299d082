#include "api/gateway.h"

#include <gtest/gtest.h>

#include "api/gateway_rig.h"

namespace stile::api {
namespace {

std::string request(const std::string& method, const std::string& target, const std::string& headers = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}
std::string line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

class GatewayTest : public testing::Test {
 protected:
  GatewayRig rig;
};

TEST_F(GatewayTest, SaysHowItIs) {
  EXPECT_TRUE(rig.talk(request("GET", "/healthz")).ends_with("\r\n\r\nok\n"));
  EXPECT_TRUE(rig.talk(request("GET", "/readyz")).ends_with("\r\n\r\nready\n"));
  EXPECT_EQ(line(rig.talk(request("GET", "/"))), "HTTP/1.1 200 OK");
  rig.not_ready = "stopping";
  EXPECT_TRUE(rig.talk(request("GET", "/readyz")).ends_with("\r\n\r\nnot ready: stopping\n"));
}

TEST_F(GatewayTest, CountsKeysThatDoNotHold) {
  rig.talk(request("GET", "/api/2/photo/list", "Authorization: Bearer wrong\r\n"));
  rig.talk(request("GET", "/api/2/photo/list"));
  EXPECT_EQ(rig.gateway.caller_stats().refused_keys, 1u);
}

TEST_F(GatewayTest, AnswersPreflightsBeforeLookingAtAnything) {
  for (const char* target :
       {"/api/photo/redeem-upload-token?upload_token=nope", "/api/2/photo/redeem-upload-token", "/nowhere", "*"}) {
    const std::string answer =
        rig.talk(request("OPTIONS", target, "Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n"));
    EXPECT_EQ(line(answer), "HTTP/1.1 204 No Content") << target;
    EXPECT_TRUE(answer.contains("\r\nAccess-Control-Allow-Methods: ")) << target;
  }
}

TEST_F(GatewayTest, RefusesAMalformedFormInTheFormThatItAsksFor) {
  const std::string refused = "some.call({\"status\":\"error\",\"message\":\"A parameter ";
  for (const char* bad : {"title=%ff", "title=%00", "title=%", "%ff=1"}) {
    const std::string form = std::string("format=json&") + bad + "&callback=some.call";
    EXPECT_TRUE(rig.talk(request("GET", "/api/photo/list?" + form)).contains("\r\n\r\n" + refused)) << bad;
    const std::string headers =
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) + "\r\n";
    EXPECT_TRUE(rig.talk(request("POST", "/api/photo/list", headers) + form).contains("\r\n\r\n" + refused)) << bad;
  }
}

TEST_F(GatewayTest, PutsCorsHeadersOnEveryAnswer) {
  for (const std::string& bytes : {request("GET", "/nowhere"), request("DELETE", "/api/photo/redeem-upload-token"),
                                   request("GET", "/api/photo/redeem-upload-token?upload_token=x"),
                                   request("GET", "/api/no/such-method"), std::string("nonsense\r\n\r\n")}) {
    const std::string answer = rig.talk(bytes);
    EXPECT_TRUE(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\n")) << bytes;
    EXPECT_EQ(answer.find("Access-Control-Allow-Origin"), answer.rfind("Access-Control-Allow-Origin"));
  }
}

TEST_F(GatewayTest, KnowsItsMethods) {
  EXPECT_EQ(line(rig.talk(request("DELETE", "/"))), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_EQ(line(rig.talk(request("POST", "/healthz", "Content-Length: 0\r\n"))), "HTTP/1.1 405 Method Not Allowed");
  const std::string answer = rig.talk(request("DELETE", "/api/photo/redeem-upload-token"));
  EXPECT_EQ(line(answer), "HTTP/1.1 405 Method Not Allowed");
  EXPECT_TRUE(answer.contains("\r\nAllow: GET, HEAD, POST, PUT, PATCH, OPTIONS\r\n"));
}

TEST_F(GatewayTest, RefusesPackedBodiesAndReadsThemAway) {
  const std::string packed = "\x1f\x8b\x08 whatever";
  const std::string length = "Content-Length: " + std::to_string(packed.size()) + "\r\n";
  const std::string next = request("GET", "/healthz", "Connection: close\r\n");
  for (const char* coding : {"gzip", "GZIP", "br", "deflate", "zstd", "gzip, identity", "x"}) {
    const std::string fields = std::string("Content-Encoding: ") + coding + "\r\n" + length;
    for (const char* target : {"/api/2/echo", "/login", "/nowhere"}) {
      const std::string answer = rig.talk(request("POST", target, fields) + packed + next);
      EXPECT_EQ(line(answer), "HTTP/1.1 415 Unsupported Media Type") << coding;
      EXPECT_TRUE(answer.contains("\r\nAccept-Encoding: identity\r\n"));
      EXPECT_TRUE(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\n"));
      EXPECT_TRUE(answer.ends_with("\r\n\r\nok\n")) << "the next request is found behind it";
    }
    for (const char* target : {"/api/photo/redeem-upload-token", "/api/2/photo/replace"})
      EXPECT_EQ(line(rig.talk(request("POST", target, fields) + packed)), "HTTP/1.1 400 Bad Request") << coding;
  }
  const auto echo = [&](const std::string& fields) {
    return line(rig.talk(request("POST", "/api/2/echo", fields + length) + packed));
  };
  EXPECT_EQ(echo("Content-Encoding: identity\r\nContent-Encoding: br\r\n"), "HTTP/1.1 415 Unsupported Media Type");
  for (const char* coding : {"identity", "Identity", ""})
    EXPECT_EQ(echo(std::string("Content-Encoding: ") + coding + "\r\n"), "HTTP/1.1 200 OK");
  EXPECT_EQ(line(rig.talk(request("GET", "/healthz", "Content-Encoding: gzip\r\n"))), "HTTP/1.1 200 OK");
}

TEST_F(GatewayTest, HasNothingOutsideItsRoutes) {
  for (const char* target : {"/nowhere", "/assets/../../etc/passwd", "/assets/%2e%2e/x", "/..%2f..%2fetc/passwd",
                             "/1/2/3/original", "/1/2/%00/original", "//", "/1/99999999999999999999/k/original"})
    EXPECT_TRUE(line(rig.talk(request("GET", target))).starts_with("HTTP/1.1 40")) << target;
}

TEST_F(GatewayTest, ShowsThePageOfALinkAndItsState) {
  rig.add_token(test_token("good", "https://back.example:8443/x?y"));
  catalog::Token gone = test_token("gone");
  gone.revoked = true;
  rig.add_token(gone);
  const std::string good = rig.talk(request("GET", "/upload/good"));
  EXPECT_EQ(line(good), "HTTP/1.1 200 OK");
  EXPECT_TRUE(good.contains("https://back.example:8443"));
  EXPECT_EQ(line(rig.talk(request("GET", "/upload/gone"))), "HTTP/1.1 200 OK");
  const std::string unknown = rig.talk(request("GET", "/upload/%3Cscript%3Ealert(1)%3C/script%3E"));
  EXPECT_EQ(line(unknown), "HTTP/1.1 404 Not Found");
  EXPECT_FALSE(unknown.contains("alert(1)"));
}

TEST_F(GatewayTest, IgnoresTheQueryOfAPost) {
  const std::string answer = rig.talk(
      "POST /api/echo?message=query HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 12\r\n\r\nmessage=body");
  EXPECT_FALSE(answer.contains("query"));
}

TEST_F(GatewayTest, ABodyThatWasCutIsTroubleThatMayPass) {
  const std::string answer = rig.talk(
      "POST /api/2/photo/list HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: 100\r\n\r\nmessage=body");
  EXPECT_EQ(line(answer), "HTTP/1.1 503 Service Unavailable");
}

TEST_F(GatewayTest, BoundsTheFormsOfMethods) {
  const std::string body = "a=" + std::string(2 << 20, 'x');
  const std::string answer = rig.talk(
      "POST /api/2/echo HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body + request("GET", "/healthz"));
  EXPECT_EQ(line(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(answer.ends_with("\r\n\r\nok\n"));  // the connection lives on
}

TEST_F(GatewayTest, BoundsTheNamesInTheFormsOfMethods) {
  std::string body;
  for (int i = 0; i < 190; ++i)
    body += "--b\r\nContent-Disposition: form-data; name=\"" + std::string(7'000, 'n') + "\"\r\n\r\n\r\n";
  body += "--b--\r\n";
  const std::string answer = rig.talk(
      "POST /api/2/echo HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(line(answer), "HTTP/1.1 400 Bad Request");
  EXPECT_TRUE(answer.contains("too long")) << answer;
}

}  // namespace
}  // namespace stile::api
