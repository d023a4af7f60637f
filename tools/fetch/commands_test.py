#!/usr/bin/env python3
"""`wavetank get`, `put` and `ws` as people call them. Argument: the program."""

import hashlib
import os
import pty
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

from scripted_server import Server, WebSocketPeer, field, read_head, read_request, says, with_length

WAVETANK = os.path.abspath(sys.argv[1])
LARGE = b"".join(b"%d," % i for i in range(400_000))


def environment():
    names = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
    return {name: value for name, value in os.environ.items() if name.lower() not in names}


def wavetank(*arguments, given=b"", env=None):
    """Runs it to its end: returncode, stdout, stderr."""
    return subprocess.run([WAVETANK, *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**environment(), **(env or {})}, check=False)


def start(*arguments):
    return subprocess.Popen([WAVETANK, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment())


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def ends(self, done, status, says_what=""):
        self.assertEqual(done.returncode, status, (done.stdout[:1000], done.stderr))
        self.assertIn(says_what, done.stderr.decode())


class GetTest(Folder):
    def test_prints_the_body(self):
        with Server(says(with_length(b"hello"))) as server:
            done = wavetank("get", server.url())
        self.ends(done, 0)
        self.assertEqual(done.stdout, b"hello")
        self.assertEqual(done.stderr, b"")

    def test_a_large_body_goes_to_a_file(self):
        with Server(says(with_length(LARGE))) as server:
            done = wavetank("get", server.url(), "--output=" + self.path("body"))
        self.ends(done, 0)
        with open(self.path("body"), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(LARGE).digest())
        self.assertEqual(os.listdir(self.folder), ["body"])

    def test_a_large_body_goes_through_a_pipe(self):
        with Server(says(with_length(LARGE))) as server:
            done = wavetank("get", server.url())
        self.ends(done, 0)
        self.assertEqual(done.stdout, LARGE)

    def test_include_shows_the_head(self):
        with Server(says(with_length(b"hello", b"X-Fish: cod\r\n"))) as server:
            done = wavetank("get", "--include", server.url())
        self.ends(done, 0)
        self.assertEqual(done.stdout, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Fish: cod\r\n\r\nhello")

    def test_sends_fields_and_data(self):
        got = []

        def answer(connection):
            got.append(read_request(connection))
            connection.sendall(with_length(b"thanks"))

        with open(self.path("data"), "wb") as file:
            file.write(LARGE)
        with Server(answer) as server:
            self.ends(wavetank("get", server.url("/a?b"), "--header=X-A: 1", "--header=X-B:2", "--data=text"), 0)
            self.ends(wavetank("get", server.url(), "--data=@" + self.path("data"), "--request=PATCH"), 0)
        (first, text), (second, file) = got
        self.assertTrue(first.startswith("POST /a?b HTTP/1.1\r\n"), first)
        self.assertEqual((field(first, "X-A"), field(first, "X-B"), text), ("1", "2", b"text"))
        self.assertTrue(second.startswith("PATCH / HTTP/1.1\r\n"), second)
        self.assertEqual(file, LARGE)

    def test_a_cut_body_never_looks_complete(self):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        with open(self.path("body"), "wb") as file:
            file.write(b"what was there")
        with Server(says(head + b"half")) as server:
            done = wavetank("get", server.url(), "--output=" + self.path("body"))
        self.ends(done, 9, "4 of 100")
        self.assertEqual(os.listdir(self.folder), ["body"])
        with open(self.path("body"), "rb") as file:
            self.assertEqual(file.read(), b"what was there")

    def test_follows_redirects_unless_told_not_to(self):
        def answer(connection):
            head, _ = read_request(connection)
            to_there = with_length(b"move", b"Location: /there\r\nConnection: close\r\n", b"302 Found")
            connection.sendall(with_length(b"here") if " /there " in head else to_there)

        with Server(answer) as server:
            self.assertEqual(wavetank("get", server.url()).stdout, b"here")
            self.assertEqual(wavetank("get", "--no-redirects", server.url()).stdout, b"move")

    def test_a_proxy_is_used(self):
        got = []

        def proxy(connection):
            got.append(read_request(connection)[0])
            connection.sendall(with_length(b"from afar"))

        with Server(proxy) as server:
            done = wavetank("get", "http://a.test/x", "--proxy=" + server.url())
            self.assertEqual(done.stdout, b"from afar", done.stderr)
            done = wavetank("get", "http://a.test/y", env={"http_proxy": server.url()})
            self.assertEqual(done.stdout, b"from afar", done.stderr)
        self.assertTrue(got[0].startswith("GET http://a.test/x "), got)
        self.assertTrue(got[1].startswith("GET http://a.test/y "), got)


class StatusTest(Folder):
    def test_wrong_usage_is_2(self):
        self.ends(wavetank("get"), 2, "'get' needs a URL")
        self.ends(wavetank("get", "--dance", "http://a.test/"), 2, "there is no flag --dance")
        self.ends(wavetank("get", "--message=x", "http://a.test/"), 2, "--message does not belong to 'get'")
        self.ends(wavetank("get", "--header=x", "http://a.test/"), 2, "'x' is not like 'Name: value'")
        self.ends(wavetank("get", "--timeout=soon", "http://a.test/"), 2, "'soon' is not a duration")
        self.ends(wavetank("get", "gopher://a.test/"), 2, "URL")
        self.ends(wavetank("put", "http://a.test/"), 2, "'put' needs a URL and a FILE")

    def test_help_says_how_to_use_it(self):
        done = wavetank("get", "--help")
        self.ends(done, 0)
        self.assertIn("Exit status: 0 done, 2 wrong usage", done.stdout.decode())

    def test_an_http_status_is_4_if_it_is_to_be(self):
        with Server(says(with_length(b"no fish", status=b"404 Not Found"))) as server:
            done = wavetank("get", server.url())
            self.ends(done, 0)
            self.assertEqual(done.stdout, b"no fish")
            done = wavetank("get", server.url(), "--fail", "--output=" + self.path("body"))
        self.ends(done, 4, "404 Not Found")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_host_without_an_address_is_5(self):
        self.ends(wavetank("get", "http://no-such-host.invalid/"), 5, "no-such-host.invalid")

    def test_no_connection_is_6(self):
        with Server(lambda connection: None) as server:
            url = server.url()
        self.ends(wavetank("get", url), 6, "refused")

    def test_no_tls_is_7(self):
        def answer(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with Server(answer) as server:
            self.ends(wavetank("get", server.url(scheme="https")), 7, "TLS")

    def test_time_that_is_up_is_8(self):
        def answer(connection):
            read_request(connection)
            connection.recv(1)

        with Server(answer) as server:
            self.ends(wavetank("get", server.url(), "--timeout=100ms"), 8)

    def test_a_connection_that_ends_is_9(self):
        with Server(says(b"")) as server:
            self.ends(wavetank("get", server.url(), "--data=x"), 9)

    def test_what_is_no_http_is_10(self):
        with Server(says(b"220 smtp.a.test ready\r\n")) as server:
            self.ends(wavetank("get", server.url()), 10)

    def test_a_redirect_in_a_circle_is_11(self):
        answer = says(with_length(b"", b"Location: /\r\nConnection: close\r\n", b"302 Found"))
        with Server(answer) as server:
            self.ends(wavetank("get", server.url()), 11, "redirect")

    def test_a_file_that_cannot_be_written_or_read_is_12(self):
        with Server(says(with_length(LARGE))) as server:
            self.ends(wavetank("get", server.url(), "--output=/nowhere/body"), 12, "/nowhere/body.part: No such file")
            self.ends(wavetank("get", server.url(), "--output=/dev/full"), 12, "/dev/full: No space left on device")
            self.ends(wavetank("put", server.url(), "/nowhere/body"), 12, "/nowhere/body: No such file")
            self.ends(wavetank("put", server.url(), self.folder), 12, "Is a directory")
            self.ends(wavetank("get", server.url(), "--cacert=/nowhere/ca"), 12, "/nowhere/ca")

    def test_ctrl_c_is_130_and_leaves_nothing_half_done(self):
        begun = threading.Event()

        def answer(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            begun.set()
            connection.recv(1)

        with Server(answer) as server:
            process = start("get", server.url(), "--output=" + self.path("body"))
            begun.wait()
            self.assertEqual(os.listdir(self.folder), ["body.part"])
            process.send_signal(signal.SIGINT)
            process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertEqual(os.listdir(self.folder), [])


class ProgressTest(Folder):
    @staticmethod
    def read_until(terminal, wanted):
        """What the terminal has been told, up to and with `wanted`, or until nobody has it any more."""
        said = b""
        try:
            while wanted is None or wanted not in said:
                said += os.read(terminal, 4096)
        except OSError:
            pass
        return said

    def test_a_terminal_is_shown_how_far_it_is(self):
        shown = threading.Event()

        def answer(connection):
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 1_000_000)
            shown.wait()
            connection.sendall(b"x" * 1_000_000)

        ours, its = pty.openpty()
        with Server(answer) as server:
            process = subprocess.Popen([WAVETANK, "get", server.url()], stdout=subprocess.PIPE, stderr=its,
                                       env=environment())
            os.close(its)
            reader = threading.Thread(target=process.stdout.read, daemon=True)
            reader.start()
            self.assertIn(b" 50 %", self.read_until(ours, b" 50 %"))
            shown.set()
            rest = self.read_until(ours, None)
            self.assertEqual(process.wait(), 0)
            reader.join()
        self.assertIn(b"100 %", rest)
        self.assertIn(b"2.0 MB of 2.0 MB", rest)
        self.assertTrue(rest.endswith(b"\r\n"), rest)
        process.stdout.close()
        os.close(ours)


class WaitsTest(Folder):
    def test_sigusr1_says_who_waits_for_whom(self):
        asked = threading.Event()

        def answer(connection):
            read_request(connection)
            asked.set()
            connection.recv(1)

        with Server(answer) as server:
            process = start("get", server.url())
            asked.wait()
            process.send_signal(signal.SIGUSR1)
            said = [process.stderr.readline().decode() for _ in range(2)]
            process.send_signal(signal.SIGINT)
            process.communicate()
        self.assertEqual(said[0], "command waits for the head of command/request on connection#1\n")
        self.assertRegex(said[1], r"^  command is at client/client_request\.cc:\d+, .*tools/fetch/fetch\.cc:\d+$")
        self.assertEqual(process.returncode, 130)


class TlsTest(Folder):
    def setUp(self):
        super().setUp()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path("key"), "-out", self.path("ca"),
                        "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.path("ca"), self.path("key"))

    def test_who_is_not_trusted_is_13_and_can_be(self):
        with Server(says(with_length(b"secret")), self.tls) as server:
            url = server.url(scheme="https")
            self.ends(wavetank("get", url), 13, "certificate")
            self.assertEqual(wavetank("get", url, "--cacert=" + self.path("ca")).stdout, b"secret")
            self.assertEqual(wavetank("get", url, "--insecure").stdout, b"secret")

    def test_closes_with_close_notify(self):
        ends = []

        def answer(connection):
            connection.suppress_ragged_eofs = False
            read_request(connection)
            connection.sendall(with_length(b"secret"))
            try:
                ends.append(connection.recv(1))
            except OSError as error:  # of an end without it
                ends.append(error)
            done.set()

        done = threading.Event()
        with Server(answer, self.tls) as server:
            self.assertEqual(wavetank("get", server.url(scheme="https"), "--insecure").stdout, b"secret")
            self.assertTrue(done.wait(30))
        self.assertEqual(ends, [b""])


class PutTest(Folder):
    def setUp(self):
        super().setUp()
        self.got = []

    def answer(self, connection):
        self.got.append(read_request(connection))
        connection.sendall(with_length(b"stored", status=b"201 Created"))

    def test_sends_a_file_with_its_length(self):
        with open(self.path("file"), "wb") as file:
            file.write(LARGE)
        with Server(self.answer) as server:
            done = wavetank("put", server.url("/there"), self.path("file"))
        self.ends(done, 0)
        self.assertEqual(done.stdout, b"stored")
        head, body = self.got[0]
        self.assertTrue(head.startswith("PUT /there HTTP/1.1\r\n"), head)
        self.assertEqual(field(head, "Content-Length"), str(len(LARGE)))
        self.assertEqual(body, LARGE)

    def test_sends_a_pipe_in_chunks(self):
        with Server(self.answer) as server:
            done = wavetank("put", server.url(), "-", given=LARGE)
        self.ends(done, 0)
        head, body = self.got[0]
        self.assertEqual(field(head, "Transfer-Encoding"), "chunked")
        self.assertEqual(body, LARGE)

    def test_sends_an_empty_file(self):
        with Server(self.answer) as server:
            self.ends(wavetank("put", server.url(), os.devnull), 0)
        self.assertEqual(self.got[0][1], b"")

    def test_a_pipe_that_says_nothing_does_not_stop_the_clock(self):
        with Server(self.answer) as server:
            process = start("put", server.url(), "-", "--timeout=200ms")
            self.assertEqual(process.wait(), 8)
            process.communicate()


class WebSocketTest(Folder):
    @staticmethod
    def echo(connection):
        peer = WebSocketPeer(connection)
        while True:
            opcode, payload = peer.receive()
            peer.send(10 if opcode == 9 else opcode, payload)
            if opcode == 8:
                return

    def test_lines_are_messages_and_messages_lines(self):
        with Server(self.echo) as server:
            done = wavetank("ws", server.url("/chat", "ws"), given=b"one\ntwo\n\nlast")
        self.ends(done, 0)
        self.assertEqual(done.stdout, b"one\ntwo\n\nlast\n")

    def test_messages_can_be_arguments(self):
        with Server(self.echo) as server:
            done = wavetank("ws", server.url("/chat", "ws"), "--message=a", "--message=b")
        self.ends(done, 0)
        self.assertEqual(done.stdout, b"a\nb\n")

    def test_says_goodbye_and_waits_for_it(self):
        codes = []

        def answer(connection):
            peer = WebSocketPeer(connection)
            opcode, payload = peer.receive()
            while opcode != 8:
                peer.send(10, payload)
                opcode, payload = peer.receive()
            codes.append(int.from_bytes(payload[:2], "big"))
            peer.send(8, payload)

        with Server(answer) as server:
            self.ends(wavetank("ws", server.url("/", "ws")), 0)
        self.assertEqual(codes, [1000])

    def test_a_server_that_closes_ends_it(self):
        def closes(code):
            def answer(connection):
                peer = WebSocketPeer(connection)
                peer.send(1, b"bye")
                peer.send(8, code.to_bytes(2, "big") + b"why")
                peer.receive()
            return answer

        for code, status in ((1000, 0), (1001, 0), (1011, 11), (4000, 11)):
            with self.subTest(code), Server(closes(code)) as server:
                process = start("ws", server.url("/", "ws"))
                process.stdout.readline()
                self.assertEqual(process.wait(), status)
                self.assertIn(f"closed: {code} why", process.communicate()[1].decode())

    def test_what_is_no_websocket_is_11_and_a_connection_that_ends_9(self):
        with Server(says(with_length(b"no"))) as server:
            self.ends(wavetank("ws", server.url("/", "ws")), 11, "200")

        def vanishes(connection):
            WebSocketPeer(connection)

        with Server(vanishes) as server:
            self.ends(wavetank("ws", server.url("/", "ws"), "--message=x"), 9)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
