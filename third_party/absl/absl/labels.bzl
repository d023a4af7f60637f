"""Canonical Abseil labels on top of the installed Abseil."""

def absl_labels(names):
    """Declares a cc_library for each of `names`; the headers are in /usr/include."""
    for name in names:
        native.cc_library(
            name = name,
            visibility = ["//visibility:public"],
            deps = ["//:installed"],
        )
