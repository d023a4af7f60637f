"""Measures the museum and writes its tables into scenarios/history/README.md; called by tools/museum.

  museum.py ROOT BINARIES [--seeds=N] [--runs=N] [--storm-seeds=N] [--storm-runs=N] [--jobs=N] [BUG...]

ROOT is the workspace, BINARIES the folder of Bazel's outputs, with the patched clients in it. Without a BUG all are
measured. Exit status: 0 if each bug was caught in its own scenario from every base seed, 1 if not.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

BEGIN = "<!-- Written by tools/museum from here on. -->"


class Found:
    """How many runs a bug took from each of several base seeds; None where they were not enough."""

    def __init__(self, runs, laws=()):
        self.runs = sorted((run for run in runs if run is not None))
        self.seeds = len(runs)
        self.laws = sorted(set(laws))

    def always(self):
        return len(self.runs) == self.seeds

    def median(self):
        """The lower median over all seeds, or None where that seed did not find it."""
        middle = (self.seeds - 1) // 2
        return self.runs[middle] if middle < len(self.runs) else None

    def cell(self):
        """"37" if more than half of the seeds found it, "2 of 5" if fewer did, "–" if none."""
        if not self.runs:
            return "–"
        if self.median() is None or 2 * len(self.runs) <= self.seeds:
            return f"{len(self.runs)} of {self.seeds}"
        return str(self.median()) + ("" if self.always() else "+")

    def spread(self):
        """"12 (3 to 66)"."""
        if not self.runs:
            return "not found"
        end = str(self.runs[-1]) if self.always() else "not found"
        return f"{self.cell()} ({self.runs[0]} to {end})"


def first_failure(binary, scenario, seed, runs, strategy="portfolio"):
    """The run that failed and the law that it broke, or (None, None).

    A broken client may touch memory that is not its own any more; then a run can differ from its replay, and the harness
    says so (exit status 3). That is a finding as well.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "fuzz", scenario, "--json", f"--seed={seed}", f"--runs={runs}", "--jobs=1",
                   f"--strategy={strategy}", "--budget=1ms", f"--out={folder}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 3) or not done.stdout:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stderr.decode()}")
    result = json.loads(done.stdout.decode().splitlines()[0])
    if result["first_failure"] == 0:
        return None, None
    return result["first_failure"], result["law"] or "NONDETERMINISTIC"


def measure(pool, binary, scenario, seeds, runs):
    """A Found, later."""
    futures = [pool.submit(first_failure, binary, scenario, seed, runs) for seed in range(1, seeds + 1)]

    def collect():
        results = [future.result() for future in futures]
        return Found([run for run, _ in results], [law for _, law in results if law])

    return collect


def link_of(scenario):
    """The bug's link in a scenario's text."""
    found = re.search(r'\blink:\s*"([^"]+)"', scenario)
    return found.group(1) if found else ""


def decisions_of(tape):
    """How many decisions a tape's text has."""
    return len(re.findall(r"(?m)^decision\b", tape))


def tables(bugs, storms):
    """The text of both tables. Each bug: name, link, what, decisions, own (a Found), storms (a list of Found)."""
    lines = ["| bug | class | runs to the first failure: median (range) | by | tape |", "|---|---|---|---|---|"]
    for bug in bugs:
        laws = ", ".join(bug["own"].laws)
        lines.append(f"| [{bug['name']}]({bug['link']}) | {bug['what']} | {bug['own'].spread()} | {laws} |"
                     f" {bug['decisions']} |")
    lines += ["", "| bug | " + " | ".join(storms) + " |", "|---" * (len(storms) + 1) + "|"]
    for bug in bugs:
        lines.append(f"| {bug['name']} | " + " | ".join(found.cell() for found in bug["storms"]) + " |")
    by_any = sum(any(found.runs for found in bug["storms"]) for bug in bugs)
    lines += ["", f"{by_any} of {len(bugs)} bugs are found by some storm."]
    return "\n".join(lines) + "\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("binaries")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--runs", type=int, default=10000)
    parser.add_argument("--storm-seeds", type=int, default=5)
    parser.add_argument("--storm-runs", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("bugs", nargs="*", metavar="BUG")
    options = parser.parse_intermixed_args()

    history = os.path.join(options.root, "scenarios", "history")
    names = sorted(name for name in os.listdir(history) if os.path.isdir(os.path.join(history, name)))
    unknown = [bug for bug in options.bugs if bug not in names]
    if unknown:
        parser.error(f"there is no {unknown[0]} in scenarios/history")
    names = options.bugs or names
    folder = os.path.join(options.root, "scenarios", "storms")
    storms = sorted(name[:-len(".textproto")] for name in os.listdir(folder) if name.endswith(".textproto"))

    binary = lambda name: os.path.join(options.binaries, "scenarios", "history", name, "defect")
    listed = subprocess.run([binary(names[0]), "list", "--json"], stdout=subprocess.PIPE, check=True)
    entries = [json.loads(line) for line in listed.stdout.decode().splitlines()]
    what = {entry["scenario"]: entry["bug"] for entry in entries}
    bugs = []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name in names:
            own = f"history/{name}"
            bugs.append({
                "name": name,
                "link": link_of(read(os.path.join(history, name, "scenario.textproto"))),
                "what": what[own],
                "decisions": decisions_of(read(os.path.join(history, name, "tape.textproto"))),
                "own": measure(pool, binary(name), own, options.seeds, options.runs),
                "storms": [measure(pool, binary(name), f"storms/{storm}", options.storm_seeds, options.storm_runs)
                           for storm in storms],
            })
        for bug in bugs:
            bug["own"] = bug["own"]()
            bug["storms"] = [collect() for collect in bug["storms"]]
            print(f"{bug['name']}: {bug['own'].spread()}; storms: " +
                  " ".join(f"{storm} {found.cell()}" for storm, found in zip(storms, bug["storms"])), flush=True)

    text = tables(bugs, storms)
    if options.bugs:
        print(text)
    else:
        path = os.path.join(history, "README.md")
        head = read(path).split(BEGIN)[0]
        said = (f"Base seeds 1 to {options.seeds}, {options.runs} runs each. In the second table {options.storm_seeds}"
                f" base seeds, {options.storm_runs} runs each:\nthe median, \"+\" if not all seeds found it, or how"
                " many did.\n\n")
        with open(path, "w", encoding="utf-8") as file:
            file.write(head + BEGIN + "\n\n" + said + text)
    return 0 if all(bug["own"].always() for bug in bugs) else 1


if __name__ == "__main__":
    sys.exit(main())
