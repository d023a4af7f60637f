#include "tools/sites.h"

#include <sys/stat.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace wavetank {
namespace {

constexpr char kSource[] = R"(// co_await in a comment
Task<> F() {
  co_await Step();  // why
  while (busy) co_await Step();
  co_await Step();
}
  waiter_.Suspend(handle, at);
)";

const std::vector<Place>& Places() {
  static const auto& places = *new std::vector<Place>(PlacesIn("client/a.cc", kSource));
  return places;
}

std::string Wrong(const absl::btree_set<sim::SiteSurvey::Place>& reached, absl::string_view reasons) {
  return absl::StrJoin(CompareSites(Places(), reached, reasons).wrong, "\n");
}

TEST(SitesTest, EveryAwaitAndEverySuspensionIsAPlace) {
  ASSERT_EQ(Places().size(), 4u);
  EXPECT_EQ(Places()[0].line, 3u);
  EXPECT_EQ(Places()[0].text, "co_await Step();");
  EXPECT_EQ(Places()[1].text, "while (busy) co_await Step();");
  EXPECT_EQ(Places()[2].text, "co_await Step(); #2");
  EXPECT_EQ(Places()[3].text, "waiter_.Suspend(handle, at);");
}

TEST(SitesTest, TestsAndExamplesAreNoSourcesOfTheClient) {
  const std::string root = testing::TempDir() + "/sites";
  mkdir(root.c_str(), 0777);
  for (const char* folder : {"/client", "/client/http", "/client/testing", "/client/real", "/client/examples"}) {
    mkdir(absl::StrCat(root, folder).c_str(), 0777);
    for (const char* file : {"/a.cc", "/a_test.cc", "/a_benchmark.cc"}) {
      std::ofstream(absl::StrCat(root, folder, file)) << "  co_await Step();\n";
    }
  }
  std::vector<std::string> files;
  for (const Place& place : ClientPlaces(root)) files.push_back(place.file);
  EXPECT_EQ(files, (std::vector<std::string>{"client/a.cc", "client/http/a.cc"}));
}

TEST(SitesTest, WhatIsReachedNeedsNoReason) {
  EXPECT_EQ(Wrong({{"./client/a.cc", 3}, {"/x/client/a.cc", 4}, {"client/a.cc", 5}, {"client/a.cc", 7}, {"b.cc", 1}},
                  "# a comment\n\n"),
            "");
}

TEST(SitesTest, WhatIsNotReachedNeedsOne) {
  const SiteReport report = CompareSites(Places(), {{"client/a.cc", 3}, {"client/a.cc", 4}, {"client/a.cc", 7}},
                                         "client/a.cc | co_await Step(); #2 | nobody does\n");
  EXPECT_EQ(report.places, 4u);
  EXPECT_EQ(report.reached, 3u);
  EXPECT_EQ(report.listed, 1u);
  EXPECT_TRUE(report.wrong.empty());
  ASSERT_EQ(report.never.size(), 1u);
  EXPECT_EQ(report.never[0], "client/a.cc:5: co_await Step(); #2: nobody does");
  EXPECT_EQ(Wrong({{"client/a.cc", 3}, {"client/a.cc", 4}, {"client/a.cc", 7}}, ""),
            "client/a.cc:5: co_await Step(); #2: was never suspended at, and no reason is listed");
}

TEST(SitesTest, ReasonsThatAreNotNeededAreWrong) {
  const absl::btree_set<sim::SiteSurvey::Place> all = {
      {"client/a.cc", 3}, {"client/a.cc", 4}, {"client/a.cc", 5}, {"client/a.cc", 7}};
  EXPECT_EQ(Wrong(all, "client/a.cc | co_await Step(); | nobody does"),
            "client/a.cc:3: co_await Step();: is listed, and was reached");
  EXPECT_EQ(Wrong(all, "client/b.cc | co_await Step(); | nobody does"),
            "client/b.cc: is listed, and not there: co_await Step();");
  EXPECT_EQ(Wrong(all, "client/b.cc"), "not `file | text | reason`: client/b.cc");
}

TEST(SitesTest, ASuspensionThatTheSourcesDoNotShowIsWrong) {
  EXPECT_EQ(Wrong({{"client/a.cc", 3}, {"client/a.cc", 4}, {"client/a.cc", 5}, {"client/a.cc", 6}, {"client/a.cc", 7}},
                  ""),
            "client/a.cc:6: a suspension that the sources do not show");
}

}  // namespace
}  // namespace wavetank
