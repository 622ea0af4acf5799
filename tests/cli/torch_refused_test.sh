#!/usr/bin/env bash
# A LibTorch that is not there or too old is refused by CMake with a sentence. Usage: torch_refused_test.sh SOURCE_DIR CMAKE
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

source=$1
cmake=$2

# refused FOLDER TEXT [ARGUMENT...]
refused() {
  "$cmake" -S "$source" -B "$work/build" -G Ninja -DFOVEA_TORCH_ROOT="$1" "${@:3}" >"$work/out.txt" 2>&1 && { echo "FAILED: $1 was accepted"; failures=$((failures + 1)); }
  tr -s ' \n' ' ' <"$work/out.txt" | grep -qF -- "$2" || { echo "FAILED: no \"$2\" in:"; cat "$work/out.txt"; failures=$((failures + 1)); }
  rm -rf "$work/build"
}

mkdir -p "$work/old/share/cmake/Torch" "$work/old/include/torch/csrc/api/include/torch"
echo "set(TORCH_INSTALL_PREFIX $work/old)" >"$work/old/share/cmake/Torch/TorchConfig.cmake"
printf '#define TORCH_VERSION_MAJOR 1\n#define TORCH_VERSION_MINOR 12\n' >"$work/old/include/torch/csrc/api/include/torch/version.h"
mkdir -p "$work/newer" && cp -r "$work/old/." "$work/newer" && sed -i 's|/old|/newer|' "$work/newer/share/cmake/Torch/TorchConfig.cmake"

refused "$work/old" "does not fit: Fovea builds with 1.13 to 2.13"
refused "$work/nowhere" "There is no LibTorch in $work/nowhere"
refused "$work/old" "LibTorch 1.12 in $work/old does not fit" -DTorch_DIR="$work/newer/share/cmake/Torch"  # as a build folder remembers another one
[ "$failures" = 0 ] && echo "all refused"
exit "$failures"
