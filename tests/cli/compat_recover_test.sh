#!/usr/bin/env bash
# fovea compat with a real training: killed, it is run again and goes on; asked to stop, by whatever way, it saves once and is not run again.
# The trainings have more steps than they can do meanwhile, so that none ends by itself. Usage: compat_recover_test.sh PROGRAM
set -u -m # -m: each background job is a process group, as at a terminal, and takes SIGINT
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

newest_step() {
  local newest=0
  for folder in "$1"/checkpoints/step-*; do
    [ -e "$folder/manifest.json" ] && newest=$((10#${folder##*-}))
  done
  echo "$newest"
}

# Waits until the newest checkpoint of run $1 is behind step $2, while process $3 lives.
wait_beyond() {
  while [ "$(newest_step "$1")" -le "$2" ]; do
    kill -0 "$3" 2>/dev/null || { complain "$1 ended without a checkpoint behind step $2" && return 1; }
    sleep 0.05
  done
}

# Process $1 must end with exit code $2.
expect_code() {
  wait -f "$1" # not only until it is held
  local code=$?
  [ "$code" = "$2" ] || complain "$3: exit code $code, expected $2"
}

child_of() { cat "/proc/$1/task/$1/children"; }

"$fovea" data demo demo --train 64 --val 8 --size 40 >/dev/null || exit 1
training=(demo_resnet -d fp32 -rs 18 -b 4 -s 300000 -c 5 -v 20 -n -a demo/records)

# killed, as by the kernel out of memory: run again, from the checkpoint; asked to stop, it ends
"$fovea" compat "${training[@]}" -m killed --recover 2>err.txt &
parent=$!
wait_beyond killed 0 $parent && kill -KILL $(child_of $parent)
until grep -q 'recover: exit code 137; the newest checkpoint is of step' err.txt; do
  kill -0 $parent 2>/dev/null || { complain "nothing says that it was run again" && break; }
  sleep 0.05
done
wait_beyond killed "$(newest_step killed)" $parent && kill -TERM $parent
expect_code $parent 75 "a training that was asked to stop"

# the same command continues; without --recover the exit code is the command's
"$fovea" compat "${training[@]}" -m killed 2>err.txt &
parent=$!
wait_beyond killed "$(newest_step killed)" $parent && kill -KILL $(child_of $parent)
expect_code $parent 137 "a killed command"

# SIGINT to the group by a program: the training saves and is not run again. The parent is held until the child has its own signal: one more SIGINT
# passed on would end it before it has saved, with 130.
"$fovea" compat "${training[@]}" -m group --recover 2>err.txt &
parent=$!
if wait_beyond group 0 $parent; then
  kill -STOP $parent && kill -INT -- -$parent
  until grep -q 'stopping after this step' err.txt || ! kill -0 $parent; do :; done
  kill -CONT $parent
fi
expect_code $parent 75 "SIGINT to the process group"

# Ctrl-C at a terminal, which sends it to the group as well; exec, because a shell of script's own would have the signal too and end with it
mkfifo keys
script -qec "exec '$fovea' compat ${training[*]} -m terminal --recover" terminal.txt <keys >err.txt &
parent=$!
exec 3>keys
wait_beyond terminal 0 $parent && printf '\003' >&3
expect_code $parent 75 "Ctrl-C at a terminal"
exec 3>&-

exit $((failures > 0))
