#!/usr/bin/env python3
"""The house rules, checked: every finding says where it is and what to write instead.

  tools/tidy/tidy.py [FILE...]       from the root of the workspace; by default all of client/, sim/ and
                                     tools/, and the table of the laws
"""

import os
import sys

import coroutine_rules
import law_table
import text_rules
from source import Source

FOLDERS = ("client", "sim", "tools")
RULES = text_rules.RULES + coroutine_rules.RULES


def check(path, text):
    """The findings in a file of that path, sorted by line."""
    source = Source(path, text)
    return sorted((finding for rule in RULES for finding in rule(source)), key=lambda finding: finding.line)


def workspace():
    """The source tree. Under `bazel test` this file is a link into it; the tests around it are not among the inputs."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))


def files(root):
    """All C++ files of the house, relative to `root`."""
    for folder in FOLDERS:
        for where, folders, names in os.walk(os.path.join(root, folder)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".cc", ".h")):
                    yield os.path.relpath(os.path.join(where, name), root)


def main(arguments):
    root = workspace()
    paths = arguments or list(files(root))
    if not paths:
        print("tidy: no files under %s: is this the workspace?" % root)
        return 1
    count = 0
    for path in paths:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for finding in check(path, file.read()):
                print(finding)
                count += 1
    if not arguments:
        for finding in law_table.check(root):
            print(finding)
            count += 1
    print("tidy: %d files, %d findings" % (len(paths), count))
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
