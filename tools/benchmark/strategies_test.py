"""What the table of strategies says of the runs that were made."""

import unittest

from strategies import Runs, csv, ranks, ratio, table


class Strategies(unittest.TestCase):

    def test_ranks_are_those_of_the_tables_of_the_sign_test(self):
        self.assertEqual(ranks(30), (10, 21))
        self.assertEqual(ranks(10), (2, 9))
        self.assertEqual(ranks(6), (1, 6))
        self.assertEqual(ranks(5), (None, None))

    def test_a_cell_is_the_median_and_its_interval(self):
        self.assertEqual(Runs(list(range(1, 31))).cell(99), "15 (10–21)")
        self.assertEqual(Runs(list(range(1, 19)) + [None] * 12).cell(99), "15 (10–> 99)")
        self.assertEqual(Runs([4] * 9 + [None] * 21).cell(99), "> 99")
        self.assertEqual(Runs([3, 1, 2]).cell(99), "2")
        self.assertEqual(Runs([3, None, None]).cell(99), "> 99")

    def test_survivors_are_the_seeds_that_have_found_nothing(self):
        self.assertEqual(Runs([7, 3, 3, None]).survivors(), [(0, 4), (3, 2), (7, 1)])

    def test_the_table_compares_the_portfolio_with_the_best_of_the_others(self):
        results = {("b", "random"): Runs([4, 4, 4]), ("b", "pos"): Runs([2, 2, 2]), ("b", "portfolio"): Runs([3, 3, 3])}
        names = ["random", "pos", "portfolio"]
        self.assertEqual(ratio(results, names, "b"), 1.5)
        self.assertEqual(table(results, ["b"], names, 9).splitlines(),
                         ["| bug | random | pos | portfolio | of the best |", "|---|---|---|---|---|",
                          "| b | 4 | 2 | 3 | 1.5 |"])
        self.assertEqual(csv({("b", "pos"): Runs([2, 2, None])}), "strategy,bug,run,survivors\npos,b,0,3\npos,b,2,1\n")


if __name__ == "__main__":
    unittest.main()
