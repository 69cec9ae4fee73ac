#!/usr/bin/env bash
# How waggle grows with the swarm: 10, 100, 1,000, 10,000 services with ten tasks each. One page; measures first table, memory,
# one change, a quiet look and routing per request (tests/bench/scale.py --help), draws the curves.
#
#   tests/bench/scale.sh            all sizes (about six minutes)
#   tests/bench/scale.sh --sizes 10,10000 --rounds 5      further arguments go to scale.py
#
# Needs two cores that nobody else uses. Results: build/bench/scale.json, scale.md, scale.svg.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/prepare.sh
. "$here/prepare.sh"
case ${1:-} in -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
out=${OUT:-$root/build/bench}
mkdir -p "$out"
[ -n "${WAGGLE:-}" ] || WAGGLE=$(release_waggle)
tool=$(bench_tool "$out")
python3 "$here/scale.py" --waggle "$WAGGLE" --tool "$tool" --json "$out/scale.json" "$@"
python3 "$here/scale_report.py" "$out/scale.json" --markdown "$out/scale.md" --svg "$out/scale.svg"
