#!/usr/bin/env bash
# fovea compat with a real training: killed, it is run again and ends at the wanted step; asked to stop, it saves and is not run again.
# Usage: compat_recover_test.sh PROGRAM
set -u
fovea=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive FOVEA_DATA_IMAGE_SIZE=32 FOVEA_DATA_EVAL_RESIZE=36
failures=0

complain() {
  echo "FAILED: $1: $(tail -n 5 err.txt)"
  failures=$((failures + 1))
}

# Waits until the run's newest checkpoint has at least step $2.
wait_for_step() {
  for _ in $(seq 600); do
    for folder in "$1"/checkpoints/step-*; do
      [ -e "$folder/manifest.json" ] && [ "$((10#${folder##*-}))" -ge "$2" ] && return 0
    done
    sleep 0.05
  done
  complain "no checkpoint of step $2 in $1"
  return 1
}

"$fovea" data demo demo --train 64 --val 8 --size 40 >/dev/null || exit 1
training=(demo_resnet -d fp32 -rs 18 -b 4 -s 60 -c 5 -v 20 -n -a demo/records)

# killed, as by the kernel out of memory
"$fovea" compat "${training[@]}" -m killed --recover 2>err.txt &
parent=$!
wait_for_step killed 10 && kill -KILL $(cat /proc/$parent/task/$parent/children)
wait $parent || complain "the recovered training ended with $?"
grep -q 'recover: exit code 137; the newest checkpoint is of step' err.txt || complain "nothing says that it was run again"
"$fovea" checkpoint list killed | grep -q step-00000060 || complain "the recovered training did not reach step 60"

# without --recover the exit code is the command's
"$fovea" compat "${training[@]}" -m lost 2>err.txt &
parent=$!
wait_for_step lost 10 && kill -KILL $(cat /proc/$parent/task/$parent/children)
wait $parent
[ $? = 137 ] || complain "a killed command did not give 137"

# asked to stop: saved, 75, not run again; the same command continues
"$fovea" compat "${training[@]}" -m asked --recover 2>err.txt &
parent=$!
wait_for_step asked 10 && kill -TERM $parent
wait $parent
[ $? = 75 ] || complain "a training that was asked to stop did not give 75"
"$fovea" compat "${training[@]}" -m asked 2>err.txt || complain "the same command did not continue"
"$fovea" checkpoint list asked | grep -q step-00000060 || complain "the continued training did not reach step 60"

exit $((failures > 0))
