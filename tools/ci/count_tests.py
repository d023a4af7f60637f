#!/usr/bin/env python3
"""Counts test targets in a build event file (`bazel test --build_event_json_file`): prints "PASSED FAILED".

Bazel's summary lines are for people, so the events are read instead. A test target that could not be built counts as
failed; one that a tag filter left out does not count; a flaky pass is a pass.

  count_tests.py EVENTS EXIT_STATUS

Whatever else went wrong (a broken library, a BUILD file, Bazel itself: the file may be missing or cut short) shows in
EXIT_STATUS, and counts as one failure at least.
"""

import json
import sys

# Bazel's exit status: all passed; no tests among the targets.
OK, NO_TESTS = 0, 4


def read_events(path):
    """The events of the file, up to the first line that is not one."""
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, ValueError):
        return


def count(events, exit_status):
    """Returns (passed, failed) for the events of one `bazel test`."""
    tests, unbuilt, passed, failed = set(), set(), set(), set()
    for event in events:
        identity = event.get("id", {})
        if "testSize" in event.get("configured", {}):
            tests.add(identity["targetConfigured"]["label"])
        elif "targetCompleted" in identity and not event.get("completed", {}).get("success"):
            unbuilt.add(identity["targetCompleted"]["label"])
        elif "testSummary" in identity:
            verdict = event.get("testSummary", {}).get("overallStatus")
            (passed if verdict in ("PASSED", "FLAKY") else failed).add(identity["testSummary"]["label"])
    failed |= tests & unbuilt
    if exit_status not in (OK, NO_TESTS) and not failed:
        return len(passed), 1
    return len(passed - failed), len(failed)


if __name__ == "__main__":
    print(*count(read_events(sys.argv[1]), int(sys.argv[2])))
