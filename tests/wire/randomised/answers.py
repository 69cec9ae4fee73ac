"""Reads one answer and judges every byte of it against the request's id."""
import re
import zlib

from .ids import EVIL, first_foreign, names_another
from .stream import Gone, Malformed, first

STATUS = re.compile(r"^HTTP/1\.1 (\d\d\d)( [^\r\n]*)?$")


class Answer:
    def __init__(self, status, fields, body, close):
        self.status, self.fields, self.body, self.close = status, fields, body, close


async def read_answer(stream, q, findings):
    """The final answer to `q`. Raises Gone when the connection ends first, which is no finding: it was visibly cut."""
    try:
        return await judge(stream, q, findings)
    except Malformed as e:
        findings.add("malformed", "%s of the answer to %s" % (e, q.name()))
        raise


async def judge(stream, q, findings):
    while True:
        line, fields = await stream.head()
        m = STATUS.match(line)
        if not m:
            raise Malformed("status line %r" % line[:100])
        for value in fields.get("x-id", []) + fields.get("x-id-interim", []):
            if value != q.id:
                findings.add("wrong id", "%s in the head of the answer to %s" % (value, q.name()))
        status = int(m[1])
        if status >= 200 or status == 101:
            break
        findings.note("interim answers")
    findings.note("answers")
    findings.note("status %dxx" % (status // 100))
    findings.note("%s: %s" % (q.service, "relayed" if "x-id" in fields else "own"))
    if status == 101:
        if not q.websocket:
            findings.add("malformed", "101 for " + q.name())
        return Answer(status, fields, b"", False)
    close = "close" in first(fields, "connection").lower()
    if q.method == "HEAD" or status in (204, 304):
        return Answer(status, fields, b"", close)

    def trailer(text):
        if text != "X-T: " + q.id:
            findings.add("wrong id", "trailer %r in the answer to %s" % (text, q.name()))
    if "transfer-encoding" in fields or "content-length" in fields:
        body = await stream.body(fields, trailer)
    else:
        body, close = await stream.to_the_end(), True
    if first(fields, "content-encoding") == "gzip":
        findings.note("compressed answers")
        try:
            body = zlib.decompress(body, 31)
        except zlib.error as e:
            raise Malformed("gzip (%s)" % e)
    judge_body(q, fields, body, close, findings)
    return Answer(status, fields, body, close)


def judge_body(q, fields, body, close, findings):
    if "x-id" in fields:
        wrong = first_foreign(q.id, body)
        if wrong:
            findings.add("foreign bytes", "%s in the answer to %s" % (wrong, q.name()))
        whole = first(fields, "x-whole")
        if whole and "x-page" not in fields and len(body) != int(whole):  # what looks complete must be complete
            findings.add("cut unseen", "%d bytes of %s look complete in the answer to %s" % (len(body), whole, q.name()))
        return
    other = names_another(q.id, body)
    if other and first_foreign(q.id, body):
        findings.add("foreign bytes", "%s in the answer to %s" % ("what a server sent unasked" if other == EVIL else other, q.name()))


def nothing_behind(stream, q, findings):
    """After the last answer of a connection's requests nothing may follow."""
    if stream.held:
        findings.add("foreign bytes", "bytes behind the answer to %s: %r" % (q.name(), bytes(stream.held[:80])))
        raise Gone()
