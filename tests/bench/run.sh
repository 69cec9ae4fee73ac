#!/usr/bin/env bash
# waggle side by side with HAProxy, nginx (and Traefik, Caddy, Apache where installed), a raw TCP relay and no proxy:
# interleaved in one run, one core for the proxy, stickiness on. Prints ratios; draws them as SVG.
#
#   tests/bench/run.sh             all scenarios, 7 rounds (about 20 minutes)
#   tests/bench/run.sh --quick     four scenarios, 3 short rounds (about a minute); apt-get install haproxy nginx first
#   tests/bench/run.sh --peers haproxy,nginx,relay --scenarios small,m1 --reps 5 --out DIR
#
# Needs two cores that nobody else uses. Results: OUT/results.json, OUT/results.md, OUT/results.svg (default build/bench).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/prepare.sh
. "$here/prepare.sh"
quick=0 out="$root/build/bench" peers="" scenarios="" reps="" waggle=""
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --peers) peers=$2; shift ;;
    --scenarios) scenarios=$2; shift ;;
    --reps) reps=$2; shift ;;
    --out) out=$2; shift ;;
    --waggle) waggle=$2; shift ;;
    -h|--help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "run.sh: unknown argument $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
[ -n "$waggle" ] || waggle=$(release_waggle)
mkdir -p "$out"
if [ -z "$peers" ]; then
  for p in haproxy nginx traefik caddy apache2; do
    if command -v "$p" >/dev/null || [ -x "/usr/sbin/$p" ]; then peers="$peers,${p%2}"; else echo "not installed, left out: $p" >&2; fi
  done
  peers="relay$peers"
fi
duration=${DURATION:-3}
if [ "$quick" = 1 ]; then scenarios=${scenarios:-small,k10,m1,close}; reps=${reps:-3}; duration=1; fi
scenarios=${scenarios:-small,few,wide,rate,k1,k10,chunk10,post10,k100,m1,close}; reps=${reps:-7}
tool=$(bench_tool "$out")
python3 "$here/bench_http.py" --cmd "python3 $here/with_config.py $waggle {port} {b1} {b2} {dir}" --name waggle \
  --peers "$peers" --scenarios "$scenarios" --reps "$reps" --duration "$duration" --rate 12000 --direct \
  --tool "$tool" --json "$out/results.json"
python3 "$here/report.py" "$out/results.json" --markdown "$out/results.md" --svg "$out/results.svg"
