"""Runs the benchmarks of the tree, those of one process pinned to one processor, and prints one table: what was asked
for, and what is.

  table.py [--smoke] [--filter=REGEX] BENCHMARK...

A demand is a ratio to a floor that the same process measures in turns with the figure, or a speed; it is held with 25 %
of slack, which is the noise of shared machines. Numbers of executions are exact. Exit status: 0 if every demand holds, 1 if one does not or a benchmark
fails. With --smoke every benchmark runs for a moment, every demand must be found, and none is judged.
"""

import argparse
import collections
import json
import os
import re
import subprocess
import sys

SLACK = 1.25

# Those that need more than one processor.
NOT_PINNED = {"jobs_benchmark"}

# `at_most` or `at_least` bounds `counter` of the benchmark of that name in that binary, or it must be `exactly` that;
# `unit` is that of the figure.
Demand = collections.namedtuple("Demand", "what binary benchmark figure unit counter at_most at_least exactly",
                                defaults=[None])


def ratio(what, binary, benchmark, at_most, figure="ns", unit="ns"):
    """A demand on the ratio of the figure to its floor."""
    return Demand(what, binary, benchmark, figure, unit, "ratio", at_most, None)


def speed(what, binary, benchmark, counter, unit, at_least):
    """A demand on a counter that is not a ratio."""
    return Demand(what, binary, benchmark, counter, unit, counter, None, at_least)


def search(what, benchmark, counter, at_most=None, at_least=None, exactly=None, unit=""):
    """A demand on how far a search gets on a toy."""
    return Demand(what, "search_benchmark", benchmark, counter, unit, counter, at_most, at_least, exactly)


DEMANDS = [
    ratio("step, 8 different tasks", "scheduler_benchmark", "BM_StepOfDifferentTasks/8", 3),
    ratio("step, 64 different tasks", "scheduler_benchmark", "BM_StepOfDifferentTasks/64", 3),
    ratio("step, 1024 different tasks", "scheduler_benchmark", "BM_StepOfDifferentTasks/1024", 3),
    ratio("toy fixed2", "toys_benchmark", "BM_Fixed2", 3),
    ratio("toy incr<3,4>", "toys_benchmark", "BM_Incr_3_4", 3),
    ratio("toy incr<8,100>", "toys_benchmark", "BM_Incr_8_100", 3),
    ratio("pool model, 87 steps", "toys_benchmark", "BM_PoolFixed", 4),
    search("executions of fixed2", "Enumerate/fixed2", "runs", exactly=39),
    search("executions of lost", "Enumerate/lost", "runs", exactly=36),
    search("... of which stall", "Enumerate/lost", "bad", exactly=3),
    search("executions of incr<3,4>", "EnumerateMany/incr_3_4", "runs", exactly=756756),
    search("executions of pool 1,1,1", "Enumerate/pool_1_1_1", "runs", exactly=858),
    search("executions of pool 1,1,2", "EnumerateMany/pool_1_1_2", "runs", exactly=146226),
    search("runs to the lost wake-up, random", "FirstFailure/lost_random", "median", at_most=10),
    search("runs to the paused connection, random", "FirstFailure/pool_random", "median", at_most=3),
    search("runs to the lost wake-up, PCT", "FirstFailure/lost_pct", "median", at_most=3),
    search("runs to the lost wake-up, one deviation", "FirstFailure/lost_bounded", "median", at_most=3),
    search("runs to the deep bug, delay-bounded", "FirstFailure/deep_delay", "median", at_most=11),
    search("pool 1,2,1 proved", "Exhaust/pool_1_2_1", "seconds", at_most=0.1, unit="s"),
    search("pool 2,2,2 proved", "Exhaust/pool_2_2_2", "seconds", at_most=5, unit="s"),
    search("states in a second", "Exhaust/pool_2_2_2", "states/s", at_least=400000, unit="/s"),
    ratio("one GET, no laws", "whole_run_benchmark", "BM_Get", 4, figure="runs/s", unit="/s"),
    ratio("one GET, all laws : none", "whole_run_benchmark", "BM_LawsOfGet", 2),
    ratio("one GET, trace kept : not", "whole_run_benchmark", "BM_TraceOfGet", 1.3),
    ratio("download and upload, all laws : none", "whole_run_benchmark", "BM_LawsOfDownloadAndUpload", 2),
    ratio("download and upload, trace kept : not", "whole_run_benchmark", "BM_TraceOfDownloadAndUpload", 1.3),
    ratio("client's pool : pool model", "whole_run_benchmark", "BM_Pool", 4, figure="runs/s", unit="/s"),
    ratio("client's pool, all laws : none", "whole_run_benchmark", "BM_LawsOfPool", 2),
    ratio("network, 100 flows, 1448 B", "link_benchmark", "BM_100Flows_1448", 3, figure="GB/s", unit="GB/s"),
    ratio("network, 1 flow, 16 KiB", "link_benchmark", "BM_1Flow_16K", 3, figure="GB/s", unit="GB/s"),
    speed("client, 100 flows, 1448 B", "download_benchmark", "BM_100Downloads_1448", "GB/s", "GB/s", 1),
    speed("client, 1 flow, 16 KiB", "download_benchmark", "BM_1Download_16K", "GB/s", "GB/s", 4),
    Demand("timer armed and cancelled, 100 000 live", "scheduler_benchmark", "BM_TimerArmAndCancel/100000", "ns", "ns",
           "ns", 15, None),
    ratio("timer hold, 1000 : timing wheel", "scheduler_benchmark", "BM_TimerHold/1000", 2),
    ratio("timer hold, 100 000 : timing wheel", "scheduler_benchmark", "BM_TimerHold/100000", 2),
    Demand("empty run", "toys_benchmark", "BM_EmptyRun", "real_time", "ns", "real_time", 500, None),
    speed("two jobs : one, runs/s", "jobs_benchmark", "BM_TwoJobs", "ratio", "x", 1.9),
    speed("two jobs : one, runs per processor", "jobs_benchmark", "BM_TwoJobs", "processor_ratio", "x", 1.9),
    speed("virtual time, a week asleep", "whole_run_benchmark", "BM_SleepForDays", "virtual/real", "x", 1e6),
    speed("virtual time, faults everywhere", "whole_run_benchmark", "BM_Storm", "virtual/real", "x", 1e3),
]


def run(binary, options):
    """The results of a benchmark binary, by name without what Google Benchmark appends."""
    # The last processor: the first one serves more interrupts.
    pin = ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
    if os.path.basename(binary) in NOT_PINNED:
        pin = []
    printed = subprocess.run(pin + [os.path.abspath(binary), "--benchmark_format=json"] + options,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    results = json.loads(printed)["benchmarks"]
    return {re.sub("(/iterations:1)?(/manual_time)?$", "", result["name"]): result for result in results}


def number(value):
    """Three digits that count, and no exponent where a person would write none."""
    if value >= 1e6:
        return "%.3g" % value
    return "%d" % round(value) if value >= 100 else "%.3g" % value


def row(demand, result):
    """The columns of a demand, and whether it holds with the slack."""
    value = result[demand.counter]
    if demand.exactly is not None:
        target, held = "= " + str(demand.exactly), value == demand.exactly
        exact = held
    elif demand.at_most is not None:
        target, held, exact = "<= " + number(demand.at_most), value <= demand.at_most * SLACK, value <= demand.at_most
    else:
        target, held, exact = ">= " + number(demand.at_least), value >= demand.at_least / SLACK, value >= demand.at_least
    floor = number(result["floor_ns"]) + " ns" if "floor_ns" in result else result.get("floor", "")
    figure = ("%s %s" % (number(result[demand.figure]), demand.unit)).strip()
    quotient = "%.2f" % result["ratio"] if "ratio" in result else ""
    verdict = "" if exact else "(within the slack)" if held else "MISSED"
    return [demand.what, figure, floor, quotient, target, verdict], held


def print_table(rows):
    """Columns of text; the first and the last are aligned to the left."""
    widths = [max(len(columns[i]) for columns in rows) for i in range(len(rows[0]))]
    for columns in rows:
        cells = [columns[0].ljust(widths[0])]
        cells += [columns[i].rjust(widths[i]) for i in range(1, len(columns) - 1)] + [columns[-1]]
        print("  ".join(cells).rstrip())


def print_demands(demands):
    """Demands with their results, as a table; returns how many are missed."""
    rows = [["", "figure", "floor", "ratio", "asked for", ""]]
    missed = 0
    for demand, result in demands:
        columns, held = row(demand, result)
        rows.append(columns)
        missed += not held
    print_table(rows)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--filter", default="", metavar="REGEX", help="demands to measure, by their words")
    parser.add_argument("binaries", nargs="+", metavar="BENCHMARK")
    arguments = parser.parse_args()

    binaries = {os.path.basename(path): path for path in arguments.binaries}
    demands = [demand for demand in DEMANDS if re.search(arguments.filter, demand.what)]
    results = {}
    for name in dict.fromkeys(demand.binary for demand in demands):
        print("running %s ..." % name, file=sys.stderr)
        wanted = "|".join("^%s(/iterations:1)?(/manual_time)?$" % demand.benchmark
                          for demand in demands if demand.binary == name)
        seconds = "0.001" if arguments.smoke else "1"
        results[name] = run(binaries[name], ["--benchmark_min_time=" + seconds, "--benchmark_filter=" + wanted])

    missed = print_demands([(demand, results[demand.binary][demand.benchmark]) for demand in demands])
    if arguments.smoke:
        return 0
    print("%d of %d demands hold" % (len(demands) - missed, len(demands)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
