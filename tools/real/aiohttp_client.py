"""aiohttp as a peer on real sockets; takes the arguments of tools/real/job.h (get and put) and prints its line.

Run by /usr/bin/python3, for which Debian installs python3-aiohttp.
"""

import asyncio
import json
import resource
import sys
import time

import aiohttp


class Meter:
    """Counts requests, and reads the clocks after the warm-up and at the end."""

    def __init__(self, job):
        self.warmup, self.total = job["warmup"], job["warmup"] + job["requests"]
        self.started = self.completed = self.bytes = 0
        self.begin = self.end = self.read()

    @staticmethod
    def read():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return time.monotonic(), usage.ru_utime + usage.ru_stime

    def another(self):
        self.started += 1
        return self.started <= self.total

    def done(self, size):
        self.completed += 1
        if self.completed > self.warmup:
            self.bytes += size
        if self.completed == self.warmup:
            self.begin = self.read()
        if self.completed == self.total:
            self.end = self.read()


async def pieces(job):
    """The body of an upload."""
    piece, left = b"x" * job["write"], job["bytes"]
    while left > 0:
        yield piece[:left]
        left -= len(piece)


async def worker(session, job, meter):
    """One request after the other."""
    url = "http://127.0.0.1:%d%s" % (job["port"], job["path"])
    while meter.another():
        size = 0
        if job["do"] == "put":
            size = job["bytes"]
            headers = {"Content-Length": str(size)}
            async with session.put(url, data=pieces(job), headers=headers) as response:
                response.raise_for_status()
                await response.read()
        else:
            async with session.get(url) as response:
                response.raise_for_status()
                async for chunk in response.content.iter_any():
                    size += len(chunk)
        meter.done(size)


async def main():
    job = {"do": "get", "path": "/", "concurrency": 1, "warmup": 0, "requests": 1, "bytes": 0, "write": 65536,
           "read": 65536}
    for argument in sys.argv[1:]:
        key, value = argument.split("=", 1)
        job[key] = value if key in ("do", "path") else int(value)
    meter = Meter(job)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout,
                                     read_bufsize=job["read"]) as session:
        await asyncio.gather(*[worker(session, job, meter) for _ in range(job["concurrency"])])
    print(json.dumps({"requests": job["requests"], "bytes": meter.bytes, "seconds": meter.end[0] - meter.begin[0],
                      "cpu": meter.end[1] - meter.begin[1]}))


if __name__ == "__main__":
    asyncio.run(main())
