#!/usr/bin/env bash
# fovea eval --follow beside a training: every checkpoint is scored once, in order, and it ends with the run; a signal ends it too.
# Usage: eval_follow_test.sh PROGRAM
set -u
fovea=$(readlink -f "$1")
work=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; wait; rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive
failures=0
complain() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}
# until_true SECONDS COMMAND...: waits until it succeeds
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || { complain "never came true: $*"; return 1; }
    sleep 0.1
  done
}

"$fovea" data demo shapes --train 32 --val 16 --size 16 > /dev/null || exit 1
train=("$fovea" train tiny-resnet18 --data shapes/pictures --run-dir run --keep 100 --save-every 2steps --eval-every 100epochs --steps 8
       --set train.batch_size=8 --set data.image_size=16 --set data.eval_resize=16)
"${train[@]}" > train.txt 2>&1 &
trainer=$!
until_true 60 test -e run/config.yaml
timeout 120 "$fovea" eval run --follow --poll 0.2 > out.txt 2> err.txt
[ $? = 0 ] || complain "eval --follow: $(cat err.txt)"
wait $trainer || complain "the training failed: $(cat train.txt)"
for step in 2 4 6 8; do
  count=$(grep -c "^step-0000000$step  top-1\|step-0000000$step has its results" out.txt err.txt | awk -F: '{n += $2} END {print n}')
  [ "$count" = 1 ] || complain "step $step was looked at $count times: $(cat out.txt err.txt)"
  [ -e run/eval/step-0000000$step/metrics.json ] || complain "step $step has no results"
done
grep '^step' out.txt | sort -c || complain "not in the order of steps: $(cat out.txt)"
grep -q 'the run is done' err.txt || complain "does not say why it ends: $(cat err.txt)"

# A run that waits for ever: its status says running.
sed -i 's/"state": "done"/"state": "running"/' run/status.json
"$fovea" eval run --follow --poll 30 > out.txt 2> err.txt &
follower=$!
until_true 60 grep -q 'waiting for a checkpoint after step-00000008' err.txt
kill -INT $follower
wait $follower
code=$?
[ $code = 0 ] || complain "eval --follow ended by SIGINT with $code: $(cat err.txt)"
grep -q 'stopped by SIGINT' err.txt || complain "does not say what stopped it: $(cat err.txt)"
grep -q 'saves nothing' err.txt && complain "speaks of saving: $(cat err.txt)"

# A finished run with checkpoints left to score, on enough pictures for a signal to come in between.
sed -i 's/"state": "running"/"state": "done"/' run/status.json
"$fovea" data demo many --train 8 --val 2000 --size 16 > /dev/null || exit 1
follow=("$fovea" eval run --follow --data many/pictures --out many/results)
"${follow[@]}" > out.txt 2> err.txt &
follower=$!
until_true 120 grep -q '^step-00000002' out.txt
kill -INT $follower
wait $follower
code=$?
[ $code = 75 ] || complain "eval --follow with checkpoints left ended by SIGINT with $code: $(cat err.txt)"
grep -q 'stopped by SIGINT with checkpoints left to score' err.txt || complain "does not say that some are left: $(cat err.txt)"
[ -e many/results/step-00000008 ] && complain "an evaluation that was cut short left a folder"
"${follow[@]}" > again.txt 2> err.txt || complain "the same command does not make them up: $(cat err.txt)"
[ "$(cat out.txt again.txt | grep -c '^step')" = 4 ] || complain "not every checkpoint was scored once: $(cat out.txt again.txt)"

[ $failures = 0 ] && echo "eval --follow: all good"
exit $((failures > 0))
