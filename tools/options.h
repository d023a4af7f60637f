// The command line, parsed: one command, its operands, its flags (--name=value or --name). Every flag belongs to some
// commands; elsewhere it is an error.
#ifndef TOOLS_OPTIONS_H_
#define TOOLS_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "sim/oracle/law.h"

namespace wavetank {

// Exit statuses.
inline constexpr int kHeld = 0;
inline constexpr int kViolation = 1;
inline constexpr int kUsage = 2;
inline constexpr int kHarness = 3;

struct Options {
  std::string command;
  std::vector<std::string> operands;

  bool help = false;
  bool json = false;
  bool full = false;        // the whole timeline
  bool strict = false;      // a tape that does not fit is an error
  bool keep_going = false;  // do not stop at a scenario's first failure
  bool quiet_run = true;    // no --seed was given
  bool sites = false;       // sweep: only where the client can wait, and whether it ever did
  uint64_t runs = 0;        // 0: not given
  bool runs_given = false;
  int64_t duration_ns = 0;  // 0: not given
  uint64_t seed = 1;
  bool seed_of_commit = false;  // --seed=git
  uint64_t run = 1;
  uint32_t jobs = 0;        // 0: one per processor
  uint64_t shard = 0, shards = 1;
  bool shard_given = false;
  uint64_t base_seeds = 1;
  uint64_t states = 0;      // prove; 0: not given
  bool plain = false;       // prove: states are one only if their bytes are, at the same addresses
  bool whole = false;       // prove: nothing less will do
  uint64_t bound = 0;       // prove: of deviations
  bool bound_given = false;
  int64_t step_limit_ns = 10'000'000'000;
  int64_t budget_ns = 20'000'000'000;  // for shrinking
  std::string out = "failures";
  std::string shrink = "all";    // what of a failure: "all", "tape" or "none"
  bool out_given = false;
  int64_t checkpoint_ns = 10'000'000'000;  // how often a campaign's state is kept
  bool resume = false;           // fuzz: go on with what is in `out`
  std::string strategy;          // empty: portfolio to search, random to check
  std::string corpus;            // a folder; empty: none
  std::string network = "simulated";  // or "loopback": real sockets
  std::string scenario;          // replay, shrink: instead of the tape's
  std::string tape;              // check
  std::string expect = "holds";  // check: "holds", "caught", "history" or a law
  std::string from_bytes;        // tape: a file of a fuzzer's
  std::string to_bytes;          // tape
  std::string says;              // check: a part of the reason for which the tape fails
  std::string default_scenario;  // what commands without a SCENARIO mean
  std::vector<sim::LawId> laws;  // none: all

  // Those of `laws`, among `all`.
  sim::LawSet Judges(sim::LawSet all) const;
};

// False with `error` if the arguments make no sense; `args` is without the program's name.
bool ParseOptions(const std::vector<std::string>& args, Options* options, std::string* error);

// "30s", "1m30s", "2h", "500ms"; false if it is not a positive duration.
bool ParseDuration(const std::string& text, int64_t* ns);

std::string Usage();

}  // namespace wavetank

#endif  // TOOLS_OPTIONS_H_
