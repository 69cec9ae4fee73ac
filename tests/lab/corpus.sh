#!/usr/bin/env bash
# Plays the raw HTTP corpus (tests/corpus/http) against waggle: http_corpus.py with the routes that it asks for.
#   corpus.sh [BINARY] [OPTIONS OF http_corpus.py...]      default: build/dev/waggle, --quiet; --cases tests/corpus/more: further ones
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../build/dev/waggle}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- --quiet
[ -x "$binary" ] || { echo "corpus.sh: no executable at $binary" >&2; exit 1; }
proxy=18080 a=19001 b=19002 s1=19003 s2=19004
config=$(mktemp --suffix=.toml)
trap 'rm -f "$config"' EXIT
cat >"$config" <<TOML
[backends.a.servers.s]
url = "http://127.0.0.1:$a"
[backends.admin.servers.s]
url = "http://127.0.0.1:$b"
[backends.sticky.loadBalancer.stickiness]
cookieName = "LB"
[backends.sticky.servers.s1]
url = "http://127.0.0.1:$s1"
[backends.sticky.servers.s2]
url = "http://127.0.0.1:$s2"
[frontends.a]
backend = "a"
passHostHeader = true
[frontends.a.routes.r]
rule = "PathPrefix:/"
[frontends.admin]
backend = "admin"
passHostHeader = true
priority = 100
[frontends.admin.routes.r]
rule = "PathPrefix:/admin"
[frontends.sticky]
backend = "sticky"
passHostHeader = true
priority = 200
[frontends.sticky.routes.r]
rule = "Host:sticky.test"
TOML
python3 "$here/http_corpus.py" --proxy 127.0.0.1:$proxy --backend-port $a --admin-port $b --sticky-ports $s1,$s2 --routes --sticky \
  --sticky-cookie LB --sets x-forwarded-for,x-forwarded-proto,x-forwarded-host,x-forwarded-port,x-forwarded-server,x-real-ip,upgrade \
  --start-cmd "exec '$binary' --file.filename='$config' '--entryPoints=Name:http Address:127.0.0.1:$proxy' --logLevel=ERROR" "$@"
