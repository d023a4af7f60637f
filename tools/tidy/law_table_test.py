"""What law_table.py finds in a small workspace, and that it leaves alone what is right."""

import os
import tempfile
import unittest

import law_table

FILES = {
    "sim/oracle/law.h": """
enum class LawId : uint8_t {
  kNone,
  kFair,
  kErrorNotEof,  // a comment
  kExpect,
};
""",
    "sim/oracle/law.cc": 'constexpr absl::string_view kNames[kLawCount] = {\n    "", "FAIR",\n    "ERROR≠EOF", "EXPECT",\n};\n',
    "sim/oracle/fair_test.cc": "EXPECT_EQ(law, LawId::kFair);\n",
    "sim/explore/toys_test.cc": "EXPECT_EQ(law, LawId::kErrorNotEof); EXPECT_EQ(law, LawId::kExpect);\n",
    "scenarios/history/README.md": "",
    "scenarios/history/one_1/scenario.textproto": 'history {\n  laws: ["FAIR", "ERROR!=EOF"]\n}\n',
    "scenarios/history/two_2/scenario.textproto": 'history { laws: "FAIR" }\n',
    "scenarios/canary/BUILD.bazel": 'canary_test(\n    name = "sad",\n    law = "EXPECT",\n)\n',
    "scenarios/canary/broken/BUILD.bazel":
        'broken_client(\n    name = "cut",\n    files = ["//client:a.cc"],\n    law = "ERROR≠EOF",\n)\n',
}
FAIR = "| FAIR | `fair_test.cc` | one_1, two_2 |"
ERROR = "| ERROR≠EOF | `sim/explore/toys_test.cc` (toys) | one_1, `broken/cut` |"
EXPECT = "| EXPECT | `sim/explore/toys_test.cc` | `canary/sad` |"


class LawTableTest(unittest.TestCase):

    def findings(self, *rows, head="| law | unit tests | whole stack |"):
        table = "# The simulator\n\n%s\n|---|---|---|\n%s\n\nText | with a bar.\n" % (head, "\n".join(rows))
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**FILES, law_table.README: table}.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return law_table.check(root)

    def finds(self, words, *rows, line=None, **options):
        found = self.findings(*rows, **options)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0].message)
        if line is not None:
            self.assertEqual(found[0].line, line)

    def test_a_true_table_has_no_findings(self):
        self.assertEqual(self.findings(FAIR, ERROR, EXPECT), [])
        self.assertEqual(self.findings("| FAIR | `fair_test.cc` | two_2 and others |", ERROR, EXPECT), [])

    def test_a_law_without_a_row(self):
        self.finds("no row for EXPECT", FAIR, ERROR)
        self.assertEqual(len(self.findings(head="| law | tests |")), 3)

    def test_a_row_without_a_law(self):
        self.finds("'KIND' is no law", FAIR, ERROR, EXPECT, "| KIND | `fair_test.cc` | one_1 |", line=8)

    def test_a_unit_test_that_is_not_there_or_does_not_know_the_law(self):
        self.finds("no sim/oracle/fairness_test.cc", FAIR.replace("fair_test", "fairness_test"), ERROR, EXPECT, line=5)
        self.finds("no sim/explore/toys_test.cc that names LawId::kFair",
                   FAIR.replace("fair_test.cc", "sim/explore/toys_test.cc"), ERROR, EXPECT)
        self.finds("FAIR has no unit test", "| FAIR | | one_1, two_2 |", ERROR, EXPECT)

    def test_a_bug_that_is_not_there_or_is_not_found_by_the_law(self):
        self.finds("no bug three_3", "| FAIR | `fair_test.cc` | one_1, two_2, three_3 |", ERROR, EXPECT)
        self.finds("no bug two_2", FAIR, ERROR.replace("one_1", "one_1, two_2"), EXPECT, line=6)
        self.finds("FAIR finds two_2 as well", "| FAIR | `fair_test.cc` | one_1 |", ERROR, EXPECT)
        self.finds("FAIR finds no others as well", "| FAIR | `fair_test.cc` | one_1, two_2 and others |", ERROR, EXPECT)

    def test_a_canary_that_is_not_there_or_is_caught_by_another_law(self):
        self.finds("no canary glad of EXPECT", FAIR, ERROR, EXPECT.replace("sad", "glad"))
        self.finds("no canary cut of FAIR", FAIR.replace("two_2", "two_2, `broken/cut`"), ERROR, EXPECT)
        self.finds("EXPECT has no client", FAIR, ERROR, "| EXPECT | `sim/explore/toys_test.cc` | |")


if __name__ == "__main__":
    unittest.main()
