"""Files of a module are compiled several at a time (unity builds): what they name for themselves must not meet."""
import re

from folders import place

APART = {"discovery/app"}           # compiled file by file (waggle_module(… APART))


def stripped(text):
    """without comments and what is quoted; lines stay"""
    text = re.sub(r'R"(\w*)\((?:.|\n)*?\)\1"', lambda m: '""' + "\n" * m[0].count("\n"), text)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)
    text = re.sub(r"'(?:\\.|[^'\\\n])'", "' '", text)
    return re.sub(r"//[^\n]*|/\*(?:.|\n)*?\*/", lambda m: "\n" * m[0].count("\n"), text)


def own_names(text):
    """(line, enclosing namespace, name, parameters or None) of what a file declares in its anonymous namespaces"""
    text = stripped(text)
    text = re.sub(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", lambda m: "\n" * m[0].count("\n"), text, flags=re.M)
    stack, begin, at = [], 0, 0                # what each open brace belongs to: a namespace's name, "" an anonymous one, None anything else
    for m in re.finditer(r"[{};]", text):
        head = text[begin:m.start()].strip()
        here = bool(stack) and stack[-1] == ""
        if m[0] == "}":
            if stack:
                closed = stack.pop()
            begin = m.end() if closed is not None or not (stack and stack[-1] == "") else begin
            continue
        if m[0] == "{":
            space = re.fullmatch(r"(?:inline\s+)?namespace\s*([\w:]*)", head)
            if space:
                stack.append(space[1])
                begin = m.end()
                continue
            if here:
                yield from named(text, begin, head, [s for s in stack if s])
            stack.append(None)
            at = m.end()
            begin = at
            continue
        if here:
            yield from named(text, begin, head, [s for s in stack if s])
        begin = m.end()


def named(text, begin, head, spaces):
    line = text.count("\n", 0, begin + len(text[begin:]) - len(text[begin:].lstrip())) + 1
    head = re.sub(r"^template\s*<(?:[^<>]|<[^<>]*>)*>\s*(?:requires\b[^{;]*?\)\s*)?", "", head)
    head = re.sub(r"\[\[[^\]]*\]\]\s*", "", head)
    space = "::".join(spaces)
    m = re.match(r"(?:struct|class|union|enum(?:\s+class)?|concept)\s+(\w+)(?:\s*$|\s*[:=]|\s+final\b)", head)
    if m:
        yield line, space, m[1], None
        return
    m = re.match(r"using\s+(\w+)\s*=", head)
    if m:
        yield line, space, m[1], head         # saying the same twice is lawful
        return
    if re.match(r"(using|static_assert|friend|extern|struct|class|enum)\b", head) or "::" in head.split("(")[0].split("=")[0].split(" ")[-1]:
        return
    m = re.match(r"(?:[\w:&*,\s]|<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>)*?[\s&*>](\w+)\s*(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|=|\[|$)", head)
    if m and m[1] not in ("operator", "return", "if", "for", "while", "switch"):
        yield line, space, m[1], re.sub(r"\s+", " ", m[2]) if m[2].startswith("(") else None


def unity_names(tree, warn):
    """what files of one module name for themselves does not meet when they are compiled as one (functions may differ in their parameters)"""
    seen = {}
    for p in tree.files:
        at = place(p)
        if not p.endswith(".cpp") or at is None or at[0] in APART:
            continue
        for line, space, name, parameters in own_names("\n".join(tree.lines(p)) + "\n"):
            seen.setdefault((at[0], space, name), []).append((p, line, parameters))
    for (module, space, name), all_of in sorted(seen.items()):
        files = {p for p, _, _ in all_of}
        if len(files) < 2:
            continue
        if all(parameters and parameters.startswith("using") for _, _, parameters in all_of) and len({a[2] for a in all_of}) == 1:
            continue
        things = [a for a in all_of if a[2] is None or a[2].startswith("using")]
        shapes = {}
        for p, line, parameters in all_of:
            shapes.setdefault(types_of(parameters), set()).add(p)
        if things or any(len(s) > 1 for s in shapes.values()):
            for p, line, _ in all_of:
                yield p, line, "%s stands in %s as well" % (name, ", ".join(sorted(files - {p})) or p)


def types_of(parameters):
    """without names and defaults"""
    if parameters is None or parameters.startswith("using"):
        return None
    inner = parameters[1:-1]
    parts, depth, now = [], 0, ""
    for c in inner:
        depth += c in "<("
        depth -= c in ">)"
        if c == "," and depth == 0:
            parts.append(now)
            now = ""
        else:
            now += c
    parts.append(now)
    return tuple(re.sub(r"([&*\s>])\w+\s*$", r"\1", re.sub(r"=.*", "", p).strip()).replace(" ", "") if " " in re.sub(r"=.*", "", p).strip() else p.strip() for p in parts)
