#include "client/http/headers.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace client {
namespace {

TEST(HeadersTest, NamesAreComparedWithoutCaseAndOrderIsKept) {
  Headers headers;
  headers.Add("Accept", "a");
  headers.Add("B", "b");
  headers.Add("ACCEPT", "c");
  EXPECT_EQ(headers.DebugString(), "Accept: a; B: b; ACCEPT: c");
  EXPECT_EQ(headers.Get("accept"), absl::optional<absl::string_view>("a"));
  EXPECT_EQ(headers.GetAll("accept"), (std::vector<absl::string_view>{"a", "c"}));
  EXPECT_EQ(headers.Count("Accept"), 2u);
  EXPECT_EQ(headers.Get("accep"), absl::nullopt);
  EXPECT_FALSE(headers.Has("C"));
}

TEST(HeadersTest, SetReplacesAllInThePlaceOfTheFirst) {
  Headers headers;
  headers.Add("A", "1");
  headers.Add("B", "2");
  headers.Add("a", "3");
  headers.Set("A", "a longer one");
  headers.Set("C", "4");
  EXPECT_EQ(headers.DebugString(), "A: a longer one; B: 2; C: 4");
}

TEST(HeadersTest, RemoveTakesAllOfAName) {
  Headers headers;
  headers.Add("A", "1");
  headers.Add("B", "2");
  headers.Add("a", "3");
  EXPECT_EQ(headers.Remove("a"), 2u);
  EXPECT_EQ(headers.Remove("a"), 0u);
  EXPECT_EQ(headers.DebugString(), "B: 2");
}

TEST(HeadersTest, ClearStartsAnew) {
  Headers headers;
  headers.Add("A", "1");
  headers.Clear();
  EXPECT_TRUE(headers.empty());
  headers.Add("B", "2");
  EXPECT_EQ(headers.DebugString(), "B: 2");
}

TEST(HeadersTest, AMovedFromOneCanBeUsedAgain) {
  Headers headers;
  headers.Add("A", "1");
  const Headers taken = std::move(headers);
  headers.Clear();
  headers.Add("B", "2");
  EXPECT_EQ(taken.DebugString(), "A: 1");
  EXPECT_EQ(headers.DebugString(), "B: 2");
}

TEST(HeadersTest, FieldsMayComeInPieces) {
  Headers headers;
  headers.AppendToName("Na");
  headers.AppendToName("me");
  headers.AppendToValue("val");
  headers.AppendToValue("ue \t");
  headers.TrimValue();
  headers.Commit();
  headers.AppendToName("Empty");
  headers.TrimValue();
  headers.Commit();
  headers.Add("A", "b");
  EXPECT_EQ(headers.DebugString(), "Name: value; Empty: ; A: b");
}

TEST(HeadersTest, TokensAreFoundInListsAndAcrossFields) {
  Headers headers;
  headers.Add("Connection", "keep-alive, Upgrade");
  headers.Add("Connection", " ,close\t,");
  EXPECT_TRUE(headers.HasToken("connection", "upgrade"));
  EXPECT_TRUE(headers.HasToken("connection", "CLOSE"));
  EXPECT_FALSE(headers.HasToken("connection", "up"));
  EXPECT_FALSE(headers.HasToken("upgrade", "upgrade"));
}

TEST(HeadersTest, NamesAreTokens) {
  EXPECT_TRUE(IsToken("X-a!#$%&'*+.^_`|~09Z"));
  for (const std::string text : {"", "a b", "a:", "a\r", "a\n", "\xc3\xa4", "(a)", "a/b", "a,b"}) {
    EXPECT_FALSE(IsToken(text)) << text;
  }
  EXPECT_FALSE(IsToken(absl::string_view("a\0b", 3)));
}

TEST(HeadersTest, ValuesHoldNoLineEndsAndNoNul) {
  for (const std::string text : {"", "a", "a b\tc", "\xc3\xa4", "\"q\"; a=b"}) EXPECT_TRUE(IsFieldValue(text)) << text;
  for (const std::string text : {" a", "a ", "a\rb", "a\nb", "a\r\nB: c", "\x01", "a\x7f", "\t"}) {
    EXPECT_FALSE(IsFieldValue(text)) << text;
  }
  EXPECT_FALSE(IsFieldValue(absl::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace client
