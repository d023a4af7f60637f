#!/bin/sh
# Stands in for a coverage tool that is not installed.
exit 0
