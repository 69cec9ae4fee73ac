"""One random request: which service, method, body, faults of the server and of the client, all told to the server in its fields."""
import base64

from .ids import bytes_of, new_id

SERVICES = ["plain", "sticky", "buffered", "again", "auth", "digest", "forward", "all", "drr", "strip", "white", "redirect", "waits", "file1",
            "file2", "x1", "x5"]
# What the server does. Those of CUTS end before the answer is whole; SURPLUS send more than that.
SERVER_FAULTS = ["ok"] * 14 + ["early", "early-close", "unread-close", "nothing", "nothing-rst", "interim", "interim-flood", "chunked", "chunked",
                               "bad-chunk", "endless-chunk", "to-the-end", "short", "surplus", "surplus", "twice", "garbage", "unasked-101",
                               "cut", "cut", "cut-rst", "slow", "slow", "idle-close", "idle-rst", "silent", "login"]
# What the client does.
CLIENT_FAULTS = ["none"] * 8 + ["cut", "cut-rst", "dribble", "half", "leave", "leave-rst", "bad-chunk", "stall", "slow-reader", "expect-wait",
                                "expect-leave", "expect-at-once"]
SIZES = [0, 1, 17, 100, 600, 5000, 17000, 66000, 140000, 260000]
BODIES = [0, 1, 17, 1000, 17000, 66000, 150000, 240000]
# A direct client would see these as they are, and a direct server that one.
WITHOUT_WAGGLE = {"surplus", "twice", "garbage", "unasked-101", "login", "bad-chunk", "endless-chunk"}


class Asked:
    """A request as the client sends it, and what its answer is judged by."""
    def __init__(self, rng, connection, cookies, port, direct=False):
        """@param connection  the client connection's own word; @param cookies  service → "name=value", as answers set them;
        @param port  of all tasks."""
        self.id, self.connection = new_id(rng), connection
        self.service = rng.choice(SERVICES)
        self.method = rng.choice(["GET"] * 5 + ["HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS"])
        self.fault = rng.choice(SERVER_FAULTS)
        if direct and self.fault in WITHOUT_WAGGLE:
            self.fault = "ok"
        self.client_fault = "leave" if self.fault == "silent" else rng.choice(CLIENT_FAULTS)
        if direct and self.client_fault == "bad-chunk":
            self.client_fault = "none"
        self.size = rng.choice(SIZES) if rng.random() < .8 else rng.randrange(300000)
        self.status = rng.choice([200] * 10 + [201, 204, 304, 404, 500, 502, 503, 504])
        self.websocket = False
        self.body, length = b"", None
        if self.method in ("POST", "PUT") or rng.random() < .03:
            length = rng.choice(BODIES)
        if self.method == "GET" and length is None and self.fault != "silent" and rng.random() < .08:
            self.websocket, self.fault = True, rng.choice(["ok", "ok", "refuse"])
        lines = ["X-Id: " + self.id, "X-Fault: " + self.fault, "X-Size: %d" % self.size, "X-Status: %d" % self.status,
                 "X-Service: " + self.service, "X-Connection: " + connection, "X-Client: %d" % rng.randrange(1000)]
        lines += self.credentials(rng) + self.moods(rng)
        if cookies.get(self.service) and rng.random() < .7:
            lines.append("Cookie: a=b; " + cookies[self.service])
        elif rng.random() < .2:  # a task that left, never was, or is another service's
            lines.append("Cookie: SRV=http://127.77.0.%d:%d" % (rng.randrange(1, 12), port))
        if length is not None:
            lines += self.give_body(rng, length)
        if self.websocket:
            lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
        path = "/f/" + self.id if self.service == "strip" or rng.random() < .9 else "/f/%s?q=%s" % (self.id, self.id)
        self.head = ("%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n" % (self.method, path, self.service, "\r\n".join(lines))).encode()

    def credentials(self, rng):
        out = []
        if self.service in ("auth", "all"):
            password = b"secret" if rng.random() < .9 else b"wrong%d" % rng.randrange(99)
            out.append("Authorization: Basic " + base64.b64encode(b"ann:" + password).decode())
        if self.service == "digest" and rng.random() < .3:
            out.append('Authorization: Digest username="ann", realm="r", nonce="%s", uri="/", response="0"' % self.id)
        if self.service == "forward" and rng.random() < .1:
            out.append("X-Want: deny")
        if rng.random() < .1:  # what a client claims about itself must not reach the server on services that set it
            out += ["X-User: mallory", "X-Auth-Id: mallory"]
        return out

    @staticmethod
    def moods(rng):
        out = []
        if rng.random() < .5:
            out.append("Accept-Encoding: gzip")
        if rng.random() < .2:
            out.append("TE: trailers")
        if rng.random() < .05:
            out.append("X-Big: " + "b" * rng.choice([3000, 12000, 30000]))
        return out

    def give_body(self, rng, length):
        """Length or chunks, and whether the client waits for 100. @return the fields."""
        out = ["X-Body: %d" % length]
        if self.client_fault.startswith("expect"):
            out.append("Expect: 100-continue")
        whole = bytes_of(self.id, length)
        if rng.random() < .5:
            self.body = whole
            return out + ["Content-Length: %d" % length]
        at = 0
        while at < length:
            size = length - at if rng.random() < .3 else rng.choice([1, 9, 200, 5000, 70000])
            size = min(length - at, max(size, 200 if length > 20000 else 1))
            self.body += b"%x%s\r\n" % (size, rng.choice([b"", b";x=y"])) + whole[at:at + size] + b"\r\n"
            at += size
            if self.client_fault == "bad-chunk" and rng.random() < .3:
                self.body += b"0x1\r\n"
                break
        self.body += b"0\r\n" + rng.choice([b"", b"X-Tr: %s\r\n" % self.id.encode()]) + b"\r\n"
        return out + ["Transfer-Encoding: chunked"]

    @property
    def expects(self):
        return b"\r\nExpect: " in self.head

    def name(self):
        """For findings: enough to see what was asked."""
        return "%s (%s %s, server %s %d of %d, client %s)" % (self.id, self.method, self.service, self.fault, self.status, self.size, self.client_fault)
