"""python_test: py_test without Bazel 4.2's launcher, which asks for an interpreter named "python" that Debian lacks."""

def python_test(name, main, data = [], args = [], **kwargs):
    """Runs `main` with python3; it can import the Python files of its own folder that are among `data`."""
    native.sh_test(
        name = name,
        srcs = ["//tools/ci:run_python.sh"],
        args = ["$(rootpath %s)" % main] + args,
        data = [main] + data,
        **kwargs
    )
