"""How much a class of product code declares."""
import re

from folders import place
from unity import stripped

MOST_FUNCTIONS, MOST_DATA = 25, 30
REASON = "Large:"
# Without a reason that would hold; they are to get smaller.
TO_SPLIT = {
    ("proxy/routing/compile.hpp", "compiler"): "what exists only while one table is made is a part of its own",
    ("discovery/watch/watcher.hpp", "watcher"): "finding itself, and keeping the event stream open, are parts of their own",
}


def classes(text):
    """(line, name, member functions, data members) of each class or struct that is defined; what is within another one counts for itself"""
    text = stripped(text)
    text = re.sub(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)
    stack, begin, parens = [], 0, 0           # of each open brace: what it counts into, or None
    for m in re.finditer(r"[{};()]", text):
        if m[0] in "()":
            parens += 1 if m[0] == "(" else -1
            continue
        if parens > 0:                         # a lambda or a braced default within parentheses
            continue
        head = re.sub(r"\b(?:public|private|protected)\s*:(?!:)", "", text[begin:m.start()]).strip()
        here = stack[-1] if stack else None    # what the text before this belongs to
        if m[0] == "}":
            done = stack.pop() if stack else None
            if done is not None:
                yield done["line"], done["name"], done["functions"], done["data"]
            begin = m.end()
        elif m[0] == "{":
            kind = re.match(r"(?:template\s*<.*?>\s*)?(?:class|struct)\s+(?:\[\[[^\]]*\]\]\s*)?([\w:]+)\s*(?:<[^{]*>)?\s*(?:final\s*)?(?::[^:].*)?$", head, re.S)
            if kind:
                stack.append({"line": text.count("\n", 0, m.start()) + 1, "name": kind[1], "functions": 0, "data": 0})
            else:
                if here is not None:
                    count(here, head, True)
                stack.append(None)
            begin = m.end()
        else:
            if here is not None:
                count(here, head, False)
            begin = m.end()


def count(into, head, braced):
    head = re.sub(r"^template\s*<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>\s*", "", head)
    head = re.sub(r"\[\[[^\]]*\]\]\s*", "", head)
    if not head or head[0] in ",:)" or re.match(r"(using|friend|static_assert|typedef|enum|union|struct|class|static constexpr|static inline constexpr|inline static constexpr|constexpr static)\b", head) \
            and not re.match(r"static constexpr[^=;]*\(", head):
        return
    flat = re.sub(r"<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>", "", head)   # std::function<void()> is no function
    before = flat.split("=")[0] if "operator" not in flat else flat
    if re.search(r"\(\s*\*", before):
        into["data"] += 1                                          # a pointer to a function
    elif "(" in before:
        if not re.search(r"=\s*delete$", head):
            into["functions"] += 1
    elif re.search(r"\w", flat):
        into["data"] += 1 + len(re.findall(r",", re.sub(r"\{[^}]*\}", "", flat)))


def class_size(tree, warn):
    """no class declares more than 25 functions or 30 data members without a reason (a comment above it that begins with "Large:")"""
    for p in tree.files:
        if place(p) is None:
            continue
        lines = tree.lines(p)
        for line, name, functions, data in classes("\n".join(lines) + "\n"):
            if functions <= MOST_FUNCTIONS and data <= MOST_DATA:
                continue
            if (p, name) in TO_SPLIT:
                warn(p, line, "%s has %d functions and %d data members: %s" % (name, functions, data, TO_SPLIT[p, name]))
                continue
            at, above = line - 1, []
            while at > 0 and re.match(r"\s*(//|template\b)", lines[at - 1]):
                at -= 1
                above.append(lines[at])
            if not any(REASON in one for one in above):
                yield p, line, "%s has %d functions and %d data members; say why (%s) or make it smaller" % (name, functions, data, REASON)
