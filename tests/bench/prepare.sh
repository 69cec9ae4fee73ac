#!/usr/bin/env bash
# For the scripts beside it, to be sourced: the release binary, unless one is named, and the load generator.
set -euo pipefail
shopt -s inherit_errexit  # a build that fails fails who asked for it
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

release_waggle() { # prints the path of a release binary, built now
  "$root/deploy/packages.sh" build >&2
  cmake --preset release -S "$root" >/dev/null
  cmake --build "$root/build/release" --target waggle >&2
  echo "$root/build/release/waggle"
}

bench_tool() { # bench_tool DIR: builds it there and prints its path
  "${CXX:-g++}" -O2 -std=c++20 "$root"/tests/bench/tool/*.cpp -o "$1/bench_tool"
  echo "$1/bench_tool"
}
