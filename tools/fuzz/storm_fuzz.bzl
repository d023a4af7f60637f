"""storm_fuzz: the runs of one of the storms as a fuzz target, whose bytes are the tape."""

load(":cc_fuzz.bzl", "cc_fuzz")

def storm_fuzz(storm):
    """Makes storm_<storm>_fuzz and its corpus test: see cc_fuzz.

    Args:
      storm: the scenario scenarios/storms/<storm>.textproto.
    """
    native.genrule(
        name = "storm_%s_text" % storm,
        srcs = ["//scenarios/storms:%s.textproto" % storm],
        outs = ["storm_%s.cc" % storm],
        cmd = """(
            echo 'namespace wavetank {'
            echo 'extern const char kScenarioName[], kScenarioText[];'
            echo 'const char kScenarioName[] = "storms/%s";'
            printf 'const char kScenarioText[] = R"~~~('
            cat $<
            echo ')~~~";'
            echo '}  // namespace wavetank'
        ) > $@""" % storm,
    )
    cc_fuzz(
        name = "storm_%s_fuzz" % storm,
        srcs = ["storm_%s.cc" % storm],
        max_len = 2000,
        deps = [":storm"],
    )
