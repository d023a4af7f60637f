#!/usr/bin/env python3
"""Runs the examples of README.md.

A `console` block is a command and what it prints; "..." stands for any text, within a line or for any lines. A
`textproto` block is a scenario, which must hold. Arguments: README.md, the command line, the command line of the historic
bug whose example is shown.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

README, WAVETANK, DEFECT = (os.path.abspath(path) for path in sys.argv[1:4])
RUNFILES = os.getcwd()


def blocks(kind):
    with open(README, encoding="utf-8") as file:
        return re.findall(rf"^```{kind}\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)


def pattern(expected):
    """The expected text as a regular expression."""
    parts = []
    for line in expected.splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append("[^\n]*".join(re.escape(piece) for piece in line.split("...")) + "\n")
    return "".join(parts)


def run(arguments, folder):
    return subprocess.run(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, "WAVETANK_ROOT": RUNFILES})


class ReadmeTest(unittest.TestCase):
    def command(self, text):
        """The words of a command of the README, with the binaries of this build."""
        words = text.split()
        if words[:1] == ["tools/wavetank"]:
            return [WAVETANK] + words[1:]
        self.assertEqual(words[:2], ["bazel", "run"], text)
        target = re.fullmatch(r"//scenarios/(.*):defect", words[2])
        self.assertEqual(words[3], "--")
        return [DEFECT, f"--default-scenario={RUNFILES}/scenarios/{target[1]}/scenario.textproto"] + words[4:]

    def test_every_command_prints_what_the_readme_shows(self):
        examples = blocks("console")
        self.assertGreaterEqual(len(examples), 3)
        for example in examples:
            first, expected = example.split("\n", 1)
            self.assertTrue(first.startswith("$ "), first)
            with self.subTest(first), tempfile.TemporaryDirectory() as folder:
                printed = run(self.command(first[2:]), folder).stdout.decode()
                self.assertRegex(printed, re.compile(r"\A" + pattern(expected) + r"\Z"), first)

    def test_every_scenario_holds(self):
        examples = blocks("textproto")
        self.assertGreaterEqual(len(examples), 1)
        for example in examples:
            with self.subTest(example), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "scenario.textproto")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(example)
                done = run([WAVETANK, "check", path, "--expect=holds", "--runs=500"], folder)
                self.assertEqual(done.returncode, 0, done.stdout.decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
