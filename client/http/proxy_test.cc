#include "client/http/proxy.h"

#include <map>
#include <string>

#include "gtest/gtest.h"

namespace client {
namespace {

std::string Parsed(absl::string_view text) {
  const Result<Proxy> proxy = ParseProxy(text);
  if (!proxy.ok()) return std::string(proxy.error().message());
  return proxy->DebugString() + (proxy->authorization.empty() ? "" : " " + proxy->authorization);
}

TEST(ProxyTest, IsReadAsCurlReadsIt) {
  EXPECT_EQ(Parsed("http://Proxy.test:3128"), "http://proxy.test:3128");
  EXPECT_EQ(Parsed("http://proxy.test:3128/"), "http://proxy.test:3128");
  EXPECT_EQ(Parsed("proxy.test:80"), "http://proxy.test:80");
  EXPECT_EQ(Parsed("proxy.test"), "http://proxy.test:1080");
  EXPECT_EQ(Parsed("proxy.test:"), "http://proxy.test:1080");
  EXPECT_EQ(Parsed("https://proxy.test"), "https://proxy.test:443");
  EXPECT_EQ(Parsed("[::1]:3128"), "http://[::1]:3128");
  EXPECT_EQ(Parsed("http://[::1]"), "http://[::1]:1080");
  EXPECT_EQ(Parsed("http://user@proxy.test:1"), "http://proxy.test:1 Basic dXNlcjo=");
  EXPECT_EQ(Parsed("http://user:p%3a%40@proxy.test:1"), "http://proxy.test:1 Basic dXNlcjpwOkA=");
}

TEST(ProxyTest, SaysWhatIsWrongAndNoPassword) {
  EXPECT_EQ(Parsed("socks5://proxy.test"), "bad proxy: socks5:// is neither http:// nor https://");
  EXPECT_EQ(Parsed("http://user:%zz@proxy.test"), "bad proxy: user and password must be percent-encoded");
  EXPECT_EQ(Parsed("http://user:%4@proxy.test"), "bad proxy: user and password must be percent-encoded");
  EXPECT_EQ(Parsed("http://user:secret@:3128"), "bad proxy: bad URL, at offset 7: empty host");
  EXPECT_EQ(Parsed("proxy.test:99999"), "bad proxy: bad URL, at offset 18: port above 65535");
}

TEST(ProxyTest, NoProxyNamesHostsAndWhatIsBelowThem) {
  EXPECT_TRUE(IsInNoProxy("*", "a.test"));
  EXPECT_FALSE(IsInNoProxy("", "a.test"));
  EXPECT_TRUE(IsInNoProxy("a.test", "a.test"));
  EXPECT_TRUE(IsInNoProxy("A.Test", "a.test"));
  EXPECT_TRUE(IsInNoProxy("a.test", "www.a.test"));
  EXPECT_FALSE(IsInNoProxy("a.test", "nota.test"));
  EXPECT_FALSE(IsInNoProxy("www.a.test", "a.test"));
  EXPECT_TRUE(IsInNoProxy(".a.test", "a.test"));
  EXPECT_TRUE(IsInNoProxy(".a.test", "www.a.test"));
  EXPECT_TRUE(IsInNoProxy("a.test.", "a.test"));
  EXPECT_TRUE(IsInNoProxy("a.test", "a.test."));
  EXPECT_TRUE(IsInNoProxy("x, b.test,\ta.test y", "a.test"));
  EXPECT_FALSE(IsInNoProxy("., ,", "a.test"));
  EXPECT_FALSE(IsInNoProxy("*,b.test", "a.test"));
}

TEST(ProxyTest, NoProxyNamesAddressesAndNetworks) {
  EXPECT_TRUE(IsInNoProxy("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(IsInNoProxy("127.0.0.1", "127.0.0.2"));
  EXPECT_FALSE(IsInNoProxy("0.0.1", "127.0.0.1"));
  EXPECT_TRUE(IsInNoProxy("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(IsInNoProxy("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(IsInNoProxy("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(IsInNoProxy("192.168.4.0/22", "192.168.8.0"));
  EXPECT_FALSE(IsInNoProxy("192.168.4.0/33", "192.168.4.0"));
  EXPECT_FALSE(IsInNoProxy("192.168.4.0/x", "192.168.4.0"));
  EXPECT_TRUE(IsInNoProxy("::1", "::1"));
  EXPECT_TRUE(IsInNoProxy("[::1]", "::1"));
  EXPECT_TRUE(IsInNoProxy("0:0::1", "::1"));
  EXPECT_TRUE(IsInNoProxy("fe80::/10", "fe80::17"));
  EXPECT_FALSE(IsInNoProxy("fe80::/10", "10.0.0.1"));
}

std::string Chosen(const std::map<std::string, std::string>& environment, absl::string_view url) {
  const auto get = [&environment](const char* variable) -> const char* {
    const auto found = environment.find(variable);
    return found == environment.end() ? nullptr : found->second.c_str();
  };
  const Result<ProxySettings> settings = ProxySettings::FromEnvironment(get);
  if (!settings.ok()) return std::string(settings.error().message());
  const Proxy* proxy = settings->For(*ParseUrl(url));
  return proxy == nullptr ? "none" : proxy->host;
}

TEST(ProxyTest, TheEnvironmentIsReadAsCurlReadsIt) {
  const std::string http = "http://a.test/";
  const std::string https = "https://a.test/";
  EXPECT_EQ(Chosen({}, http), "none");
  EXPECT_EQ(Chosen({{"http_proxy", "one"}}, http), "one");
  EXPECT_EQ(Chosen({{"http_proxy", "one"}}, https), "none");
  EXPECT_EQ(Chosen({{"HTTP_PROXY", "one"}}, http), "none");
  EXPECT_EQ(Chosen({{"HTTPS_PROXY", "one"}}, https), "one");
  EXPECT_EQ(Chosen({{"https_proxy", "two"}, {"HTTPS_PROXY", "one"}}, https), "two");
  EXPECT_EQ(Chosen({{"https_proxy", ""}, {"HTTPS_PROXY", "one"}}, https), "one");
  EXPECT_EQ(Chosen({{"all_proxy", "all"}, {"http_proxy", "one"}}, http), "one");
  EXPECT_EQ(Chosen({{"all_proxy", "all"}, {"http_proxy", "one"}}, https), "all");
  EXPECT_EQ(Chosen({{"ALL_PROXY", "all"}}, http), "all");
  EXPECT_EQ(Chosen({{"ALL_PROXY", "all"}, {"no_proxy", "a.test"}}, http), "none");
  EXPECT_EQ(Chosen({{"ALL_PROXY", "all"}, {"NO_PROXY", "a.test"}}, http), "none");
  EXPECT_EQ(Chosen({{"ALL_PROXY", "all"}, {"NO_PROXY", "b.test"}}, http), "all");
  EXPECT_EQ(Chosen({{"ALL_PROXY", "socks5://x"}}, http), "bad proxy: socks5:// is neither http:// nor https://");
}

}  // namespace
}  // namespace client
