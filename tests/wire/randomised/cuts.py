"""Short requests and answers cut at each byte, by FIN and by RST: what looks whole is whole, and the next exchange is untouched."""
import asyncio
import socket

from .answers import read_answer
from .asked import Asked
from .ids import bytes_of
from .stream import Gone, Stream

HOSTS = ["plain", "sticky", "buffered", "file1"]


class Short(Asked):
    """A plain request without random parts."""
    def __init__(self, rng, service, method="GET", chunked=False, cut=None, fault="ok"):
        super().__init__(rng, "cut-" + service, {}, 1, True)
        self.service, self.method, self.fault, self.client_fault, self.websocket = service, method, fault, "none", False
        self.size, self.status = 60, 200
        lines = ["X-Id: " + self.id, "X-Service: " + service, "X-Connection: cut-" + self.id, "X-Size: 60", "X-Fault: " + fault]
        if cut is not None:
            lines.append("X-Cut: %d" % cut)
        self.body = b""
        if method == "POST":
            text = bytes_of(self.id, 40)
            lines += ["X-Body: 40", "Transfer-Encoding: chunked" if chunked else "Content-Length: 40"]
            self.body = b"5;a=\"b\"\r\n" + text[:5] + b"\r\n23\r\n" + text[5:] + b"\r\n0\r\nX-Tr: %s\r\n\r\n" % self.id.encode() if chunked else text
        self.head = ("%s /f/%s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n" % (method, self.id, service, "\r\n".join(lines))).encode()


async def connected(place, patience):
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sock, place), patience)
    return Stream(sock, patience)


async def ask(place, q, patience, findings, most=None, reset=False):
    """@param most  so many bytes are sent, then the client ends its side. @return status; 0: no answer."""
    stream = await connected(place, patience)
    try:
        wire = q.head + q.body
        await stream.send(wire if most is None else wire[:most])
        if most is not None and reset:
            stream.reset()
            return 0
        if most is not None:
            stream.sock.shutdown(socket.SHUT_WR)
        return (await read_answer(stream, q, findings)).status
    except (Gone, OSError):
        return 0
    except asyncio.TimeoutError:
        findings.add("hangs", "no end within %.0f s: %s cut at %s" % (patience, q.name(), most))
        return 0
    finally:
        stream.sock.close()


async def every_byte(places, rng, findings, patience, step=1):
    """@param step  only every so-manyth byte, from a random one on."""
    work = []
    for service in HOSTS:
        for fault in ("cut", "cut-rst"):
            for cut in range(rng.randrange(step), 400, step):  # heads and bodies of the server's short answers are about so long
                work.append((Short(rng, service, cut=cut, fault=fault), None, False))
        for method, chunked in (("GET", False), ("POST", False), ("POST", True)):
            size = len(Short(rng, service, method, chunked).head) + len(Short(rng, service, method, chunked).body)
            for reset in (False, True):
                for cut in range(1 + rng.randrange(step), size, step):
                    work.append((Short(rng, service, method, chunked), cut, reset))
    rng.shuffle(work)

    async def some():
        while work:
            q, most, reset = work.pop()
            status = await ask(rng.choice(places), q, patience, findings, most, reset)
            findings.note("requests cut at a byte" if most is not None else "answers cut at a byte")
            if most is not None and 200 <= status < 300:
                findings.add("cut unseen", "%d for a request cut at byte %d: %s" % (status, most, q.name()))
    await asyncio.gather(*(some() for _ in range(8)))
