#!/bin/sh
# Runs a Python file with the modules beside it. -P and PYTHONPATH: in a test's runfiles both are links, and Python would
# follow them out of the sandbox; -B: it would leave its byte code in the source tree.
PYTHONPATH=$(dirname -- "$1") exec python3 -B -P "$@"
