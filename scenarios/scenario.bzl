"""Macros for scenarios: scenario_test for what must hold, sweep_test for what must hold when tasks are cancelled anywhere,
regression_tests for failures that are kept, prove_test for what holds in every run within a bound, campaign_test for a search
as long and as wide as one likes, historic_bug for a bug that must be found, changed_client for its tape in a client that was
changed since, broken_client for a law that must
speak."""

load("//scenarios:patched_sources.bzl", "patched_sources")

# All that a binary is made of: what a patch of a header may change.
ALL_SOURCES = [
    "//%s:sources" % package
    for package in [
        "client",
        "client/async",
        "client/base",
        "client/debug",
        "client/http",
        "client/net",
        "client/websocket",
        "sim/choice",
        "sim/explore",
        "sim/http",
        "sim/loopback",
        "sim/net",
        "sim/oracle",
        "sim/report",
        "sim/scenario",
        "sim/toys",
        "sim/workload",
        "sim/world",
        "tools",
        "tools/fetch",
    ]
]

# How far an ordinary `bazel test` searches. Campaigns go further: see the README.
_RUNS = 2000

def _check(name, binary, args, data, size = "small", tags = []):
    # sh_test runs any executable: one binary serves all scenarios, instead of one link each.
    native.sh_test(
        name = name,
        srcs = [binary],
        args = ["check"] + args,
        data = data,
        size = size,
        tags = tags,
    )

def scenario_tests(runs = _RUNS, sweep_runs = 20, proves = {}, slow = []):
    """Tests for each scenario of this folder, so that none can be forgotten; and all of them as `scenarios`.

    Each holds, holds when it is swept, and ends on real sockets as it does in the simulation.

    Args:
      runs: random runs of each scenario_test.
      sweep_runs: the same of each sweep_test.
      proves: those that are proved, and with what bound: see prove_test.
      slow: those whose worlds cost milliseconds, as TLS does, and which get a tenth or so of the runs.
    """
    for name in proves:
        prove_test(name, bound = proves[name])
    files = native.glob(["*.textproto"])
    for scenario in files:
        name = scenario[:-len(".textproto")]
        scenario_test(name, runs = 200 if name in slow else runs)
        sweep_test(name, runs = 4 if name in slow else sweep_runs)
        loopback_test(name)
    native.filegroup(name = "scenarios", srcs = files, visibility = ["//visibility:public"])

def regression_tests(runs = _RUNS):
    """Tests for each failure that is kept in this folder: what `fuzz` wrote, copied here.

    A tape (*.tape.textproto) must hold in its scenario, which lies beside it or is one of the others; so must each
    scenario here over random runs. All of them are `scenarios`, which `fuzz` searches as well.

    Args:
      runs: random runs of each scenario.
    """
    ending = ".tape.textproto"
    files = native.glob(["*.textproto"], exclude = ["*" + ending])
    for tape in native.glob(["*" + ending]):
        at = "--tape=$(location %s)" % tape
        _check(tape[:-len(ending)] + "_tape_test", "//tools:wavetank_cli", [at, "--expect=holds"], [
            tape,
            "//scenarios:all",
        ])
    for scenario in files:
        scenario_test(scenario[:-len(".textproto")], runs = runs)
    native.filegroup(name = "scenarios", srcs = files, visibility = ["//visibility:public"])

def scenario_test(name, scenario = None, runs = _RUNS, seed = 1, laws = [], tags = []):
    """The scenario holds: on the quiet run, on `runs` random ones, with equal digests wherever it is repeated.

    Args:
      name: of the test, by convention that of the scenario.
      scenario: the file, by default <name>.textproto.
      runs: random runs.
      seed: the base seed.
      laws: the laws that judge, by default all.
      tags: as usual.
    """
    scenario = scenario or name + ".textproto"
    args = ["$(location %s)" % scenario, "--expect=holds", "--runs=%d" % runs, "--seed=%d" % seed]
    if laws:
        args.append("--laws=" + ",".join(laws))
    _check(name + "_test", "//tools:wavetank_cli", args, [scenario], tags = tags)
    native.exports_files([scenario], visibility = ["//visibility:public"])

def sweep_test(name, scenario = None, runs = 20, laws = []):
    """All laws hold wherever a task of the scenario is cancelled or abandoned.

    Args:
      name: of the test, by convention that of the scenario.
      scenario: the file, by default <name>.textproto.
      runs: random runs behind each way of cancelling at each suspension of the quiet run.
      laws: the laws that judge, by default all.
    """
    scenario = scenario or name + ".textproto"
    native.sh_test(
        name = name + "_sweep_test",
        srcs = ["//tools:wavetank_cli"],
        args = ["sweep", "$(location %s)" % scenario, "--runs=%d" % runs] +
               (["--laws=" + ",".join(laws)] if laws else []),
        data = [scenario],
        size = "small",
    )

def prove_test(name, scenario = None, binary = "//tools:wavetank_cli", bound = None, caught = False, laws = []):
    """The laws hold in every run of the scenario, or, with `caught`, in some run one is broken.

    Args:
      name: of the test, by convention that of the scenario.
      scenario: the file, by default <name>.textproto.
      binary: the command line.
      bound: of the decisions that are not the dullest; without it every run there is.
      caught: the search ends with a violation.
      laws: the laws that judge, by default all.
    """
    scenario = scenario or name + ".textproto"
    native.sh_test(
        name = name + "_prove_test",
        srcs = [binary],
        args = ["prove", "$(location %s)" % scenario, "--for=10m"] +
               (["--bound=%d" % bound] if bound != None else ["--whole"]) + (["--expect=caught"] if caught else []) +
               (["--laws=" + ",".join(laws)] if laws else []),
        data = [scenario],
        size = "medium",
        tags = ["noasan"],  # no snapshots there
    )

def loopback_test(name, scenario = None, runs = 20):
    """However the scenario ends on real sockets, the simulation can make it end as well; and all laws hold there.

    Args:
      name: of the test, by convention that of the scenario.
      scenario: the file, by default <name>.textproto.
      runs: on real sockets.
    """
    scenario = scenario or name + ".textproto"
    args = ["$(location %s)" % scenario, "--network=loopback", "--runs=%d" % runs]
    _check(name + "_loopback_test", "//tools:wavetank_cli", args, [scenario], tags = ["requires-network"])

def campaign_test(
        name,
        scenarios,
        runs = 0,
        duration = "",
        shard_count = None,
        strategy = "",
        seed = 1,
        flags = [],
        manual = True,
        **kwargs):
    """A campaign over some scenarios, each a test case of its own (JUnit XML, tools/campaign).

    With `shard_count` Bazel runs as many processes, wherever it runs tests, which share the runs of every scenario. What
    they leave (tapes of failures, states, statistics, corpora) is in bazel-testlogs/.../test.outputs of each shard;
    `wavetank merge` adds it up. Another seed for one time: --test_arg=--seed=N.

    Args:
      name: of the test.
      scenarios: labels; of groups, as //scenarios:all, all that they hold.
      runs: of each scenario, all shards together.
      duration: instead of runs, of each shard for all scenarios: "10m".
      shard_count: how many processes.
      strategy: by default a portfolio.
      seed: the base seed.
      flags: others of `fuzz`, and names of scenarios.
      manual: not among `//...`.
      **kwargs: as usual: tags, size, timeout.
    """
    single = [scenario for scenario in scenarios if scenario.endswith(".textproto")]
    args = ["--seed=%d" % seed] + (["--runs=%d" % runs] if runs else []) + (["--for=" + duration] if duration else [])
    args += (["--strategy=" + strategy] if strategy else []) + flags
    native.sh_test(
        name = name,
        srcs = ["//tools/campaign:campaign_runner"],
        args = args + ["$(location %s)" % scenario for scenario in single],
        data = scenarios,
        shard_count = shard_count,
        tags = ["campaign"] + (["manual"] if manual else []) + kwargs.pop("tags", []),
        **kwargs
    )

def canary_test(name, law, scenario = None, runs = _RUNS):
    """The scenario fails, and by the law that it must break: otherwise the harness is broken.

    Args:
      name: of the test, by convention that of the scenario.
      law: that must be broken.
      scenario: the file, by default <name>.textproto.
      runs: within how many.
    """
    scenario = scenario or name + ".textproto"
    args = ["$(location %s)" % scenario, "--expect=" + law, "--runs=%d" % runs]
    _check(name + "_test", "//tools:wavetank_cli", args, [scenario])
    native.exports_files([scenario], visibility = ["//visibility:public"])

def broken_client(name, law, files, scenario, runs = _RUNS):
    """A client that is broken on purpose, so that one law has something to say: a test of the law, in the whole stack.

    All laws hold on the quiet run, and `law`, which then judges alone, catches it from each of two base seeds.

    Args:
      name: of the patch, <name>.patch, which says at its head what it breaks; and of the command line with that client.
      law: that must be broken.
      files: the sources that the patch touches.
      scenario: one (label) that was not written for it.
      runs: within how many.
    """
    patched_sources(name = name + "_patched", srcs = files, patch = name + ".patch")
    native.cc_binary(
        name = name,
        srcs = [":%s_patched" % name],
        linkstatic = True,
        deps = ["//tools:cli"],
        testonly = True,
    )
    at = "$(location %s)" % scenario
    _check(name + "_is_quiet_test", ":" + name, [at, "--expect=holds", "--runs=0"], [scenario], tags = ["noasan"])
    args = [at, "--expect=" + law, "--laws=" + law, "--runs=%d" % runs, "--base-seeds=2"]
    _check(name + "_test", ":" + name, args, [scenario], tags = ["noasan"])

def changed_client(name, bug, change, files):
    """A client that has a historic bug, and was changed since its tape was kept: the tape still finds the bug.

    Args:
      name: of the command line with that client; the test is <name>_test.
      bug: whose folder in history/ has the defect and the tape.
      change: a patch that has nothing to do with the bug, and moves decisions.
      files: the sources that both patches touch.
    """
    folder = "//scenarios/history/%s:" % bug
    patched_sources(name = name + "_patched", srcs = files, patch = folder + "defect.patch", more = [change])
    native.cc_binary(
        name = name,
        srcs = [":%s_patched" % name],
        copts = _headers_of("%s/%s_patched" % (native.package_name(), name), files),
        linkstatic = True,
        deps = ["//tools:cli"],
        testonly = True,
    )
    scenario = folder + "scenario.textproto"
    tape = folder + "tape.textproto"
    args = ["$(location %s)" % scenario, "--expect=history", "--tape=$(location %s)" % tape]
    _check(name + "_test", ":" + name, args, [scenario, tape], tags = ["noasan"])

def _headers_of(patched, files):
    # The original comes before it on the search path, but finds its guard defined.
    copts = []
    for header in [file for file in files if file.endswith(".h")]:
        copts += ["-include", "$(GENDIR)/" + patched + header.replace("//", "/").replace(":", "/")]
    return copts

def historic_bug(
        name,
        files = [],
        runs = 10000,
        also = {},
        rebuild = False,
        says = "",
        prove = None,
        scenario = "scenario.textproto",
        tape = "tape.textproto",
        real = True):
    """A bug that real users had: not in today's client, found in one that has it again.

    The folder has scenario.textproto, what a user did, whose `history` says which laws find the bug; defect.patch; and
    tape.textproto, the shortest known failure. Makes `defect`, the command line with the patched client, and tests: the
    clean client holds over random runs and over the tape; the patched one holds on the tape of zeros, is caught within
    `runs` runs from each of ten base seeds, by those laws together and by each alone, and fails on the kept tape.

    Args:
      name: <project>_<issue>, which is also the folder's.
      files: the sources that the patch touches; with `rebuild` they are found by themselves. A header may be among
        them if all that include it are, too.
      runs: within how many.
      also: further scenarios (labels) and the laws by which they must find the bug without having been written for it.
      rebuild: the patch changes a header: everything that sees the client is compiled anew, not only the files.
      says: what the reason of the kept failure must contain.
      prove: with so many deviations at most every run of the clean client holds, and one of the patched one does not.
      scenario: of another folder, for a patch that has no bug of its own.
      tape: as well.
      real: the patched client is caught on real sockets, too, by its own laws or by the one that is named here; False
        where it needs a fault of the network.
    """
    patched_sources(name = "patched", srcs = ALL_SOURCES if rebuild else files, patch = "defect.patch")
    patched = "%s/patched" % native.package_name()
    copts = ["-I$(GENDIR)/" + patched] if rebuild else _headers_of(patched, files)
    native.cc_binary(
        name = "defect",
        # The patched objects come first and define all that the originals do, so that the linker never takes the
        # originals out of their archives.
        srcs = [":patched"],
        copts = copts,
        # The bug's own scenario is what `fuzz` without a name means here.
        args = ["--default-scenario=$(location %s)" % scenario],
        data = [scenario],
        linkstatic = True,
        deps = ["//tools:external_deps"] if rebuild else ["//tools:cli"],
        testonly = True,
        visibility = ["//visibility:public"],
    )
    native.filegroup(name = "scenarios", srcs = [scenario], visibility = ["//visibility:public"])
    native.exports_files(native.glob(["*.textproto", "*.patch"]), visibility = ["//visibility:public"])

    clean = "//tools:wavetank_cli"
    at = "$(location %s)" % scenario
    on_tape = "--tape=$(location %s)" % tape
    loopback_test("clean", scenario)
    _check("clean_holds_test", clean, [at, "--expect=holds", "--runs=%d" % _RUNS], [scenario])
    _check("clean_holds_on_the_tape_test", clean, [at, "--expect=holds", on_tape], [scenario, tape])

    if prove != None:
        prove_test("clean", scenario = scenario, bound = prove)
        prove_test("defect", scenario = scenario, binary = ":defect", bound = prove, caught = True)

    # The sanitizers look at our client; a broken one has nothing to tell them.
    args = [at, "--expect=history", "--runs=%d" % runs, "--base-seeds=10"]
    _check("defect_is_caught_test", ":defect", args, [scenario], tags = ["noasan"])
    args = [at, "--expect=history", on_tape] + (["'--says=%s'" % says] if says else [])
    _check("tape_fails_test", ":defect", args, [scenario, tape], tags = ["noasan"])
    if real:
        args = [at, "--network=loopback", "--expect=" + ("history" if real == True else real), "--runs=1500"]
        _check("defect_is_caught_on_real_sockets_test", ":defect", args, [scenario], tags = ["noasan", "requires-network"])
    for i, other in enumerate(also):
        args = ["$(location %s)" % other, "--expect=" + also[other], "--laws=" + also[other], "--runs=%d" % runs]
        _check("also_%d_test" % i, ":defect", args, [other], tags = ["noasan"])
