#!/usr/bin/env bash
# Layer 4 side by side with HAProxy `mode tcp`, nginx `stream`, a raw relay and no proxy, TCP and UDP (tests/bench/bench_l4.py --help).
#
#   tests/bench/l4.sh                        all rows, 5 rounds (about ten minutes)
#   tests/bench/l4.sh --rows small,m1,close,idle --reps 3      further arguments go to bench_l4.py
#
# Needs two cores that nobody else uses; apt-get install haproxy nginx libnginx-mod-stream first. Results: build/bench/l4.json, l4.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/prepare.sh
. "$here/prepare.sh"
case ${1:-} in -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
out=${OUT:-$root/build/bench}
mkdir -p "$out"
[ -n "${WAGGLE:-}" ] || WAGGLE=$(release_waggle)
tool=$(bench_tool "$out")
python3 "$here/bench_l4.py" --waggle "$WAGGLE" --tool "$tool" --json "$out/l4.json" --markdown "$out/l4.md" "$@"
