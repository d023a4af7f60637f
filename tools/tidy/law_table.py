"""The table in sim/README.md that says what shows that a law speaks: every law has a row, and what a row names is there.

A unit test is there if the file names the law; a bug of the museum, if its scenario says that the law finds it; a canary,
if its folder makes a test of it by that law. A row that does not say "and others" names all bugs that the law finds.
"""

import os
import re

from source import Finding

README = "sim/README.md"
LAWS = "sim/oracle/law.h"
NAMES = "sim/oracle/law.cc"
MUSEUM = "scenarios/history"

_HEAD = "| law | unit tests | whole stack |"
_ASCII = {"PAUSE=>RESUME": "PAUSE⇒RESUME", "ERROR!=EOF": "ERROR≠EOF"}


def check(root):
    """The findings in the table of the workspace `root`."""
    return list(_Table(root).findings())


def laws(root):
    """The laws' names and what the code calls them: {"CLEAN-IDLE": "kCleanIdle"}."""
    ids = re.search(r"enum class LawId[^{]*\{(.*?)\}", _read(root, LAWS), re.DOTALL)[1]
    ids = re.findall(r"^\s*(k\w+)", ids, re.MULTILINE)
    names = re.findall('"([^"]*)"', re.search(r"kNames\[kLawCount\] = \{(.*?)\}", _read(root, NAMES), re.DOTALL)[1])
    assert ids[0] == "kNone" and len(ids) == len(names), "LawId and its names are not what this rule takes them for"
    return dict(zip(names[1:], ids[1:]))


class _Table:
    def __init__(self, root):
        self._root = root
        self._laws = laws(root)
        self._bugs = {bug: self._found_by(bug) for bug in os.listdir(os.path.join(root, MUSEUM))}
        self._line = 0

    def findings(self):
        rows = self._rows()
        for law in self._laws:
            if law not in [columns[0] for _, columns in rows]:
                self._line = rows[0][0] if rows else 1
                yield self._finding("no row for %s; say which tests and which broken client show that it speaks" % law)
        for self._line, columns in rows:
            if columns[0] not in self._laws or len(columns) != 3:
                yield self._finding("'%s' is no law with two columns; %s has the laws" % (columns[0], LAWS))
                continue
            yield from self._unit_tests(*columns[:2])
            yield from self._whole_stack(columns[0], columns[2])

    def _rows(self):
        lines = _read(self._root, README).splitlines()
        rows = []
        for number in range(lines.index(_HEAD) + 2 if _HEAD in lines else len(lines), len(lines)):
            if not lines[number].startswith("|"):
                break
            rows.append((number + 1, [column.strip() for column in lines[number].strip("|").split("|")]))
        return rows

    def _unit_tests(self, law, text):
        tests = re.findall("`([^`]*)`", text)
        if not tests:
            yield self._finding("%s has no unit test" % law)
        for test in tests:
            path = test if "/" in test else "sim/oracle/" + test
            if not re.search(r"\bLawId::%s\b" % self._laws[law], _read(self._root, path)):
                yield self._finding("there is no %s that names LawId::%s" % (path, self._laws[law]))

    def _whole_stack(self, law, text):
        canaries = re.findall("`([^`]*)`", text)
        bugs = re.findall(r"\w+", re.sub("`[^`]*`|and others$", "", text))
        if not canaries and not bugs:
            yield self._finding("%s has no client that breaks it" % law)
        for canary in canaries:
            folder, name = os.path.split(canary)
            folder = "scenarios/canary" + ("" if folder == "canary" else "/" + folder)
            test = r'(?:canary_test|broken_client)\(\s*name = "%s",[^()]*law = "%s"' % (name, law)
            if not re.search(test, _read(self._root, folder + "/BUILD.bazel")):
                yield self._finding("%s/BUILD.bazel has no canary %s of %s" % (folder, name, law))
        for bug in bugs:
            if law not in self._bugs.get(bug, ()):
                yield self._finding("there is no bug %s in %s/ whose scenario says that %s finds it" % (bug, MUSEUM, law))
        others = sorted(bug for bug in self._bugs if law in self._bugs[bug] and bug not in bugs)
        if text.endswith("and others") != bool(others):
            yield self._finding("%s finds %s as well; say \"and others\" where the row does not name all" %
                                (law, ", ".join(others) or "no others"))

    def _found_by(self, bug):
        match = re.search(r"\blaws: *(\[[^]]*\]|\"[^\"]*\")", _read(self._root, "%s/%s/scenario.textproto" % (MUSEUM, bug)))
        return [_ASCII.get(law, law) for law in re.findall('"([^"]*)"', match[1])] if match else []

    def _finding(self, message):
        return Finding(README, self._line, message)


def _read(root, path):
    """The text of a file; none if it is not there."""
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
