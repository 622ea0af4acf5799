#!/bin/sh
# Formats the project's C++ files by .clang-format; with --check only names those that differ and fails.
set -eu
cd "$(dirname "$0")/.."
case "${1:-}" in
  "") git ls-files '*.h' '*.cpp' | xargs clang-format -i ;;
  --check) git ls-files '*.h' '*.cpp' | xargs clang-format --dry-run --Werror ;;
  *) echo "usage: tools/format.sh [--check]" >&2; exit 2 ;;
esac
