#include "notify/address_policy.h"

#include <gtest/gtest.h>

namespace stile::notify {
namespace {

TEST(IsPublicAddress, AcceptsTheInternet) {
  for (const char* address :
       {"1.1.1.1",          "8.8.8.8",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
        "100.128.0.0",      "126.255.255.255", "128.0.0.1",       "169.253.255.255", "169.255.0.0",
        "172.15.255.255",   "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",
        "192.88.98.255",    "192.88.100.0",    "192.167.255.255", "192.169.0.0",     "198.17.255.255",
        "198.20.0.0",       "198.51.99.255",   "198.51.101.0",    "203.0.112.255",   "203.0.114.0",
        "223.255.255.255",  "2606:4700::1111", "2a00:1450::1",    "2001:4860::1",    "2001:200::1",
        "2001:db7:ffff::1", "2001:db9::1",     "3ffe::1",         "::ffff:8.8.8.8",  "64:ff9b::808:808",
        "2002:808:808::1"})
    EXPECT_TRUE(is_public_address(address)) << address;
}

TEST(IsPublicAddress, RefusesEveryRangeAtBothEnds) {
  for (const char* address :
       {"0.0.0.0",        "0.255.255.255",  "10.0.0.0",        "10.255.255.255", "100.64.0.0",      "100.127.255.255",
        "127.0.0.0",      "127.0.0.1",      "127.255.255.255", "169.254.0.0",    "169.254.169.254", "169.254.255.255",
        "172.16.0.0",     "172.31.255.255", "192.0.0.0",       "192.0.0.255",    "192.0.2.0",       "192.0.2.255",
        "192.88.99.1",    "192.168.0.0",    "192.168.255.255", "198.18.0.0",     "198.19.255.255",  "198.51.100.0",
        "198.51.100.255", "203.0.113.0",    "203.0.113.255",   "224.0.0.0",      "239.255.255.255", "240.0.0.0",
        "255.255.255.255"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(IsPublicAddress, RefusesSpecialIpv6) {
  for (const char* address : {"::",
                              "::1",
                              "::2",
                              "::8.8.8.8",
                              "100::1",
                              "64:ff9b:1::1",
                              "2001::1",
                              "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                              "2001:2::1",
                              "2001:10::1",
                              "2001:20::1",
                              "2001:1ff:ffff::1",
                              "2001:db8::",
                              "2001:db8:ffff::1",
                              "3fff::1",
                              "3fff:fff::1",
                              "4000::1",
                              "5f00::1",
                              "fc00::1",
                              "fdff::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "febf::1",
                              "fec0::1",
                              "feff::1",
                              "ff02::1",
                              "ffff::1",
                              "1fff::1"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(IsPublicAddress, JudgesAnEmbeddedIpv4Address) {
  for (const char* address : {"::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
                              "::ffff:0.0.0.0", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::1",
                              "2002:a00:1::", "2002:c0a8:101::1", "2002:a9fe:a9fe::1"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(IsPublicAddress, RefusesWhatIsNotANumericAddress) {
  for (const char* address : {"", "localhost", "1.2.3", "127.1", "0x7f.0.0.1", "2130706433", "8.8.8.8 ", "8.8.8.8:80",
                              "[2606:4700::1111]", "fe80::1%eth0", "example.com"})
    EXPECT_FALSE(is_public_address(address)) << address;
  EXPECT_FALSE(is_public_address(std::string("8.8.8.8\0.example", 16)));
}

}  // namespace
}  // namespace stile::notify
