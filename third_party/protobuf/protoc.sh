#!/bin/sh
# The protoc of the system, as a target that Bazel's proto rules can run.
exec /usr/bin/protoc "$@"
