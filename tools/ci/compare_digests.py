#!/usr/bin/env python3
"""Compares the runs of two builds of the command line: prints "PASSED FAILED", and differences to stderr.

  compare_digests.py NAME=WAVETANK NAME=WAVETANK [NAME=DEFECT NAME=DEFECT TAPE]

Both builds search every scenario with the same seed; a scenario passes if verdict and digest (of every event of every
run) are the same. A defect's tape is replayed a hundred times, half of them in each build, and passes if all of them
break the same law with the same digest.
"""

import json
import os
import subprocess
import sys

RUNS = 200
REPLAYS = 50  # in each build


def verdicts(command, root):
    """The JSON lines that `command` prints: {scenario: (verdict, law, digest)}."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                          env={**os.environ, "WAVETANK_ROOT": root}, cwd=os.environ.get("TMPDIR", "/tmp"))
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return {line["scenario"]: (line["verdict"], line["law"], line["digest"]) for line in lines}


def compare(first, second):
    """Counts the scenarios that are alike and those that are not."""
    (name, ours), (other, theirs) = first, second
    passed = failed = 0
    for scenario in sorted(ours.keys() | theirs.keys()):
        if ours.get(scenario) == theirs.get(scenario):
            passed += 1
        else:
            failed += 1
            print(f"{scenario}: {name} {ours.get(scenario)}, {other} {theirs.get(scenario)}", file=sys.stderr)
    return passed, failed if passed + failed else 1


def replays_alike(binaries, tape, root):
    """Whether every replay, in every build, ends the same way, and in a violation."""
    endings = set()
    for binary in binaries:
        for _ in range(REPLAYS):
            endings |= set(verdicts([binary, "replay", tape, "--json"], root).values())
    if len(endings) == 1 and next(iter(endings))[0] == "VIOLATION":
        return True
    print(f"{tape}: replays end in {endings}", file=sys.stderr)
    return False


def main(arguments, root):
    first, second = (argument.split("=", 1) for argument in arguments[:2])
    fuzz = ["fuzz", f"--runs={RUNS}", "--seed=1", "--json"]
    passed, failed = compare(*((name, verdicts([binary] + fuzz, root)) for name, binary in (first, second)))
    if len(arguments) == 5:
        binaries = [argument.split("=", 1)[1] for argument in arguments[2:4]]
        if replays_alike(binaries, arguments[4], root):
            passed += 1
        else:
            failed += 1
    print(passed, failed)


if __name__ == "__main__":
    main(sys.argv[1:], os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
