#!/usr/bin/env bash
# The one list of Debian packages that building and testing need; installs what is missing, and only then asks apt.
#   packages.sh build | integration | e2e | lint | fuzz | dashboard | apps | PACKAGE...       several groups may be named
#   packages.sh --list GROUP...                 only prints them
set -euo pipefail
build=(g++ cmake ninja-build ccache mold pkg-config python3 libboost1.81-dev libboost-url1.81-dev libcurl4-openssl-dev
  nlohmann-json3-dev libsimdjson-dev catch2 libssl-dev libre2-dev libcli11-dev libtomlplusplus-dev libfmt-dev libyaml-cpp-dev zlib1g-dev openssl)
integration=(strace python3)
e2e=(docker.io iptables iproute2 busybox-static util-linux curl gcc libc6-dev python3)
lint=(shellcheck python3 clang-format)
fuzz=(clang llvm libclang-rt-dev)
dashboard=(chromium prometheus)  # the page in a browser; promtool reads /metrics
# Applications and clients of tests/apps, without those packages that would start a server where a program without one will do.
apps=(gunicorn uvicorn nodejs php-cli tomcat10-user tomcat10-common default-jre-headless apache2-bin git docker-registry python3-websockets
  python3-requests python3-httpx python3-aiohttp curl skopeo aria2 rclone chromium redis-server postgresql mariadb-server-core mariadb-client-core
  openssh-server openssh-client mosquitto openssl python3-redis python3-psycopg2 python3-pymysql python3-paho-mqtt)

list=0
if [ "${1:-}" = --list ]; then list=1; shift; fi
wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    integration) wanted+=("${integration[@]}") ;;
    e2e) wanted+=("${e2e[@]}") ;;
    lint) wanted+=("${lint[@]}") ;;
    fuzz) wanted+=("${fuzz[@]}") ;;
    dashboard) wanted+=("${dashboard[@]}") ;;
    apps) wanted+=("${apps[@]}") ;;
    *) wanted+=("$group") ;;
  esac
done
if [ $list = 1 ]; then printf '%s\n' "${wanted[@]}" | sort -u; exit 0; fi

missing=()
for p in "${wanted[@]}"; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in installed) ;; *) missing+=("$p") ;; esac
done
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || { echo "packages.sh: this is no Debian machine; it needs: ${missing[*]}" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "packages.sh: missing packages; run as root: apt-get install ${missing[*]}" >&2; exit 1; }
echo "installing with apt: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "${missing[@]}" </dev/null >"$log" 2>&1; }
log=$(mktemp)
policy=
trap 'rm -f "$log" $policy' EXIT
# Databases and the like are wanted as programs: nothing starts because its package has come.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  policy=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
fi
# Lists may be missing or old: refresh them only when the first try fails.
install || { apt-get update -qq && install; } || { tail -15 "$log" >&2; echo "packages.sh: apt could not install them" >&2; exit 1; }
