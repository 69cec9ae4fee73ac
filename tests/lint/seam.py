"""The seam between exchanges and streams: what a protocol writes and reads, and which socket is behind it, is the streams' (docs/decisions/0012)."""
import re

EXCHANGES = "proxy/exchange/"
STREAMS = {"proxy/stream/server_stream.hpp": "server_stream", "proxy/stream/client_stream.hpp": "client_stream"}

PROTOCOL = re.compile(r'#\s*include\s*"(?:http1/|io/stream\.hpp)|\bhttp1::|\bio::stream\b|\bscratch\.(?:request|response|output|in\()')
MEMBER = re.compile(r"^  (?! |using |friend |struct |class |enum |static |return |explicit |public|private|protected)[\w:<>,&* ]+[&* ]\w+(?: = [^;]*|\{[^;]*\})?;")


def without_comment(line):
    return line.split("//")[0]


def public_members(lines, name):
    """(line, text) of each data member of class `name` that everybody sees"""
    inside = public = False
    for i, line in enumerate(lines, 1):
        if re.match(r"class %s\b.*\{" % name, line):
            inside, public = True, False
        elif line.startswith("};"):
            inside = False
        elif inside and re.match(r" (public|private|protected):", line):
            public = line.strip() == "public:"
        elif inside and public and "(" not in without_comment(line) and MEMBER.match(without_comment(line)):
            yield i, line.strip()


def seam(tree, warn):
    """exchanges know neither the text of a protocol nor a socket; streams show no data"""
    for p in tree.files:
        if p.startswith(EXCHANGES) and p.endswith((".cpp", ".hpp")):
            for i, line in enumerate(tree.lines(p), 1):
                found = PROTOCOL.search(without_comment(line))
                if found:
                    yield p, i, "%s is for proxy/stream/" % found[0]
        if p in STREAMS:
            for i, line in public_members(tree.lines(p), STREAMS[p]):
                yield p, i, "a verb instead of public data: %s" % line
