#!/usr/bin/env python3
"""Draws docs/images/folders.svg from the table in folders.py: folders_picture.py > docs/images/folders.svg"""
import html

from folders import ORDER

NOTES = {
    ("proxy", "routing"): "configurations → table", ("proxy", "access"): "access log", ("proxy", "decision"): "what to do next: no I/O",
    ("proxy", "worker"): "one thread and its state", ("proxy", "stream"): "both ends of an exchange, by protocol",
    ("proxy", "exchange"): "one request and its answer", ("proxy", "connection"): "clients' connections", ("proxy", "tcp"): "connections passed on as they come", ("proxy", "udp"): "datagrams, by session",
    ("proxy", "server"): "the facade",
    ("proxy", "middleware"): "steps of a frontend", ("proxy", "plan"): "servers and backends, as published",
    ("proxy", "schedule"): "whose turn, below HTTP", ("proxy", "client"): "requests of waggle's own",
    ("proxy", "tls"): "a client's first messages, read only", ("proxy", "http1"): "text ↔ values", ("proxy", "io"): "loop, streams, timers",
    ("discovery", "swarm"): "engine types → snapshot", ("discovery", "labels"): "text → values", ("discovery", "labels/waggle"): "waggle's own rows", ("discovery", "labels/traefik1"): "the dialect", ("discovery", "labels/traefik3"): "TCP and UDP",
    ("discovery", "translate"): "snapshot → configuration", ("discovery", "reconcile"): "when, and what to believe",
    ("discovery", "."): "controller", ("discovery/app", "startup"): "options → what each is told", ("discovery/app", "."): "wiring, main",
    ("common", "base"): "text, log, results", ("common", "http"): "fields", ("common", "match"): "rules", ("common", "model"): "configuration, verdicts",
}
ROW, BOX, PAD = 34, 28, 18
STYLE = """    .edge { fill: none; stroke: #57606a; stroke-width: 1.6 }
    .head { fill: #57606a }
    .outer { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.2 }
    .disc { fill: #ddf4ff; stroke: #0969da; stroke-width: 1.2 }
    .prox { fill: #fff1d6; stroke: #b35900; stroke-width: 1.2 }
    .world { fill: #ffffff; stroke: #8c959f; stroke-width: 1.2 }
    text { fill: #1f2328; font-size: 14px }
    .b { font-weight: 600 }
    .s { font-size: 12px; fill: #57606a }
    .m { text-anchor: middle }
    @media (prefers-color-scheme: dark) {
      .edge { stroke: #9198a1 } .head { fill: #9198a1 }
      .outer { fill: #151b23; stroke: #656c76 }
      .disc { fill: #10263f; stroke: #4493f8 }
      .prox { fill: #33240f; stroke: #d29922 }
      .world { fill: #0d1117; stroke: #656c76 }
      text { fill: #f0f6fc } .s { fill: #9198a1 }
    }"""
out = []


def rect(kind, x, y, w, h, r=5):
    out.append('  <rect class="%s" x="%g" y="%g" width="%g" height="%g" rx="%g"/>' % (kind, x, y, w, h, r))


def text(x, y, what, kind="", note=""):
    extra = '<tspan class="s" dx="8">%s</tspan>' % html.escape(note) if note else ""
    out.append('  <text%s x="%g" y="%g">%s%s</text>' % (' class="%s"' % kind if kind else "", x, y, html.escape(what), extra))


def row(module, folders, x, y, width):
    names = folders.split()
    w = (width - 8 * (len(names) - 1)) / len(names)
    for i, name in enumerate(names):
        at = x + i * (w + 8)
        rect("world", at, y, w, BOX)
        shown = "(its own files)" if name == "." else name
        if len(names) == 1:
            text(at + 10, y + 19, shown, note=NOTES.get((module, name), ""))
        else:
            text(at + w / 2, y + 19, shown, "m")


def module(name, kind, x, y, width):
    """@return the height"""
    rows = ORDER[name]
    height = len(rows) * ROW + 44
    rect(kind, x, y, width, height, 8)
    text(x + PAD, y + 24, name, "b")
    for i, folders in enumerate(reversed(rows)):
        row(name, folders, x + PAD, y + 36 + i * ROW, width - 2 * PAD)
    return height


def main():
    left, right, width, top = 10, 472, 452, 10
    proxy = len(ORDER["proxy"]) * ROW + 44
    app, discovery = (len(ORDER[m]) * ROW + 44 for m in ("discovery/app", "discovery"))
    height = max(proxy, app + 14 + discovery)
    module("proxy", "prox", right, top + height - proxy, width)
    module("discovery/app", "outer", left, top + height - discovery - 14 - app, width)
    module("discovery", "disc", left, top + height - discovery, width)
    y = top + height + 14
    rect("outer", left, y, right + width - left, 74, 8)
    text(left + PAD, y + 24, "common", "b")
    names = ORDER["common"]
    w = (right + width - left - 2 * PAD - 18 * (len(names) - 1)) / len(names)
    for i, name in enumerate(names):
        at = left + PAD + i * (w + 18)
        rect("world", at, y + 36, w, BOX)
        text(at + 10, y + 55, name, note=NOTES.get(("common", name), ""))
        if i + 1 < len(names):
            text(at + w + 9, y + 55, "<", "s m")
    print('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, -apple-system, \'Segoe UI\', \'DejaVu Sans\', '
          'sans-serif" role="img" aria-labelledby="t d">' % (right + width + 10, y + 84))
    print('  <title id="t">The folders of waggle\'s modules</title>')
    print('  <desc id="d">Each box is a folder; it includes only folders in lower rows of its module, what is public of other modules that it may '
          'see, and common.</desc>')
    print("  <style>\n%s\n  </style>" % STYLE)
    print("\n".join(out))
    print("</svg>")


main()
