"""cc_fuzz: one LLVMFuzzerTestOneInput() as a libFuzzer binary, and its committed corpus as an ordinary test."""

def cc_fuzz(name, srcs, deps, corpus = None, dict = None, max_len = 4096):
    """Makes <name>, which searches (clang only: bazel run --config=fuzzer), and <name>_corpus_test, which replays.

    Args:
      name: of the fuzzer, by convention <what is fuzzed>_fuzz.
      srcs: the source with LLVMFuzzerTestOneInput(), and what it includes.
      deps: as usual.
      corpus: the folder with one file per input, by default corpus/<name without _fuzz>.
      dict: libFuzzer's dictionary, a file of this package.
      max_len: bytes of the longest input that the fuzzer makes.
    """
    corpus = corpus or "corpus/" + name[:-len("_fuzz")]
    native.cc_library(
        name = name + "_target",
        testonly = True,
        srcs = srcs,
        alwayslink = True,
        deps = deps,
    )
    native.cc_binary(
        name = name,
        testonly = True,
        args = ["-max_len=%d" % max_len, "-timeout=20", "-rss_limit_mb=2048"] +
               (["-dict=$(location %s)" % dict] if dict else []),
        data = [dict] if dict else [],
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":%s_target" % name],
    )
    native.cc_test(
        name = name + "_corpus_test",
        size = "small",
        args = [native.package_name() + "/" + corpus],
        data = native.glob([corpus + "/*"]),
        deps = [
            ":%s_target" % name,
            ":corpus_main",
        ],
    )
