#!/usr/bin/env bash
# The one command for tests. Installs what is missing (apt), configures, builds, runs, and ends with one line
# "N passed, N failed"; exit status 0 only if something ran and nothing failed.
#
#   tests/run.sh                 = tests/run.sh all
#   tests/run.sh SUITE...
#     unit          unit tests (preset dev)
#     fuzz          corpora of the fuzz targets, replayed (preset dev)
#     integration   the real proxy and discovery in one process with fakes (preset dev)
#     random        random requests, faults and table changes around the binary (preset dev), for RANDOM_SECONDS (default 60)
#     e2e           the binary on a real swarm in network namespaces (preset dev; needs root)
#     all           the five above
#     asan, tsan    unit and integration tests under AddressSanitizer + UBSan, ThreadSanitizer
#     wire-asan, wire-tsan   the binary itself under them: HTTP corpus, fault matrix, 60 s of mixed load, and the random run
#                   for RANDOM_SECONDS (default 600) (20 minutes each)
#     slowloris     10,000 heads that never end beside ordinary requests (preset release)
#     soak          servers that come and go, clients of every kind, 64 MiB and 256 descriptors (preset release), for
#                   SOAK_SECONDS (default 3600); never in CI
#     fuzzers       every fuzz target for FUZZ_SECONDS (default 600) each, two at a time (preset fuzz; needs clang)
#     apps          real applications with real clients behind it while a server restarts, and real servers of TCP while all are replaced
                   (preset dev; 6 minutes); not part of "all"
#     dashboard     the page in headless Chromium: on a fake Engine, and on a real swarm (needs root); not part of "all"
#     lint          layering, layout, file and function sizes, forbidden names, shellcheck
#     plain         every product file compiles by itself, without precompiled headers (5 minutes); not part of "all"
#
# JOBS=N limits parallel compiling (default: the number of CPUs). E2E="-k NAME" or a file name picks end-to-end tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
cd "$top"
jobs=${JOBS:-$(nproc)}
passed=0 failed=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

step() { printf '\n== %s\n' "$*"; }
lost() { printf 'FAIL %s\n' "$*"; failed=$((failed + 1)); }

declare -A built=()
build() { # build PRESET: once; remembers the outcome
  local preset=$1 log=$out/build.log
  [ -z "${built[$preset]:-}" ] || return "${built[$preset]}"
  built[$preset]=1
  step "build $preset"
  deploy/packages.sh build || { lost "packages for the build"; return 1; }
  # A tree that was configured on another path or by a broken cache is no reason to stop: configure it anew once.
  cmake --preset "$preset" >"$log" 2>&1 || cmake --fresh --preset "$preset" >"$log" 2>&1 ||
    { tail -30 "$log"; lost "configuring preset $preset"; return 1; }
  cmake --build --preset "$preset" -j "$jobs" >"$log" 2>&1 ||
    { grep -E -A12 'error|FAILED' "$log" | head -80; lost "building preset $preset"; return 1; }
  tail -1 "$log"
  built[$preset]=0
}

# Adds up test cases: a Catch2 program tells its own number, any other test counts as one.
count='
import re, sys, xml.etree.ElementTree as tree
good = bad = 0
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    text = case.findtext("system-out") or ""
    failed = case.get("status") != "run" or case.find("failure") is not None
    all_ok = re.findall(r"All tests passed \(\d+ assertions? in (\d+) test cases?\)", text)
    some = re.findall(r"^test cases:\s*(\d+)(?:\s*\|\s*(\d+) passed)?\s*\|\s*(\d+) failed", text, re.M)
    if not failed:
        good += int(all_ok[-1]) if all_ok else 1
    elif some:
        good, bad = good + int(some[-1][1] or 0), bad + int(some[-1][2])
    else:
        bad += 1
print(good, bad)
'
run_ctest() { # run_ctest PRESET LABELS [COMMAND-PREFIX...]
  local preset=$1 labels=$2 good bad; shift 2
  build "$preset" || return 0
  case $labels in *integration*) deploy/packages.sh integration || { lost "packages for the integration tests"; return 0; } ;; esac
  step "$labels ($preset)"
  local xml=$out/$preset.xml rc=0
  rm -f "$xml"
  "$@" ctest --test-dir "build/$preset" -L "^($labels)\$" --no-tests=error --output-on-failure -j "$jobs" \
    --test-output-truncation head --output-junit "$xml" || rc=$?
  if [ -s "$xml" ]; then
    read -r good bad < <(python3 -c "$count" "$xml")
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then lost "ctest ($labels, $preset) ended with status $rc"; fi
  else
    lost "ctest ($labels, $preset): no result"
  fi
}

run_counted() { # run_counted NAME COMMAND...: a runner that writes its counts with --json
  local name=$1 good bad rc=0; shift
  "$@" --json "$out/$name.json" || rc=$?
  if [ -s "$out/$name.json" ]; then
    read -r good bad < <(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(d["passed"], d["failed"])' "$out/$name.json")
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then lost "$name ended with status $rc"; fi
  else
    lost "$name: no result (status $rc)"
  fi
}

run_lines() { # run_lines NAME COMMAND...: a runner that ends with "N passed, N failed"
  local name=$1 good bad rc=0; shift
  step "$name"
  "$@" 2>&1 | tee "$out/lines.txt" || rc=$?
  read -r good bad < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$out/lines.txt" | tail -1) || true
  passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
  if [ -z "${good:-}" ] || { [ "$rc" != 0 ] && [ "$bad" = 0 ]; }; then lost "$name ended with status $rc"; fi
}

run_wire() { # run_wire PRESET [COMMAND-PREFIX...]
  local preset=$1; shift
  build "$preset" || return 0
  # A sanitizer's report ends the program, and a program that ended fails the case; a leak shows at its end.
  run_lines "corpus ($preset)" "$@" tests/lab/corpus.sh "$top/build/$preset/waggle" --quiet
  run_lines "corpus, further cases ($preset)" "$@" tests/lab/corpus.sh "$top/build/$preset/waggle" --cases tests/corpus/more --quiet
  run_lines "fault matrix ($preset)" "$@" python3 tests/wire/fault_matrix.py --waggle "build/$preset/waggle" --slow
  run_lines "mixed load ($preset)" "$@" python3 tests/wire/mixed_load.py --waggle "build/$preset/waggle" --seconds 60
  run_lines "random run ($preset)" "$@" python3 tests/wire/random_run.py --waggle "build/$preset/waggle" --seconds "${RANDOM_SECONDS:-600}"
}

fuzz_one() { # fuzz_one TARGET SECONDS: new inputs go to a directory of their own; what is worth keeping is chosen by hand
  local name corpus log
  name=$(basename "$1"); corpus=tests/fuzz/corpus/${name#fuzz_}; log=$out/$name.log
  mkdir -p "$out/new-$name"
  if "$1" -max_total_time="$2" -artifact_prefix="build/fuzz/$name-" "$out/new-$name" "$corpus" >"$log" 2>&1; then
    printf 'ok    %s: %s\n' "$name" "$(grep -E '^Done' "$log")"
  else
    printf 'FAIL  %s\n' "$name"; tail -40 "$log"; touch "$out/$name.failed"
  fi
}
run_fuzzers() {
  local target
  step "fuzzers, ${FUZZ_SECONDS:-600} s each"
  for target in build/fuzz/fuzz_*; do
    { [ -x "$target" ] && [ -f "$target" ]; } || continue
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || true; done
    fuzz_one "$target" "${FUZZ_SECONDS:-600}" &
  done
  wait
  for target in "$out"/fuzz_*.log; do
    [ -e "$target" ] || { lost "no fuzz targets in build/fuzz"; return; }
    if [ -e "${target%.log}.failed" ]; then failed=$((failed + 1)); else passed=$((passed + 1)); fi
  done
}

suite() {
  case $1 in
    asan | tsan) export WAGGLE_TEST_SLOWNESS=${WAGGLE_TEST_SLOWNESS:-4} ;;&  # what sanitizers cost in time
    all) run_ctest dev 'unit|integration|fuzz'; suite random; suite e2e ;;
    unit | integration | fuzz) run_ctest dev "$1" ;;
    asan)
      export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
      run_ctest asan 'unit|integration|fuzz' ;;
    tsan) # g++ 12's runtime cannot map its shadow under a kernel's wider address randomisation: setarch -R
      export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
      run_ctest tsan 'unit|integration' setarch "$(uname -m)" -R ;;
    wire-asan)
      export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
      run_wire asan ;;
    wire-tsan) # the program starts without address randomisation, as under tsan
      export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
      run_wire tsan setarch "$(uname -m)" -R ;;
    random)
      build dev || return 0
      run_lines "random run (dev)" tests/wire/random_run.py --waggle build/dev/waggle --seconds "${RANDOM_SECONDS:-60}" ;;
    slowloris)
      build release || return 0
      run_lines slowloris tests/wire/mixed_load.py --waggle build/release/waggle --seconds 0 --slowloris 10000 ;;
    soak)
      build release || return 0
      run_lines soak tests/wire/soak.py --waggle build/release/waggle --seconds "${SOAK_SECONDS:-3600}" ;;
    fuzzers)
      deploy/packages.sh fuzz || { lost "packages for the fuzzers"; return 0; }
      build fuzz || return 0
      run_fuzzers ;;
    e2e)
      deploy/packages.sh e2e || { lost "packages for the end-to-end tests"; return 0; }
      if [ -z "${WAGGLE_BINARY:-}" ]; then
        build dev || return 0
        export WAGGLE_BINARY=$top/build/dev/waggle
      fi
      step "e2e ($WAGGLE_BINARY)"
      # shellcheck disable=SC2086  # several words on purpose
      run_counted e2e python3 tests/e2e/run.py ${E2E:-} ;;
    apps)
      deploy/packages.sh apps || { lost "packages for the applications"; return 0; }
      build dev || return 0
      if python3 tests/apps/session_judge_test.py; then passed=$((passed + 1)); else lost "what judges sessions"; fi
      run_lines apps tests/apps/run.py --waggle build/dev/waggle ;;
    dashboard)
      deploy/packages.sh dashboard e2e || { lost "packages for the dashboard"; return 0; }
      build dev || return 0
      for t in dashboard live; do
        step "dashboard: $t"
        if python3 "tests/dashboard/${t}_test.py" build/dev/waggle; then passed=$((passed + 1)); else lost "dashboard: $t"; fi
      done ;;
    lint)
      deploy/packages.sh lint || { lost "packages for lint"; return 0; }
      step lint
      run_lines "lint: its own rules" python3 tests/lint/own_tests.py
      run_counted lint python3 tests/lint/check.py ;;
    plain)
      deploy/packages.sh build || { lost "packages for the build"; return 0; }
      run_lines "every file by itself" python3 tests/lint/plain.py -j "$jobs" ;;
    *) sed -n '2,/^set -euo/{/^#/!d;s/^# \{0,1\}//p}' "$0" >&2; lost "unknown suite '$1'" ;;
  esac
}

[ $# -gt 0 ] || set -- all
for s in "$@"; do suite "$s"; done
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
