#!/usr/bin/env bash
# What `make install` puts below a prefix works from there, and from where the prefix is moved to: the program runs, and the example, configured with
# the installed CMake package and built against the installed headers, gives what `fovea predict` gives.
# Usage: installed_test.sh CMAKE BUILD_DIR SOURCE_DIR [TORCH_ROOT]
set -u
cmake=$1
build=$2
source=$3
torch=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1 CMAKE_BUILD_PARALLEL_LEVEL=1

complain() {
  echo "FAILED: $1"
  exit 1
}

# quietly WHAT COMMAND...: its output is shown when it fails
quietly() {
  local what=$1
  shift
  "$@" >"$work/out.txt" 2>&1 || { cat "$work/out.txt"; complain "$what"; }
}

# configure FOLDER ARGUMENTS...
configure() {
  "$cmake" -S "$work/moved/share/doc/fovea/examples" -B "$1" -DCMAKE_PREFIX_PATH="$work/moved" "${@:2}"
}

quietly "installing" "$cmake" --install "$build" --prefix "$work/prefix"
mv "$work/prefix" "$work/moved"
for file in LICENSE README.md CHANGELOG.md docs/library.md; do
  [ -s "$work/moved/share/doc/fovea/$file" ] || complain "$file is not among the documents"
done
grep -rlF -e "$source" -e "$build" -e "$work/prefix" "$work/moved"/lib* "$work/moved/include" 2>/dev/null &&
  complain "these name folders of the build"
[ -z "$(find "$work/moved/include" -path '*/cli/*')" ] || complain "headers of the commands are installed"

cd "$work" || exit 1
fovea=$work/moved/bin/fovea
quietly "the installed program" "$fovea" --version
quietly "making data" "$fovea" data demo data --train 32 --val 8
quietly "training" "$fovea" train tiny-resnet18 --data data/pictures --run-dir run --steps 3
picture=$(find data/pictures/val -type f | sort | head -n 1)

# A package says what it lacks; one that is not asked for by REQUIRED only says so.
mkdir -p other/share/cmake/Torch other/include/torch/csrc/api/include/torch
echo "set(TORCH_INSTALL_PREFIX $work/other)" >other/share/cmake/Torch/TorchConfig.cmake
printf '#define TORCH_VERSION_MAJOR 1\n#define TORCH_VERSION_MINOR 12\n' >other/include/torch/csrc/api/include/torch/version.h
configure refused -DFOVEA_TORCH_ROOT="$work/other" >refused.txt 2>&1 && complain "another LibTorch than that of the build was accepted"
tr -s ' \n' ' ' <refused.txt | grep -qF "LibTorch 1.12 in $work/other does not fit: this Fovea was built with" || { cat refused.txt; complain "the wrong reason"; }

# Strict warnings, also for the installed headers; nothing of the build is used, such as its precompiled header.
quietly "configuring the example" configure example ${torch:+-DFOVEA_TORCH_ROOT="$torch"} -DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Wshadow -Werror"
quietly "building the example" "$cmake" --build example

# Every header, without what the build parses beforehand; the highest layers first, so that none lives on what another one included before it.
mkdir headers
(cd moved/include && find fovea -name '*.h' | sort | sed 's/.*/#include "&"/') >headers/headers.cpp
cat >headers/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(headers LANGUAGES CXX)
find_package(fovea 0.1 REQUIRED)
add_library(headers OBJECT headers.cpp)
target_link_libraries(headers PRIVATE fovea::fovea fovea::report)
END
quietly "configuring with every header" "$cmake" -S headers -B headers/build -DCMAKE_PREFIX_PATH="$work/moved" ${torch:+-DFOVEA_TORCH_ROOT="$torch"} \
  -DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror"
quietly "compiling every header" "$cmake" --build headers/build

# predict prints a title and "FILE  CLASS P %, CLASS P %, CLASS P %"; the example prints the file and then lines "P % CLASS".
quietly "fovea predict" "$fovea" predict run "$picture" --top 3
expected=$(tail -n 1 out.txt | sed "s|^$picture  *||")
quietly "the example" example/predict run "$picture"
[ "$(head -n 1 out.txt)" = "$picture" ] || complain "the example does not name the picture: $(cat out.txt)"
actual=$(tail -n +2 out.txt | sed -E 's/^ *([0-9.]+ %) (.*)$/\2 \1/' | paste -sd, | sed 's/,/, /g')
[ -n "$expected" ] && [ "$actual" = "$expected" ] || complain "the example gives \"$actual\", fovea predict \"$expected\""

example/predict run none.jpg >out.txt 2>&1
[ $? = 66 ] || complain "a picture that is not there gives another exit code than 66: $(cat out.txt)"
echo "installed, moved, built against: $actual"
