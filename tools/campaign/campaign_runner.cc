// Campaigns as tests: `fuzz`, one test case for each scenario, for those who read JUnit XML (XML_OUTPUT_FILE, which
// Bazel sets, or --gtest_output=xml:FILE). The arguments are those of `fuzz`.
//
// In a test of Bazel's, what is to be kept goes to TEST_UNDECLARED_OUTPUTS_DIR: tapes of failures, the states of
// campaigns, statistics in JSON, and what was learned. Its shards (TEST_SHARD_INDEX) share the runs of every scenario,
// not the scenarios.
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/debugging/symbolize.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/catalog.h"
#include "tools/commands.h"
#include "tools/finding.h"
#include "tools/options.h"

namespace wavetank {
namespace {

class Campaign : public testing::Test {
 public:
  Campaign(const Catalog& catalog, std::vector<std::string> args) : catalog_(catalog), args_(std::move(args)) {}

  void TestBody() override {
    std::string said;
    CopyPrints(&said);
    const int status = WavetankMain(args_, catalog_);
    CopyPrints(nullptr);
    RecordProperty("said", said);
    if (status != kHeld) FAIL() << "status " << status << "\n" << said;
  }

 private:
  const Catalog& catalog_;
  const std::vector<std::string> args_;
};

std::string TestName(const std::string& scenario) {
  std::string name;
  for (const char c : scenario) name += absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

// What the environment says and the arguments do not.
void AddDefaults(const Options& options, std::vector<std::string>* args) {
  const char* outputs = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  if (outputs == nullptr || options.out_given) return;
  args->push_back(absl::StrCat("--out=", outputs));
  const bool learns = options.strategy.empty() || options.strategy == "portfolio" || options.strategy == "guided";
  if (learns && options.corpus.empty()) args->push_back(absl::StrCat("--corpus=", outputs, "/corpus"));
}

int Main(const std::vector<std::string>& given) {
  const ScenarioCatalog catalog(ScenarioCatalog::FindRoot());
  Options options;
  std::string error;
  if (!ParseOptions(given, &options, &error)) return UsageError(error);
  std::vector<std::string> args;
  for (const std::string& arg : given) {
    if (arg[0] == '-' || arg == "fuzz") args.push_back(arg);
  }
  AddDefaults(options, &args);
  std::vector<std::string> scenarios = options.operands;
  if (scenarios.empty()) {
    for (const CatalogEntry& entry : catalog.List()) {
      if (entry.kind != CatalogEntry::Kind::kCanary) scenarios.push_back(entry.name);
    }
  }
  if (scenarios.empty()) return UsageError("there are no scenarios here; name one");
  if (options.duration_ns != 0) {
    const int64_t share_ns = options.duration_ns / static_cast<int64_t>(scenarios.size());
    args.push_back(absl::StrCat("--for=", share_ns, "ns"));
  }
  for (const std::string& scenario : scenarios) {
    std::vector<std::string> own = args;
    own.push_back(scenario);
    testing::RegisterTest("Campaign", TestName(scenario).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [&catalog, own]() -> testing::Test* { return new Campaign(catalog, own); });
  }
  return RUN_ALL_TESTS();
}

}  // namespace
}  // namespace wavetank

int main(int argc, char** argv) {
  absl::InitializeSymbolizer(argv[0]);
  // GoogleTest would give each shard a part of the scenarios.
  unsetenv("GTEST_TOTAL_SHARDS");
  unsetenv("GTEST_SHARD_INDEX");
  testing::InitGoogleTest(&argc, argv);
  std::vector<std::string> args = {"fuzz"};
  args.insert(args.end(), argv + 1, argv + argc);
  return wavetank::Main(args);
}
