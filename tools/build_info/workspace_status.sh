#!/usr/bin/env bash
# Tells Bazel the commit: .bazelrc names this file. Nothing where there is no git.
commit=$(git rev-parse --short=12 HEAD 2>/dev/null) || exit 0
git diff --quiet HEAD -- 2>/dev/null || commit+=-changed
echo "STABLE_GIT_COMMIT $commit"
