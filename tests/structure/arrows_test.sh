#!/usr/bin/env bash
# First argument: all libraries of the tools; the others: forbidden arrows, one file each, which must be empty.
set -euo pipefail
for folder in core modules datasets tasks tools; do
  grep -q "^//$folder/" "$1" || { echo "the query sees nothing under $folder"; exit 1; }
done
shift
status=0
for file in "$@"; do
  if [[ -s "$file" ]]; then
    echo "$(basename "$file"): forbidden by docs/explanation/design.md:"
    cat "$file"
    status=1
  fi
done
exit $status
