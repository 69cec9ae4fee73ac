#!/usr/bin/env python3
"""Keeps the table in docs/labels.md equal to the rows in discovery/labels (each dialect has a folder).

    labels_doc.py            rewrites the generated part of docs/labels.md
    labels_doc.py --check    exit status 1 if it is not up to date
"""
import glob
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LABELS, DOC = os.path.join(TOP, "discovery/labels"), os.path.join(TOP, "docs/labels.md")
# In the order of the table.
ROWS = ["traefik1/service_rows.cpp", "traefik1/backend_rows.cpp", "waggle/backend_rows.hpp", "traefik1/frontend_rows.cpp"]
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


def table():
    there = {os.path.relpath(p, LABELS) for p in glob.glob(os.path.join(LABELS, "*/*_rows.?pp"))}
    if there != set(ROWS):
        raise SystemExit("labels_doc.py: ROWS does not name the files with rows: %s" % ", ".join(sorted(there ^ set(ROWS))))
    rows = [row for name in ROWS for row in rows_of(name)]
    out = ["| Label | Type | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key, kind, fallback, place, text in rows:
        out.append("| `%s`%s | %s | %s | %s |" % (key, "" if place == "segment" else " ¹", kind, fallback.replace("<", "&lt;"), text.replace("|", "\\|")))
    return "\n".join(out)


def generated(text):
    head, _, rest = text.partition(BEGIN)
    if END not in rest:
        raise SystemExit("labels_doc.py: %s lacks its markers" % DOC)
    return head + BEGIN + "\n\n" + table() + "\n\n" + END + rest.split(END, 1)[1]


def main():
    with open(DOC, encoding="utf-8") as f:
        old = f.read()
    new = generated(old)
    if "--check" in sys.argv[1:]:
        return 0 if new == old else 1
    if new != old:
        with open(DOC, "w", encoding="utf-8") as f:
            f.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
