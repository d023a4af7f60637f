// Where the client's tasks can wait, as its sources say, and which of these places the scenarios never come to.
//
// The sources themselves are the list: each co_await, and each await_suspend() that suspends a Waiter. Nothing else can
// suspend a task, so none can be missed, and none has to be written down twice. What no scenario comes to is red unless
// it is listed with a reason; what is listed and is come to, or is not there any more, is red as well.
#ifndef TOOLS_SITES_H_
#define TOOLS_SITES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "sim/explore/site_survey.h"

namespace wavetank {

struct Place {
  std::string file;   // "client/http/payload.cc"
  uint32_t line = 0;  // from 1
  std::string text;   // of the line; " #2" behind it where it is the second such line of the file
};

// Of one file. `text` is all of it.
std::vector<Place> PlacesIn(absl::string_view file, absl::string_view text);
// Of all sources under `root`/client but tests, benchmarks, examples and test support; sorted.
std::vector<Place> ClientPlaces(const std::string& root);

struct SiteReport {
  size_t places = 0;
  size_t reached = 0;
  size_t listed = 0;                // of those not reached
  std::vector<std::string> wrong;   // in words
  std::vector<std::string> never;   // listed, with their reasons
};

// `reasons` has a line `file | text | reason` for each place that is never reached; empty lines and those with # are
// comments.
SiteReport CompareSites(const std::vector<Place>& places, const absl::btree_set<sim::SiteSurvey::Place>& reached,
                        absl::string_view reasons);

}  // namespace wavetank

#endif  // TOOLS_SITES_H_
