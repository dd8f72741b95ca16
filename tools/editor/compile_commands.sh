#!/usr/bin/env bash
# Writes compile_commands.json into the workspace root, from Bazel's own record of how it compiles each file.
set -euo pipefail
cd "${BUILD_WORKSPACE_DIRECTORY:?start with: ./tools/bazel run //tools:compile_commands}"
root=$(./tools/bazel info execution_root 2>/dev/null)
./tools/bazel aquery 'mnemonic("CppCompile", //...)' --keep_going --output=jsonproto --include_artifacts=false 2>/dev/null |
  python3 -c '
import json, os, sys
root = sys.argv[1]
commands = {}
for action in json.load(sys.stdin)["actions"]:
    arguments = action["arguments"]
    source = arguments[arguments.index("-c") + 1]
    commands[source] = {"directory": root, "file": source, "arguments": arguments}
with open("compile_commands.json.partial", "w") as file:
    json.dump(list(commands.values()), file, indent=1)
os.replace("compile_commands.json.partial", "compile_commands.json")
print(f"compile_commands.json: {len(commands)} files. Build once, so that external headers are in place.")
' "$root"
