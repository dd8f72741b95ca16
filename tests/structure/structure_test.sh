#!/usr/bin/env bash
exec python3 "$(dirname "$0")/structure_test.py"
