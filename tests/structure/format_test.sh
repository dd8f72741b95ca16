#!/usr/bin/env bash
# Names each C++ file whose layout differs from what the packaged clang-format makes of it. A file comes from the source tree itself:
# the sandbox holds links to it.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
mapfile -t files < <(find core modules tasks datasets tools tests \( -name '*.cc' -o -name '*.h' \) | sort)
((${#files[@]} > 0))
if ! clang-format --dry-run --Werror --ferror-limit=1 "${files[@]}"; then
  echo "Run clang-format -i on the files above." >&2
  exit 1
fi
