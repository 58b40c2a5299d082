#include "api/envelope.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <pugixml.hpp>

#include "api/testing.h"

namespace stile::api {
namespace {

constexpr const char* kSiteJson =
    R"("site":{"setup_date":"2026-01-02","license_id":"3","domain":"videos.example.com","product_key":"tube",)"
    R"("site_id":"12","allow_signup_p":0,"secure_domain":"videos.example.com","site_name":"Example",)"
    R"("site_key":"example"},"endpoint":"/api/photo/thing"})";

http::Reply ok(Generation generation, const Params& params, const Answer& answer) {
  return ok_reply(test_call(generation, "/api/photo/thing", params), Format::from(params, generation).value(),
                  test_site(), answer);
}
http::Reply error(Generation generation, const Params& params, const Problem& problem) {
  return error_reply(test_call(generation, "/api/photo/thing", params), Format::from(params, generation).value(),
                     problem);
}

const Params kRaw{{"format", "json"}, {"raw", "1"}};
constexpr const char* kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

Answer thing() {
  Object object;
  object.text("title", "x").number("views", 7).decimal("length", 47.44).flag("hide_p", true).null("width").strings(
      "tags", {"a", "b c"});
  return {.message = "Done", .payload = Single{"thing", object}};
}

Answer things(int count) {
  List list{.name = "thing", .plural = "things", .items = {}, .page = Page{.p = 2, .size = 20}, .total_count = 21};
  for (int i = 1; i <= count; ++i)
    list.items.push_back(Object().number("id", i).flag("hide_p", false).long_text("content", "c").strings("tags", {"a", "b"}));
  return {.payload = list};
}

// What the text means to a parser, whatever escapes it uses.
std::string json_title(const std::string& body) {
  return std::string(boost::json::parse(body).at("data").at("title").as_string());
}
std::string xml_title(const std::string& body) {
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(body.c_str(), pugi::parse_default | pugi::parse_ws_pcdata)) << body;
  return document.child("response").child("title").text().get();
}

TEST(Envelope, WritesASingleObjectAsXml) {
  const auto reply = ok(Generation::v1, {}, thing());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(header(reply, "Content-Type"), "text/xml; charset=utf-8");
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store");
  EXPECT_EQ(reply.body, std::string(kXmlHead) +
                            "<response status=\"ok\" permission_level=\"write\" message=\"Done\" cached=\"0\">"
                            "<title>x</title><views>7</views><length>47.44</length><hide_p>1</hide_p><width/>"
                            "<tags>a,b c</tags></response>");
}

TEST(Envelope, WritesASingleObjectAsV1Json) {
  const auto reply = ok(Generation::v1, kRaw, thing());
  EXPECT_EQ(header(reply, "Content-Type"), "application/x-javascript; charset=utf-8");
  EXPECT_EQ(reply.body,
            std::string(R"({"status":"ok","message":"Done","permission_level":"write","cached":"0",)"
                        R"("thing":{"title":"x","views":"7","length":"47.44","hide_p":1,"width":"","tags":["a","b c"]},)"
                        R"("p":"1","size":"1",)") +
                kSiteJson);
}

TEST(Envelope, WritesASingleObjectAsV2Json) {
  const auto reply = ok(Generation::v2, {}, thing());
  EXPECT_EQ(header(reply, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(reply.body, R"({"status":"ok","message":"Done","permission_level":"write","cached":false,)"
                        R"("data":{"title":"x","views":7,"length":4.744E1,"hide_p":true,"width":null,"tags":["a","b c"]}})");
}

TEST(Envelope, WrapsV1Json) {
  const std::string raw = ok(Generation::v1, kRaw, thing()).body;
  EXPECT_EQ(ok(Generation::v1, {{"format", "json"}}, thing()).body, "var visual = " + raw);
  EXPECT_EQ(ok(Generation::v1, {{"format", "json"}, {"varname", "x"}}, thing()).body, "var x = " + raw);
  EXPECT_EQ(ok(Generation::v1, {{"format", "json"}, {"callback", "f"}}, thing()).body, "f(" + raw + ");");
  for (auto name : {"varname", "callback"}) {
    const auto reply = ok(Generation::v1, {{"format", "json"}, {name, "x"}}, thing());
    EXPECT_EQ(header(reply, "Content-Type"), "application/x-javascript; charset=utf-8");
    EXPECT_EQ(header(reply, "X-Content-Type-Options"), "nosniff");
  }
}

TEST(Envelope, WrapsV2JsonInACallback) {
  const auto reply = ok(Generation::v2, {{"callback", "f"}}, thing());
  EXPECT_EQ(reply.body, "/* */\nf(" + ok(Generation::v2, {}, thing()).body + ");");
  EXPECT_EQ(header(reply, "Content-Type"), "application/javascript; charset=utf-8");
  EXPECT_EQ(header(reply, "X-Content-Type-Options"), "nosniff");
}

TEST(Envelope, WritesListsAsXml) {
  EXPECT_EQ(ok(Generation::v1, {}, things(2)).body,
            std::string(kXmlHead) +
                "<response status=\"ok\" permission_level=\"write\" p=\"2\" size=\"20\" total_count=\"21\" cached=\"0\">"
                "<thing id=\"1\" hide_p=\"0\"><content>c</content><tags>a,b</tags></thing>"
                "<thing id=\"2\" hide_p=\"0\"><content>c</content><tags>a,b</tags></thing></response>");
}

TEST(Envelope, WritesListsAsV1Json) {
  const std::string item1 = R"({"id":"1","hide_p":0,"content":"c","tags":["a","b"]})";
  const std::string item2 = R"({"id":"2","hide_p":0,"content":"c","tags":["a","b"]})";
  const std::string head = R"({"status":"ok","permission_level":"write","cached":"0",)";
  const std::string tail = std::string(R"("p":"2","size":"20","total_count":"21",)") + kSiteJson;
  EXPECT_EQ(ok(Generation::v1, kRaw, things(2)).body, head + "\"things\":[" + item1 + "," + item2 + "]," + tail);
  EXPECT_EQ(ok(Generation::v1, kRaw, things(0)).body, head + "\"things\":[]," + tail);
  // The singular twin, exactly when there is one item.
  EXPECT_EQ(ok(Generation::v1, kRaw, things(1)).body,
            head + "\"things\":[" + item1 + "],\"thing\":" + item1 + "," + tail);
}

TEST(Envelope, WritesListsAsV2Json) {
  EXPECT_EQ(ok(Generation::v2, {}, things(1)).body,
            R"({"status":"ok","permission_level":"write","cached":false,)"
            R"("data":[{"id":1,"hide_p":false,"content":"c","tags":["a","b"]}],"p":2,"size":20,"total_count":21})");
  EXPECT_EQ(ok(Generation::v2, {}, things(0)).body,
            R"({"status":"ok","permission_level":"write","cached":false,"data":[],"p":2,"size":20,"total_count":21})");
}

TEST(Envelope, KeepsOnlyTheWantedFieldsInV2) {
  EXPECT_EQ(ok(Generation::v2, {{"fields", "tags,id,nothing"}}, things(1)).body,
            R"({"status":"ok","permission_level":"write","cached":false,)"
            R"("data":[{"id":1,"tags":["a","b"]}],"p":2,"size":20,"total_count":21})");
  EXPECT_EQ(ok(Generation::v2, {{"fields", "nothing"}}, thing()).body,
            R"({"status":"ok","message":"Done","permission_level":"write","cached":false,"data":{}})");
}

TEST(Envelope, WritesAnswersWithoutPayload) {
  const Answer answer{.message = "Done"};
  EXPECT_EQ(ok(Generation::v1, {}, answer).body,
            std::string(kXmlHead) + "<response status=\"ok\" permission_level=\"write\" message=\"Done\" cached=\"0\"/>");
  EXPECT_EQ(ok(Generation::v1, kRaw, answer).body,
            std::string(R"({"status":"ok","message":"Done","permission_level":"write","cached":"0",)") + kSiteJson);
  EXPECT_EQ(ok(Generation::v2, {}, answer).body,
            R"({"status":"ok","message":"Done","permission_level":"write","cached":false,"data":{}})");
  // An object without properties keeps its key.
  const Answer empty{.payload = Single{"photo", {}}};
  EXPECT_NE(ok(Generation::v1, kRaw, empty).body.find("\"photo\":{},\"p\":\"1\""), std::string::npos);
}

TEST(Envelope, RepeatsPropertiesBesideDataInV2WithoutTouchingTheEnvelope) {
  Answer answer{.payload = Single{"upload", Object().number("photo_id", 1)}};
  answer.v2_top.number("photo_id", 1).text("status", "hacked");
  EXPECT_EQ(ok(Generation::v2, {}, answer).body,
            R"({"status":"ok","permission_level":"write","cached":false,"data":{"photo_id":1},"photo_id":1})");
  EXPECT_EQ(ok(Generation::v1, kRaw, answer).body.find("hacked"), std::string::npos);
}

TEST(Envelope, WritesErrorsWithHttp200InV1) {
  const Problem denied = permission_denied(auth::Level::admin);
  const auto xml = error(Generation::v1, {}, denied);
  EXPECT_EQ(xml.status, 200);
  EXPECT_EQ(xml.body,
            std::string(kXmlHead) +
                "<response status=\"error\" permission_level=\"write\" code=\"permission_denied\" message=\"You don't "
                "have the necessary permissions to perform this action (required level: 'admin')\"/>");
  const auto json = error(Generation::v1, {{"format", "json"}}, denied);
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.body, R"(var visual = {"status":"error","message":"You don't have the necessary permissions to perform)"
                       R"x( this action (required level: 'admin')","code":"permission_denied",)x"
                       R"("permission_level":"write","endpoint":"/api/photo/thing"})");
}

TEST(Envelope, WritesErrorsWithTheirStatusInV2) {
  const auto json = error(Generation::v2, {}, problem(Code::no_such_photo));
  EXPECT_EQ(json.status, 404);
  EXPECT_EQ(json.body, R"({"status":"error","message":"The photo does not exist","code":"no_such_photo",)"
                       R"("permission_level":"write"})");
  EXPECT_EQ(error(Generation::v2, {{"format", "xml"}}, problem(Code::no_such_photo)).status, 404);
  EXPECT_EQ(error(Generation::v2, {{"callback", "f"}}, problem(Code::no_such_photo)).body,
            "/* */\nf(" + json.body + ");");
}

TEST(Envelope, LetsNoTextOutOfItsPlace) {
  for (const std::string& hostile :
       {std::string("\"'<>&"), std::string("</title></response><x a=\"b\">"), std::string("]]>"),
        std::string("<![CDATA[x]]>"), std::string("<!-- x"), std::string("&amp;&#60;&bogus;"), std::string("\\\"}\\"),
        std::string("</script><script>alert(1)</script>"), std::string("</SCRIPT"), std::string("<!--<script>"),
        std::string("line\nbreak\ttab"), std::string("  leading and trailing  "), std::string("   "),
        std::string("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c"), std::string("\xf0\x9f\x98\x80 \xc3\xa9")}) {
    const Answer answer{.payload = Single{"thing", Object().text("title", hostile)}};
    const std::string xml = ok(Generation::v1, {}, answer).body;
    EXPECT_EQ(xml_title(xml), hostile) << xml;
    const std::string json = ok(Generation::v2, {}, answer).body;
    EXPECT_EQ(json_title(json), hostile) << json;
    for (auto piece : {"</", "<!", "\xe2\x80\xa8", "\xe2\x80\xa9"})
      EXPECT_EQ(json.find(piece), std::string::npos) << json;
  }
}

TEST(Envelope, EscapesWhatEndsAScript) {
  const Answer answer{.payload = Single{"thing", Object().text("title", "</script><!--\xe2\x80\xa8\xe2\x80\xa9<b>")}};
  EXPECT_EQ(ok(Generation::v2, {}, answer).body,
            R"({"status":"ok","permission_level":"write","cached":false,)"
            R"("data":{"title":"<\/script>\u003c!--\u2028\u2029<b>"}})");
}

TEST(Envelope, ReplacesCharactersThatXmlForbids) {
  const std::string hostile = "a\x01\x08\x0b\x1f" "b\xef\xbf\xbe" "c\xef\xbf\xbf" "d\xef\xbf\xbd" "e\x7f";
  const Answer answer{.message = hostile, .payload = Single{"thing", Object().text("title", hostile)}};
  const std::string fffd = "\xef\xbf\xbd";
  const std::string clean = "a" + fffd + fffd + fffd + fffd + "b" + fffd + "c" + fffd + "d" + fffd + "e\x7f";
  const std::string xml = ok(Generation::v1, {}, answer).body;
  EXPECT_EQ(xml, std::string(kXmlHead) + "<response status=\"ok\" permission_level=\"write\" message=\"" + clean +
                     "\" cached=\"0\"><title>" + clean + "</title></response>");
  // JSON can say them.
  EXPECT_EQ(json_title(ok(Generation::v2, {}, answer).body), hostile);
}

TEST(Envelope, NamesThatXmlCannotWriteBecomeAttributes) {
  Object object;
  object.text("1a", "x").text("a><b", "y").text("", "z").text("xml:lang", "w").text("ok-1.2_", "v");
  EXPECT_EQ(ok(Generation::v1, {}, Answer{.payload = Single{"echo", object}}).body,
            std::string(kXmlHead) +
                "<response status=\"ok\" permission_level=\"write\" cached=\"0\"><field name=\"1a\">x</field>"
                "<field name=\"a>&lt;b\">y</field><field name=\"\">z</field><field name=\"xml:lang\">w</field>"
                "<ok-1.2_>v</ok-1.2_></response>");
  const List list{.name = "photo", .plural = "photos", .items = {object}, .page = {}, .total_count = 1};
  EXPECT_EQ(ok(Generation::v1, {}, Answer{.payload = list}).body,
            std::string(kXmlHead) +
                "<response status=\"ok\" permission_level=\"write\" total_count=\"1\" cached=\"0\"><photo ok-1.2_=\"v\">"
                "<field name=\"1a\">x</field><field name=\"a>&lt;b\">y</field><field name=\"\">z</field>"
                "<field name=\"xml:lang\">w</field></photo></response>");
}

TEST(Envelope, WritesHostileEndpointsAsText) {
  const Call call = test_call(Generation::v1, "/api/</script>\"'", {});
  EXPECT_EQ(error_reply(call, Format::from(kRaw, Generation::v1).value(), problem(Code::no_such_object)).body,
            R"({"status":"error","message":"The object does not exist","code":"no_such_object",)"
            R"("permission_level":"write","endpoint":"/api/<\/script>\"'"})");
}

}  // namespace
}  // namespace stile::api
