#!/usr/bin/env python3
"""The command line where its surroundings are odd: closed streams, pipes to which nobody writes, tight limits.

Argument: the command line.
"""

import os
import resource
import subprocess
import sys
import tempfile
import unittest

WAVETANK = os.path.abspath(sys.argv[1])
PATIENCE_S = 60  # whoever waits for nobody is done in a fraction of it


def run(arguments, **options):
    return subprocess.run([WAVETANK] + arguments, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False,
                          env={**os.environ, "WAVETANK_ROOT": os.getcwd()}, **options)


class CommandLineTest(unittest.TestCase):
    def test_what_cannot_be_written_is_an_error(self):
        for arguments in (["list"], ["run", "smoke/get"], ["fuzz", "smoke/get", "--runs=10"]):
            with self.subTest(arguments):
                done = run(arguments, preexec_fn=lambda: os.close(1))
                self.assertEqual(done.returncode, 3)
                self.assertEqual(done.stderr, b"wavetank: cannot write to stdout: Bad file descriptor\n")

    def test_nothing_that_is_opened_takes_the_place_of_a_closed_stream(self):
        printed = run(["run", "smoke/get"], stdout=subprocess.PIPE).stdout
        self.assertIn(b"smoke/get: held\n", printed)
        self.assertEqual(run(["run", "smoke/get"], stdout=subprocess.PIPE, preexec_fn=lambda: os.close(0)).stdout, printed)

    def test_a_pipe_to_which_nobody_writes_is_empty(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = folder + "/a.campaign"
            os.mkfifo(pipe)
            tape = folder + "/a.tape.textproto"
            os.mkfifo(tape)
            for arguments, words in ((["replay", tape], "a tape needs to name its scenario"),
                                     (["shrink", tape], "a tape needs to name its scenario"),
                                     (["run", pipe], "is neither a file nor a scenario"),
                                     (["merge", folder, "--out=" + folder + "/sum"], "is not the state of a campaign")):
                with self.subTest(arguments):
                    done = run(arguments)
                    self.assertEqual(done.returncode, 2)
                    self.assertIn(words, done.stderr.decode())

    def test_where_no_world_can_be_made_no_scenario_is_to_blame(self):
        def limit_space():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33))

        def limit_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (32, 100))

        for arguments in (["run", "smoke/get"], ["prove", "smoke/get"], ["fuzz", "smoke/get", "--runs=10"]):
            with self.subTest(arguments):
                done = run(arguments, stdout=subprocess.PIPE, preexec_fn=limit_space)
                self.assertEqual((done.returncode, done.stdout), (3, b""))
                self.assertIn("`ulimit -v unlimited` allows it", done.stderr.decode())
        jobs = ["fuzz", "smoke/get", "--runs=10", "--jobs=10"]
        done = run(jobs, stdout=subprocess.PIPE, preexec_fn=limit_files)
        self.assertEqual(done.returncode, 3)
        self.assertIn("--jobs=10 needs 104 open files: `ulimit -n` allows 100", done.stderr.decode())
        done = run(jobs[:-1] + ["--jobs=9"], stdout=subprocess.PIPE, preexec_fn=limit_files)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_tape_may_come_through_a_pipe(self):
        done = run(["replay", "/dev/stdin"], input=b'scenario: "smoke/get"\n', stdout=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"smoke/get: held\n", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
