"""Each rule of coroutine_rules.py, on the shapes that g++ 12 gets wrong and on their harmless neighbours."""

import unittest

import coroutine_rules
from source import Source


class CoroutineRulesTest(unittest.TestCase):

    def finds(self, rule, code, line=1, path="client/connector.cc"):
        found = list(rule(Source(path, code)))
        self.assertEqual([finding.line for finding in found], [line], (code, [f.message for f in found]))

    def allows(self, rule, code, path="client/connector.cc"):
        self.assertEqual([f.message for f in rule(Source(path, code))], [], code)

    def await_finds(self, statement):
        """In a function, in a lambda that is an argument, and in a member function with a trailing return type."""
        for before, after in [
            ("Task<int> F() {", "}"),
            ("void F() { Run([](int x) -> Task<void> {", "}(3)); }"),
            ("struct A : B { auto F() const -> Task<int> { if (x) {", "} } };"),
            ("A::A() : a_{1}, b_(2) {", "}"),
        ]:
            self.finds(coroutine_rules.one_await, "\n".join([before, statement, after]), line=2)

    def await_allows(self, code):
        self.allows(coroutine_rules.one_await, "Task<int> F() { %s }" % code)

    def test_two_in_one_expression(self):
        self.await_finds("int x = co_await F() + co_await G();")
        self.await_finds("F(co_await G(), co_await H());")
        self.await_finds("co_return co_await F(co_await G());")
        self.await_finds("if (co_await F() == co_await G()) return;")
        self.await_finds("for (co_await F(); co_await G() < co_await H(); ++i) {}")

    def test_one_per_expression(self):
        self.await_allows("co_await F(); co_await G();")
        self.await_allows("if (co_await F()) co_await G(); else co_await H();")
        self.await_allows("for (co_await F(); co_await G(); co_await H()) { co_await I(); }")
        self.await_allows("while (co_await F()) { co_await G(); }")
        self.await_allows("do co_await F(); while (co_await G());")
        self.await_allows("for (auto&& x : co_await F()) co_await G(x);")
        self.await_allows("switch (co_await F()) { case 1: co_await G(); break; default: co_await H(); }")
        self.await_allows("if (auto x = co_await F(); x.ok()) co_return co_await G();")

    def test_braces(self):
        self.await_finds("co_await F({.a = 1});")
        self.await_finds("co_await F(Options{});")
        self.await_finds("auto x = co_await F(absl::Span<int>{a, b});")
        self.await_finds("Options x{co_await F()};")
        self.await_finds("Options x = {.a = co_await F()};")
        self.await_finds("co_return {co_await F()};")
        self.await_finds("co_return Result<int>{co_await F()};")
        self.await_allows("Options x{.a = 1}; co_await F(x);")
        self.await_allows("auto x = co_await F(); G({x});")

    def test_conditional(self):
        self.await_finds("auto x = co_await F(k ? string() : string());")
        self.await_finds("auto x = k ? co_await F() : 0;")
        self.await_finds("auto x = co_await F() ? 1 : 2;")
        self.await_allows("auto x = co_await F(); y = x ? 1 : 2;")

    def test_logical(self):
        self.await_finds("bool x = co_await F() && g;")
        self.await_finds("if (a && co_await F()) return;")
        self.await_finds("if (a || (b && (co_await F()).ok())) return;")
        self.await_finds("while (!(co_await F()).ok() || done) {}")
        self.await_finds("co_return a && Get(co_await F());")
        self.await_finds("if (a && (x = co_await F())) return;")
        self.await_allows("co_await F(a && b);")
        self.await_allows("auto&& x = co_await F();")
        self.await_allows("Thing&& x = co_await F();")
        self.await_allows("auto x = static_cast<T&&>(co_await F());")
        self.await_allows("bool x = co_await F(); if (x && y) co_await G();")

    def test_what_is_not_code(self):
        self.await_allows("// co_await a() && co_await b()\n")
        self.await_allows('Print("co_await a() && co_await b()");')
        self.await_allows("int x = 1'000'000; co_await F('\\''); co_await F('{');")
        self.allows(coroutine_rules.one_await, "#define AWAIT_BOTH(a, b) \\\n  (co_await a && co_await b)\n")

    def test_lambda_bodies_are_expressions_of_their_own(self):
        self.await_allows("co_await Run([](Foo x) -> Task<void> { co_await x.F(); Bar y{1}; co_await x.G(); }(foo));")
        self.await_allows("auto f = [](int x) -> Task<int> { co_return co_await G(x); }; co_await f(1);")
        self.await_allows("co_await F([&] { return a && b; });")
        self.await_allows("co_await F([]<typename T>(T x) mutable noexcept { return x ? 1 : 2; });")

    def test_unbalanced_code_does_not_stop_the_parser(self):
        self.allows(coroutine_rules.one_await, "}}} ) void F() { ( [ {")

    def test_canaries_break_the_rule_on_purpose(self):
        code = "void F() { co_await F({.a = 1}); }  // tidy: canary"
        self.allows(coroutine_rules.one_await, code, path="client/async/compiler_test.cc")
        self.finds(coroutine_rules.one_await, code, path="client/async/task.cc")

    def test_capturing_coroutine(self):
        rule = coroutine_rules.no_capturing_coroutine
        self.finds(rule, "auto f = [&]() -> Task<void> { return G(); };")
        self.finds(rule, "auto f = [this](int x) -> async::Task<int> { co_return x; };")
        self.finds(rule, "void F() {\n  Spawn([x = std::move(x)]() mutable -> a::Task<void> {\n co_await x; }());\n}", line=2)
        self.finds(rule, "Spawn([a, &b] { co_await a; });")
        self.finds(rule, "Spawn([&](int x) { if (x) { co_await b; } });")
        self.finds(rule, "auto f = [&, g = G{1}] { co_return; };")

    def test_harmless_lambdas(self):
        rule = coroutine_rules.no_capturing_coroutine
        self.allows(rule, "auto f = [](Connector& c) -> Task<void> { co_await c.Close(); };")
        self.allows(rule, "auto f = [&](int x) -> int { return x; };")
        self.allows(rule, "auto f = [&] { Spawn([](int x) -> Task<void> { co_return; }(1)); };")
        self.allows(rule, "Task<int> F() { auto [a, b] = Pair{1, 2}; auto& [c, d] = *x; v[i] = w[j]{1}; co_return a; }")
        self.allows(rule, "[[nodiscard]] Task<int> F() { co_return 1; }")
        self.allows(rule, "auto f = [&] { return std::vector<Task<int>>{}; };")


if __name__ == "__main__":
    unittest.main()
