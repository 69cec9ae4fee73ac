#!/usr/bin/env python3
"""scale.json of scale.py → a table (Markdown) and the curves (SVG, light and dark).

    scale_report.py build/bench/scale.json --markdown scale.md --svg scale.svg
"""
import argparse
import json
import math
import statistics

# title, unit, value of one result, bar (drawn as a dashed line)
PANELS = (
    ("First table", "s", lambda r: r["first_table_s"], 3.0),
    ("Memory, resident", "MiB", lambda r: r["rss_mib"], 250.0),
    ("One changed service, answer to table", "ms", lambda r: statistics.median(r["publish_us"]) / 1e3, 50.0),
    ("… of it on a worker", "µs", lambda r: max(1, statistics.median(r["adopt_us"])), 1000.0),
    ("A look that finds nothing new, CPU", "ms", lambda r: r["steady_look_s"] * 1e3, None),
    ("Routing per request, ratio to ten services", "", lambda r: r["routing"]["ratio"], 1.1),
)


def number(v):
    return "%.0f" % v if v >= 100 else "%.1f" % v if v >= 10 else "%.2f" % v


def markdown(results):
    out = ["| services × 10 tasks | JSON of a look, MB | first table, s | CPU until then, s | the Engine's share, s | RSS (peak), MiB | one change published, ms | one label, ms | on a worker, µs | quiet look, CPU ms | routing, ratio (µs) | forwarding, ratio (µs) |",
           "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for r in results:
        out.append("| %s | %s | %s | %s | %s | %.0f (%.0f) | %s | %s | %.0f | %s | %.2f (%.1f) | %.2f (%.1f) |" % (
            "{:,}".format(r["services"]), number(r["bytes"] / 1e6), number(r["first_table_s"]), number(r["first_table_cpu_s"]), number(r["engine_s"]),
            r["rss_mib"], r["peak_mib"], number(statistics.median(r["publish_us"]) / 1e3), number(statistics.median(r["label_us"]) / 1e3), statistics.median(r["adopt_us"]),
            number(r["steady_look_s"] * 1e3), r["routing"]["ratio"], r["routing"]["cpu_us"], r["forwarding"]["ratio"], r["forwarding"]["cpu_us"]))
    return "\n".join(out) + "\n"


def panel(out, results, x0, y0, w, h, title, unit, value, bar):
    xs = [math.log10(r["services"]) for r in results]
    ys = [value(r) for r in results]
    ratio = unit == "" and bar is not None
    low = 0.0 if ratio else math.log10(min(v for v in ys + ([bar] if bar else []) if v > 0)) - 0.15
    high = 1.3 if ratio else math.log10(max(ys + ([bar] if bar else []))) + (0.15 if bar else 0.5)  # room for the last label
    span_x = (max(xs) - min(xs)) or 1
    px = lambda x: x0 + 14 + (x - min(xs)) / span_x * (w - 60)
    py = lambda v: y0 + h - ((v if ratio else math.log10(max(v, 1e-9))) - low) / (high - low) * h
    out.append('<text class="t" x="%d" y="%d" font-weight="600">%s%s</text>' % (x0, y0 - 12, title, ", " + unit if unit else ""))
    out.append('<line class="g" x1="%d" y1="%d" x2="%d" y2="%d"/>' % (x0, y0 + h, x0 + w - 30, y0 + h))
    if bar:
        out.append('<line class="b" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text class="m" x="%d" y="%.1f" text-anchor="end" font-size="10">bar %s</text>'
                   % (x0, py(bar), x0 + w - 30, py(bar), x0 + w - 30, py(bar) - 4, number(bar)))
    out.append('<polyline class="c" points="%s"/>' % " ".join("%.1f,%.1f" % (px(x), py(v)) for x, v in zip(xs, ys)))
    for x, v, r in zip(xs, ys, results):
        out.append('<circle cx="%.1f" cy="%.1f" r="3.5" fill="#e0a100"/><text class="t" x="%.1f" y="%.1f" text-anchor="middle" font-size="11">%s</text>'
                   % (px(x), py(v), px(x), py(v) + (18 if bar and v > bar * 0.6 and v <= bar else -8), number(v)))
        out.append('<text class="m" x="%.1f" y="%d" text-anchor="middle" font-size="10">%s</text>' % (px(x), y0 + h + 14, "{:,}".format(r["services"])))


def svg(results):
    columns, w, h, gap_y, top = 3, 300, 130, 72, 86
    rows = (len(PANELS) + columns - 1) // columns
    width, height = 20 + columns * w, top + rows * (h + gap_y)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12">' % (width, height),
           "<style>.t{fill:#222}.m{fill:#666}.g{stroke:#bbb}.b{stroke:#c33;stroke-dasharray:4 3}.c{fill:none;stroke:#e0a100;stroke-width:2}"
           "@media (prefers-color-scheme:dark){.t{fill:#eee}.m{fill:#aaa}.g{stroke:#555}.b{stroke:#f66}}</style>",
           '<text class="t" x="20" y="26" font-size="16" font-weight="600">As the swarm grows: services, with ten tasks each</text>',
           '<text class="m" x="20" y="44">Logarithmic both ways but for the ratio; dashed: what must hold at 10,000.</text>']
    for i, (title, unit, value, bar) in enumerate(PANELS):
        panel(out, results, 24 + i % columns * w, top + i // columns * (h + gap_y), w, h, title, unit, value, bar)
    return "\n".join(out) + "\n</svg>\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("results")
    ap.add_argument("--markdown")
    ap.add_argument("--svg")
    a = ap.parse_args()
    with open(a.results) as f:
        results = json.load(f)
    text = markdown(results)
    print("\n" + text)
    for path, content in ((a.markdown, text), (a.svg, svg(results))):
        if path:
            with open(path, "w") as f:
                f.write(content)


if __name__ == "__main__":
    main()
