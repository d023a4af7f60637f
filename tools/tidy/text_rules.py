"""Rules that look at one line at a time, or at the file as a whole."""

import re

MAX_COLUMNS = 120
MAX_LINES = 500

_WORLD = [
    (r"\babsl::Now\s*\(|\bstd::chrono::(?:system|steady|high_resolution)_clock\b|\bgettimeofday\b|\bclock_gettime\b",
     "the host's clock; ask the EventLoop (client/) or the VirtualClock (sim/) for the time"),
    (r"\bsleep_for\b|\bsleep_until\b|\babsl::SleepFor\b|\bnanosleep\b|\busleep\b",
     "sleeping; post a callback with EventLoop::PostAt()"),
    (r"\bstd::random_device\b|\bstd::rand\b|\bmt19937|\babsl::(?:Insecure)?BitGen\b",
     "dice; draw from Entropy (client/) or from a ChoiceSource (sim/)"),
    (r"\bstd::j?thread\b|\bstd::(?:recursive_|shared_|timed_)*mutex\b|\babsl::Mutex\b",
     "threads; everything runs on one, so post to the EventLoop and drop the lock"),
]

_HASHED = re.compile(r"\bunordered_(?:multi)?(?:map|set)\b|\b(?:flat|node)_hash_(?:map|set)\b|\babsl::Hash(?:Of)?\b")

HOST_CLOCK = "host clock"
CANARY = "canary"
REPORT = "report"


def is_canary(source, line):
    """Lines that break a rule on purpose, to see what comes of it: "// tidy: canary", in tests and in sim/toys."""
    return (source.is_test or source.within("sim/toys/")) and source.has_marker(line, CANARY)


def world(source):
    """client/ and sim/ see time, chance and threads through the seam only: otherwise no run can be replayed."""
    if not source.within("client/", "sim/") or source.is_test or source.within("client/net/uv_"):
        return
    markers = [n for n in range(1, len(source.lines) + 1) if source.has_marker(n, HOST_CLOCK)]
    if markers:
        if not source.within("sim/explore/"):
            yield source.finding(markers[0], "the host's clock is for the watchdog and the progress in sim/explore/;"
                                 " ask the EventLoop or the VirtualClock")
        return
    for pattern, message in _WORLD:
        for line, code in enumerate(source.code_lines, start=1):
            if re.search(pattern, code) and not is_canary(source, line):
                yield source.finding(line, message)


def hash_order(source):
    """Abseil's tables iterate differently in every process, and its hashes are salted."""
    if not source.within("client/", "sim/"):
        return
    for line, code in enumerate(source.code_lines, start=1):
        if _HASHED.search(code) and not is_canary(source, line):
            yield source.finding(line, "hash order differs in every process; use absl::btree_map, absl::btree_set or a vector")


def floats(source):
    """Rounding depends on compiler and flags, and so would a run."""
    if not source.within("sim/") or source.within("sim/report/") or source.is_test:
        return
    for line, code in enumerate(source.code_lines, start=1):
        if re.search(r"\b(?:float|double)\b", code) and not source.has_marker(line, REPORT):
            yield source.finding(line, "no floats in sim/; use int64 (nanoseconds, bytes, parts per million),"
                                 " or say \"// tidy: report\" where a number is only printed")


def size(source):
    """What is longer is read by nobody."""
    for line, text in enumerate(source.lines, start=1):
        if len(text) > MAX_COLUMNS:
            yield source.finding(line, "%d columns; break the line at %d" % (len(text), MAX_COLUMNS))
    if len(source.lines) > MAX_LINES:
        yield source.finding(MAX_LINES + 1, "%d lines; split the file into ideas of at most %d" %
                             (len(source.lines), MAX_LINES))


def includes(source):
    """Arrows point one way: tools -> sim -> client."""
    for line, text in enumerate(source.lines, start=1):
        match = re.match(r'\s*#\s*include\s+["<]((sim|tools|scenarios)/[^">]*)[">]', text)
        if match and match[1].startswith("tools/benchmark/") and source.path.endswith("_benchmark.cc"):
            continue  # how to measure is no part of what is measured
        if match and source.within("client/"):
            yield source.finding(line, "client/ knows nothing of %s; put the interface it needs into client/" % match[1])
        elif match and match[2] != "sim" and source.within("sim/"):
            yield source.finding(line, "sim/ knows nothing of %s; move what both need into sim/" % match[1])


def header_guard(source):
    """The guard is the path: nobody has to invent one, and no two are the same."""
    if not source.path.endswith(".h"):
        return
    guard = re.sub(r"\W", "_", source.path).upper() + "_"
    directives = [(n, code.split()) for n, code in enumerate(source.code_lines, start=1) if code.lstrip().startswith("#")]
    words = [words for _, words in directives[:2]]
    if words != [["#ifndef", guard], ["#define", guard]]:
        line = directives[0][0] if directives else 1
        yield source.finding(line, "begin with \"#ifndef %s\" and \"#define %s\"" % (guard, guard))


def no_fixme(source):
    """What has to be fixed is fixed before it is committed, or has an entry where people look."""
    for line, text in enumerate(source.lines, start=1):
        if re.search(r"\bFIXME\b", text):
            yield source.finding(line, "FIXME; fix it, or say in a sentence what is missing and why that is acceptable")


RULES = [world, hash_order, floats, size, includes, header_guard, no_fixme]
