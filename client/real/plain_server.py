"""Python's http.server for http_server_test.cc: plain_server.py PORT FOLDER.

Files of the folder over HTTP/1.0, which the standard library does; and bodies that end with the connection.
"""

import functools
import http.server
import socket
import struct
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Below /until_close/ files have no length."""

    def do_GET(self):
        if not self.path.startswith("/until_close/"):
            super().do_GET()
            return
        reset = self.path.endswith("?reset")
        with open(self.translate_path(self.path[len("/until_close"):]), "rb") as file:
            contents = file.read()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(contents)
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(sys.argv[1])), functools.partial(Handler, directory=sys.argv[2]))
server.serve_forever()
