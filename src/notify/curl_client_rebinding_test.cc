// A name that resolves to a public address and then to one inside (DNS rebinding), and names that resolve to both.
//
// The resolver and connect() of this test program stand in front of the C library's, for libcurl too: names below
// ".rebind.test" have the addresses that a test gives them, and a connection to anywhere but loopback is written down
// and refused. So nothing leaves the machine, and what libcurl was about to connect to is known.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notify/address_policy.h"
#include "notify/curl_client.h"

namespace {

// What the stand-ins know and saw. Threads: any; libcurl resolves on threads of its own.
struct Net {
  std::mutex mutex;
  std::deque<std::vector<std::string>> answers;  // of the resolver, one per question; the last stays
  int questions = 0;
  std::vector<std::string> connected_to;
};
Net& net() {
  static Net the_net;
  return the_net;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_ours(const char* name) { return name && std::string_view(name).ends_with(".rebind.test"); }

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address->sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                          : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) ? text.data() : "";
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  const auto resolve = real<decltype(getaddrinfo)>("getaddrinfo");
  if (!is_ours(name)) return resolve(name, service, hints, found);
  std::vector<std::string> addresses;
  {
    std::lock_guard lock(net().mutex);
    ++net().questions;
    addresses = net().answers.front();
    if (net().answers.size() > 1) net().answers.pop_front();
  }
  *found = nullptr;
  for (auto each = addresses.rbegin(); each != addresses.rend(); ++each) {
    addrinfo* one = nullptr;
    if (resolve(each->c_str(), service, hints, &one) != 0) continue;  // of the family that was not asked for
    addrinfo* last = one;
    while (last->ai_next) last = last->ai_next;
    last->ai_next = *found;
    *found = one;
  }
  return *found ? 0 : EAI_NONAME;
}

extern "C" int connect(int fd, const sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_INET || address->sa_family == AF_INET6) {
    const std::string to = text_of(address);
    std::lock_guard lock(net().mutex);
    net().connected_to.push_back(to);
    if (stile::notify::is_public_address(to)) {
      errno = ECONNREFUSED;
      return -1;
    }
  }
  return real<decltype(connect)>("connect")(fd, address, size);
}

namespace stile::notify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Rebinding : public testing::Test {
 protected:
  Rebinding() { forget(); }

  void resolves_to(std::deque<std::vector<std::string>> answers) {
    forget();
    net().answers = std::move(answers);
  }
  // What went wrong: something must.
  std::optional<Errc> ask() {
    const auto answer =
        client.send_blocking({.method = "GET", .url = "http://back.rebind.test:9/", .headers = {}, .body = {}});
    return answer ? std::nullopt : std::optional(answer.error().code);
  }
  std::vector<std::string> connected_to() {
    std::lock_guard lock(net().mutex);
    return net().connected_to;
  }

  CurlClient client{{.allow_private = false}, {}, "1.2"};

 private:
  static void forget() {
    std::lock_guard lock(net().mutex);
    net().answers.clear();
    net().connected_to.clear();
    net().questions = 0;
  }
};

TEST_F(Rebinding, TheAddressThatIsConnectedToIsTheOneThatWasJudged) {
  resolves_to({{"8.8.8.8"}, {"127.0.0.1"}});
  EXPECT_EQ(ask(), Errc::io_error) << "public: it was called, and refused the connection";
  EXPECT_THAT(connected_to(), ElementsAre("8.8.8.8"));
  EXPECT_EQ(net().questions, 1) << "between a first question and a second one the answer could change";
  EXPECT_EQ(ask(), Errc::permission_denied);
  EXPECT_THAT(connected_to(), ElementsAre("8.8.8.8")) << "the second answer of the resolver is inside";
}

TEST_F(Rebinding, OfANameThatIsBothOnlyThePublicAddressIsCalled) {
  for (const auto& addresses : {std::vector<std::string>{"8.8.8.8", "127.0.0.1"},
                                {"127.0.0.1", "8.8.8.8"},
                                {"169.254.169.254", "::1", "8.8.8.8", "10.0.0.1"}}) {
    resolves_to({addresses});
    EXPECT_EQ(ask(), Errc::io_error);
    EXPECT_THAT(connected_to(), ElementsAre("8.8.8.8"));
  }
}

TEST_F(Rebinding, ANameOfTheInsideIsNeverCalled) {
  for (const char* address : {"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "::1",
                              "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
                              "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "::127.0.0.1"}) {
    resolves_to({{address}});
    EXPECT_EQ(ask(), Errc::permission_denied) << address;
    EXPECT_THAT(connected_to(), IsEmpty()) << address;
  }
}

}  // namespace
}  // namespace stile::notify
