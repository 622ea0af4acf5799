#!/usr/bin/env bash
# The program runs with a wait policy that its OpenMP library has seen when it was loaded, unless the user has chosen one.
# Usage: wait_policy_test.sh PROGRAM
set -u
fovea=$(readlink -f "$1")
failures=0

# Starts the program with the environment given, and waits until it computes: it has all its threads then.
start() {
  env "$@" "$fovea" bench step resnet18 --size 32 --batch 1 --steps 1000000 >/dev/null 2>&1 &
  program=$!
  until [ "$(ls "/proc/$program/task" 2>/dev/null | wc -l)" -gt 1 ]; do
    kill -0 $program 2>/dev/null || { echo "FAILED: the program ended" && exit 1; }
    sleep 0.05
  done
  policy=$(tr '\0' '\n' <"/proc/$program/environ" | grep -E '^(GOMP_SPINCOUNT|OMP_WAIT_POLICY)=')
  kill -KILL $program
  wait $program 2>/dev/null
}

expect() {
  [ "$policy" = "$1" ] || { echo "FAILED: expected $1, found $policy" && failures=$((failures + 1)); }
}

start -u GOMP_SPINCOUNT -u OMP_WAIT_POLICY -u FOVEA_INTERNAL_RESTARTED OMP_NUM_THREADS=2
expect GOMP_SPINCOUNT=20000
start -u GOMP_SPINCOUNT -u FOVEA_INTERNAL_RESTARTED OMP_WAIT_POLICY=passive OMP_NUM_THREADS=2
expect OMP_WAIT_POLICY=passive
start -u OMP_WAIT_POLICY -u FOVEA_INTERNAL_RESTARTED GOMP_SPINCOUNT=7 OMP_NUM_THREADS=2
expect GOMP_SPINCOUNT=7

exit $((failures > 0))
