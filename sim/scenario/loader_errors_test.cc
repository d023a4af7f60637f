// What is wrong with scenarios, beside the many mistakes of loader_test.cc: the museum's and the hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/http/proxy.h"
#include "client/http/url.h"
#include "sim/scenario/loader.h"

namespace sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// A scenario that is right but for `more`, at its end, in line 2.
std::vector<std::string> ErrorsWith(absl::string_view more) {
  constexpr char kRight[] =
      "name: \"x\" origin { host: \"a.test\" } workload { request { id: \"r\" host: \"a.test\" } }\n";
  return LoadScenarioText(absl::StrCat(kRight, more), "f").errors;
}

TEST(LoaderErrorsTest, AHistoricBugSaysAllThatTheMuseumShows) {
  EXPECT_THAT(ErrorsWith("history {}"),
              UnorderedElementsAre(HasSubstr("link: not https://"), HasSubstr("class: not one of deadlock, "),
                                   HasSubstr("no depth"), HasSubstr("no laws")));
  const char* const bad = "history { link: \"https://x\" class: \"eof\" depth: 10 laws: [\"EOF-ONCE\", \"LUCK\"] }";
  EXPECT_THAT(ErrorsWith(bad),
              ElementsAre("f:2:42: depth: 10 is not between 1 and 9", "f:2:52: there is no law \"LUCK\""));
}

TEST(LoaderErrorsTest, AHostileServerDoesNotListen) {
  EXPECT_THAT(ErrorsWith("origin { host: \"b.test\" hostile: true read_delay { seconds: 1 } }"),
              ElementsAre(HasSubstr("a hostile server does not listen")));
}

TEST(LoaderErrorsTest, TlsNeedsTheHeap) {
  EXPECT_THAT(ErrorsWith("origin { host: \"b.test\" tls {} }"),
              ElementsAre("f:2:25: tls needs memory: HEAP, since OpenSSL allocates by itself"));
  EXPECT_THAT(ErrorsWith("memory: HEAP\norigin { host: \"b.test\" tls { certified_host: \"B\" } }"),
              ElementsAre("f:3:31: certified_host: not a name in lower case"));
}

TEST(LoaderErrorsTest, AProxyIsReadWithTheClientThatUsesIt) {
  const LoadResult result = LoadScenarioText(
      "name: \"x\" client { proxy: \"http://u:p@p.test:8080\" no_proxy: \"b.test\" }\n"
      "proxy { host: \"p.test\" port: 8080 buffer: 9 addresses: \"10.1.1.1\"\n"
      "  connect { status: 403 before { seconds: 1 } } connect { silent: true } connect { hangs_up: true } }\n"
      "proxy { host: \"q.test\" }\n"
      "origin { host: \"a.test\" } workload { request { id: \"r\" host: \"a.test\" } }",
      "f");
  ASSERT_THAT(result.errors, ElementsAre());
  const ScenarioPlan& plan = result.program->plan();
  ASSERT_EQ(plan.proxies.size(), 2u);
  const ProxyPlan& proxy = plan.proxies[0];
  EXPECT_EQ(proxy.host, "p.test");
  EXPECT_TRUE(proxy.port == 8080 && proxy.buffer == 9u);
  EXPECT_THAT(proxy.addresses, ElementsAre("10.1.1.1"));
  ASSERT_EQ(proxy.connects.size(), 3u);
  EXPECT_TRUE(proxy.connects[0].status == 403 && proxy.connects[0].before_ns == 1'000'000'000);
  EXPECT_TRUE(proxy.connects[1].silent && !proxy.connects[1].hangs_up && proxy.connects[2].hangs_up);
  EXPECT_EQ(plan.proxies[1].port, 3128);
  EXPECT_THAT(plan.proxies[1].addresses, ElementsAre("10.0.1.2"));
  EXPECT_EQ(plan.proxies[1].connects.size(), 1u);
  const client::Proxy* used = plan.client.proxies.For(*client::ParseUrl("http://a.test/"));
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->DebugString(), "http://p.test:8080");
  EXPECT_EQ(used->authorization, "Basic dTpw");
  EXPECT_EQ(plan.client.proxies.For(*client::ParseUrl("http://b.test/")), nullptr);
}

TEST(LoaderErrorsTest, AProxyThatMakesNoSenseIsReportedAtItsPlace) {
  EXPECT_THAT(ErrorsWith("proxy {}"), ElementsAre("f:2:1: no host"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"P\" }"), ElementsAre("f:2:9: host: not a name in lower case"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"a.test\" }"), ElementsAre("f:2:9: a.test is an origin above"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" }\nproxy { host: \"p.test\" port: 1 }"),
              ElementsAre("f:3:9: a second proxy p.test"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" port: 0 }"),
              ElementsAre("f:2:24: port: 0 is not between 1 and 65535"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" buffer: 0 }"),
              ElementsAre("f:2:24: buffer: 0 is not between 1 and 4194304"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" addresses: \"x\" }"),
              ElementsAre("f:2:24: addresses: not a numeric address"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" port: 80 addresses: \"10.0.0.1\" }"),
              ElementsAre("f:2:33: 10.0.0.1 belongs to a.test already"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" }\nproxy { host: \"q.test\" addresses: \"10.0.1.1\" }"),
              ElementsAre("f:3:24: 10.0.1.1 belongs to p.test already"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" connect { status: 101 } }"),
              ElementsAre("f:2:34: status: 101 is not between 200 and 599"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" connect { silent: true status: 403 } }"),
              ElementsAre("f:2:34: silent, and yet it answers or hangs up"));
  EXPECT_THAT(ErrorsWith("proxy { host: \"p.test\" connect { hangs_up: true status: 403 } }"),
              ElementsAre("f:2:34: hangs_up, and yet it answers"));
}

TEST(LoaderErrorsTest, TheClientsProxyMustBeOneOfTheFile) {
  const auto with = [](absl::string_view client) {
    return ErrorsWith(absl::StrCat("proxy { host: \"p.test\" }\nclient { ", client, " }"));
  };
  EXPECT_THAT(with("proxy: \"p.test:3128\""), ElementsAre());
  EXPECT_THAT(with("proxy: \"http://p.test\""), ElementsAre("f:3:10: no proxy p.test:1080"));
  EXPECT_THAT(with("proxy: \"http://a.test:80\""), ElementsAre("f:3:10: no proxy a.test:80"));
  EXPECT_THAT(with("proxy: \"https://p.test:3128\""),
              ElementsAre("f:3:10: proxy: TLS with the proxy itself is not simulated"));
  EXPECT_THAT(with("proxy: \"socks5://p.test\""),
              ElementsAre("f:3:10: proxy: bad proxy: socks5:// is neither http:// nor https://"));
  EXPECT_THAT(with("no_proxy: \"a.test\""), ElementsAre("f:3:10: no_proxy without a proxy"));
}

}  // namespace
}  // namespace sim
