"""What campaign_test leaves for CI: JUnit XML with a case for each scenario, and its outputs, which `merge` adds up.

  campaign_runner_test.py CAMPAIGN_RUNNER WAVETANK
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

RUNNER, WAVETANK = (os.path.abspath(path) for path in sys.argv[1:3])
SCENARIOS = ["smoke/get", "canary/user_deadlock"]


def run(folder, *arguments, **environment):
    """Runs the runner as Bazel would; its status, and its XML."""
    os.makedirs(folder)
    report = os.path.join(folder, "test.xml")
    done = subprocess.run([RUNNER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, "XML_OUTPUT_FILE": report,
                               "TEST_UNDECLARED_OUTPUTS_DIR": os.path.join(folder, "outputs"), **environment})
    cases = {case.get("name"): case for case in xml.etree.ElementTree.parse(report).iter("testcase")} \
        if os.path.exists(report) else {}
    return done, cases


class CampaignRunnerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))

    def test_each_scenario_is_a_test_case(self):
        done, cases = run(self.folder + "/one", "--runs=40", *SCENARIOS)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(sorted(cases), ["canary_user_deadlock", "smoke_get"])
        self.assertIsNone(cases["smoke_get"].find("failure"))
        said = cases["smoke_get"].find("properties/property").get("value")
        self.assertIn("smoke/get: 40 runs, all held", said)
        self.assertIn("PROGRESS violated", cases["canary_user_deadlock"].find("failure").get("message"))
        outputs = pathlib.Path(self.folder, "one", "outputs")
        self.assertEqual(len(list(outputs.glob("canary_user_deadlock_PROGRESS_1.tape.textproto"))), 1)
        self.assertEqual(len(list(outputs.glob("*.campaign"))), 2)
        self.assertTrue(list(outputs.glob("corpus/smoke_get/*.tape.textproto")))
        said = json.loads(next(outputs.glob("smoke_get-*.json")).read_text())
        self.assertEqual((said["runs"], said["verdict"]), (40, "HELD"))

    def test_shards_share_the_runs_of_every_scenario(self):
        folders = []
        for i in range(2):
            folder = "%s/shard_%d" % (self.folder, i)
            status = os.path.join(self.folder, "status_%d" % i)
            done, cases = run(folder, "--runs=41", "--strategy=random", "--corpus=" + folder + "/x", "smoke/get",
                              TEST_SHARD_INDEX=str(i), TEST_TOTAL_SHARDS="2", GTEST_SHARD_INDEX=str(i),
                              GTEST_TOTAL_SHARDS="2", TEST_SHARD_STATUS_FILE=status)
            self.assertEqual(done.returncode, 1)  # random learns nothing
            self.assertEqual(sorted(cases), ["smoke_get"])
            folder += "_random"
            done, cases = run(folder, "--runs=41", "--strategy=random", "smoke/get",
                              TEST_SHARD_INDEX=str(i), TEST_TOTAL_SHARDS="2", GTEST_SHARD_INDEX=str(i),
                              GTEST_TOTAL_SHARDS="2", TEST_SHARD_STATUS_FILE=status)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(sorted(cases), ["smoke_get"])
            self.assertTrue(os.path.exists(status))
            folders.append(folder + "/outputs")
        merged = subprocess.run([WAVETANK, "merge", "--json", "--out=" + self.folder + "/sum", *folders],
                                stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(json.loads(merged)["runs"], 41)

    def test_what_makes_no_sense_is_status_2(self):
        self.assertEqual(run(self.folder + "/bad", "--rnus=3")[0].returncode, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
