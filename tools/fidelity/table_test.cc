// The table in sim/README.md: its simulated columns are what the simulated network says today, and with Options::tcp
// that is near the kernel.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "tools/fidelity/conditions.h"
#include "tools/fidelity/simulated_transfer.h"
#include "tools/fidelity/table_text.h"

namespace tools {
namespace {

struct Line {
  std::string text;
  Conditions conditions;
  int64_t kernel_ns = 0;
};

// "50 ms" is 50, "256: 318 KiB" is 256 and 318.
std::vector<int64_t> Numbers(absl::string_view cell) {
  std::vector<int64_t> numbers;
  for (absl::string_view word : absl::StrSplit(cell, absl::ByAnyChar(" :"), absl::SkipEmpty())) {
    int64_t number;
    if (absl::SimpleAtoi(word, &number)) numbers.push_back(number);
  }
  return numbers;
}

std::vector<Line> LinesOfReadme() {
  std::vector<Line> lines;
  std::ifstream file("sim/README.md");
  for (std::string text; std::getline(file, text);) {
    if (!absl::StrContains(text, " Mbit/s | ")) continue;
    const std::vector<std::string> cells = absl::StrSplit(text, '|');
    const std::vector<int64_t> window = Numbers(cells.at(4));
    const std::vector<int64_t> buffer = Numbers(cells.at(5));
    const auto kib = [](int64_t number) { return static_cast<uint32_t>(number); };
    Line line{text,
              {Numbers(cells.at(1)).at(0), Numbers(cells.at(2)).at(0),
               static_cast<uint64_t>(Numbers(cells.at(3)).at(0)) * 1000, kib(window.at(0)), kib(buffer.at(0)),
               kib(window.at(1)), kib(buffer.at(1))}};
    double ms = 0;
    if (!absl::SimpleAtod(absl::StripAsciiWhitespace(cells.at(6)), &ms)) abort();
    line.kernel_ns = static_cast<int64_t>(ms * 10 + 0.5) * 100'000;
    lines.push_back(line);
  }
  return lines;
}

TEST(FidelityTable, SaysWhatTheSimulatedNetworkSaysToday) {
  for (const Line& line : LinesOfReadme()) {
    EXPECT_EQ(absl::StrCat(line.text, "\n"), TableRow(line.conditions, line.kernel_ns))
        << "bazel run //tools/fidelity:table makes it anew";
  }
}

TEST(FidelityTable, HasTheRowsThatAreMeasured) {
  const std::vector<Line> lines = LinesOfReadme();
  const std::vector<Conditions> rows = TableRows();
  ASSERT_EQ(lines.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const Conditions& found = lines[i].conditions;
    EXPECT_EQ(found.delay_ms, rows[i].delay_ms);
    EXPECT_EQ(found.mbits_per_second, rows[i].mbits_per_second);
    EXPECT_EQ(found.bytes, rows[i].bytes);
    EXPECT_EQ(found.so_rcvbuf_kib, rows[i].so_rcvbuf_kib);
    EXPECT_EQ(found.so_sndbuf_kib, rows[i].so_sndbuf_kib);
  }
}

TEST(FidelityTable, IsNearTheKernelWithTcp) {
  for (const Line& line : LinesOfReadme()) {
    const int64_t ns = SimulatedTransferNs(line.conditions, Model::kAcknowledged);
    EXPECT_LE(std::abs(ns - line.kernel_ns) * 100, line.kernel_ns * 16) << line.text;
  }
}

}  // namespace
}  // namespace tools
