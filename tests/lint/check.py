#!/usr/bin/env python3
"""Checks of the source tree that no compiler makes. Every rule is one function; a finding names file and line.

    check.py [--json FILE] [RULE...]

Looks at the files that git knows (and new ones that are not ignored). Warnings do not fail.
"""
import argparse
import inspect
import json
import os
import re
import shutil
import subprocess
import sys

from classes import class_size
from folders import file_circles, folder_order
from functions import function_length
from includes import own_includes
from paths import named_paths, named_tests
from seam import seam
from unity import unity_names

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG, TOO_LONG = 400, 800       # lines of a source file
CXX = (".cpp", ".hpp")

# Third-party headers and the files that may include them. A path that ends in / is a folder; * matches within a name.
HEADER_HOMES = {
    r"curl/": ["discovery/docker/curl_transport.cpp", "tests/"],
    r"nlohmann/json\.hpp": ["discovery/docker/api_codec*.cpp", "discovery/app/admin/*traefik_json*.cpp", "discovery/app/admin/views.cpp", "discovery/app/admin/*_json.cpp",
                            "discovery/translate/*traefik_json*.cpp", "common/model/*traefik_json*.cpp", "tests/"],
    r"boost/beast": ["discovery/app/admin/", "proxy/health/probe.cpp", "tests/"],
    r"boost/asio/any_io_executor\.hpp": ["discovery/app/admin/", "tests/"],
    r"openssl/(bio|ssl|err|x509v3)\.h": ["proxy/io/tls_*.cpp", "tests/"],
    r"zlib\.h": ["proxy/io/gzip.cpp", "tests/"],
    r"CLI/": ["discovery/app/", "tests/"],
    r"yaml-cpp/": ["discovery/check/yaml.hpp", "discovery/file/yaml_document.cpp"],
    r"toml\+\+/": ["discovery/app/options/toml.cpp", "discovery/file/document.cpp", "tests/"],
}


def tracked():
    out = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=True).stdout
    return sorted({p for p in out.decode().split("\0") if p and os.path.isfile(os.path.join(TOP, p))})


class Tree:
    def __init__(self):
        self.files = tracked()
        self.cache = {}

    def lines(self, path):
        if path not in self.cache:
            with open(os.path.join(TOP, path), "rb") as f:
                raw = f.read()
            self.cache[path] = [] if b"\0" in raw[:4096] else raw.decode("utf-8", "replace").splitlines()
        return self.cache[path]

    def cxx(self):
        return [p for p in self.files if p.endswith(CXX)]

    def includes(self, path):
        for i, line in enumerate(self.lines(path), 1):
            m = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if m:
                yield i, m[1]


def at_home(path, homes):
    for h in homes:
        if path.startswith(h) if h.endswith("/") else re.fullmatch(re.escape(h).replace(r"\*", "[^/]*"), path):
            return True
    return False


# ------------------------------------------------------------------ rules: yield (path, line, text) for each finding
def file_sizes(tree, warn):
    """no source file beyond 800 lines (400 is a warning)"""
    for p in tree.cxx():
        n = len(tree.lines(p))
        if n > TOO_LONG and not p.startswith("tests/"):
            yield p, n, "%d lines; %d is the limit" % (n, TOO_LONG)
        elif n > LONG:
            warn(p, n, "%d lines; more than %d asks for a second idea's own file" % (n, LONG))


def header_homes(tree, warn):
    """third-party headers only in their homes"""
    for p in tree.cxx():
        for i, name in tree.includes(p):
            for pattern, homes in HEADER_HOMES.items():
                if re.match(pattern, name) and not at_home(p, homes):
                    yield p, i, "<%s> belongs in %s" % (name, ", ".join(homes))


def layers(tree, warn):
    """common knows neither side; discovery and proxy do not know each other (only discovery/app knows both)"""
    def side(path):
        return next((s for s in ("common", "discovery", "proxy") if path.startswith(s + "/")), None)
    own = {"discovery": set(), "proxy": set()}     # private headers: path inside the module
    for p in tree.files:
        if p.endswith(".hpp") and "/include/" not in p and side(p) in own:
            own[side(p)].add(p.split("/", 1)[1])
    for p in tree.cxx():
        me = side(p)
        if me is None or p.startswith("discovery/app/"):
            continue
        for i, name in tree.includes(p):
            for other in {"common": ("discovery", "proxy"), "discovery": ("proxy",), "proxy": ("discovery",)}[me]:
                if name.startswith("waggle/%s/" % other) or name.startswith("%s/" % other) or \
                        (name in own[other] and name not in own.get(me, ())):
                    yield p, i, "%s must not include %s" % (me, name)
            if me == "discovery" and name.startswith("app/"):
                yield p, i, "the library must not include the executable's %s" % name


def clocks_and_environment(tree, warn):
    """clocks, environment and randomness only at their one place"""
    ban = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock)::now\(|\bgetenv\(|std::random_device\b")
    for p in tree.cxx():
        if p.startswith(("tests/", "discovery/app/")) or p == "common/base/clock.cpp":
            continue
        for i, line in enumerate(tree.lines(p), 1):
            if ban.search(line.split("//")[0]):
                yield p, i, line.strip()


def marks(tree, warn):
    """no marks of unfinished work"""
    words = re.compile(r"\b(%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]))
    for p in tree.files:
        if p.endswith((".cpp", ".hpp", ".c", ".py", ".sh", ".md", ".txt", ".yml", ".cmake")) or os.path.basename(p) in ("swarm-lab", "Dockerfile"):
            for i, line in enumerate(tree.lines(p), 1):
                if words.search(line):
                    yield p, i, line.strip()[:120]


def formatted(tree, warn):
    """C++ is laid out as .clang-format says (Debian's clang-format)"""
    tool = shutil.which("clang-format")
    if not tool:
        yield ".clang-format", 1, "clang-format is not installed (deploy/packages.sh lint)"
        return
    files = tree.cxx()
    for i in range(0, len(files), 100):
        out = subprocess.run([tool, "--dry-run", *files[i:i + 100]], cwd=TOP, capture_output=True, text=True).stderr
        seen = set()
        for m in re.finditer(r"^([^\s:]+):(\d+):\d+: warning: code should be clang-formatted", out, re.M):
            if m[1] not in seen:
                seen.add(m[1])
                yield m[1], int(m[2]), "is laid out otherwise (clang-format -i)"


def machine_paths(tree, warn):
    """no paths of one machine, no hosts of package registries"""
    hosts = ["deb.debian" + ".org", "registry.npm" + "js", "proxy.gol" + "ang", "pypi" + ".org", "files.python" + "hosted"]
    ban = re.compile("|".join(["(?<![\\w.])/wo" + "rk/", "/fa" + "rm/", "\\.\\./sha" + "red"] + [re.escape(h) for h in hosts]))
    for p in tree.files:
        for i, line in enumerate(tree.lines(p), 1):
            if ban.search(line):
                yield p, i, line.strip()[:120]


def sleeps(tree, warn):
    """tests wait for conditions"""
    for p in tree.files:
        if not p.startswith("tests/") or p.startswith(("tests/lint/", "tests/bench/", "tests/lab/")):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            if re.search(r"sleep_for\(|sleep_until\(|^\s*sleep [0-9]", line) and "waiting" not in p:
                warn(p, i, line.strip()[:120])
    return []


def hidden_any_executor(tree, warn):
    """the data path has a concrete executor"""
    for p in tree.cxx():
        if p.startswith("proxy/") and not p.startswith("proxy/health/"):
            for i, line in enumerate(tree.lines(p), 1):
                if "any_io_executor" in line.split("//")[0]:
                    yield p, i, line.strip()[:120]


# Raw pointers into what others own, as members: what holds them, and why that is enough.
BORROWED = {
    ("proxy/worker/server_queues.hpp", "now"): "told anew in the step that changes the table (server_queues::renew)",
    ("proxy/exchange/accounting.hpp", "route"): "accounting::result: a value of a call, while the exchange has its leases",
    ("proxy/exchange/accounting.hpp", "to"): "as route",
    ("proxy/exchange/accounting.hpp", "endpoint"): "as route",
    ("proxy/stream/final_head.hpp", "cookie_of"): "a value of a call, while the exchange has its leases",
    ("proxy/stream/final_head.hpp", "cookie_for"): "as cookie_of",
    ("proxy/worker/registry.hpp", "endpoints"): "the registry: it holds one use of each",
}


def borrowed_pointers(tree, warn):
    """exchanges and workers hold leases or values, no raw pointer into a table, a server, a connection or a figure"""
    member = re.compile(r"\b(?:routing::(?:frontend|table|error_page)|(?:routing|plan)::(?:backend|server|departed_server)|table_ref|backend_traffic|upstream::(?:endpoint|connection))"
                        r"\s*(?:const\s*)?\*[^()]*?(\w+)\s*(?:=[^()]*|\{[^()]*\})?;")
    for p in tree.files:
        if not (p.startswith(("proxy/connection/", "proxy/exchange/", "proxy/stream/", "proxy/worker/")) and p.endswith(".hpp")):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            m = member.search(line.split("//")[0])
            if m and (p, m[1]) not in BORROWED:
                yield p, i, line.strip()[:120]


def lexicon(tree, warn):
    """words that docs/lexicon.md marks with * name nothing in product code, nor a part of a name (leaver_, find_leaver)"""
    page = "docs/lexicon.md"
    if page not in tree.files:
        return
    banned = set(re.findall(r"\b(\w+)\*", "\n".join(line for line in tree.lines(page) if line.startswith("|"))))
    word = re.compile(r"(?<![A-Za-z0-9])(%s)(?![A-Za-z0-9])" % "|".join(sorted(banned)))
    for p in tree.cxx():
        if p.startswith("tests/"):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            code = re.sub(r'"(?:\\.|[^"\\])*"', '""', line).split("//")[0]
            m = word.search(code)
            if m and not code.lstrip().startswith(("#include", "///", "*")):
                yield p, i, "%s: docs/lexicon.md has another word for it" % m[1]


def broad_kills(tree, warn):
    """scripts end only what they started, by its id"""
    for p in tree.files:
        if p.startswith("tests/lint/"):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            if re.search(r"\b(pkill|killall)\b", line) and not line.lstrip().startswith("#"):
                yield p, i, line.strip()[:120]


def shell(tree, warn):
    """shellcheck finds nothing; every script is strict"""
    scripts = [p for p in tree.files if tree.lines(p) and re.match(r"#!.*\b(ba)?sh\b", tree.lines(p)[0])]
    for p in scripts:
        text = "\n".join(tree.lines(p)[:60])
        if "set -euo pipefail" not in text and "set -u" not in text:
            yield p, 1, "has no 'set -euo pipefail'"
    if not shutil.which("shellcheck"):
        yield "tests/lint/check.py", 1, "shellcheck is missing (apt-get install shellcheck)"
        return
    out = subprocess.run(["shellcheck", "-f", "gcc", "-x"] + scripts, cwd=TOP, capture_output=True, text=True).stdout
    for line in out.splitlines():
        m = re.match(r"([^:]+):(\d+):\d+: (.*)", line)
        if m:
            yield m[1], int(m[2]), m[3]


def python_compiles(tree, warn):
    """Python files parse"""
    for p in tree.files:
        if p.endswith(".py"):
            try:
                compile("\n".join(tree.lines(p)) + "\n", p, "exec")
            except SyntaxError as e:
                yield p, e.lineno or 1, e.msg


def links(tree, warn):
    """relative links of Markdown files lead somewhere"""
    for p in tree.files:
        if not p.endswith(".md"):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                target = target.split("#")[0]
                if not target or re.match(r"[a-z]+:", target):
                    continue
                if not os.path.exists(os.path.normpath(os.path.join(TOP, os.path.dirname(p), target))):
                    yield p, i, "no such file: %s" % target


# Documents whose numbered parts are cited, with what a citation and a part's heading look like.
NUMBERED = {
    "docs/traefik1.md": (r"(?:Traefik 1\.7 section|traefik1\.md) (\d+(?:\.\d+)?)", r"#+ (\d+(?:\.\d+)?)\.? "),
    "docs/http-contract.md": (r"(?:http-contract|\bcontract) (?:section |rule )?(\d+)\b", r"(?:## )?(\d+)\. "),
}


def references(tree, warn):
    """documents that are cited exist, and have the section that is cited"""
    sections = {doc: {m[1] for line in tree.lines(doc) for m in [re.match(heading, line)] if m} if doc in tree.files else set()
                for doc, (_, heading) in NUMBERED.items()}
    names = {os.path.basename(p) for p in tree.files if p.endswith(".md")}
    for p in tree.files:
        if p in NUMBERED or p.startswith("tests/lint/") or not p.endswith(CXX + (".py", ".sh", ".md")):
            continue
        for i, line in enumerate(tree.lines(p), 1):
            for doc, (cited, _) in NUMBERED.items():
                for number in re.findall(cited, line):
                    if number not in sections[doc]:
                        yield p, i, "%s has no part %s" % (doc, number)
            if p.endswith(CXX):
                for name in re.findall(r"\b([\w-]+\.md)\b", line.split("//", 1)[1] if "//" in line else ""):
                    if name not in names:
                        yield p, i, "no such document: %s" % name


def labels_documented(tree, warn):
    """docs/labels.md and docs/layer4.md list the labels that discovery/labels reads"""
    if any(p.startswith("discovery/labels/") for p in tree.files):
        p = subprocess.run([sys.executable, os.path.join(TOP, "tests/lint/labels_doc.py"), "--check"], capture_output=True, text=True)
        if p.returncode:
            yield "docs/labels.md", 1, p.stderr.strip() or "not up to date: run tests/lint/labels_doc.py"


RULES = [file_sizes, function_length, own_includes, header_homes, layers, folder_order, file_circles, seam, unity_names, class_size, clocks_and_environment, marks, formatted, machine_paths, sleeps, hidden_any_executor,
         borrowed_pointers, lexicon, broad_kills, shell, python_compiles, links, references, named_paths, named_tests, labels_documented]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("rules", nargs="*", metavar="RULE", help=", ".join(r.__name__ for r in RULES))
    ap.add_argument("--json")
    a = ap.parse_args()
    tree, passed, failed = Tree(), 0, 0

    def warn(path, line, text):
        print("warn %s:%d: %s" % (path, line, text))
    for rule in RULES:
        if a.rules and rule.__name__ not in a.rules:
            continue
        found = list(rule(tree, warn))
        passed, failed = passed + (not found), failed + bool(found)
        print("%-4s %s: %s" % ("FAIL" if found else "ok", rule.__name__, inspect.getdoc(rule)))
        for path, line, text in found:
            print("     %s:%d: %s" % (path, line, text))
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump({"passed": passed, "failed": failed}, f)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
