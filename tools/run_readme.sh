#!/usr/bin/env bash
# Runs the commands of README.md that stand in a block after the line "<!-- run -->", as a reader would, in a temporary folder.
# There lie demo/ (what `make demo` made), photos/ (a few pictures in class folders) and street/ (a few with boxes); trainings last three epochs
# instead of the recipe's.
# usage: tools/run_readme.sh FOVEA DEMO
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "usage: tools/run_readme.sh FOVEA DEMO" >&2
  exit 2
fi
readme=$(cd "$(dirname "$0")/.." && pwd)/README.md
fovea=$(realpath "$1")
demo=$(realpath "$2")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "$fovea" "$folder/bin/fovea"
ln -s "$demo" "$folder/demo"
export PATH="$folder/bin:$PATH" FOVEA_TRAIN_EPOCHS=3
cd "$folder"
fovea data demo shapes --train 64 --val 16 > /dev/null
mv shapes/pictures photos
fovea data demo scenes --boxes --train 32 --val 8 > /dev/null
mv scenes/pictures street

# A block begins at the ``` that follows the mark and ends at the next one.
commands=$(awk '/^<!-- run -->$/ {marked = 1; next}
                /^```/ {if (inside) inside = 0; else if (marked) inside = 1; marked = 0; next}
                inside' "$readme")
if [ -z "$commands" ]; then
  echo "README.md has no block to run" >&2
  exit 1
fi
count=0
while IFS= read -r command; do
  [ -n "$command" ] || continue
  printf '\n$ %s\n' "$command"
  bash -euo pipefail -c "$command" < /dev/null
  count=$((count + 1))
done <<< "$commands"
printf '\n%d commands of README.md ran\n' "$count"
