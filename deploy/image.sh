#!/usr/bin/env bash
# Builds the image of waggle on the engine that DOCKER_HOST names (default: this machine's own).
#   deploy/image.sh [TAG]            TAG: default "waggle"
# It needs no base image and no network: the release binary and its libraries, FROM scratch. The binary is
# build/release/waggle (built first if it is not there), or the one that WAGGLE_BINARY names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
tag=${1:-waggle}
binary=${WAGGLE_BINARY:-$top/build/release/waggle}
die() { echo "image.sh: $*" >&2; exit 1; }
command -v docker >/dev/null || die "the docker command is missing (apt-get install docker.io)"
docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
  die "no Docker engine answers at ${DOCKER_HOST:-unix:///var/run/docker.sock} (DOCKER_HOST names it)"
if [ ! -x "$binary" ]; then
  [ -z "${WAGGLE_BINARY:-}" ] || die "WAGGLE_BINARY=$binary is no executable"
  "$here/packages.sh" build
  (cd "$top" && cmake --preset release -DWAGGLE_TESTS=OFF && cmake --build --preset release --target waggle) || die "the build failed"
fi
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
"$here/rootfs.sh" "$binary" "$context/root"
version=$("$binary" --version 2>/dev/null | head -1 | grep -oE '[0-9]+\.[0-9]+[0-9A-Za-z.+-]*' | head -1 || true)
cat >"$context/Dockerfile" <<DOCKERFILE
FROM scratch
COPY root/ /
LABEL org.opencontainers.image.title="waggle" \
      org.opencontainers.image.description="Edge proxy for Docker Swarm" \
      org.opencontainers.image.version="${version:-unknown}" \
      org.opencontainers.image.revision="$(git -C "$top" rev-parse HEAD 2>/dev/null || echo unknown)" \
      org.opencontainers.image.licenses="MIT"
EXPOSE 80 8080
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
ENTRYPOINT ["/usr/bin/waggle"]
DOCKERFILE
out=$(DOCKER_BUILDKIT=0 docker build -q -t "$tag" "$context" 2>&1) || { printf '%s\n' "$out" >&2; die "docker build failed"; }
echo "image.sh: built $tag ($(docker image inspect --format '{{.Size}}' "$tag" | awk '{printf "%.0f MB", $1 / 1e6}'))"
