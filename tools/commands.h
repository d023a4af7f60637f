// The commands. Each returns the exit status.
#ifndef TOOLS_COMMANDS_H_
#define TOOLS_COMMANDS_H_

#include <string>
#include <vector>

#include "tools/catalog.h"
#include "tools/options.h"

namespace wavetank {

int ListCommand(const Catalog& catalog, const Options& options);
int RunCommand(const Catalog& catalog, const Options& options);
int FuzzCommand(const Catalog& catalog, const Options& options);
int ReplayCommand(const Catalog& catalog, const Options& options);
int ShrinkCommand(const Catalog& catalog, const Options& options);
int SweepCommand(const Catalog& catalog, const Options& options);
int ProveCommand(const Catalog& catalog, const Options& options);
int MergeCommand(const Catalog& catalog, const Options& options);
int CheckCommand(const Catalog& catalog, const Options& options);
int TapeCommand(const Catalog& catalog, const Options& options);

// All of the above: parses, dispatches, explains wrong usage.
int WavetankMain(const std::vector<std::string>& args, const Catalog& catalog);

// Prints to stderr "wavetank: what", and for wrong usage how to get help. Returns kUsage.
int UsageError(const std::string& what);
// Prints the errors of a file. Returns kUsage.
int BadInput(const std::vector<std::string>& errors);

// The one SCENARIO of a command, or the default one. Empty if there is none.
std::string OnlyOperand(const Options& options);

}  // namespace wavetank

#endif  // TOOLS_COMMANDS_H_
