// Prints the fidelity table of sim/README.md: the same transfers by the kernel and by the simulated network.
//
//   bazel run //tools/fidelity:table                  all of it; a minute or two of real time
//   bazel run //tools/fidelity:table -- --simulated   without the kernel, in no time
//   bazel run //tools/fidelity:table -- --exchanges   only what Nagle costs
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

namespace tools {
namespace {

int NotRun(const std::string& why) {
  fprintf(stderr, "NOT RUN: this machine does not let us make network namespaces and TUN devices (%s)\n", why.c_str());
  return 2;
}

int PrintTransfers(bool simulated) {
  printf("%s", TableHead().c_str());
  for (const Conditions& row : TableRows()) {
    std::vector<std::pair<int64_t, Conditions>> kernel;
    for (int i = 0; i < 3 && !simulated; ++i) {
      std::string why;
      Conditions found = row;
      const int64_t ns = KernelTransferNs(found, why);
      if (ns < 0) return NotRun(why);
      kernel.emplace_back(ns / 100'000 * 100'000, found);  // as it is printed
    }
    std::sort(kernel.begin(), kernel.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    if (simulated) kernel.assign(2, {-1, row});
    printf("%s", TableRow(kernel[1].second, kernel[1].first).c_str());
    fflush(stdout);
  }
  return 0;
}

// What Nagle would cost.
int PrintExchanges() {
  printf("\n| delay | a request in two writes, and its answer | with Nagle |\n|---|---|---|\n");
  for (const int64_t delay_ms : {0, 5, 50, 200}) {
    std::string why;
    const int64_t without_ns = KernelExchangeNs(delay_ms, /*nagle=*/false, why);
    const int64_t with_ns = KernelExchangeNs(delay_ms, /*nagle=*/true, why);
    if (without_ns < 0 || with_ns < 0) return NotRun(why);
    printf("| %d ms | %.1f ms | %.1f ms |\n", static_cast<int>(delay_ms), static_cast<double>(without_ns) * 1e-6,
           static_cast<double>(with_ns) * 1e-6);
  }
  return 0;
}

}  // namespace
}  // namespace tools

int main(int argc, char** argv) {
  const absl::string_view part = argc > 1 ? argv[1] : "";
  if (part == "--simulated") return tools::PrintTransfers(true);
  if (part == "--exchanges") return tools::PrintExchanges();
  const int status = tools::PrintTransfers(false);
  return status != 0 ? status : tools::PrintExchanges();
}
