#include "sim/oracle/utf8.h"

#include "gtest/gtest.h"

namespace sim {
namespace {

TEST(Utf8, CharactersInTheirShortestFormAreText) {
  for (const char* text : {"", "plain", "\xC2\x80", "\xC3\xA9", "\xE0\xA0\x80", "\xE2\x82\xAC", "\xED\x9F\xBF",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsText(text)) << testing::PrintToString(text);
  }
  EXPECT_TRUE(IsText(absl::string_view("\0", 1)));
}

TEST(Utf8, LongerFormsSurrogatesPartsAndWhatLiesBeyondAreNot) {
  for (const char* bytes : {"\xC3", "\xA9", "\xC3\xA9\xA9", "a\xE2\x82", "\xE2\x82z", "\xC0\x80", "\xC1\xBF",
                            "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsText(bytes)) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace sim
