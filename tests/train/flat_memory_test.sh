#!/usr/bin/env bash
# Trains 2,000 steps of a small network and compares the resident size at the end with that after the first
# evaluation and save, at a quarter: it may grow by 1 %.
#
#   tests/train/flat_memory_test.sh PROGRAM [STEPS=2000]
set -euo pipefail

program=$1
steps=${2:-2000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$program" train resnet18-small --data synthetic:classes=2,train=64,val=16,size=16 --run-dir "$work/run" --steps "$steps" \
  --set data.image_size=16 --set data.eval_resize=16 --set data.threads=2 --set train.batch_size=4 --set train.precision=bfloat16 \
  --set optim.freeze='[layer3.*, layer4.*]' --set optim.ema=0.9 --set train.log_every=$((steps / 10))steps \
  --set train.eval_every=$((steps / 4))steps --set train.save_every=$((steps / 4))steps >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

grep '"kind":"train"' "$work/run/metrics.jsonl" | sed -E 's/.*"step":([0-9]+).*"mem\/host_gb":([0-9.e+-]+).*/\1 \2/' | awk -v steps="$steps" '
  { print "step " $1 ": " $2 " GiB" }
  $1 == 3 * steps / 10 { first = $2 }
  $1 == steps { last = $2 }
  END {
    if (first == 0 || last == 0) { print "FAILED: the log lines are missing"; exit 1 }
    growth = 100 * (last / first - 1)
    printf "growth %.2f %% from step %d to %d\n", growth, 3 * steps / 10, steps
    exit growth < 1 ? 0 : 1
  }'
