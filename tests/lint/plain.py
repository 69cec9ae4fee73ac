#!/usr/bin/env python3
"""Every product file compiles by itself: sources without precompiled headers and unity builds, headers as if they were sources.
Only reads and checks (-fsyntax-only), with the flags of preset "plain". Ends with "N passed, N failed".

    plain.py [-j N] [PATH...]        # PATH: a file or a folder; without it all of common, discovery and proxy
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build", "plain")


def commands():
    """The compiler's words for each source file that the preset builds, without what is written."""
    subprocess.run(["cmake", "--preset", "plain"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    out = {}
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as f:
        for one in json.load(f):
            words = shlex.split(one["command"])
            while words[0].endswith(("cmake", "ccache")) or words[0] == "-E" or words[0] == "env" or "=" in words[0]:
                words = words[1:]
            path = os.path.relpath(os.path.join(one["directory"], one["file"]), TOP)
            out[path] = [w for i, w in enumerate(words[:-1]) if w not in ("-c", "-o") and words[i - 1] != "-o"]
    return out


def module(path):
    """What a header is checked as part of: the longest folder that has flags of its own."""
    return next(m for m in ("discovery/app/", "discovery/", "proxy/", "common/") if path.startswith(m))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-j", type=int, default=os.cpu_count())
    ap.add_argument("paths", nargs="*", default=["common", "discovery", "proxy"])
    a = ap.parse_args()
    known = commands()
    flags = {}
    for path, words in known.items():
        if path.startswith(("common/", "discovery/", "proxy/")) and os.path.isfile(os.path.join(TOP, path)):
            flags.setdefault(module(path), words)
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--"] + a.paths, cwd=TOP, check=True, capture_output=True, text=True)
    files = sorted(p for p in set(listed.stdout.split()) if p.startswith(("common/", "discovery/", "proxy/")) and os.path.isfile(os.path.join(TOP, p)) and
                   (p.endswith(".hpp") or p in known))

    def check(path):
        words = known.get(path) or flags[module(path)] + ["-Wno-error", "-w", "-x", "c++"]
        return path, subprocess.run(words + ["-fsyntax-only", os.path.join(TOP, path)], cwd=BUILD, capture_output=True, text=True)

    failed = 0
    with ThreadPoolExecutor(a.j) as pool:
        for path, r in pool.map(check, files):
            if r.returncode:
                failed += 1
                print("FAIL %s\n%s" % (path, "\n".join([line for line in r.stderr.splitlines() if "error" in line][:5])), flush=True)
    print("%d passed, %d failed" % (len(files) - failed, failed))
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
