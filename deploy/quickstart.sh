#!/usr/bin/env bash
# waggle's first five minutes: builds it, brings up a swarm, runs the sticky-session tutorial, leaves it running.
#   deploy/quickstart.sh         do all that; safe to run again
#   deploy/quickstart.sh down    remove everything it made
#
# Without a Docker of its own that is a swarm manager, the machine gets a real swarm of three nodes (two managers, one
# worker) in network namespaces: real Docker engines, nothing outside them is touched. Needs root (apt, namespaces).
#   QUICKSTART_LAB=yes|no        force or forbid the namespaces (default: use the machine's own swarm if there is one)
#   WAGGLE_BINARY=PATH           use that binary instead of building one
#   HTTP_PORT=80 API_PORT=8080   the ports to publish
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
export SWARM_LAB_DIR=${QUICKSTART_DIR:-/tmp/waggle-quickstart} SWARM_LAB_PREFIX=${QUICKSTART_PREFIX:-wqs}
lab=$top/tests/lab/swarm-lab
http_port=${HTTP_PORT:-80} api_port=${API_PORT:-8080}
cookie=_a49bc   # '_' and the first five hex digits of SHA-1 of "_TRAEFIK_BACKEND_backend-whoami-service"

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || step() { printf '\n== %s\n' "$*"; }
info() { printf '   %s\n' "$*"; }
die() { trap - ERR; printf '\nquickstart: %s\n' "$*" >&2; exit 1; }
trap 'die "stopped at line $LINENO: $BASH_COMMAND"' ERR
patience=${QUICKSTART_PATIENCE:-4}   # machines are busy: each wait is that many times what an idle one needs
await() { # await SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || die "not in time: $what. Look at:  $dk_shown service ps --no-trunc whoami-service waggle"
    sleep 0.2
  done
}

# Swarm touches a service by itself (a task that ends, an update that goes on); a change made meanwhile is refused, and is right
# a moment later.
in_sequence() {
  local end=$((SECONDS + 60)) said
  until said=$("$@" 2>&1 >/dev/null); do
    case $said in *'update out of sequence'*) [ $SECONDS -lt $end ] && sleep 0.5 && continue ;; esac
    printf '%s\n' "$said" >&2
    return 1
  done
}

# ---- where the swarm is: the machine's own, or the lab's
own_manager() { command -v docker >/dev/null && [ "$(docker info --format '{{.Swarm.ControlAvailable}}' 2>/dev/null)" = true ]; }
lab_is_up() { "$lab" status >/dev/null 2>&1; }
case ${QUICKSTART_LAB:-auto} in
  yes) mode=lab ;;
  no) mode=own ;;
  *) if lab_is_up || ! own_manager; then mode=lab; else mode=own; fi ;;
esac
if [ $mode = lab ]; then
  dk() { "$lab" docker 1 "$@"; }
  on() { local n=$1; shift; "$lab" exec "$n" "$@"; }
  managers="1 2"
  dk_shown="tests/lab/swarm-lab docker 1"
  address() { "$lab" ip "$1"; }
else
  dk() { docker "$@"; }
  on() { shift; "$@"; }
  managers="1"
  dk_shown="docker"
  address() { echo 127.0.0.1; }
fi

# docker network rm answers before the network is gone, and docker network create would meet its name.
no_network() { local all; all=$(dk network ls --format '{{.Name}}') && ! grep -qx "$1" <<<"$all"; }
remove_network() { dk network rm "$1" || true; no_network "$1"; }
no_container() { [ -z "$(dk ps -q -f "label=com.docker.swarm.service.name=$1")" ]; }
down() {
  if [ $mode = lab ]; then
    if lab_is_up; then "$lab" down 2>/dev/null; info "the swarm in namespaces and its data are removed"; else info "nothing was up"; fi
    return 0
  fi
  local s
  for s in waggle whoami-service; do
    if dk service rm $s >/dev/null 2>&1; then info "removed service $s"; fi
    await $((30 * patience)) "the end of $s's containers" no_container $s
  done
  if dk network inspect whoaminet >/dev/null 2>&1; then
    await $((30 * patience)) "removing network whoaminet" remove_network whoaminet
    info "removed network whoaminet"
  fi
  dk image rm waggle whoami >/dev/null 2>&1 || true
}
case ${1:-} in
  '') ;;
  down) down; exit 0 ;;
  *) sed -n '2,/^set -euo/{/^#/!d;s/^# \{0,1\}//p}' "$0"; exit 2 ;;
esac

# ---- 1 build
step "1  Build waggle"
if [ $mode = lab ]; then
  [ "$(id -u)" = 0 ] || die "a swarm in namespaces needs root. Run it with sudo, or make this machine's Docker a swarm manager (docker swarm init)."
  "$here/packages.sh" e2e
else
  "$here/packages.sh" gcc libc6-dev curl
fi
if [ -n "${WAGGLE_BINARY:-}" ]; then
  [ -x "$WAGGLE_BINARY" ] || die "WAGGLE_BINARY=$WAGGLE_BINARY is no executable"
else
  "$here/packages.sh" build
  log=$(mktemp)
  (cd "$top" && cmake --preset release -DWAGGLE_TESTS=OFF && cmake --build --preset release --target waggle) >"$log" 2>&1 ||
    { tail -40 "$log"; die "the build failed (whole log: $log)"; }
  rm -f "$log"
  export WAGGLE_BINARY=$top/build/release/waggle
fi
info "$("$WAGGLE_BINARY" --version 2>&1 | head -1) at $WAGGLE_BINARY"

# ---- 2 swarm
step "2  A swarm"
if [ $mode = lab ]; then
  if lab_is_up; then info "already up"; else "$lab" up 2 1 2>/dev/null || die "the swarm did not come up; try:  tests/lab/swarm-lab up"; fi
else
  info "this machine's own Docker is a swarm manager: using it"
fi
dk node ls --format '{{.Hostname}}  {{.Status}}  {{.ManagerStatus}}' | sed 's/^/   /'

# ---- 3 images
step "3  Images waggle and whoami"
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
"$top/tests/lab/whoami/build.sh" "$context"
if [ $mode = lab ]; then
  "$lab" load all whoami "$context"
  for n in 1 2 3; do DOCKER_HOST=unix://$("$lab" sock $n) "$here/image.sh" waggle >/dev/null; done
  info "loaded on every node"
  place=() place_waggle=()
else
  DOCKER_BUILDKIT=0 docker build -q -t whoami "$context" >/dev/null 2>&1 || die "docker build of whoami failed"
  "$here/image.sh" waggle >/dev/null
  info "built on this node"
  place=() place_waggle=()
  if [ "$(docker node ls -q | wc -l)" -gt 1 ]; then
    self=$(docker info --format '{{.Swarm.NodeID}}')
    place=(--constraint "node.id == $self") place_waggle=("${place[@]}")
    info "the other nodes do not have these images: everything is placed on this node"
  fi
fi

# ---- 4 the tutorial's commands
step "4  The tutorial's commands"
shown() { # prints the command as the tutorial has it (less what only a lab needs), and runs it
  local a line="docker"
  for a in "$@"; do
    case $1,$a in
      *,--no-resolve-image | service,-d) ;;
      *' '*) line+=" '$a'" ;;
      *) line+=" $a" ;;
    esac
  done
  info "\$ $line"
  in_sequence dk "$@"
}
exists() { dk "$1" inspect "$2" >/dev/null 2>&1; }
exists network whoaminet || shown network create whoaminet -d overlay
if [ $mode = lab ]; then spread=(--mode global); else spread=(--replicas 3); fi
exists service whoami-service ||
  shown service create --name whoami-service -d --no-resolve-image "${spread[@]}" ${place[@]+"${place[@]}"} --network whoaminet whoami
shown service update -d --no-resolve-image --label-add traefik.docker.network=whoaminet --label-add traefik.port=8000 \
  --label-add traefik.frontend.rule=PathPrefix:/ --label-add traefik.backend.loadbalancer.stickiness=true whoami-service
if exists service waggle; then
  # A new build shows: the image has another id, so the tasks are placed anew.
  id() { dk image inspect --format '{{.Id}}' waggle; }
  running() { dk inspect --format '{{.Image}}' "$(dk ps -q -f label=com.docker.swarm.service.name=waggle | head -1)" 2>/dev/null; }
  [ "$(running)" = "$(id)" ] || in_sequence dk service update --quiet --no-resolve-image --force waggle
else
  shown service create --name waggle -d --no-resolve-image \
    --publish "mode=host,target=80,published=$http_port" --publish "mode=host,target=8080,published=$api_port" \
    --mount type=bind,source=/var/run/docker.sock,destination=/var/run/docker.sock \
    --mode=global --constraint "node.role == manager" ${place_waggle[@]+"${place_waggle[@]}"} --network whoaminet \
    waggle --docker --docker.swarmmode --docker.watch --web --loglevel=DEBUG
fi

# ---- 5 wait until it serves
url() { echo "http://$(address "$1"):$http_port/"; }
api() { echo "http://$(address "$1"):$api_port"; }
ask() { local n=$1; shift; on "$n" curl -s -m 5 "$@" "$(url "$n")"; }
serves() { ask "$1" -f | grep -q "^I'm "; }
tasks() { dk service ps -q -f desired-state=running whoami-service | wc -l; }
all_known() { [ "$(on "$1" curl -s -m 5 "$(api "$1")/api/providers/docker" | grep -oE 'http://[0-9.]+:8000' | wc -l)" = "$(tasks)" ]; }
for n in $managers; do
  await $((60 * patience)) "an answer from $(url "$n")" serves "$n"
  await $((20 * patience)) "all tasks known to waggle on node $n" all_known "$n"
done

# ---- 6 the tutorial's requests
failures=0
expect() { if [ "$2" = "$3" ]; then info "ok    $1"; else info "FAIL  $1: expected '$3', got '$2'"; failures=$((failures + 1)); fi; }
set_cookie() { tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: //p'; }
last=${managers##* }

step "5  Requests without a cookie spread over all $(tasks) tasks"
seen=$(for _ in $(seq 12); do ask 1; done | sort | uniq -c)
printf '%s\n' "$seen" | sed 's/^/   /'
expect "12 requests reached all tasks" "$(wc -l <<<"$seen")" "$(tasks)"

step "6  The answer sets a cookie that names the task"
first=$(ask 1 -i)
given=$(set_cookie <<<"$first")
info "Set-Cookie: $given"
expect "its form" "$(sed -E 's#//[0-9.]+:#//<task ip>:#' <<<"$given")" "$cookie=http://<task ip>:8000; Path=/"
mine=${given%%;*}
who=$(tail -1 <<<"$first")

step "7  With the cookie, every request reaches that task, through either manager"
for n in $managers; do
  expect "10 requests through $(url "$n")" "$(for _ in $(seq 10); do ask "$n" -H "Cookie: $mine"; done | sort -u)" "$who"
done
expect "an honoured cookie is not set again" "$(ask 1 -i -H "Cookie: $mine" | set_cookie)" ""

step "8  Another task's URL in the cookie switches to that task"
other=$(on 1 curl -s -m 5 "$(api 1)/api/providers/docker" | grep -oE 'http://[0-9.]+:8000' | grep -vxF "${mine#*=}" | head -1 || true)
[ -n "$other" ] || die "the API at $(api 1) does not list another task"
moved=$(ask 1 -H "Cookie: $cookie=$other")
info "$cookie=$other  ->  $moved"
expect "it is another task" "$([ "$moved" != "$who" ] && [ -n "$moved" ] && echo yes)" yes
expect "the other manager agrees" "$(ask "$last" -H "Cookie: $cookie=$other")" "$moved"

step "9  A cookie that names no current task is replaced"
fresh=$(ask 1 -i -H "Cookie: $cookie=http://10.0.0.99:8000" | set_cookie)
info "$cookie=http://10.0.0.99:8000  ->  Set-Cookie: $fresh"
expect "a new cookie" "$(sed -E 's#//[0-9.]+:#//<task ip>:#' <<<"$fresh")" "$cookie=http://<task ip>:8000; Path=/"

step "Where to look"
if [ $mode = lab ]; then
  env="SWARM_LAB_DIR=$SWARM_LAB_DIR SWARM_LAB_PREFIX=$SWARM_LAB_PREFIX"
  cat <<TEXT
   export $env
   tests/lab/swarm-lab exec 1 curl -i $(url 1)            a request, as a client on node 1
   tests/lab/swarm-lab exec 1 curl $(api 1)/api           what waggle knows, as JSON
   tests/lab/swarm-lab docker 1 exec \$(tests/lab/swarm-lab docker 1 ps -qf name=waggle) waggle explain
                                                                    every service: routed, or why not
   tests/lab/swarm-lab docker 1 service logs waggle                 its log
   tests/lab/swarm-lab docker 1 service scale …                     any docker command, on node 1, 2 or 3
TEXT
else
  cat <<TEXT
   curl -i $(url 1)          a request
   curl $(api 1)/api         what waggle knows, as JSON
   $(api 1)/dashboard/      the dashboard, in a browser
   docker exec \$(docker ps -qf name=waggle | head -1) waggle explain     every service: routed, or why not
   docker service logs waggle            its log
TEXT
fi
info "deploy/quickstart.sh down                                        removes everything again"
[ $failures = 0 ] || die "$failures of the tutorial's expectations did not hold (see FAIL above); it is left running"
printf '\nwaggle runs; everything the tutorial promises held.\n'
