"""Files and folders that documents and comments name exist: a path may begin at any folder, as in `exchange/forward.cpp`."""
import re

# The file is third party's, or stands for any ("NAME.cpp" in docs/contributing.md).
FOREIGN = re.compile(r"(boost|sys|netinet|linux|openssl|curl)/|(.*/)?(NAME|KIND)(_test)?\.")
FILE = re.compile(r"(?<![\w./<*}{-])((?:[\w-]+/)*[A-Za-z0-9][\w-]*\.(?:cpp|hpp|py))\b")
FOLDER = re.compile(r"`((?:\w[\w.-]*/)+)`")


def tails(files):
    """(files by every end of their path, folders by every stretch of theirs)"""
    known, folders = set(), set()
    for path in files:
        parts = path.split("/")
        known.update("/".join(parts[i:]) for i in range(len(parts)))
        folders.update("/".join(parts[i:j]) for i in range(len(parts) - 1) for j in range(i + 1, len(parts)))
    return known, folders


def prose(path, line):
    """what of a line is said to people"""
    if path.endswith(".md"):
        return line
    if path.endswith((".cpp", ".hpp")):
        return line.split("//", 1)[1] if "//" in line else ""
    if path.endswith((".py", ".sh", ".txt")):
        m = re.search(r"(?:^|\s)#(.*)", line)
        return m[1] if m else ""
    return ""


def named_paths(tree, warn):
    """files and folders of the tree that documents and comments name are there"""
    known, folders = tails(tree.files)
    for p in tree.files:
        if p.startswith("tests/lint/") or p == "CHANGELOG.md":       # the log tells of what was
            continue
        for i, line in enumerate(tree.lines(p), 1):
            text = prose(p, line)
            for name in FILE.findall(text):
                if name not in known and not FOREIGN.match(name):
                    yield p, i, "no such file: %s" % name
            if p.endswith(".md"):
                for name in FOLDER.findall(text):
                    if name.rstrip("/") not in folders:
                        yield p, i, "no such folder: %s" % name
