"""Runs the benchmarks: table.py, or with --real the comparison on real sockets, real.py; both take what they know."""

import sys

import real
import table

if __name__ == "__main__":
    compare = "--real" in sys.argv
    sys.argv[1:] = [argument for argument in sys.argv[1:] if argument != "--real"]
    sys.exit(real.main() if compare else table.main())
