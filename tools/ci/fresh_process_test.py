"""Every command line replays failures in processes that are started anew: its main() knows how to be one."""

import subprocess
import sys
import unittest


class FreshProcessTest(unittest.TestCase):

    def test_main_serves_its_parent_before_anything_else(self):
        for program in PROGRAMS:
            run = subprocess.run([program, "--replay-in-a-fresh-process=no,descriptors"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 2, program)
            self.assertIn("is for this program itself", run.stderr, program)


if __name__ == "__main__":
    PROGRAMS = sys.argv[1:]
    assert PROGRAMS
    unittest.main(argv=sys.argv[:1])
