#include "tools/options.h"

#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "sim/explore/strategy.h"

namespace wavetank {
namespace {

std::string LawNames() {
  std::string names;
  for (size_t i = 1; i < sim::kLawCount; ++i) {
    absl::StrAppend(&names, i == 1 ? "" : ", ", sim::LawName(static_cast<sim::LawId>(i)));
  }
  return names;
}

std::string ParseLaws(const std::string& value, Options* options) {
  for (absl::string_view name : absl::StrSplit(value, ',')) {
    sim::LawId law;
    if (!sim::LawFromName(name, &law)) return absl::StrCat("there is no law '", name, "'; there are ", LawNames());
    options->laws.push_back(law);
  }
  return "";
}

std::string ParseNumber(const std::string& value, uint64_t least, uint64_t* number) {
  if (absl::SimpleAtoi(value, number) && *number >= least) return "";
  return absl::StrCat("'", value, "' is not a number from ", least, " on");
}

std::string ParseShard(const std::string& value, Options* options) {
  const std::vector<std::string> parts = absl::StrSplit(value, '/');
  options->shard_given = true;
  if (parts.size() == 2 && absl::SimpleAtoi(parts[0], &options->shard) &&
      absl::SimpleAtoi(parts[1], &options->shards) && options->shard < options->shards) {
    return "";
  }
  return absl::StrCat("'", value, "' is not I/N with I from 0 to N-1");
}

std::string ParseTime(const std::string& value, int64_t* ns) {
  return ParseDuration(value, ns) ? "" : absl::StrCat("'", value, "' is not a duration like 500ms, 30s or 2h");
}

std::string ParseStrategy(const std::string& value, Options* options) {
  options->strategy = value;
  if (sim::MakeStrategy(value) != nullptr) return "";
  return absl::StrCat("there is no strategy '", value, "'; there are: ", absl::StrJoin(sim::StrategyNames(), ", "));
}

std::string ParseExpect(const std::string& value, Options* options) {
  options->expect = value;
  sim::LawId law;
  if (value == "holds" || value == "caught" || value == "history" || sim::LawFromName(value, &law)) return "";
  return absl::StrCat("'", value, "' is neither 'holds', 'caught', 'history' nor a law; there are ", LawNames());
}

std::string ParseShrink(const std::string& value, Options* options) {
  options->shrink = value;
  if (value == "all" || value == "tape" || value == "none") return "";
  return absl::StrCat("'", value, "' is neither 'all', 'tape' nor 'none'");
}

std::string ParseNetwork(const std::string& value, Options* options) {
  options->network = value;
  if (value == "simulated" || value == "loopback") return "";
  return absl::StrCat("there is no network '", value, "'; there are: simulated, loopback");
}

std::string ParseText(const std::string& value, std::string* text) {
  *text = value;
  return value.empty() ? "the value is missing" : "";
}

struct Flag {
  const char* name;
  const char* commands;  // separated by spaces; "*": all
  bool has_value;
  std::function<std::string(const std::string&, Options*)> parse;  // an error, or empty
};

std::function<std::string(const std::string&, Options*)> Set(bool Options::*field) {
  return [field](const std::string&, Options* options) {
    options->*field = true;
    return std::string();
  };
}
std::function<std::string(const std::string&, Options*)> Text(std::string Options::*field) {
  return [field](const std::string& value, Options* options) { return ParseText(value, &(options->*field)); };
}
std::function<std::string(const std::string&, Options*)> Number(uint64_t Options::*field, uint64_t least) {
  return [field, least](const std::string& value, Options* options) {
    return ParseNumber(value, least, &(options->*field));
  };
}
std::function<std::string(const std::string&, Options*)> Time(int64_t Options::*field) {
  return [field](const std::string& value, Options* options) { return ParseTime(value, &(options->*field)); };
}

std::string ParseJobs(const std::string& value, Options* options) {
  uint64_t jobs = 0;
  const std::string error = ParseNumber(value, 1, &jobs);
  if (error.empty() && jobs > 1024) return "at most 1024 jobs";
  options->jobs = static_cast<uint32_t>(jobs);
  return error;
}

const std::vector<Flag>& Flags() {
  static const auto& flags = *new std::vector<Flag>{
      {"help", "*", false, Set(&Options::help)},
      {"default-scenario", "*", true, Text(&Options::default_scenario)},
      {"json", "list run fuzz replay shrink sweep prove merge", false, Set(&Options::json)},
      {"full", "run replay sweep", false, Set(&Options::full)},
      {"sites", "sweep", false, Set(&Options::sites)},
      {"strict", "replay", false, Set(&Options::strict)},
      {"keep-going", "fuzz", false, Set(&Options::keep_going)},
      {"runs", "fuzz check sweep", true,
       [](const std::string& value, Options* options) {
         options->runs_given = true;
         return ParseNumber(value, 0, &options->runs);
       }},
      {"for", "fuzz prove", true, Time(&Options::duration_ns)},
      {"seed", "run fuzz check sweep", true,
       [](const std::string& value, Options* options) {
         options->quiet_run = false;
         options->seed_of_commit = value == "git";
         return options->seed_of_commit ? "" : ParseNumber(value, 0, &options->seed);
       }},
      {"run", "run", true, Number(&Options::run, 1)},
      {"jobs", "fuzz check", true, ParseJobs},
      {"shard", "fuzz", true, ParseShard},
      {"out", "fuzz shrink sweep prove merge", true,
       [](const std::string& value, Options* options) {
         options->out_given = true;
         return ParseText(value, &options->out);
       }},
      {"checkpoint", "fuzz", true, Time(&Options::checkpoint_ns)},
      {"resume", "fuzz", false, Set(&Options::resume)},
      {"shrink", "fuzz shrink sweep prove", true, ParseShrink},
      {"corpus", "fuzz", true, Text(&Options::corpus)},
      {"strategy", "fuzz check", true, ParseStrategy},
      {"network", "run check", true, ParseNetwork},
      {"laws", "run fuzz replay shrink check sweep prove tape", true, ParseLaws},
      {"scenario", "replay shrink tape", true, Text(&Options::scenario)},
      {"step-limit", "run fuzz replay shrink check sweep prove tape", true, Time(&Options::step_limit_ns)},
      {"budget", "fuzz shrink sweep prove", true, Time(&Options::budget_ns)},
      {"states", "prove", true, Number(&Options::states, 1)},
      {"plain", "prove", false, Set(&Options::plain)},
      {"whole", "prove", false, Set(&Options::whole)},
      {"bound", "prove", true,
       [](const std::string& value, Options* options) {
         options->bound_given = true;
         return ParseNumber(value, 0, &options->bound);
       }},
      {"tape", "check", true, Text(&Options::tape)},
      {"expect", "check prove", true, ParseExpect},
      {"says", "check", true, Text(&Options::says)},
      {"from-bytes", "tape", true, Text(&Options::from_bytes)},
      {"to-bytes", "tape", true, Text(&Options::to_bytes)},
      {"base-seeds", "check", true, Number(&Options::base_seeds, 1)},
  };
  return flags;
}

bool BelongsTo(const Flag& flag, const std::string& command) {
  if (absl::string_view(flag.commands) == "*") return true;
  for (absl::string_view name : absl::StrSplit(flag.commands, ' ')) {
    if (name == command) return true;
  }
  return false;
}

std::string ParseFlag(const std::string& arg, std::vector<const Flag*>* seen, Options* options) {
  const size_t equals = arg.find('=');
  const std::string name = arg.substr(2, equals == std::string::npos ? equals : equals - 2);
  for (const Flag& flag : Flags()) {
    if (name != flag.name) continue;
    if (flag.has_value != (equals != std::string::npos)) {
      return absl::StrCat("--", name, flag.has_value ? " needs a value: --" + name + "=..." : " takes no value");
    }
    seen->push_back(&flag);
    const std::string error = flag.parse(flag.has_value ? arg.substr(equals + 1) : "", options);
    return error.empty() ? "" : absl::StrCat("--", name, ": ", error);
  }
  return absl::StrCat("there is no flag --", name);
}

}  // namespace

sim::LawSet Options::Judges(sim::LawSet all) const {
  if (laws.empty()) return all;
  sim::LawSet judges = sim::LawSet::None();
  for (sim::LawId law : laws) judges.Add(law);
  return judges;
}

bool ParseOptions(const std::vector<std::string>& args, Options* options, std::string* error) {
  std::vector<const Flag*> seen;
  for (const std::string& arg : args) {
    if (arg == "-h") {
      options->help = true;
    } else if (absl::StartsWith(arg, "--")) {
      *error = ParseFlag(arg, &seen, options);
      if (!error->empty()) return false;
    } else if (arg.size() > 1 && arg[0] == '-') {
      *error = absl::StrCat("there is no flag ", arg);
      return false;
    } else if (options->command.empty()) {
      options->command = arg;
    } else {
      options->operands.push_back(arg);
    }
  }
  if (options->help) return true;
  for (const Flag* flag : seen) {
    if (options->command.empty() || BelongsTo(*flag, options->command)) continue;
    *error = absl::StrCat("--", flag->name, " does not belong to '", options->command, "'");
    return false;
  }
  if (options->resume && !options->out_given) {
    *error = "--resume needs --out=DIR, where the campaign was kept";
    return false;
  }
  if (options->duration_ns != 0 && options->runs_given) {
    *error = "--runs and --for exclude each other";
    return false;
  }
  return true;
}

bool ParseDuration(const std::string& text, int64_t* ns) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) return false;
  if (duration <= absl::ZeroDuration() || duration > absl::Hours(24 * 365)) return false;
  *ns = absl::ToInt64Nanoseconds(duration);
  return *ns > 0;
}

std::string Usage() {
  return R"(wavetank: a deterministic simulation and fault-injection harness

  wavetank list [--json]                       scenarios and historic bugs, one line each
  wavetank run SCENARIO [--seed=N [--run=I]]   one run (without a seed the quiet one, with one a random one), verdict
                                               and timeline
      --network=loopback                       on real sockets: its servers listen on 127.0.0.1
  wavetank fuzz [SCENARIO...]                  many runs; without a SCENARIO all but the canaries
      --runs=N | --for=30s                     runs of each (default 5000), or time for all together
      --seed=N|git                             the base seed (default 1); git: that of the commit that is checked out
      --jobs=N                                 processes (default: one per processor); the first failure stays the same
      --shard=I/N                              only the runs i with i % N == I
      --strategy=NAME                          how decisions are drawn: portfolio (default), random, pct[:D], pos, surw,
                                               urw, delay[:D], guided, enumerate[:B]
      --corpus=DIR                             tapes that have shown something new: where guided and portfolio begin,
                                               and where they leave what they have learned
      --keep-going                             the first failure of every kind
      --out=DIR                                where failures go (default: failures), and the campaign's state
      --checkpoint=10s                         how often the state is kept
      --resume                                 goes on with the campaign in DIR where it was cut off, if there is one
      --shrink=all|tape|none                   what is made small: scenario and tape (default), or less
      --budget=20s                             the longest that shrinking may take
  wavetank merge DIR... --out=DIR              adds up what campaigns have left: statistics of shards, failures (each
                                               once), corpora
  wavetank replay TAPE [--strict]              what the tape does today, realigned where the code has changed;
                                               --strict: it must fit exactly
  wavetank shrink TAPE [--out=DIR]             a smaller scenario and a shorter tape that break the same law
  wavetank sweep [SCENARIO...] [--runs=N]      cancels and abandons every task at each of its suspensions, each time
                                               followed by a quiet run and by N random ones (default 10)
  wavetank sweep --sites [--runs=N]            which of the client's places to wait no scenario ever comes to
  wavetank prove SCENARIO... [--for=1m] [--states=N]
                                               every behaviour of a small scenario, each state once; says what was
                                               exhausted, or how far it came
      --bound=N                                with at most N deviations, and no further; fails if that is not exhausted
      --whole                                  fails if not all is exhausted
      --expect=caught                          what tests ask: a violation is what must be found
      --plain                                  merges states by their bytes alone and leaves out no order: a yardstick
  wavetank tape SCENARIO --from-bytes=FILE     the tape, on stdout, of an input that libFuzzer has left (tools/fuzz)
  wavetank tape TAPE --to-bytes=FILE           and back
  wavetank check SCENARIO [--expect=holds|caught|history|LAW] [--runs=N] [--base-seeds=N] [--tape=TAPE]
                                               what tests ask: holds (deterministically), or is caught: by any law, by
                                               those of the scenario's `history`, together and each alone, or by LAW
                                               (without a SCENARIO the tape's own)
      --says=TEXT                              with --tape: what the reason of its failure must contain
      --network=loopback                       however N runs on real sockets (default 50) end, some simulated run
                                               ends as well, and all laws hold; or some run is caught

  wavetank get URL | put URL FILE | ws URL     the client itself, on real sockets: `wavetank get --help` says more

SCENARIO is a path or a name from `list`; with "+cancel" behind it all of its tasks may be cancelled.
Common flags:
  --laws=A,B         judge by these laws alone; the first broken law ends a run
  --json             one JSON object per scenario on stdout
  --full             the whole timeline (run, replay); the places that are never waited at (sweep)
  --scenario=PATH    instead of the one that the tape names (replay, shrink)
  --step-limit=10s   how long a step may take before it counts as hanging

Exit status: 0 held, 1 a violation, 2 wrong usage or bad input, 3 the harness failed (nondeterminism, a tape that
does not fit).
)";
}

}  // namespace wavetank
