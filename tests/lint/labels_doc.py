#!/usr/bin/env python3
"""Keeps the tables in docs/labels.md and docs/layer4.md equal to the rows in discovery/labels (each dialect has a folder).

    labels_doc.py            rewrites the generated part of both
    labels_doc.py --check    exit status 1 if it is not up to date
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LABELS = os.path.join(TOP, "discovery/labels")
# Each page with the rows that it shows, in the order of its table.
PAGES = {
    "docs/labels.md": ["traefik1/service_rows.cpp", "traefik1/backend_rows.cpp", "waggle/backend_rows.hpp", "traefik1/frontend_rows.cpp"],
    "docs/layer4.md": ["waggle/tcp_rows.cpp", "waggle/udp_rows.cpp", "traefik3/layer4_rows.cpp"],
}
BEGIN, END = "<!-- generated from discovery/labels by tests/lint/labels_doc.py -->", "<!-- end of the generated part -->"
ROW = re.compile(r'\{"(traefik\.[^"]+|waggle\.[^"]+)",\s*"([^"]*)",\s*"([^"]*)",\s*group::(\w+),\s*label_place::(\w+),'
                 r'\s*((?:"(?:[^"\\]|\\.)*"\s*)+),')


def rows_of(name):
    with open(os.path.join(LABELS, name), encoding="utf-8") as f:
        source = f.read()
    rows = [(m[1], m[2], m[3], m[5], "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m[6]))) for m in ROW.finditer(source)]
    if len(rows) < source.count("label_place::"):
        raise SystemExit("labels_doc.py: %d of %d rows of %s could be read" % (len(rows), source.count("label_place::"), name))
    return rows


def table(names):
    rows = [row for name in names for row in rows_of(name)]
    out = ["| Label | Type | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key, kind, fallback, place, text in rows:
        text = text.replace("\\\\", "\\")  # as the compiler reads it
        out.append("| `%s`%s | %s | %s | %s |" % (key, "" if place == "segment" else " ¹", kind, fallback.replace("<", "&lt;"), text.replace("|", "\\|")))
    return "\n".join(out)


def generated(page, text):
    head, _, rest = text.partition(BEGIN)
    if END not in rest:
        raise SystemExit("labels_doc.py: %s lacks its markers" % page)
    return head + BEGIN + "\n\n" + table(PAGES[page]) + "\n\n" + END + rest.split(END, 1)[1]


def main():
    there = {os.path.relpath(p, LABELS) for p in glob.glob(os.path.join(LABELS, "*/*_rows.?pp"))}
    named = {name for names in PAGES.values() for name in names}
    if there != named:
        raise SystemExit("labels_doc.py: PAGES does not name the files with rows: %s" % ", ".join(sorted(there ^ named)))
    stale = False
    for page in PAGES:
        path = os.path.join(TOP, page)
        with open(path, encoding="utf-8") as f:
            old = f.read()
        new = generated(page, old)
        stale = stale or new != old
        if new != old and "--check" not in sys.argv[1:]:
            with open(path, "w", encoding="utf-8") as f:
                f.write(new)
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
