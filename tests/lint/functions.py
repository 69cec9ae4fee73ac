"""How long functions are. Reads C++ by its braces: what a parser would know better is not needed to count lines."""
import re

LONG, TOO_LONG = 60, 80     # lines from a function's opening brace to its closing one, both included

# What may stand between two pieces of code and is none: comments, raw strings, strings, characters (no digit separators).
NO_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""", re.S)
NO_FUNCTION = re.compile(r"^\s*(?:inline\s+)?(?:namespace|class|struct|union|enum|extern\s*$)|=\s*$|^\s*template\s*<[^{]*>\s*(?:class|struct|union)\b")
NAME = re.compile(r"((?:\w+::)*(?:operator\s*(?:\(\)|[^\s\w(]+|\w+)|~?\w+))\s*\(")
MEMBER = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:).*\w$", re.S)    # of a constructor's list, about to be braced


def blank(match):
    """As many lines, no code."""
    return "\n" * match[0].count("\n") + (" " if "\n" not in match[0] else "")


def functions(text):
    """(first line, name, lines) of each function of a file; what stands inside of one belongs to it."""
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m[0].count("\n"), NO_CODE.sub(blank, text), flags=re.M)
    depth, line, head, round_ = 0, 1, "", 0
    begun = None                    # (line, name, depth) of the function that is open
    member = False                  # within the braces of a member in a constructor's list
    for c in text:
        if c == "\n":
            line += 1
        if begun is None:
            if c == "(":
                round_ += 1
            elif c == ")":
                round_ -= 1
        if member:
            member = c != "}"
            head += c
        elif c == "{" and begun is None and MEMBER.search(head.rstrip()):
            member = True
            head += c
        elif c == "{":
            if begun is None and round_ == 0:
                m = None if NO_FUNCTION.search(head) else NAME.search(head)
                if m:
                    begun = (line, " ".join(m[1].split()), depth)
            depth += 1
            head = ""
        elif c == "}":
            depth -= 1
            if begun and depth == begun[2]:
                yield begun[0], begun[1], line - begun[0] + 1
                begun = None
            head = ""
        elif c == ";" and round_ == 0:
            head = ""
        else:
            head += c


def function_length(tree, warn):
    """no function of product code beyond 80 lines (60 is a warning)"""
    for p in tree.files:
        if p.endswith((".cpp", ".hpp")) and not p.startswith("tests/"):
            for line, name, n in functions("\n".join(tree.lines(p)) + "\n"):
                if n > TOO_LONG:
                    yield p, line, "%s has %d lines; %d is the limit" % (name, n, TOO_LONG)
                elif n > LONG:
                    warn(p, line, "%s has %d lines; more than %d asks for a second idea's own function" % (name, n, LONG))
