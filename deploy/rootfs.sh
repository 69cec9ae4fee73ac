#!/usr/bin/env bash
# rootfs.sh BINARY DIR: lays a minimal root file system for waggle in DIR: the binary, the shared libraries that it
# loads (with the loader), and the certificate bundle if this machine has one. Nothing else: no shell, no packages.
set -euo pipefail
binary=${1:?usage: rootfs.sh BINARY DIR} root=${2:?usage: rootfs.sh BINARY DIR}
[ -x "$binary" ] || { echo "rootfs.sh: no executable at $binary" >&2; exit 1; }
mkdir -p "$root"/{tmp,etc,var/run,usr/bin}
chmod 1777 "$root/tmp"
install -m 755 "$binary" "$root/usr/bin/waggle"
strip --strip-debug "$root/usr/bin/waggle" 2>/dev/null || true  # the symbol table stays, for stack traces
closure=$(ldd "$binary")
if grep -q 'not found' <<<"$closure"; then grep 'not found' <<<"$closure" >&2; exit 1; fi
while read -r lib; do
  [ -n "$lib" ] || continue
  case $lib in
    /lib/*|/lib64/*|/usr/lib/*) to=$root${lib#/usr} ;;   # the loader searches /lib/<triplet> by itself
    *) to=$root/lib/$(basename "$lib") ;;
  esac
  mkdir -p "$(dirname "$to")"
  cp -L "$lib" "$to"
done < <(awk '$2 == "=>" && $3 ~ "^/" {print $3} $1 ~ "^/" {print $1}' <<<"$closure")
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/sbin/nologin\n' >"$root/etc/passwd"
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
fi
