#!/usr/bin/env bash
# Kills a training at random moments (SIGKILL, also while it saves), continues it until it is done, and compares the last checkpoint with that
# of a run that was never killed: byte by byte.
#
#   tests/train/kill_test.sh PROGRAM [KILLS=3] [SEED]
set -euo pipefail

program=$1
kills=${2:-3}
RANDOM=${3:-$$}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A checkpoint after every step: with tiny pictures more than half of the time is spent saving.
steps=$((kills + 6))
options=(--data synthetic:classes=2,train=16,val=4,size=16 --steps "$steps"
  --set data.image_size=16 --set data.eval_resize=16 --set data.threads=1 --set train.batch_size=4 --set train.precision=float32
  --set "optim.freeze=[layer3.*, layer4.*]" --set optim.ema=0.9 --set train.save_every=1steps --set train.eval_every=100epochs)
train() { "$program" train resnet18-small --run-dir "$1" "${options[@]}"; }

started=$(date +%s%N)
train "$work/whole" >"$work/whole.log" 2>&1 || { cat "$work/whole.log"; exit 1; }
whole_ms=$((($(date +%s%N) - started) / 1000000))
echo "uninterrupted: $steps steps in $whole_ms ms"

killed=0 in_save=0
while [ "$killed" -lt "$kills" ]; do
  "$program" train resnet18-small --run-dir "$work/killed" "${options[@]}" >"$work/killed.log" 2>&1 &  # no function: its shell would be killed
  child=$!
  # From the first moments of a start to some saves later; RANDOM goes to 32767.
  sleep "$(awk -v r="$RANDOM" -v all="$whole_ms" 'BEGIN { printf "%.3f", 0.05 + r / 32767 * all / 1000 * 0.6 }')"
  if kill -KILL "$child" 2>/dev/null; then
    code=0
    wait "$child" 2>/dev/null || code=$?
    if [ "$code" -eq 137 ]; then
      killed=$((killed + 1))
      note=""
      if compgen -G "$work/killed/checkpoints/.tmp-*" >/dev/null || compgen -G "$work/killed/checkpoints/*.tmp-*" >/dev/null; then
        in_save=$((in_save + 1))
        note=" (while saving)"
      fi
      echo "kill $killed: newest checkpoint $(ls "$work/killed/checkpoints" 2>/dev/null | grep '^step-' | tail -n 1 || true)$note"
      continue
    fi
  else
    code=0
    wait "$child" || code=$?
  fi
  if [ "$code" -ne 0 ]; then
    echo "FAILED: a session ended with code $code"
    cat "$work/killed.log"
    exit 1
  fi
  echo "done before kill $((killed + 1)): begins again"  # too late: the same kills on a new run
  rm -rf "$work/killed"
done
train "$work/killed" >"$work/killed.log" 2>&1 || { echo "FAILED: the last session"; cat "$work/killed.log"; exit 1; }

last=$(printf 'checkpoints/step-%08d' "$steps")
for part in model optim ema; do
  cmp "$work/whole/$last/$part.safetensors" "$work/killed/$last/$part.safetensors"
done
echo "PASSED: $killed kills ($in_save while saving), then model, optim and ema of step $steps are the same bytes"
