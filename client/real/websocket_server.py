"""A server on websockets for websocket_peer_test.cc: websocket_server.py PORT SECURE_PORT FOLDER.

In the folder are the certificate and the key of the second port.
"""

import asyncio
import os
import ssl
import sys

import websockets

said = []  # what clients said when they closed


async def echo(socket, _):
    async for message in socket:
        await socket.send(message)


async def fragments(socket, size):
    """Sends each message back in fragments."""
    async for message in socket:
        await socket.send([message[i:i + size] for i in range(0, len(message), size)])


async def ping(socket, times):
    """Pings, waits for each pong, and says so."""
    for number in range(times):
        pong = await socket.ping(b"ping %d" % number)
        await pong
        await socket.send("pong %d" % number)
    await socket.wait_closed()


async def close(socket, code):
    await socket.send("goodbye")
    await socket.close(code, "code %d" % code)


async def note(socket, _):
    """Remembers how the client closes."""
    await socket.wait_closed()
    said.append("%d %s" % (socket.close_code, socket.close_reason))


async def noted(socket, number):
    """Tells what it remembers, once there is so much of it."""
    while len(said) < number:
        await asyncio.sleep(0.005)
    await socket.send(said[number - 1])
    await socket.wait_closed()


async def abort(socket, messages):
    """The connection ends without a goodbye."""
    for number in range(messages):
        await socket.send("message %d" % number)
    if messages % 2:
        socket.transport.close()
    else:
        socket.transport.abort()


async def flood(socket, messages):
    """Many messages to whoever reads slowly."""
    for number in range(messages):
        await socket.send(b"%d," % number * 1000)
    await socket.close()


async def serve(socket, path):
    _, what, number = path.split("/")
    await globals()[what](socket, int(number))


async def main():
    options = {"max_size": None, "ping_interval": None, "subprotocols": ["echo.v2"]}
    folder = sys.argv[3]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem"))
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), **options):
        async with websockets.serve(serve, "127.0.0.1", int(sys.argv[2]), ssl=context, **options):
            await asyncio.Future()


asyncio.run(main())
