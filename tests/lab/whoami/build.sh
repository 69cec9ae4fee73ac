#!/usr/bin/env bash
# Makes the lab's test backend and its image, without base image and network.
#   build.sh DIR           leaves the static binary and a Dockerfile in DIR: a build context for `swarm-lab load`
#   build.sh DIR TAG       ... and builds image TAG on the engine that DOCKER_HOST names
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?usage: build.sh DIR [TAG]}
mkdir -p "$dir"
if [ ! -x "$dir/whoami" ] || [ "$here/whoami.c" -nt "$dir/whoami" ]; then
  gcc -O2 -Wall -Wextra -Werror -static -pthread -o "$dir/whoami.new" "$here/whoami.c"
  strip "$dir/whoami.new"
  mv "$dir/whoami.new" "$dir/whoami"
fi
cat >"$dir/Dockerfile" <<'DOCKERFILE'
FROM scratch
COPY whoami /whoami
EXPOSE 8000
ENTRYPOINT ["/whoami"]
DOCKERFILE
[ $# -ge 2 ] || exit 0
out=$(DOCKER_BUILDKIT=0 docker build -q -t "$2" "$dir" 2>&1) || { printf '%s\n' "$out" >&2; exit 1; }
