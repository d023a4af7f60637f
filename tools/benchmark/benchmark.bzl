"""cc_benchmark: a Google Benchmark binary, and a test that runs a moment of it so that it cannot rot."""

def cc_benchmark(name, srcs, deps, **kwargs):
    """`bazel run :NAME` measures; `:NAME_runs_test` only shows that it still runs."""
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = srcs,
        deps = deps + [
            "//tools/benchmark:against_floor",
            "@com_github_google_benchmark//:benchmark_main",
        ],
        **kwargs
    )
    native.sh_test(
        name = name + "_runs_test",
        size = "small",
        srcs = ["//tools/benchmark:run.sh"],
        args = [
            "$(rootpath :%s)" % name,
            "--benchmark_min_time=0.001",
        ],
        data = [":" + name],
    )
