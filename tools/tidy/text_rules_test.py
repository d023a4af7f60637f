"""Each rule of text_rules.py: what it finds, and what it must leave alone."""

import unittest

import text_rules
from source import Source


class TextRulesTest(unittest.TestCase):

    def finds(self, rule, text, path="sim/world/clock.cc", line=1):
        found = list(rule(Source(path, text)))
        self.assertEqual([finding.line for finding in found], [line], text)
        self.assertGreater(len(found[0].message), 10)

    def allows(self, rule, text, path="sim/world/clock.cc"):
        self.assertEqual(list(rule(Source(path, text))), [], text)

    def test_world(self):
        for code in [
                "absl::Time t = absl::Now();",
                "auto t = std::chrono::steady_clock::now();",
                "using std::chrono::system_clock;",
                "std::random_device seed;",
                "int x = std::rand();",
                "std::mt19937_64 g(1);",
                "absl::BitGen gen;",
                "std::this_thread::sleep_for(x);",
                "std::thread t(f);",
                "std::mutex m;",
                "absl::Mutex m;",
                "gettimeofday(&tv, nullptr);",
                "clock_gettime(CLOCK_MONOTONIC, &ts);",
        ]:
            self.finds(text_rules.world, code)
            self.finds(text_rules.world, "// a\n" + code, path="client/connector.cc", line=2)
            self.allows(text_rules.world, code, path="client/connector_test.cc")
            self.allows(text_rules.world, code, path="sim/world/scheduler_benchmark.cc")
            self.allows(text_rules.world, code, path="client/net/uv_loop.cc")
            self.allows(text_rules.world, code, path="tools/cmd_fuzz.cc")
            self.allows(text_rules.world, "// " + code)
            self.allows(text_rules.world, "/* %s */" % code)
            self.allows(text_rules.world, 'Print("%s");' % code)
            self.allows(text_rules.world, 'Print(R"(%s)");' % code)
        self.allows(text_rules.world, "clock.Now(); AbslNow(); random_device_; operand(x);")

    def test_world_has_an_exemption_for_the_watchdog(self):
        code = "// tidy: host clock, the watchdog of the children\nabsl::Time t = absl::Now();"
        self.allows(text_rules.world, code, path="sim/explore/watchdog.cc")
        self.finds(text_rules.world, code, path="sim/world/clock.cc")
        self.finds(text_rules.world, code, path="client/connector.cc")

    def test_canaries_break_rules_on_purpose(self):
        code = "return absl::Now();  // tidy: canary"
        self.allows(text_rules.world, code, path="sim/toys/reads_the_clock.cc")
        self.finds(text_rules.world, code, path="sim/world/clock.cc")

    def test_hash_order(self):
        for code in [
                "std::unordered_map<int, int> m;",
                "std::unordered_set<int> s;",
                "absl::flat_hash_map<int, int> m;",
                "absl::node_hash_map<int, int> m;",
                "size_t h = absl::Hash<int>()(3);",
                "size_t h = absl::HashOf(3);",
        ]:
            self.finds(text_rules.hash_order, code)
            self.finds(text_rules.hash_order, code, path="client/connector_test.cc")
            self.allows(text_rules.hash_order, code, path="tools/cmd_list.cc")
        self.allows(text_rules.hash_order, "absl::btree_map<int, int> m;")

    def test_floats(self):
        self.finds(text_rules.floats, "double x = 1;")
        self.finds(text_rules.floats, "std::vector<float> v;")
        self.allows(text_rules.floats, "double x = 1;  // tidy: report")
        self.allows(text_rules.floats, "double x = 1;", path="sim/report/html.cc")
        self.allows(text_rules.floats, "double x = 1;", path="sim/world/clock_test.cc")
        self.allows(text_rules.floats, "double x = 1;", path="client/connector.cc")
        self.allows(text_rules.floats, "// double the limit\nint doubled;")

    def test_size(self):
        self.finds(text_rules.size, "x" * 121)
        self.finds(text_rules.size, "\n" * 501, line=501)
        self.allows(text_rules.size, "\n" * 500)
        self.allows(text_rules.size, "\u21d2" * 120)  # characters are counted, not bytes

    def test_includes(self):
        self.finds(text_rules.includes, '#include "sim/world/world.h"', path="client/connector.cc")
        self.finds(text_rules.includes, '#include "tools/x.h"', path="client/connector_test.cc")
        self.finds(text_rules.includes, '#  include "tools/x.h"', path="sim/world/world.cc")
        self.allows(text_rules.includes, '#include "client/connector.h"', path="sim/world/world.cc")
        self.allows(text_rules.includes, '#include "sim/world/world.h"', path="sim/world/world.cc")
        self.allows(text_rules.includes, '#include "sim/world/world.h"', path="tools/cmd_run.cc")
        self.allows(text_rules.includes, '#include "tools/benchmark/x.h"', path="sim/world/arena_benchmark.cc")
        self.finds(text_rules.includes, '#include "tools/benchmark/x.h"', path="sim/world/arena.cc")
        self.allows(text_rules.includes, '// #include "sim/x.h"', path="client/connector.cc")

    def test_header_guard(self):
        path = "client/http/stream_reader.h"
        good = "// Text.\n#ifndef CLIENT_HTTP_STREAM_READER_H_\n#define CLIENT_HTTP_STREAM_READER_H_\n#endif\n"
        self.allows(text_rules.header_guard, good, path=path)
        self.allows(text_rules.header_guard, "int x;", path="client/http/stream_reader.cc")
        self.finds(text_rules.header_guard, "#pragma once\n", path=path)
        self.finds(text_rules.header_guard, "int x;\n", path=path)
        self.finds(text_rules.header_guard, good, path="client/stream_reader.h", line=2)
        self.finds(text_rules.header_guard, good.replace("#define CLIENT", "#define"), path=path, line=2)

    def test_no_fixme(self):
        self.finds(text_rules.no_fixme, "// FIXME: wrong")
        self.allows(text_rules.no_fixme, "// TODO(name): more")


if __name__ == "__main__":
    unittest.main()
