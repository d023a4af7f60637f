// Prints the fidelity table of sim/README.md: the same transfers by the kernel and by the simulated network.
//
//   bazel run //tools/fidelity:table                  all of it; a minute or two of real time
//   bazel run //tools/fidelity:table -- --simulated   without the kernel, in no time
//
// The kernel's figure is the median of three. Exit status: 2 if no network namespaces are to be had.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/fidelity/conditions.h"
#include "tools/fidelity/kernel_transfer.h"
#include "tools/fidelity/simulated_transfer.h"
#include "tools/fidelity/table_text.h"

int main(int argc, char** argv) {
  const bool simulated = argc > 1 && absl::string_view(argv[1]) == "--simulated";
  printf("%s", tools::TableHead().c_str());
  for (const tools::Conditions& row : tools::TableRows()) {
    std::vector<std::pair<int64_t, tools::Conditions>> kernel;
    for (int i = 0; i < 3 && !simulated; ++i) {
      std::string why;
      tools::Conditions found = row;
      const int64_t ns = tools::KernelTransferNs(found, why);
      kernel.emplace_back(ns / 100'000 * 100'000, found);  // as it is printed
      if (ns >= 0) continue;
      fprintf(stderr, "NOT RUN: this machine does not let us make network namespaces and TUN devices (%s)\n",
              why.c_str());
      return 2;
    }
    std::sort(kernel.begin(), kernel.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (simulated) kernel.assign(2, {-1, row});
    printf("%s", tools::TableRow(kernel[1].second, kernel[1].first).c_str());
    fflush(stdout);
  }
  return 0;
}
