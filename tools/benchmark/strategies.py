"""Measures the strategies on the museum: how many runs each takes to each historic bug; called by tools/museum.

  strategies.py ROOT BINARIES [--strategies=NAME,...] [--seeds=N] [--runs=N] [--jobs=N] [--csv=FILE] [BUG...]

Prints a table: medians over the base seeds, with the interval that holds the true median with 95 % whatever the
distribution. The file has the survival curves: how many base seeds had not found the bug after so many runs. Exit
status: 0.
"""

import argparse
import concurrent.futures
import math
import os
import sys

from museum import first_failure

STRATEGIES = ["random", "pct", "pos", "surw", "urw", "delay", "guided", "fork", "portfolio"]


def ranks(n):
    """The ranks, from 1, of the order statistics of n values that enclose the median with at least 95 %."""
    below = 0
    low = 0
    # The k-th lies above the median if fewer than k values lie below it: so often do coins fall.
    while low < n // 2 and (below + math.comb(n, low)) * 40 <= 2 ** n:
        below += math.comb(n, low)
        low += 1
    return (low, n + 1 - low) if low else (None, None)


class Runs:
    """How many runs a bug took from each of several base seeds; None where they were not enough."""

    def __init__(self, runs):
        self.seeds = len(runs)
        self.found = sorted(run for run in runs if run is not None)

    def at(self, rank):
        """The value of that rank, or None where that seed found nothing."""
        return self.found[rank - 1] if rank is not None and rank <= len(self.found) else None

    def median(self):
        """The lower one."""
        return self.at((self.seeds + 1) // 2)

    def cell(self, most):
        """"37 (20–66)"."""
        text = lambda run: f"> {most}" if run is None else str(run)
        low, high = ranks(self.seeds)
        if low is None:
            return text(self.median())
        if self.at(low) is None:
            return f"> {most}"
        return f"{text(self.median())} ({text(self.at(low))}–{text(self.at(high))})"

    def survivors(self):
        """(run, how many seeds had found nothing after it), where that changes."""
        points = [(0, self.seeds)]
        for run in sorted(set(self.found)):
            points.append((run, self.seeds - sum(other <= run for other in self.found)))
        return points


def ratio(results, strategies, bug):
    """The portfolio's median by that of the best of the others, or None."""
    own = results[bug, "portfolio"].median()
    others = [results[bug, name].median() for name in strategies if name != "portfolio"]
    others = [run for run in others if run is not None]
    return None if own is None or not others else own / min(others)


def table(results, bugs, strategies, most):
    """The text of the table; `results` by (bug, strategy)."""
    both = "portfolio" in strategies and len(strategies) > 1
    lines = ["| bug | " + " | ".join(strategies) + (" | of the best |" if both else " |"),
             "|---" * (len(strategies) + (2 if both else 1)) + "|"]
    for bug in bugs:
        cells = [results[bug, name].cell(most) for name in strategies]
        if both:
            times = ratio(results, strategies, bug)
            cells.append("–" if times is None else f"{times:.1f}")
        lines.append(f"| {bug} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def csv(results):
    """The survival curves as a file's text; `results` by (bug, strategy)."""
    lines = ["strategy,bug,run,survivors"]
    for (bug, name), runs in results.items():
        lines += [f"{name},{bug},{run},{left}" for run, left in runs.survivors()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("binaries")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--csv")
    parser.add_argument("bugs", nargs="*", metavar="BUG")
    options = parser.parse_intermixed_args()

    history = os.path.join(options.root, "scenarios", "history")
    names = sorted(name for name in os.listdir(history) if os.path.isdir(os.path.join(history, name)))
    unknown = [bug for bug in options.bugs if bug not in names]
    if unknown:
        parser.error(f"there is no {unknown[0]} in scenarios/history")
    names = options.bugs or names
    strategies = options.strategies.split(",")
    binary = lambda name: os.path.join(options.binaries, "scenarios", "history", name, "defect")
    results = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cells = {(bug, name): [pool.submit(first_failure, binary(bug), f"history/{bug}", seed, options.runs, name)
                               for seed in range(1, options.seeds + 1)] for bug in names for name in strategies}
        for (bug, name), futures in cells.items():
            results[bug, name] = Runs([future.result()[0] for future in futures])
            print(f"{bug} {name}: {results[bug, name].cell(options.runs)}", file=sys.stderr, flush=True)
    if options.csv:
        with open(options.csv, "w", encoding="utf-8") as file:
            file.write(csv(results))
    print(table(results, names, strategies, options.runs), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
