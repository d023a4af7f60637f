"""Servers for tests: each connection is answered by a function, word for word."""

import base64
import hashlib
import socket
import struct
import threading


class Server:
    """Listens on a free port of 127.0.0.1; calls `answer(connection)` for each connection, in a thread of its own."""

    def __init__(self, answer, tls=None):
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which would keep it open
        self._listener.close()

    def url(self, path="/", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}{path}"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._answer(connection)
        except OSError:
            pass


def read_head(connection):
    """The head of a request, up to its empty line, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("no request")
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head.decode("latin-1"), rest


def field(head, name):
    """The value of a header field; None if there is none."""
    for line in head.split("\r\n")[1:]:
        key, value = line.split(":", 1)
        if key.lower() == name.lower():
            return value.strip()
    return None


def read_request(connection):
    """Head and body of a request."""
    head, rest = read_head(connection)
    length = field(head, "Content-Length")
    if length is not None:
        while len(rest) < int(length):
            rest += connection.recv(65536)
        return head, rest
    if field(head, "Transfer-Encoding") == "chunked":
        while not rest.endswith(b"0\r\n\r\n"):
            rest += connection.recv(65536)
        body = b""
        while not rest.startswith(b"0\r\n"):
            size, rest = rest.split(b"\r\n", 1)
            body += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]
        return head, body
    return head, b""


def says(text):
    """An answer: reads a request, says `text`, closes."""
    def answer(connection):
        read_request(connection)
        connection.sendall(text)
    return answer


def with_length(body, more=b"", status=b"200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


class WebSocketPeer:
    """The server's end of a WebSocket; the handshake is done by the constructor."""

    def __init__(self, connection):
        self._connection = connection
        self.head, self._data = read_head(connection)
        key = field(self.head, "Sec-WebSocket-Key").encode()
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")

    def _take(self, size):
        while len(self._data) < size:
            more = self._connection.recv(65536)
            if not more:
                raise ConnectionError("gone")
            self._data += more
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def receive(self):
        """Opcode and payload of the next frame."""
        first, second = self._take(2)
        size = second & 127
        if size == 126:
            size = struct.unpack("!H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._take(8))[0]
        mask = self._take(4)
        payload = self._take(size)
        return first & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def send(self, opcode, payload):
        assert len(payload) < 126
        self._connection.sendall(bytes([0x80 | opcode, len(payload)]) + payload)
