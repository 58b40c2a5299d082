#include "base/ip_network.h"

#include <gtest/gtest.h>

namespace stile {
namespace {

TEST(IpAddress, ReadsBothFamiliesAndNothingElse) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1")->text(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->text(), "2001:db8::1");
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1")->text(), "192.0.2.1");
  EXPECT_EQ(IpAddress::parse("::ffff:192.0.2.1"), IpAddress::parse("192.0.2.1"));
  EXPECT_NE(IpAddress::parse("::c000:201"), IpAddress::parse("192.0.2.1"));
  for (const char* text : {"", " 192.0.2.1", "192.0.2.1 ", "192.0.2", "192.0.2.256", "192.0.2.01", "0x7f.0.0.1",
                           "2130706433", "[::1]", "::1%eth0", "::1::", "1:2:3:4:5:6:7", "localhost", "192.0.2.1:80",
                           "0000:0000:0000:0000:0000:0000:0000:00000000000000000001"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.1\0", 10)));
}

TEST(IpNetwork, HoldsWhatSharesItsPrefix) {
  const struct {
    const char* network;
    const char* address;
    bool held;
  } cases[] = {{"10.0.0.0/8", "10.255.255.255", true},
               {"10.0.0.0/8", "11.0.0.0", false},
               {"10.0.0.0/8", "::ffff:10.1.2.3", true},
               {"192.0.2.128/25", "192.0.2.128", true},
               {"192.0.2.128/25", "192.0.2.127", false},
               {"192.0.2.7", "192.0.2.7", true},
               {"192.0.2.7/32", "192.0.2.6", false},
               {"0.0.0.0/0", "203.0.113.9", true},
               {"0.0.0.0/0", "2001:db8::1", false},
               {"::/0", "2001:db8::1", true},
               {"::/0", "203.0.113.9", false},
               {"fd00::/8", "fdff::1", true},
               {"fd00::/8", "fe80::1", false},
               {"2001:db8::/33", "2001:db8:7fff::1", true},
               {"2001:db8::/33", "2001:db8:8000::1", false},
               {"::1", "::1", true},
               {"::1", "::2", false}};
  for (const auto& [network, address, held] : cases)
    EXPECT_EQ(IpNetwork::parse(network)->contains(*IpAddress::parse(address)), held) << network << ' ' << address;
}

TEST(IpNetwork, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/ 8",
                           "10.0.0.1/8", "fd00::/129", "fd00::1/64", "10/8", "*", "localhost/8", "10.0.0.0/255.0.0.0"})
    EXPECT_FALSE(IpNetwork::parse(text)) << text;
}

}  // namespace
}  // namespace stile
