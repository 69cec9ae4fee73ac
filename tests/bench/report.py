#!/usr/bin/env python3
"""results.json of bench_http.py → the table of ratios (Markdown) and a picture of it (SVG, light and dark).

    report.py build/bench/results.json --markdown out.md --svg out.svg
"""
import argparse, json

# scenario: (what, most CPU ÷ HAProxy)
ROWS = {"small": ("128 B, keep-alive", 0.75), "few": ("128 B, 4 connections", None), "wide": ("128 B, 1,000 connections", None),
        "rate": ("128 B at a fixed rate", None), "k1": ("1 KiB", None), "k10": ("10 KiB", 0.75), "chunk10": ("10 KiB chunked", 0.80),
        "post10": ("upload 10 KiB", 0.75), "k100": ("100 KiB", 0.70), "m1": ("1 MiB", 0.50), "close": ("new connection each", 0.95)}
COLOURS = {"waggle": "#e0a100", "haproxy": "#4c78a8", "nginx": "#54a24b", "relay": "#9a9a9a", "traefik": "#b279a2", "caddy": "#e45756", "apache": "#72b7b2"}


def ratio(result, a, b, key="cpu_all"):
    """Median of the paired ratios of two proxies' rounds."""
    pairs = sorted(x / y for x, y in zip(result[a][key], result[b][key]) if y)
    return pairs[len(pairs) // 2] if len(pairs) % 2 else (pairs[len(pairs) // 2 - 1] + pairs[len(pairs) // 2]) / 2


def markdown(results):
    out = ["CPU per request, median of paired ratios (below 1: waggle is cheaper); requests/s and p99 likewise.", "",
           "| scenario | CPU ÷ HAProxy | bar | CPU ÷ nginx | CPU ÷ relay | req/s ÷ HAProxy | p99 ÷ HAProxy | failed | wrong server |",
           "|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for s, (what, bar) in ROWS.items():
        if s not in results:
            continue
        r = results[s]
        cell = lambda peer: "%.2f" % ratio(r, "waggle", peer) if peer in r else "-"
        out.append("| %s (%s) | %s | %s | %s | %s | %.2f | %.2f | %d | %d |" % (
            s, what, cell("haproxy"), "≤ %.2f" % bar if bar else "", cell("nginx"), cell("relay"),
            r["waggle"].get("x_rps") or 0, r["waggle"].get("x_p99") or 0, r["waggle"]["bad"], r["waggle"]["moved"]))
    out += ["", "Absolute, CPU seconds per 100,000 requests (noisy machines: compare within a row only):", "",
            "| scenario | " + " | ".join(n for n in next(iter(results.values()))) + " |", "|---|" + "---:|" * len(next(iter(results.values())))]
    for s in ROWS:
        if s in results:
            out.append("| %s | " % s + " | ".join("%.2f" % v["cpu"] for v in results[s].values()) + " |")
    return "\n".join(out) + "\n"


def svg(results):
    scenarios = [s for s in ROWS if s in results]
    names = [n for n in ("relay", "waggle", "nginx", "haproxy", "traefik", "caddy", "apache") if n in results[scenarios[0]]]
    names = [n for n in names if n not in ("traefik", "caddy", "apache")] or names
    bar_h, gap, left, width = 13, 16, 190, 860
    group = len(names) * (bar_h + 2) + gap
    top = 64
    height = top + len(scenarios) * group + 40
    most = max(ratio(results[s], n, "haproxy") for s in scenarios for n in names) if "haproxy" in names else 2
    scale = (width - left - 90) / max(1.2, min(most, 2.2))
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">' % (width, height),
           "<style>.t{fill:#222}.m{fill:#666}.g{stroke:#ccc}@media (prefers-color-scheme:dark){.t{fill:#eee}.m{fill:#aaa}.g{stroke:#444}}</style>",
           '<text class="t" x="12" y="24" font-size="16" font-weight="600">CPU per request, as a share of HAProxy\'s (shorter is better)</text>']
    x = 12
    for n in names:
        out.append('<rect x="%d" y="36" width="11" height="11" rx="2" fill="%s"/><text class="m" x="%d" y="46">%s</text>' % (x, COLOURS[n], x + 16, n))
        x += 34 + 7 * len(n)
    one = left + scale
    out.append('<line class="g" x1="%d" y1="%d" x2="%d" y2="%d" stroke-dasharray="4 3"/>' % (one, top - 6, one, height - 34))
    y = top
    for s in scenarios:
        out.append('<text class="t" x="12" y="%d">%s</text>' % (y + group / 2 - 8, ROWS[s][0]))
        for n in names:
            q = ratio(results[s], n, "haproxy")
            w = min(q, 2.2) * scale
            out.append('<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/><text class="m" x="%.1f" y="%d" font-size="10">%.2f</text>'
                       % (left, y, w, bar_h, COLOURS[n], left + w + 5, y + 10, q))
            y += bar_h + 2
        y += gap
    out.append('<text class="m" x="12" y="%d" font-size="11">One core for the proxy, stickiness on, all proxies interleaved in one run; median of paired ratios.</text></svg>' % (height - 12))
    return "\n".join(out) + "\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("results")
    ap.add_argument("--markdown")
    ap.add_argument("--svg")
    a = ap.parse_args()
    with open(a.results) as f:
        results = {k: v for k, v in json.load(f).items() if k in ROWS}
    text = markdown(results)
    print("\n" + text)
    if a.markdown:
        with open(a.markdown, "w") as f:
            f.write(text)
    if a.svg and results and "haproxy" in next(iter(results.values())):
        with open(a.svg, "w") as f:
            f.write(svg(results))


if __name__ == "__main__":
    main()
