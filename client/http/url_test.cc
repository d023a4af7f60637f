#include "client/http/url.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace client {
namespace {

std::string Parts(absl::string_view text) {
  const Result<Url> url = ParseUrl(text);
  if (!url.ok()) return url.error().DebugString();
  return absl::StrCat(url->scheme(), " ", url->host, " ", url->port, " ", url->target, " ", url->authority);
}

TEST(UrlTest, HasASchemeAHostAPortAndATarget) {
  EXPECT_EQ(Parts("http://a.test:8080/search?q=1"), "http a.test 8080 /search?q=1 a.test:8080");
  EXPECT_EQ(Parts("https://a.test"), "https a.test 443 / a.test");
  EXPECT_EQ(Parts("http://a.test?q"), "http a.test 80 /?q a.test");
  EXPECT_EQ(Parts("http://10.0.0.1/"), "http 10.0.0.1 80 / 10.0.0.1");
  EXPECT_EQ(Parts("http://[::1]:81/x"), "http ::1 81 /x [::1]:81");
}

TEST(UrlTest, SchemeAndHostAreWithoutCase) { EXPECT_EQ(Parts("HTTP://A.Test/A"), "http a.test 80 /A a.test"); }

TEST(UrlTest, ThePortOfTheSchemeIsNotPartOfTheAuthority) {
  EXPECT_EQ(Parts("http://a.test:80/"), "http a.test 80 / a.test");
  EXPECT_EQ(Parts("https://a.test:443/"), "https a.test 443 / a.test");
  EXPECT_EQ(Parts("https://a.test:80/"), "https a.test 80 / a.test:80");
  EXPECT_EQ(Parts("http://a.test:/"), "http a.test 80 / a.test");
}

TEST(UrlTest, PercentEncodingIsLeftAloneAndTheFragmentCutOff) {
  EXPECT_EQ(Parts("http://a.test/%7e%2F?%20#frag?x"), "http a.test 80 /%7e%2F?%20 a.test");
  EXPECT_EQ(Parts("http://a.test#frag"), "http a.test 80 / a.test");
}

TEST(UrlTest, AnAtSignBehindTheAuthorityIsNoUserInformation) {
  EXPECT_EQ(Parts("http://a.test/@b"), "http a.test 80 /@b a.test");
}

TEST(UrlTest, ErrorsSayWhere) {
  EXPECT_EQ(Parts(""), "usage: bad URL, at offset 0: neither http:// nor https://");
  EXPECT_EQ(Parts("ftp://a"), "usage: bad URL, at offset 0: neither http:// nor https://");
  EXPECT_EQ(Parts("/x"), "usage: bad URL, at offset 0: neither http:// nor https://");
  EXPECT_EQ(Parts("http:///x"), "usage: bad URL, at offset 7: empty host");
  EXPECT_EQ(Parts("http://:80/x"), "usage: bad URL, at offset 7: empty host");
  EXPECT_EQ(Parts("https://u:p@a/"),
            "usage: bad URL, at offset 11: user information; send credentials in a header");
  EXPECT_EQ(Parts("http://a b/"), "usage: bad URL, at offset 8: a space; write %20");
  EXPECT_EQ(Parts("http://a/\r\nX: y"), "usage: bad URL, at offset 9: a control character");
  EXPECT_EQ(Parts("http://a/\xc3\xa4"), "usage: bad URL, at offset 9: not ASCII; percent-encode it");
  EXPECT_EQ(Parts("http://a:0/"), "usage: bad URL, at offset 9: port 0");
  EXPECT_EQ(Parts("http://a:65536/"), "usage: bad URL, at offset 9: port above 65535");
  EXPECT_EQ(Parts("http://a:8x/"), "usage: bad URL, at offset 10: not a digit of a port");
  EXPECT_EQ(Parts("http://a:99999999999999999999/"), "usage: bad URL, at offset 9: port above 65535");
  EXPECT_EQ(Parts("http://[::1/"), "usage: bad URL, at offset 7: '[' without ']'");
  EXPECT_EQ(Parts("http://[a]/"), "usage: bad URL, at offset 8: not an IPv6 address");
  EXPECT_EQ(Parts("http://[fe80::1%25eth0]/"), "usage: bad URL, at offset 15: not a character of an IPv6 address");
  EXPECT_EQ(Parts("http://[::1]x/"), "usage: bad URL, at offset 12: neither a port nor a path");
  EXPECT_EQ(Parts("http://a\\b/"), "usage: bad URL, at offset 8: not a character of a host");
}

TEST(UrlTest, PrintsItself) {
  EXPECT_EQ(ParseUrl("https://A.test:8443/x?y#z")->ToString(), "https://a.test:8443/x?y");
}

// RFC 3986 section 5.4, those of http.
TEST(UrlTest, ReferencesAreResolved) {
  const Result<Url> base = ParseUrl("http://a/b/c/d;p?q");
  ASSERT_TRUE(base.ok());
  const std::pair<const char*, const char*> cases[] = {
      {"http://g:81/h", "http://g:81/h"}, {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},          {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},               {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},       {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},       {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},          {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},             {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},           {"../..", "http://a/"},
      {"../../../g", "http://a/g"},       {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},            {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},        {"./g/.", "http://a/b/c/g/"},
      {"g/../h", "http://a/b/c/h"},       {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"}, {"//g/../x", "http://g/../x"},
  };
  for (const auto& [reference, expected] : cases) {
    const Result<Url> url = ResolveUrl(*base, reference);
    ASSERT_TRUE(url.ok()) << reference;
    EXPECT_EQ(url->ToString(), expected) << reference;
  }
  for (const char* bad : {"ftp://g/", "mailto:x", "//", "a b"}) EXPECT_FALSE(ResolveUrl(*base, bad).ok()) << bad;
}

}  // namespace
}  // namespace client
