"""The order of the folders of a module: an include may only lead to a folder below its own. And no file circles."""
import os
import re

# THE order, lowest first. Folders in one row do not include each other; a folder within a folder has a place of its own; "." is the module's own folder. include/ (what others
# see of a module) and common/ stand below all of it. docs/architecture.md shows this table.
ORDER = {
    "common": ["base", "http", "match", "model"],
    "discovery": ["swarm", "labels", "labels/waggle", "labels/traefik3", "labels/traefik1", "translate", "reconcile", "docker file", "watch check", "."],
    "discovery/app": ["process options", "startup", "admin ask check", "."],
    "proxy": ["io", "http1", "client", "tls", "schedule", "plan", "affinity balance health upstream", "middleware", "routing", "access", "decision", "worker",
              "stream", "exchange", "connection tcp udp", "server"],
}
MODULES = sorted(ORDER, key=len, reverse=True)     # discovery/app before discovery


def place(path):
    """(module, folder) of a file: ("proxy", "io"); ("proxy", "include") for what others see; None outside of the modules"""
    module = next((m for m in MODULES if path.startswith(m + "/")), None)
    if module is None or not path.endswith((".cpp", ".hpp")):
        return None
    inside = path[len(module) + 1:]
    if inside.startswith("include/"):
        if module != "common":
            return module, "include"
        inside = inside.split("/", 2)[2]           # common has little behind its headers: both are one folder
    folder = os.path.dirname(inside) or "."
    return module, folder.split("/")[0] if module == "common" else folder    # there headers stand beside the folder of their parts


def included(tree, path):
    """(line, file) of each include that leads to a file of the modules"""
    at = place(path)
    for i, name in tree.includes(path):
        if name.startswith("waggle/"):
            candidates = [m + "/include/" + name for m in MODULES]
        else:
            candidates = [at[0] + "/" + name, os.path.dirname(path) + "/" + name]
        for c in candidates:
            if c in tree.product and c != path:
                yield i, c
                break


def look_at(tree):
    if not hasattr(tree, "product"):
        tree.product = {p for p in tree.files if place(p)}
        tree.arrows = {p: list(included(tree, p)) for p in tree.product}


def shown_order(module):
    return " < ".join(row.replace(" ", ", ") for row in ORDER[module])


def folder_order(tree, warn):
    """folders of a module include only folders below them (the table is in tests/lint/folders.py)"""
    look_at(tree)
    rank = {m: {f: n for n, row in enumerate(rows) for f in row.split()} for m, rows in ORDER.items()}
    for p in sorted(tree.product):
        module, folder = place(p)
        if folder != "include" and folder not in rank[module]:
            yield p, 1, "folder %s has no place in the order of %s" % (folder, module)
            continue
        for i, target in tree.arrows[p]:
            other, to = place(target)
            if other != module or to in (folder, "include"):
                continue
            if folder == "include":
                yield p, i, "what others see must not include %s" % target
            elif rank[module].get(to, -1) >= rank[module][folder]:
                yield p, i, "%s must not include %s: %s" % (folder, target, shown_order(module))
    if "docs/architecture.md" in tree.files:
        text = "\n".join(tree.lines("docs/architecture.md"))
        for module in ORDER:
            if "%s: %s" % (module, shown_order(module)) not in re.sub(r"\s+", " ", text):
                yield "docs/architecture.md", 1, "does not show the order of %s: %s" % (module, shown_order(module))


def circles(arrows):
    """the strongly connected components of more than one node (Tarjan), each sorted"""
    index, low, stack, out = {}, {}, [], []

    def visit(start):
        work = [(start, iter(sorted(arrows.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            node, rest = work[-1]
            for to in rest:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    work.append((to, iter(sorted(arrows.get(to, ())))))
                    break
                if to in stack:
                    low[node] = min(low[node], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = stack[stack.index(node):]
                    del stack[stack.index(node):]
                    if len(part) > 1:
                        out.append(sorted(part))
    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return out


def file_circles(tree, warn):
    """no two files need each other (a header and its .cpp count as one)"""
    look_at(tree)

    def unit(path):
        return os.path.splitext(path)[0]
    arrows = {}
    for p, targets in tree.arrows.items():
        arrows.setdefault(unit(p), set()).update(unit(t) for _, t in targets if unit(t) != unit(p))
    for part in sorted(circles(arrows)):
        inside = next((p, i, t) for p in sorted(tree.product) if unit(p) in part for i, t in tree.arrows[p] if unit(t) in part and unit(t) != unit(p))
        yield inside[0], inside[1], "a circle of files: " + ", ".join(part)
