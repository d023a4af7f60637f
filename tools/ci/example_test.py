#!/usr/bin/env python3
"""The program in README.md is the one that is built, and works. Arguments: README.md, its source, the program."""

import functools
import http.server
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest

README, SOURCE, PROGRAM = (os.path.abspath(path) for path in sys.argv[1:4])


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *unused):
        pass


class ExampleTest(unittest.TestCase):
    def test_the_readme_shows_the_program_word_for_word(self):
        self.assertIn(text(SOURCE), re.findall(r"^```cpp\n(.*?)^```", text(README), re.MULTILINE | re.DOTALL))

    def test_the_program_works(self):
        body = b"".join(b"%d," % i for i in range(100_000))
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "large"), "wb") as file:
                file.write(body)
            handler = functools.partial(Quiet, directory=folder)
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                url = "http://127.0.0.1:%d/" % server.server_address[1]
                found = subprocess.run([PROGRAM, url + "large"], stdout=subprocess.PIPE, check=False)
                missing = subprocess.run([PROGRAM, url + "none"], stdout=subprocess.PIPE, check=False)
                server.shutdown()
            refused = subprocess.run([PROGRAM, url], stderr=subprocess.PIPE, check=False)
        self.assertEqual((found.returncode, found.stdout), (0, body))
        self.assertEqual(missing.returncode, 1)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"refused", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
