"""sources: the sources of a package, for those who compile them once more with a patch (see scenarios/scenario.bzl)."""

def sources():
    """Makes `sources`, a filegroup without tests, benchmarks, test support and programs; single files can be named as well."""
    files = native.glob(
        ["*.cc", "*.h"],
        exclude = ["*_test.cc", "*_benchmark.cc", "*testing*", "test_*", "*_floor.h", "*_spike.cc"] +
                  ["prove_table.cc", "strategy_table.cc"],
    )
    native.exports_files(files, visibility = ["//visibility:public"])
    native.filegroup(name = "sources", srcs = files, visibility = ["//visibility:public"])
