#include "api/file_form.h"

#include <gtest/gtest.h>

namespace stile::api {
namespace {

http::RequestHead head_of(const std::string& method, const std::string& type) {
  http::RequestHead head;
  head.method = method;
  if (!type.empty()) head.headers.push_back({"content-type", type});
  return head;
}

TEST(FileForm, TheHeadSaysWhereTheParametersAre) {
  EXPECT_EQ(carrier_of(head_of("GET", "multipart/form-data; boundary=b")), Carrier::query);
  EXPECT_EQ(carrier_of(head_of("HEAD", "")), Carrier::query);
  EXPECT_EQ(carrier_of(head_of("POST", "Multipart/Form-Data; boundary=b")), Carrier::multipart);
  EXPECT_EQ(carrier_of(head_of("PUT", "multipart/mixed")), Carrier::multipart);
  EXPECT_EQ(carrier_of(head_of("POST", "application/x-www-form-urlencoded; charset=utf-8")), Carrier::urlencoded);
  EXPECT_EQ(carrier_of(head_of("POST", "application/octet-stream")), Carrier::octets);
  EXPECT_EQ(carrier_of(head_of("POST", "")), Carrier::octets);
}

}  // namespace
}  // namespace stile::api
