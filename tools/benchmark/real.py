"""Compares our client on real sockets with a raw epoll loop, libcurl and aiohttp: one server, one run, in turns.

  real.py [--smoke] [--rounds=N] [--first] PROGRAM...

The programs are those of tools/real/. nginx and a sink for uploads serve on loopback, on one core; the client has the
other one, except at concurrency 1, where both share a core. Figures are medians over the rounds, and a demand is one on
the median of the ratios of neighbours, with the slack of table.py. Exit status: 0 if every demand holds, 1 if one does
not. With --first all of it runs before whatever else the machine does (chrt; needs root). With --smoke there is one
round of a few requests, nothing is judged, and where nginx is not installed it says so and passes.
"""

import argparse
import collections
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import table

# One thing to measure: `arguments` for the programs, `server` to ask, and whether both ends share a core.
Task = collections.namedtuple("Task", "name server shared arguments")

NGINX_CONF = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_rlimit_nofile {descriptors};
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
  open_file_cache max=16;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    root {folder}/www;
  }}
}}
"""

KIB, MIB = 1 << 10, 1 << 20


class Servers:
    """nginx and the sink, pinned to a core, until the end of a with statement."""

    def __init__(self, sink, pin, large):
        self.pin = pin
        self.sink_program, self.large = sink, large
        self.folder, self.processes, self.ports = None, [], {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        shared_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = tempfile.mkdtemp(prefix="wavetank_real_", dir=shared_memory)
        os.chmod(self.folder, 0o755)
        os.mkdir(os.path.join(self.folder, "www"))
        for name, size in (("small", 128), ("large", self.large)):
            with open(os.path.join(self.folder, "www", name), "wb") as file:
                for begin in range(0, size, MIB):
                    file.write(b"x" * min(MIB, size - begin))
        sink = subprocess.Popen(self.pin + [self.sink_program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.processes.append(sink)
        self.ports["sink"] = int(sink.stdout.readline())
        self.start_nginx()

    def start_nginx(self):
        """On a port that was free a moment ago; on another one if somebody was faster."""
        for _ in range(10):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            path = os.path.join(self.folder, "nginx.conf")
            with open(path, "w", encoding="utf-8") as file:
                file.write(NGINX_CONF.format(folder=self.folder, port=port, descriptors=4096))
            log = open(os.path.join(self.folder, "nginx.out"), "w", encoding="utf-8")
            nginx = subprocess.Popen(self.pin + [nginx_path(), "-p", self.folder, "-c", path], stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log)
            self.processes.append(nginx)
            if answers(nginx, port):
                self.ports["nginx"] = port
                return
        with open(os.path.join(self.folder, "nginx.out"), encoding="utf-8") as log:
            raise OSError("nginx does not start: " + log.read())

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
        if self.folder:
            shutil.rmtree(self.folder)


def nginx_path():
    """Where nginx is, or None; Debian has it where users do not look."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def answers(process, port):
    """Whether somebody listens, as soon as it is known."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process.poll() is None
        except ConnectionRefusedError:
            time.sleep(0.01)
    return False


def tasks(smoke):
    """What is measured, by name."""
    def task(name, server, shared, **arguments):
        return Task(name, server, shared, arguments)

    requests, large, connections = (100, 4 * MIB, 100) if smoke else (40000, 256 * MIB, 10000)
    every = [
        task("c=32", "nginx", False, do="get", path="/small", concurrency=32, warmup=requests // 2, requests=requests),
        task("c=1", "nginx", True, do="get", path="/small", warmup=requests // 4, requests=requests // 2),
        task("down", "nginx", False, do="get", path="/large", warmup=1, requests=4),
    ]
    for write in (64 * KIB, 256 * KIB, 2 * MIB):
        every.append(task("up, %d KiB" % (write // KIB), "sink", False, do="put", path="/", bytes=large, warmup=1,
                          requests=4, write=write))
    every.append(task("idle", "sink", False, do="hold", path="/gather/%d" % connections, concurrency=connections))
    return large, every


class Comparison:
    """Runs programs, and keeps what they say of themselves: results[task, program] is a list, a round each."""

    def __init__(self, programs, servers, pins):
        self.programs, self.servers, self.pins = programs, servers, pins
        self.results = collections.defaultdict(list)

    def measure(self, task, program, **changes):
        """One run of one program."""
        arguments = dict(task.arguments, port=self.servers.ports[task.server])
        arguments.update(changes)
        pin = self.pins[0] if task.shared else self.pins[1]
        path = self.programs[program]
        python = ["/usr/bin/python3"] if path.endswith(".py") else []
        command = pin + python + [path] + ["%s=%s" % item for item in arguments.items()]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False, timeout=600)
        if done.returncode != 0:
            raise OSError("%s: exit status %d" % (" ".join(command), done.returncode))
        result = json.loads(done.stdout)
        size = arguments["bytes"] if arguments["do"] == "put" else self.size(task)
        if size is not None and result["bytes"] != result["requests"] * size:
            raise OSError("%s: %d bytes" % (" ".join(command), result["bytes"]))
        result["requests/s"] = result["requests"] / result["seconds"]
        result["cpu/100k"] = result["cpu"] / result["requests"] * 1e5
        result["MB/s"] = result["bytes"] / result["seconds"] / 1e6
        result["cpu/GB"] = result["cpu"] / max(1, result["bytes"]) * 1e9
        if "memory" in result:
            result["memory/connection"] = (result["memory"] - result["memory_before"]) / result["requests"]
        self.results[task.name, program].append(result)

    def size(self, task):
        path = os.path.join(self.servers.folder, "www" + task.arguments["path"])
        return os.path.getsize(path) if task.server == "nginx" else None

    def figure(self, task, program, counter):
        """The median over the rounds, or None."""
        rounds = self.results.get((task, program))
        return statistics.median(one[counter] for one in rounds) if rounds else None

    def against(self, task, counter, ours, other, other_task=None):
        """What table.row() asks for: the figure, its floor, and the median of the ratios of the rounds."""
        pairs = zip(self.results[task, ours], self.results[other_task or task, other])
        return {
            "figure": self.figure(task, ours, counter),
            "floor": table.number(self.figure(other_task or task, other, counter)),
            "ratio": statistics.median(a[counter] / b[counter] for a, b in pairs),
        }


def measure_all(comparison, every, rounds):
    """The programs take turns, and each round begins with another one."""
    fast = [name for name in comparison.programs if name != "aiohttp"]
    for number in range(rounds):
        print("round %d of %d ..." % (number + 1, rounds), file=sys.stderr)
        turn = fast[number % len(fast):] + fast[:number % len(fast)]
        for task in every:
            # Memory is the same each time, and 10 000 connections take a while to go away.
            if task.name == "idle" and number > 0:
                continue
            for program in turn:
                few = {}
                if task.name == "idle" and program == "libcurl":
                    # It asks after every connection each time it waits: of a tenth, each takes as much memory.
                    count = task.arguments["concurrency"] // 10
                    few = {"concurrency": count, "path": "/gather/%d" % count}
                comparison.measure(task, program, **few)
            if "aiohttp" in comparison.programs and task.name == "c=32":
                requests = max(20, task.arguments["requests"] // 20)
                comparison.measure(task, "aiohttp", requests=requests, warmup=requests // 10)


def print_figures(comparison, every):
    """What each program did: the table without a judgement."""
    rows = [["", "requests/s", "CPU s / 100 000", "MB/s", "CPU s / GB", "bytes / idle connection", ""]]
    for task in every:
        for program in comparison.programs:
            if (task.name, program) not in comparison.results:
                continue
            small, idle = task.name.startswith("c="), task.name == "idle"
            wanted = [small and "requests/s", small and "cpu/100k", not small and not idle and "MB/s",
                      not small and not idle and "cpu/GB", idle and "memory/connection"]
            figures = [table.number(comparison.figure(task.name, program, counter)) if counter else ""
                       for counter in wanted]
            rows.append(["%s, %s" % (task.name, program)] + figures + [""])
    table.print_table(rows)


def demands(comparison, ours):
    """Pairs for table.print_demands(): what is asked of our client, and what was measured."""
    every = []

    def demand(what, task, counter, unit, other, at_most=None, at_least=None):
        asked = table.Demand(what + " : " + other, None, None, "figure", unit, "ratio", at_most, at_least)
        every.append((asked, comparison.against(task, counter, ours, other)))

    demand("c=32, CPU s per 100 000 requests", "c=32", "cpu/100k", "s", "libcurl", at_most=0.75)
    demand("c=1, requests/s", "c=1", "requests/s", "/s", "libcurl", at_least=1)
    demand("download, CPU s per GB", "down", "cpu/GB", "s", "raw", at_most=1.1)
    demand("download, CPU s per GB", "down", "cpu/GB", "s", "libcurl", at_most=1)
    for size in (64, 256, 2048):
        demand("upload by %d KiB, CPU s per GB" % size, "up, %d KiB" % size, "cpu/GB", "s", "raw", at_most=1.2)
    demand("upload by 2048 KiB, CPU s per GB", "up, 2048 KiB", "cpu/GB", "s", "libcurl", at_most=1)
    if "aiohttp" in comparison.programs:
        demand("c=32, requests/s", "c=32", "requests/s", "/s", "aiohttp", at_least=12)
        demand("c=32, CPU s per 100 000 requests", "c=32", "cpu/100k", "s", "aiohttp", at_most=1 / 15)
    return every


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--first", action="store_true")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    arguments = parser.parse_args()
    if nginx_path() is None:
        print("NOT RUN: nginx is not installed (Debian: nginx-light)")
        return 0 if arguments.smoke else 2

    paths = {os.path.basename(path): os.path.abspath(path) for path in arguments.programs}
    names = {"raw": "raw_client", "libcurl": "curl_client", "ours": "uv_client", "aiohttp": "aiohttp_client.py"}
    programs = {name: paths[file] for name, file in names.items() if file in paths}
    if subprocess.run(["/usr/bin/python3", "-c", "import aiohttp"], stderr=subprocess.DEVNULL, check=False).returncode:
        print("without aiohttp, which is not installed (Debian: python3-aiohttp)")
        programs.pop("aiohttp", None)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end as well
    cores = sorted(os.sched_getaffinity(0))
    before_others = ["chrt", "--rr", "1"] if arguments.first else []
    pins = [before_others + ["taskset", "-c", str(core)] for core in (cores[0], cores[-1])]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    large, every = tasks(arguments.smoke)
    with Servers(paths["sink"], pins[0], large) as servers:
        comparison = Comparison(programs, servers, pins)
        measure_all(comparison, every, 1 if arguments.smoke else arguments.rounds)
    print_figures(comparison, every)
    print()
    judged = demands(comparison, "ours")
    missed = table.print_demands(judged)
    if arguments.smoke:
        return 0
    print("%d of %d demands hold" % (len(judged) - missed, len(judged)))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
