#!/usr/bin/env bash
# Step speed of fovea and of a comparison program, alternating in the same minutes on the same machine.
# usage: bench/compare.sh FOVEA "COMPARISON COMMAND" MODEL PRECISION [ROUNDS] [BATCH]
# The comparison command takes MODEL --batch N --precision P --steps N and prints one line of JSON with img_per_s_median and peak_rss_mb.
set -euo pipefail
fovea=$1
comparison=$2
model=$3
precision=$4
rounds=${5:-3}
batch=${6:-32}
steps=5

field() { sed -E "s/.*\"$1\": ?([0-9.]+).*/\1/"; }
printf '%-6s %12s %12s %8s %10s %10s\n' round fovea other ratio 'fovea MB' 'other MB'
for round in $(seq "$rounds"); do
  ours=$("$fovea" bench step "$model" --batch "$batch" --precision "$precision" --steps "$steps" --json)
  # shellcheck disable=SC2086  # the command may hold arguments
  theirs=$($comparison "$model" --batch "$batch" --precision "$precision" --steps "$steps" | tail -n 1)
  a=$(field img_per_s_median <<< "$ours")
  b=$(field img_per_s_median <<< "$theirs")
  printf '%-6s %12s %12s %8s %10s %10s\n' "$round" "$a" "$b" "$(awk -v a="$a" -v b="$b" 'BEGIN {printf "%.2f", a / b}')" \
    "$(field peak_rss_mb <<< "$ours")" "$(field peak_rss_mb <<< "$theirs")"
done
