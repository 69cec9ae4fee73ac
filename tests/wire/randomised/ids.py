"""The id that a request carries through everything, the bytes made of it, and the list of what was found wrong."""
import re

EVIL = "feedfeedfeedfeed"  # has the form of an id and belongs to no request: what a misbehaving server sends unasked
ID = re.compile(rb"[0-9a-f]{16}")


def new_id(rng):
    return "%016x" % rng.getrandbits(64)


def bytes_of(id_, size):
    """A body of this id: the id on a line, again and again."""
    line = (id_ + "\n").encode()
    return (line * (size // len(line) + 1))[:size]


def first_foreign(id_, data):
    """None, or where `data` first is not a body of this id, with what stands there."""
    wanted = bytes_of(id_, len(data))
    if data == wanted:
        return None
    at = next(i for i in range(len(data)) if data[i] != wanted[i])
    return "foreign bytes at %d of %d: %r" % (at, len(data), bytes(data[at:at + 60]))


def names_another(id_, data):
    """An id in `data` that is not this one, or None. For answers that waggle makes itself, whose text is not checked."""
    return next((m.decode() for m in ID.findall(data) if m != id_.encode()), None)


class Findings:
    """What was found wrong, by kind, and figures. Kinds that are in here at the end fail the run."""
    MOST = 20

    def __init__(self):
        self.wrong, self.count = {}, {}

    def add(self, kind, text):
        kept = self.wrong.setdefault(kind, [])
        if len(kept) < self.MOST:
            kept.append(text)
        self.note("wrong: " + kind)

    def note(self, what, by=1):
        self.count[what] = self.count.get(what, 0) + by

    def merge(self, other):
        """@param other  as plain(): from the servers' process."""
        for kind, texts in other["wrong"].items():
            for text in texts:
                self.add(kind, text)
        for what, by in other["count"].items():
            if not what.startswith("wrong: "):
                self.note(what, by)

    def plain(self):
        return {"wrong": self.wrong, "count": self.count}
