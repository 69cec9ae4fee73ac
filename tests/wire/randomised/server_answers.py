"""What a server of the run writes: the bytes of an answer in some framing, whole or with the fault that the request asks for."""
import asyncio

from .ids import EVIL, bytes_of
from .stream import first

CUTS = ("cut", "cut-rst")
ENDS = ("to-the-end", "short", "garbage", "unasked-101", "bad-chunk", "endless-chunk", "idle-close", "idle-rst", "surplus", "twice")


def evil(size=17):
    """An answer that nobody asked for."""
    return b"HTTP/1.1 200 OK\r\nX-Id: %s\r\nContent-Length: %d\r\n\r\n" % (EVIL.encode(), size) + bytes_of(EVIL, size)


def bodiless(method, status):
    return method == "HEAD" or status in (204, 304)


def answer(r, rng):
    """The bytes for request `r`; those of the faults that are bytes, too."""
    size, status, fault = r.size, r.status, r.fault
    if fault in ("surplus", "twice"):
        size = min(size, 3000)  # one segment: what is too much is there when the answer is read
    body = bytes_of(r.id, size)
    own = "X-Id: %s\r\nX-Whole: %d\r\nContent-Type: text/plain\r\n" % (r.id, size + 50 if fault == "short" else size)
    silent = bodiless(r.method, status)
    may_chunk = fault in ("ok", "interim", "slow", "cut", "cut-rst", "surplus") and status not in (204, 304) and rng.random() < .4
    if fault in ("chunked", "bad-chunk", "endless-chunk") or may_chunk:
        wire = ("HTTP/1.1 %d OK\r\n%sTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n" % (status, own)).encode()
        wire += b"" if silent else chunks(r, rng, body)
    elif fault == "to-the-end":
        wire = ("HTTP/1.1 %d OK\r\n%s\r\n" % (status, own)).encode() + (b"" if silent else body)
    else:
        length = "" if status == 204 else "Content-Length: %d\r\n" % (size + 50 if fault == "short" else size)
        wire = ("HTTP/1.1 %d OK\r\n%s%s\r\n" % (status, own, length)).encode() + (b"" if silent and fault != "surplus" else body)
    if fault == "surplus":
        wire += bytes_of(EVIL, 400)
    elif fault == "twice":
        wire += evil()
    elif fault == "garbage":
        wire = rng.randbytes(rng.randint(1, 300))
    elif fault == "unasked-101":
        wire = ("HTTP/1.1 101 Switching Protocols\r\n%sConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" % own).encode() + body
    return interims(r, rng) + wire


def chunks(r, rng, body):
    out, at = b"", 0
    while at < len(body):
        size = min(len(body) - at, rng.choice([1, 7, 100, 4096, 16384, 65536, 100000]))
        if len(body) > 20000:
            size = min(len(body) - at, max(size, 300))
        out += b"%x%s\r\n" % (size, rng.choice([b"", b"", b";a=b"])) + body[at:at + size] + b"\r\n"
        at += size
        if r.fault == "bad-chunk" and rng.random() < .3:
            return out + b"zz\r\n" + body[:100]
    if r.fault == "endless-chunk":
        return out + b"fffffffffffffff\r\nx"
    return out + b"0\r\nX-T: %s\r\n\r\n" % r.id.encode()


def interims(r, rng):
    if r.fault == "interim":
        return b"".join(b"HTTP/1.1 %d x\r\nX-Id-Interim: %s\r\n\r\n" % (rng.choice([100, 102, 103]), r.id.encode()) for _ in range(rng.randint(1, 8)))
    if r.fault == "interim-flood":
        return (b"HTTP/1.1 103 x\r\nLink: " + b"x" * 1000 + b"\r\n\r\n") * 40
    return b""


async def send(stream, r, rng):
    """Writes the answer as the fault wants it. @return whether the connection may go on."""
    wire = answer(r, rng)
    if r.cut is not None:
        await stream.send(wire[:r.cut])
        return finish(stream, r.fault == "cut-rst")
    if r.fault in CUTS:
        at = rng.randrange(len(wire) + 1) if rng.random() < .5 else rng.randrange(min(len(wire), 400) + 1)
        await stream.send(wire[:at])
        if rng.random() < .3:
            await asyncio.sleep(rng.random() * .02)
        return finish(stream, r.fault == "cut-rst")
    if r.fault == "slow" or (rng.random() < .1 and r.fault not in ("surplus", "twice")):
        at = 0
        while at < len(wire):
            size = rng.choice([1, 2, 5, 17, 300, 5000, 50000]) if at < 600 or rng.random() < .5 else 60000
            await stream.send(wire[at:at + size])
            at += size
            if rng.random() < .3:
                await asyncio.sleep(rng.random() * .004)
    else:
        await stream.send(wire)
    if r.fault in ("surplus", "twice"):  # and once more, when the next request may be on the connection that must not be used again
        await asyncio.sleep(rng.random() * .03)
        await stream.send(evil())
    if r.fault in ENDS:
        if r.fault in ("garbage", "unasked-101", "bad-chunk", "endless-chunk", "surplus", "twice"):
            await asyncio.sleep(.05)
            return finish(stream, True)
        return finish(stream, r.fault == "idle-rst")
    return True


def finish(stream, reset):
    if reset:
        stream.reset()
    else:
        stream.sock.close()
    return False


async def tunnel(stream, r, rng, findings):
    """After a 101: what comes goes back, and must be this client's bytes."""
    if r.fault == "refuse":
        await stream.send(("HTTP/1.1 426 Upgrade Required\r\nX-Id: %s\r\nContent-Length: %d\r\n\r\n" % (r.id, r.size)).encode() + bytes_of(r.id, r.size))
        return True
    head = "HTTP/1.1 101 Switching Protocols\r\nX-Id: %s\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"
    await stream.send((head % (r.id, first(r.fields, "upgrade"))).encode())
    got = b""
    try:
        while True:
            if not stream.held:
                await stream.more()
            data = stream.take(len(stream.held))
            got += data
            await stream.send(data)
            if rng.random() < .02:
                return finish(stream, True)
    finally:
        findings.note("tunnels at the server")
        if got != bytes_of(r.id, len(got)):
            findings.add("foreign bytes", "in the tunnel of %s at the server: %r" % (r.id, got[:80]))
