#!/usr/bin/env python3
"""The bug on real sockets: the patched client hangs, and says why in the words of the simulation's tape.

Arguments: the clean program, the patched one, tape.textproto, tools/fetch/scripted_server.py.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import unittest

CLEAN, PATCHED, TAPE, SERVER = (os.path.abspath(path) for path in sys.argv[1:5])
sys.path.insert(0, os.path.dirname(SERVER))

from scripted_server import Server, read_request, with_length  # pylint: disable=wrong-import-position

BODY = 4096


class Files:
    """Gives a file, and takes one, on connections that stay."""

    def __init__(self):
        self.connections = 0
        self.answered = threading.Event()  # a PUT

    def __call__(self, connection):
        self.connections += 1
        while True:
            head, _ = read_request(connection)
            connection.sendall(with_length(b"x" * BODY if head.startswith("GET") else b"stored"))
            if head.startswith("PUT"):
                self.answered.set()


def without_amounts(line):
    return re.sub(r" \([^)]*\)$", "", line)


class RealSocketsTest(unittest.TestCase):
    def test_the_clean_client_goes_on(self):
        files = Files()
        with Server(files) as server:
            done = subprocess.run([CLEAN, server.url()], stdout=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b"%d bytes, then 200\n" % BODY))
        self.assertEqual(files.connections, 1)

    def test_the_patched_client_hangs_and_says_what_the_tape_says(self):
        with open(TAPE, encoding="utf-8") as tape:
            expected = re.findall(r"^#   (.*)$", tape.read(), re.MULTILINE)
        self.assertEqual(len(expected), 3)
        files = Files()
        with Server(files) as server:
            process = subprocess.Popen([PATCHED, server.url()], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                files.answered.wait()
                process.send_signal(signal.SIGUSR1)
                said = [process.stderr.readline().decode().rstrip("\n") for _ in range(4)]
                self.assertIsNone(process.poll())
            finally:
                process.kill()
                process.communicate()
        self.assertEqual([without_amounts(line) for line in said[:3]], [without_amounts(line) for line in expected])
        self.assertIn("(4 096 of 4 096 bytes in, 0 read)", said[1])
        self.assertRegex(said[3], r"^  user is at client/client_request\.cc:\d+, .*real_sockets\.cc:\d+$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
