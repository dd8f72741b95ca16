#!/bin/sh
echo "coverage reports need Bazel's own coverage tools, which Debian does not package" >&2
exit 1
