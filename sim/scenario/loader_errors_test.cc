// What is wrong with scenarios, beside the many mistakes of loader_test.cc: the museum's and the hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

}  // namespace
}  // namespace sim
