#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/world/arena.h"
#include "tools/commands.h"
#include "tools/fetch/fetch.h"
#include "tools/finding.h"
#include "tools/git_seed.h"

namespace wavetank {
namespace {

struct Command {
  const char* name;
  int (*run)(const Catalog& catalog, const Options& options);
  bool makes_worlds;
};

constexpr Command kCommands[] = {
    {"list", ListCommand, false},    {"run", RunCommand, true},       {"fuzz", FuzzCommand, true},
    {"replay", ReplayCommand, true}, {"shrink", ShrinkCommand, true}, {"check", CheckCommand, true},
    {"sweep", SweepCommand, true},   {"prove", ProveCommand, true},   {"merge", MergeCommand, false},
    {"tape", TapeCommand, true},
};

constexpr rlim_t kWorldsBytes = rlim_t{40} << 30;  // of address space, with room to spare: sim/world/arena.cc
constexpr rlim_t kFilesOfAJob = 4;
constexpr rlim_t kFilesBesides = 64;

// Why no world can be made here, or nothing. Raises the limit of open files as far as may be.
std::string WhatIsMissing(uint32_t jobs) {
  rlimit space{}, files{};
  getrlimit(RLIMIT_AS, &space);
  getrlimit(RLIMIT_NOFILE, &files);
  if (SIM_HAS_ARENA && space.rlim_cur < kWorldsBytes) {
    return "worlds reserve much address space, of which they use little: `ulimit -v unlimited` allows it";
  }
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const rlim_t needed = kFilesBesides + kFilesOfAJob * jobs;
  if (files.rlim_cur >= needed) return "";
  return absl::StrCat("--jobs=", jobs, " needs ", needed, " open files: `ulimit -n` allows ", files.rlim_cur);
}

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
    if (options.command != command.name) continue;
    if (command.makes_worlds) error = WhatIsMissing(options.jobs);
    if (error.empty()) return command.run(catalog, options);
    std::fprintf(stderr, "wavetank: %s\n", error.c_str());
    return kHarness;
  }
  return UsageError(absl::StrCat("there is no command '", options.command, "'"));
}

}  // namespace wavetank
