"""A small HTTP/1.1 client that shows everything: raw heads, repeated fields, cookies, cut answers.

Every function takes a `dial`: a callable that returns a connected socket. Lab.dial(node, host, port) makes one whose
sockets live in a node's network namespace.
"""
import base64
import json
import os
import struct


class Cut(OSError):
    """The peer ended the connection before the answer was complete."""


class Response:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def all(self, name):
        return [v for k, v in self.fields if k.lower() == name.lower()]

    def get(self, name):
        v = self.all(name)
        return v[0] if v else None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace").strip()

    @property
    def who(self):
        """The container that answered, or None if it was not whoami."""
        return self.text[4:] if self.text.startswith("I'm ") else None

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "<%d %r %r>" % (self.status, self.fields, self.body[:120])


class Stream:
    """A socket with the readers that HTTP needs."""

    def __init__(self, sock):
        self.sock, self.buf = sock, b""

    def more(self):
        part = self.sock.recv(65536)
        if not part:
            raise Cut("connection ended, %d bytes unread" % len(self.buf))
        self.buf += part

    def until(self, mark):
        while mark not in self.buf:
            self.more()
        out, self.buf = self.buf.split(mark, 1)
        return out

    def exactly(self, n):
        while len(self.buf) < n:
            self.more()
        out, self.buf = self.buf[:n], self.buf[n:]
        return out

    def rest(self):
        try:
            while True:
                self.more()
        except Cut:
            out, self.buf = self.buf, b""
            return out


def send_request(sock, path="/", method="GET", host="lab.test", fields=(), body=None, close=True):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host]
    lines += ["%s: %s" % f for f in fields]
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    if close:
        lines.append("Connection: close")
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b""))


def read_response(stream, method="GET"):
    while True:
        lines = stream.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status not in (100, 103):
            break
    fields = [(k.strip(), v.strip()) for k, _, v in (ln.partition(":") for ln in lines[1:])]
    low = {k.lower(): v for k, v in fields}
    if method == "HEAD" or status in (101, 204, 304):
        return Response(status, fields, b"")
    if "chunked" in low.get("transfer-encoding", ""):
        body = b""
        while True:
            n = int(stream.until(b"\r\n").split(b";")[0], 16)
            body += stream.exactly(n)
            if n == 0:
                while stream.until(b"\r\n"):
                    pass
                return Response(status, fields, body)
            stream.exactly(2)
    if "content-length" in low:
        return Response(status, fields, stream.exactly(int(low["content-length"])))
    return Response(status, fields, stream.rest())


def get(dial, path="/", cookie=None, method="GET", fields=(), **more):
    """One request on a connection of its own."""
    fields = list(fields) + ([("Cookie", cookie)] if cookie else [])
    with dial() as sock:
        send_request(sock, path, method=method, fields=fields, **more)
        return read_response(Stream(sock), method)


# ---- WebSocket (RFC 6455), the client's half
def ws_open(dial, path="/", fields=(), host="lab.test"):
    sock = dial()
    key = base64.b64encode(os.urandom(16)).decode()
    send_request(sock, path, host=host, close=False, fields=[
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)] + list(fields))
    stream = Stream(sock)
    return stream, read_response(stream)


def ws_send(stream, data, opcode=2):
    mask = os.urandom(4)
    n = len(data)
    head = bytes([0x80 | opcode]) + (bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 65536
                                     else b"\xff" + struct.pack(">Q", n))
    stream.sock.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data)))


def ws_read(stream):
    """-> (opcode, data)"""
    first, n = stream.exactly(2)
    if n == 126:
        n = struct.unpack(">H", stream.exactly(2))[0]
    elif n == 127:
        n = struct.unpack(">Q", stream.exactly(8))[0]
    return first & 15, stream.exactly(n)
