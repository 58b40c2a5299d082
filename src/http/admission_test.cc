#include "http/admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <string>
#include <thread>

namespace stile::http {
namespace {

using Refusal = Admission::Refusal;

std::vector<IpNetwork> networks(std::initializer_list<const char*> texts) {
  std::vector<IpNetwork> made;
  for (const char* text : texts) made.push_back(*IpNetwork::parse(text));
  return made;
}

// Takes places until one is refused; says how many there were.
std::size_t fill(Admission& admission, const char* peer, std::list<Admission::Place>& places, Refusal* why = nullptr) {
  for (std::size_t count = 0;; ++count) {
    auto place = admission.enter(peer);
    if (!place && why != nullptr) *why = place.error();
    if (!place || count == 100) return count;
    places.push_back(std::move(*place));
  }
}

TEST(Admission, CountsEachAddressByItself) {
  Admission admission({.total = 100, .per_address = 3}, {});
  std::list<Admission::Place> places;
  Refusal why{};
  EXPECT_EQ(fill(admission, "192.0.2.1", places, &why), 3u);
  EXPECT_EQ(why, Refusal::address_full);
  EXPECT_EQ(fill(admission, "192.0.2.2", places), 3u);
  EXPECT_EQ(admission.open(), 6u);
  EXPECT_EQ(admission.addresses(), 2u);
}

TEST(Admission, APlaceThatWasLeftIsFreeAndItsAddressForgotten) {
  Admission admission({.total = 100, .per_address = 2}, {});
  std::list<Admission::Place> places;
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 2u);
  places.pop_front();
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 1u);
  places.clear();
  EXPECT_EQ(admission.open(), 0u);
  EXPECT_EQ(admission.addresses(), 0u);
}

TEST(Admission, ThereIsABoundForAllTogether) {
  Admission admission({.total = 5, .per_address = 3}, {});
  std::list<Admission::Place> places;
  Refusal why{};
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 3u);
  EXPECT_EQ(fill(admission, "192.0.2.2", places, &why), 2u);
  EXPECT_EQ(why, Refusal::full);
  // Who is refused leaves no trace.
  EXPECT_EQ(fill(admission, "192.0.2.3", places), 0u);
  EXPECT_EQ(admission.addresses(), 2u);
  places.pop_back();
  EXPECT_EQ(fill(admission, "192.0.2.3", places), 1u);
}

TEST(Admission, OfIpv6TheFirstHalfCounts) {
  Admission admission({.total = 100, .per_address = 2}, {});
  std::list<Admission::Place> places;
  EXPECT_EQ(fill(admission, "2001:db8:0:1::1", places), 2u);
  EXPECT_EQ(fill(admission, "2001:db8:0:1:ffff::2", places), 0u);
  EXPECT_EQ(fill(admission, "2001:db8:0:2::1", places), 2u);
  EXPECT_EQ(fill(admission, "fe80::1%eth0", places), 2u);
  EXPECT_EQ(fill(admission, "fe80::2%eth1", places), 0u);
}

TEST(Admission, AnIpv4AddressInsideAnIpv6OneIsTheIpv4Address) {
  Admission admission({.total = 100, .per_address = 2}, {});
  std::list<Admission::Place> places;
  EXPECT_EQ(fill(admission, "::ffff:192.0.2.1", places), 2u);
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 0u);
  EXPECT_EQ(fill(admission, "::ffff:192.0.2.2", places), 2u);
}

TEST(Admission, ProxiesSpeakForManyAndCountInAllOnly) {
  Admission admission({.total = 10, .per_address = 2}, networks({"10.0.0.0/8", "fd00::/8"}));
  std::list<Admission::Place> places;
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 2u);
  Refusal why{};
  EXPECT_EQ(fill(admission, "10.1.2.3", places, &why), 8u);
  EXPECT_EQ(why, Refusal::full);
  places.clear();
  EXPECT_EQ(fill(admission, "fd00::1", places), 10u);
}

TEST(Admission, NoLimitPerAddressIsNone) {
  Admission admission({.total = 50, .per_address = 0}, {});
  std::list<Admission::Place> places;
  EXPECT_EQ(fill(admission, "192.0.2.1", places), 50u);
  EXPECT_EQ(admission.addresses(), 0u);
}

TEST(Admission, FromManyThreadsNeitherBoundIsExceededAndNothingIsLeft) {
  Admission admission({.total = 7, .per_address = 2}, {});
  std::atomic<std::size_t> from_one = 0, most_from_one = 0, entered = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, peer = "192.0.2." + std::to_string(thread % 2)] {
        for (int i = 0; i < 5000; ++i) {
          auto place = admission.enter(peer);
          if (!place) continue;
          ++entered;
          if (peer != "192.0.2.0") continue;
          const std::size_t now = ++from_one;
          std::size_t most = most_from_one;
          while (most < now && !most_from_one.compare_exchange_weak(most, now)) {}
          --from_one;  // before the place is given up
        }
      });
    }
  }
  EXPECT_GT(entered, 0u);
  EXPECT_LE(most_from_one, 2u);
  EXPECT_EQ(admission.open(), 0u);
  EXPECT_EQ(admission.addresses(), 0u);
}

}  // namespace
}  // namespace stile::http
