"""What counts as passed and what as failed in a file of Bazel's build events."""

import unittest

from count_tests import count, read_events


def configured(label, **more):
    return {"id": {"targetConfigured": {"label": label}}, "configured": {"targetKind": "x", **more}}


def completed(label, **more):
    return {"id": {"targetCompleted": {"label": label}}, "completed": more}


def summary(label, verdict):
    return {"id": {"testSummary": {"label": label}}, "testSummary": {"overallStatus": verdict}}


class CountTests(unittest.TestCase):

    def test_verdicts(self):
        events = [
            summary("//a:passes", "PASSED"),
            summary("//a:passes_in_the_end", "FLAKY"),
            summary("//a:fails", "FAILED"),
            summary("//a:hangs", "TIMEOUT"),
        ]
        self.assertEqual(count(events, 3), (2, 2))

    def test_a_test_that_does_not_build_has_failed(self):
        events = [
            configured("//a:t", testSize="SMALL"),
            completed("//a:t", failureDetail={}),
            summary("//a:t", "NO_STATUS"),
        ]
        self.assertEqual(count(events, 1), (0, 1))

    def test_a_test_left_out_by_its_tag_does_not_count(self):
        events = [configured("//a:campaign", testSize="LARGE"), completed("//a:campaign", success=True)]
        self.assertEqual(count(events, 0), (0, 0))

    def test_a_broken_library_is_one_failure(self):
        events = [
            configured("//a:lib"),
            completed("//a:lib", failureDetail={}),
            summary("//a:t", "PASSED"),
        ]
        self.assertEqual(count(events, 1), (1, 1))

    def test_no_tests_is_no_failure(self):
        self.assertEqual(count([], 4), (0, 0))

    def test_without_events_bazel_has_failed(self):
        self.assertEqual(count(read_events("/nonexistent"), 37), (0, 1))


if __name__ == "__main__":
    unittest.main()
