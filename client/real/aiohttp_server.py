"""A server on aiohttp for aiohttp_test.cc: aiohttp_server.py PORT."""

import asyncio
import sys

from aiohttp import web


async def echo(request):
    """What comes goes back, while it comes."""
    response = web.StreamResponse()
    if request.query.get("compress"):
        response.enable_compression()
    else:
        response.enable_chunked_encoding()
    await response.prepare(request)
    async for chunk in request.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


async def early(request):
    """Answers before it has read more than the first bytes of the body, and reads on if asked to."""
    await request.content.readany()
    response = web.StreamResponse(status=int(request.query["status"]))
    response.content_length = 5
    await response.prepare(request)
    await response.write(b"early")
    if request.query.get("read"):
        async for _ in request.content.iter_any():
            pass
    await response.write_eof()
    return response


async def count(request):
    """The number of bytes of the body, in a response of known length."""
    total = 0
    async for chunk in request.content.iter_any():
        total += len(chunk)
    return web.Response(text="%d by %s" % (total, request.headers.get("Transfer-Encoding", "length")))


async def slow(request):
    """Chunks of 1, 2, 3, ... bytes, with pauses."""
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for size in range(1, int(request.query["chunks"]) + 1):
        await response.write(b"%c" % (ord("a") + size % 26) * size)
        await asyncio.sleep(0.002)
    await response.write_eof()
    return response


async def cut(request):
    """Half a response, then the connection ends: by FIN or by RST."""
    response = web.StreamResponse()
    if request.query["framing"] == "chunked":
        response.enable_chunked_encoding()
    else:
        response.content_length = 20000
    await response.prepare(request)
    await response.write(b"x" * 10000)
    if request.query["by"] == "reset":
        request.transport.abort()
    else:
        request.transport.close()
    await asyncio.sleep(60)  # cancelled by the loss of the connection
    return response


async def after(request):
    """Answers properly, and closes the connection that it had said it would keep."""
    response = web.Response(text="kept")
    await response.prepare(request)
    await response.write_eof()
    request.transport.close()
    return response


def main():
    application = web.Application(client_max_size=1 << 30)
    application.add_routes([
        web.post("/echo", echo), web.post("/early", early), web.post("/count", count), web.get("/slow", slow),
        web.get("/cut", cut), web.get("/after", after)])
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


main()
