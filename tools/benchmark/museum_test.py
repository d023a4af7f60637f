"""What the tables of the museum say of the runs that were made."""

import unittest

from museum import Found, decisions_of, link_of, tables


class Museum(unittest.TestCase):

    def test_the_median_counts_seeds_that_found_nothing(self):
        self.assertEqual(Found([5, 1, 9]).median(), 5)
        self.assertEqual(Found([5, None, 9]).median(), 9)
        self.assertIsNone(Found([5, None, None]).median())

    def test_a_cell_says_if_not_every_seed_found_it(self):
        self.assertEqual(Found([5, 1, 9]).cell(), "5")
        self.assertEqual(Found([5, 9, None]).cell(), "9+")
        self.assertEqual(Found([5, None, None]).cell(), "1 of 3")
        self.assertEqual(Found([5, None]).cell(), "1 of 2")
        self.assertEqual(Found([None, None]).cell(), "–")

    def test_the_spread_ends_open_if_a_seed_found_nothing(self):
        self.assertEqual(Found([5, 1, 9]).spread(), "5 (1 to 9)")
        self.assertEqual(Found([5, 9, None]).spread(), "9+ (5 to not found)")

    def test_links_and_decisions_are_those_of_the_files(self):
        self.assertEqual(link_of('history {\n  link: "https://x/1" class: "leak"'), "https://x/1")
        self.assertEqual(decisions_of("seed: 1\n\ndecision { }\ndecision { }\n# decision\n"), 2)

    def test_tables(self):
        bug = {"name": "a_1", "link": "https://x/1", "what": "leak, depth 2", "decisions": 3,
               "own": Found([2, 1, 3], ["LIMIT", "LIMIT", "ONCE"]), "storms": [Found([None]), Found([7])]}
        text = tables([bug], ["pool", "stream"])
        self.assertIn("| [a_1](https://x/1) | leak, depth 2 | 2 (1 to 3) | LIMIT, ONCE | 3 |\n", text)
        self.assertIn("| bug | pool | stream |\n|---|---|---|\n| a_1 | – | 7 |\n", text)
        self.assertIn("1 of 1 bugs are found by some storm.", text)


if __name__ == "__main__":
    unittest.main()
