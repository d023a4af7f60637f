#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "tools/commands.h"
#include "tools/fetch/fetch.h"
#include "tools/finding.h"
#include "tools/git_seed.h"

namespace wavetank {
namespace {

struct Command {
  const char* name;
  int (*run)(const Catalog& catalog, const Options& options);
};

constexpr Command kCommands[] = {
    {"list", ListCommand},     {"run", RunCommand},       {"fuzz", FuzzCommand},
    {"replay", ReplayCommand}, {"shrink", ShrinkCommand}, {"check", CheckCommand},
    {"sweep", SweepCommand},   {"prove", ProveCommand},   {"merge", MergeCommand},
    {"tape", TapeCommand},
};

}  // namespace

int UsageError(const std::string& what) {
  std::fprintf(stderr, "wavetank: %s\nwavetank --help says how to use it.\n", what.c_str());
  return kUsage;
}

int BadInput(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) std::fprintf(stderr, "%s\n", error.c_str());
  return kUsage;
}

std::string OnlyOperand(const Options& options) {
  if (options.operands.size() == 1) return options.operands[0];
  return options.operands.empty() ? options.default_scenario : "";
}

int WavetankMain(const std::vector<std::string>& args, const Catalog& catalog) {
  // Those that use the client instead of trying it have flags of their own.
  const auto is_word = [](const std::string& arg) { return arg.empty() || arg[0] != '-'; };
  const auto word = std::find_if(args.begin(), args.end(), is_word);
  if (word != args.end() && IsFetchCommand(*word)) return FetchMain(args);
  Options options;
  std::string error;
  if (!ParseOptions(args, &options, &error)) return UsageError(error);
  if (options.help) return Print(Usage()) ? kHeld : kHarness;
  if (options.command.empty()) {
    std::fputs(Usage().c_str(), stderr);
    return kUsage;
  }
  if (options.seed_of_commit && !GitSeed(catalog.Root(), &options.seed, &error)) {
    return UsageError(absl::StrCat("--seed=git: ", error));
  }
  for (const Command& command : kCommands) {
    if (options.command == command.name) return command.run(catalog, options);
  }
  return UsageError(absl::StrCat("there is no command '", options.command, "'"));
}

}  // namespace wavetank
