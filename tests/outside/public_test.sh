#!/usr/bin/env bash
# First argument: the targets that the example names; second: those of them that are not public, which must be none.
set -euo pipefail
for target in //core:task //core/train:trainer //tasks/cohort:cohort //tasks/testing:each_kind; do
  grep -qx "$target" "$1" || { echo "the query does not see that the example names $target"; exit 1; }
done
if [[ -s "$2" ]]; then
  echo "a kind from outside the repository needs these, and they are not public:"
  cat "$2"
  exit 1
fi
