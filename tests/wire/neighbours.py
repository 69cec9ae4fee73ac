#!/usr/bin/env python3
"""Hostile clients and servers beside an ordinary service, one worker: what the ordinary client notices. Rows of fault_matrix.py.

    neighbours.py attack KIND PORT               one attacker, until it is ended (what fault_matrix.py starts)
    neighbours.py serve PORT                     the hostile servers

Loopback only; bounded in count; attackers run at low priority, so that the measured client and the proxy have the CPU.
"""
import base64, math, os, socket, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
LOOP = "127.0.0.1"
BAR = 0.050            # seconds, of the 99th percentile
ROUNDS, REQUESTS, PAUSE = 3, 150, 0.004
CONFIG = """
[frontends.{name}]
backend = "{backend}"
passHostHeader = true
entryPoints = ["http", "gzip", "proxied"]
[frontends.{name}.routes.r]
rule = "Host:{name}"
"""
SHA = "u:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="
COSTLY = "joe:$2b$12$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"


def routes(calm, hostile, dead):
    """The file of routes: the ordinary service "calm", and one for each kind of trouble."""
    out = "".join('[backends.%s.servers.s]\nurl = "http://127.0.0.1:%d"\n' % (name, port)
                  for name, port in (("calm", calm), ("bad", hostile), ("buffered", hostile), ("dead", dead)))
    out += '[backends.buffered.buffering]\nmemResponseBodyBytes = 65536\nretryExpression = "IsNetworkError() && Attempts() <= 2"\n'
    for name, backend in (("calm", "calm"), ("bad", "bad"), ("buffered", "buffered"), ("dead", "dead"), ("sha", "calm"), ("costly", "calm")):
        out += CONFIG.format(name=name, backend=backend)
    for name, expression in (("captures", "^http://([^/]*)/(.*)x(.*)y(.*)z(.*)$"), ("square", "a(.*b)?")):
        out += CONFIG.format(name=name, backend="calm") + '[frontends.%s.redirect]\nregex = "%s"\nreplacement = "http://x/$1"\n' % (name, expression)
    out += '[frontends.sha.auth.basic]\nusers = ["%s"]\n[frontends.costly.auth.basic]\nusers = ["%s"]\n' % (SHA, COSTLY)
    return out


# --- hostile servers -------------------------------------------------------------------------------------------------

TRAILERS = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: " + b",".join([b"b"] * 15000) + b"\r\n\r\n1\r\nx\r\n0\r\n" +
            b"c:\r\n" * 2000 + b"\r\n")
TEXT = b"".join(b"%d bottles of beer on the wall\n" % i for i in range(4000))


def answer_one(c, path):
    if path == b"/trailers":
        c.sendall(TRAILERS)
        return False
    if path == b"/tiny":  # chunks of a byte
        c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            c.sendall(b"1\r\nx\r\n" * 10000)
    if path in (b"/endless", b"/text"):
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            c.sendall(TEXT)
    if path == b"/cut":
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        return False
    c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    return True


def serve(port):
    listening = socket.create_server((LOOP, port), backlog=512)

    def one(c):
        try:
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = c.recv(65536)
                    if not more:
                        return
                    head += more
                if not answer_one(c, head.split(b" ")[1]):
                    return
        except OSError:
            pass
        finally:
            c.close()
    while True:
        threading.Thread(target=one, args=(listening.accept()[0],), daemon=True).start()


# --- attackers: (entry point, threads, what each does over and over) ----------------------------------------------------

def dial(port):
    c = socket.create_connection((LOOP, port), 5)
    c.settimeout(5)
    return c


def get(host, path="/", more=b""):
    return b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (path.encode(), host.encode(), more)


def pipeline(port, host, path="/"):
    """Requests that the proxy answers itself, as fast as they go out; the answers are thrown away."""
    c = dial(port)
    reader = threading.Thread(target=lambda: swallow(c), daemon=True)
    reader.start()
    many = get(host, path) * max(1, 500 // len(path))
    while True:
        c.sendall(many)


def swallow(c, most=1 << 62, pause=0.0):
    n = 0
    while n < most:
        d = c.recv(1 << 18)
        if not d:
            return
        n += len(d)
        time.sleep(pause)


def upload(port, host, chunked=False):
    c = dial(port)
    head = b"POST / HTTP/1.1\r\nHost: %s\r\n" % host.encode()
    c.sendall(head + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 90000000\r\n\r\n"))
    piece = b"1\r\nx\r\n" * 20000 if chunked else b"x" * (1 << 20)
    while True:
        c.sendall(piece)


def download(port, host, path, more=b""):
    c = dial(port)
    c.sendall(get(host, path, more))
    swallow(c)


def guess(port):
    c = dial(port)
    word = base64.b64encode(b"joe:" + os.urandom(6).hex().encode())
    c.sendall(get("costly", "/", b"Authorization: Basic %s\r\n" % word))
    c.settimeout(20)
    c.recv(1000)


def crowd(port, bytes_of_each, count=200, small=False):
    """Connections that say so much and then nothing."""
    held = []
    for _ in range(count):
        c = socket.socket()
        if small:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.connect((LOOP, port))
        c.sendall(bytes_of_each)
        held.append(c)
    time.sleep(1)
    for c in held:
        c.close()


def drip(port):
    """A head of many lines, a line at a time."""
    c = dial(port)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    c.sendall(b"GET / HTTP/1.1\r\nHost: calm\r\n")
    for i in range(100):
        c.sendall(b"X-%d: %s\r\n" % (i, b"v" * 400))
    c.sendall(b"\r\n")
    c.recv(1000)
    c.close()


def churn(port):
    c = dial(port)
    c.close()


def short(port, raw):
    c = dial(port)
    c.sendall(raw)
    c.recv(1000)
    c.close()


GZIP = b"Accept-Encoding: gzip\r\n"
KINDS = {
    "pipelined requests without a route": ("http", 2, lambda p: pipeline(p, "nobody")),
    "pipelined requests without a password": ("http", 2, lambda p: pipeline(p, "sha")),
    "redirects by an expression with many captures": ("http", 4, lambda p: pipeline(p, "captures", "/" + "axbycz" * 2500)),
    "redirects by an expression that costs the square": ("http", 4, lambda p: pipeline(p, "square", "/" + "a" * 15000)),
    "uploads into buffering": ("http", 4, lambda p: upload(p, "buffered")),
    "answers into buffering": ("http", 4, lambda p: download(p, "buffered", "/endless")),
    "uploads in chunks of a byte": ("http", 2, lambda p: upload(p, "bad", True)),
    "answers in chunks of a byte": ("http", 4, lambda p: download(p, "bad", "/tiny")),
    "announced trailers": ("http", 4, lambda p: download(p, "bad", "/trailers")),
    "downloads without end": ("http", 12, lambda p: download(p, "bad", "/endless")),
    "compressed downloads without end": ("gzip", 12, lambda p: download(p, "bad", "/text", GZIP)),
    "downloads that nobody reads": ("http", 1, lambda p: crowd(p, get("bad", "/endless"), small=True)),
    "guesses of a costly password": ("http", 40, guess),
    "half PROXY headers": ("proxied", 1, lambda p: crowd(p, b"PROXY TCP4 192.0.2.")),
    "half heads": ("http", 1, lambda p: crowd(p, b"GET / HTTP/1.1\r\nHost: c")),
    "heads in drips": ("http", 4, drip),
    "connection churn": ("http", 4, churn),
    "a server that is not there": ("http", 4, lambda p: short(p, get("dead"))),
    "a server that cuts its answers": ("http", 4, lambda p: short(p, get("bad", "/cut"))),
    "scrapes of the metrics": ("api", 2, lambda p: short(p, get("x", "/metrics"))),
}


def attack(kind, port):
    os.nice(10)
    _, threads, work = KINDS[kind]

    def again():
        while True:
            try:
                work(port)
            except OSError:
                time.sleep(0.005)
    for _ in range(threads):
        threading.Thread(target=again, daemon=True).start()
    print("begun", flush=True)
    time.sleep(120)


class Edge:
    """waggle with one worker, the ordinary service, the hostile ones; ended by pid."""
    def __init__(self, waggle, log):
        from ports import free_port
        calm, hostile, dead = free_port(), free_port(), free_port()
        self.ports = {name: free_port() for name in ("http", "gzip", "proxied", "api")}
        self.children, self.dir = [], tempfile.TemporaryDirectory()
        conf = os.path.join(self.dir.name, "routes.toml")
        with open(conf, "w") as f:
            f.write(routes(calm, hostile, dead))
        self.start(log, sys.executable, os.path.join(HERE, "..", "lab", "faults.py"), "serve", "--port", str(calm), "--max-seconds", "1500")
        self.start(log, sys.executable, os.path.abspath(__file__), "serve", str(hostile))
        entry = "--entryPoints=Name:%s Address:127.0.0.1:%d %s"
        self.waggle = self.start(
            log, waggle, "--file.filename=" + conf, "--workers=1", "--loglevel=FATAL", "--api", "--metrics", "--buffering.maxDiskBytes=200M",
            "--accessLog.filePath=/dev/null", "--accessLog.format=json", "--defaultEntryPoints=http,gzip,proxied",
            entry % ("http", self.ports["http"], ""), entry % ("gzip", self.ports["gzip"], "Compress:true"),
            entry % ("proxied", self.ports["proxied"], "ProxyProtocol.Insecure:true"), entry % ("traefik", self.ports["api"], ""))
        end = time.monotonic() + 30
        while True:
            assert self.waggle.poll() is None, "waggle ended at its start"
            try:
                measure(self.ports["http"], 1)
                break
            except (OSError, AssertionError):
                assert time.monotonic() < end, "the ordinary service does not answer"
                time.sleep(0.05)

    def start(self, log, *cmd):
        p = subprocess.Popen(cmd, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.children.append(p)
        return p

    def close(self):
        for p in self.children:
            p.kill()
            p.wait()
        self.dir.cleanup()


# --- what the ordinary client notices ------------------------------------------------------------------------------------

def percentile(values, share):
    """The nearest-rank percentile: the smallest value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def measure(port, count=REQUESTS):
    """-> seconds of each of `count` requests on a kept connection; one in ten opens a new one. Raises on a wrong answer."""
    took, c = [], None
    for i in range(count):
        began = time.monotonic()
        if c is None:
            c = dial(port)
            c.settimeout(20)
        c.sendall(get("calm", "/m/ok"))
        got = b""
        while b"\r\n\r\n" not in got or not complete(got):
            more = c.recv(65536)
            assert more, "the ordinary client was cut off after %r" % got[:60]
            got += more
        took.append(time.monotonic() - began)
        assert got.startswith(b"HTTP/1.1 200 "), "the ordinary client got %r" % got[:60]
        if i % 10 == 9:
            c.close()
            c = None
        time.sleep(PAUSE)
    return took


def complete(got):
    head, _, body = got.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.split(b":")[1])
    return False


def beside(edge, kind, strict, judged=True):
    """One row. The best of a few rounds counts: a machine that had something else to do says nothing about the proxy."""
    ports, entry, seen = edge.ports, KINDS[kind][0], []
    for _ in range(ROUNDS):
        quiet = percentile(measure(ports["http"], REQUESTS // 2), 0.99)
        p = subprocess.Popen([sys.executable, os.path.abspath(__file__), "attack", kind, str(ports[entry])], stdout=subprocess.PIPE, text=True)
        try:
            p.stdout.readline()
            time.sleep(0.3)  # the attack has to get going; what is measured is what comes after
            loud = percentile(measure(ports["http"]), 0.99)
        finally:
            p.kill()
            p.wait()
            p.stdout.close()
        bar = BAR if strict else max(4 * BAR, 20 * quiet)
        seen.append("%.1f ms (quiet %.1f)" % (loud * 1000, quiet * 1000))
        assert edge.waggle.poll() is None, "waggle ended with %s" % edge.waggle.returncode
        if loud <= bar or not judged:
            return seen[-1]
    raise AssertionError("the neighbour's p99 beside %s: %s" % (kind, ", ".join(seen)))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        os.nice(5)
        serve(int(sys.argv[2]))
    else:
        attack(sys.argv[2], int(sys.argv[3]))
