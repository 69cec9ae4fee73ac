#!/usr/bin/env python3
"""The data-plane fault matrix: every misbehaving backend of faults.py behind waggle, GET and POST, on new and on reused
connections; and hostile clients beside ordinary ones. Asserts status, attempts seen by the backend, visible cuts, memory.

    fault_matrix.py --waggle build/dev/waggle [--only PATTERN]
    fault_matrix.py --cmd 'PROGRAM that listens on {port}, sends /calm to 127.0.0.1:{calm} and the rest to 127.0.0.1:{backend}'

Ends with "N passed, N failed". Loopback only; everything is bounded in count and time.
"""
import argparse, fnmatch, http.client, json, os, re, shlex, signal, socket, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_port  # noqa: E402
import neighbours  # noqa: E402

FAULTS = os.path.join(HERE, "..", "lab", "faults.py")
LOOP = "127.0.0.1"
CONFIG = """[backends.b.servers.s]
url = "http://127.0.0.1:{backend}"
[backends.calm.servers.s]
url = "http://127.0.0.1:{calm}"
[frontends.calm]
backend = "calm"
passHostHeader = true
[frontends.calm.routes.r]
rule = "PathPrefix:/calm"
[frontends.f]
backend = "b"
passHostHeader = true
[frontends.f.routes.r]
rule = "PathPrefix:/"
"""


def wait_port(port, process, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("a child ended at start: %s" % process.args)
        try:
            socket.create_connection((LOOP, port), 0.5).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("port %d did not open" % port)


class Bench:
    """The proxy under test and the misbehaving backend, both ended by pid."""
    def __init__(self, args, flags=()):
        self.instrumented = getattr(args, "slow", False)
        self.backend, self.port = free_port(), free_port()
        self.dir = tempfile.TemporaryDirectory()
        self.log = open(os.path.join(self.dir.name, "proxy.log"), "w+")
        self.children = []
        self.calm = free_port()  # a second process: a flood in the first must not be taken for one in the proxy
        for port in (self.backend, self.calm):
            wait_port(port, self.start([sys.executable, FAULTS, "serve", "--port", str(port), "--max-seconds", "1500"]))
        if args.cmd:
            cmd = shlex.split(args.cmd.format(port=self.port, backend=self.backend, calm=self.calm))
        else:
            self.conf = conf = os.path.join(self.dir.name, "routes.toml")
            with open(conf, "w") as f:
                f.write(CONFIG.format(backend=self.backend, calm=self.calm))
            cmd = [args.waggle, "--file.filename=" + conf, "--entryPoints=Name:http Address:127.0.0.1:%d" % self.port,
                   "--loglevel=WARN", "--workers=2", *flags]
        self.proxy = self.start(cmd)
        wait_port(self.port, self.proxy)
        end = time.monotonic() + 10
        while time.monotonic() < end and self.get("/m/ok")[0] != 200:
            time.sleep(0.05)

    def start(self, cmd):
        p = subprocess.Popen(cmd, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.children.append(p)
        return p

    def close(self):
        for p in reversed(self.children):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        for p in reversed(self.children):
            try:
                p.wait(10)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        self.dir.cleanup()

    def stats(self):
        c = http.client.HTTPConnection(LOOP, self.backend, timeout=5)
        c.request("GET", "/-stats")
        out = json.loads(c.getresponse().read())
        c.close()
        return out

    def rss_kib(self):
        with open("/proc/%d/status" % self.proxy.pid) as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    def get(self, path, method="GET", body=None, timeout=12, headers=None, conn=None):
        """-> (status or None, body length, 'whole' | 'cut' | 'none', seconds)"""
        c = conn or http.client.HTTPConnection(LOOP, self.port, timeout=timeout)
        t = time.monotonic()
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
        except (http.client.HTTPException, OSError):
            c.close()
            return None, 0, "none", time.monotonic() - t
        n, end = 0, "whole"
        try:
            while True:
                d = r.read(65536)
                if not d:
                    break
                n += len(d)
            if r.length:
                end = "cut"
        except (http.client.HTTPException, OSError):
            end = "cut"
        if conn is None:
            c.close()
        return r.status, n, end, time.monotonic() - t

    def client(self, kind, *extra, timeout=300):  # it ends by itself in seconds; a busy machine has four times the load of an idle one
        p = subprocess.run([sys.executable, FAULTS, "client", kind, "--target", "%s:%d" % (LOOP, self.port), *extra],
                           capture_output=True, text=True, timeout=timeout)
        return json.loads(p.stdout.strip().splitlines()[-1])


def attempts(b, mode, call):
    before = b.stats()["requests"].get(mode, 0)
    out = call()
    return out, b.stats()["requests"].get(mode, 0) - before


# mode: (path suffix, GET status, GET end, most GET attempts, POST status, POST end, most POST attempts)
ROWS = {
    "ok": ("", 200, "whole", 1, 200, "whole", 1), "echo": ("", 200, "whole", 1, 200, "whole", 1),
    "delay": ("/300", 200, "whole", 1, 200, "whole", 1),
    "rst": ("", 502, "whole", 3, 502, "whole", 1), "close": ("", 502, "whole", 3, 502, "whole", 1),
    "rst-head": ("", 502, "whole", 1, 502, "whole", 1), "close-head": ("", 502, "whole", 1, 502, "whole", 1),
    "rst-after": ("", 200, "cut", 1, 200, "cut", 1), "close-after": ("", 200, "cut", 1, 200, "cut", 1),
    "rst-chunked": ("", 200, "cut", 1, 200, "cut", 1), "chunk-cut": ("", 200, "cut", 1, 200, "cut", 1),
    "drip": ("/20", 200, "whole", 1, 200, "whole", 1), "drip-head": ("/5", 200, "whole", 1, 200, "whole", 1),
    "two-responses": ("", 200, "whole", 1, 200, "whole", 1),
    "huge-header": ("", 502, "whole", 1, 502, "whole", 1), "many-headers": ("", 502, "whole", 1, 502, "whole", 1),
    "infinite-head": ("", 502, "whole", 1, 502, "whole", 1),
    "big": ("", 200, "whole", 1, 200, "whole", 1), "big-chunked": ("", 200, "whole", 1, 200, "whole", 1),
    "long": ("", 200, "whole", 1, 200, "whole", 1),
    "garbage": ("", 502, "whole", 1, 502, "whole", 1), "http09": ("", 502, "whole", 1, 502, "whole", 1),
    "http10": ("", 200, "whole", 1, 200, "whole", 1),
    "early": ("", 200, "whole", 1, 200, "whole", 1),
    "half-close": ("", 200, "whole", 1, 200, "whole", 1),
    "half-close-early": ("", 502, "whole", 3, 502, "whole", 1),
    "continue-many": ("/20", 200, "whole", 1, 200, "whole", 1),
    "switch-unasked": ("", 502, "whole", 1, 502, "whole", 1),
    "set-cookie": ("", 200, "whole", 1, 200, "whole", 1),
}


def check_mode(b, mode):
    suffix, gs, ge, ga, ps, pe, pa = ROWS[mode]
    for method, body, status, end, most in (("GET", None, gs, ge, ga), ("POST", b"x" * 100, ps, pe, pa)):
        for reused in (False, True):
            conn = http.client.HTTPConnection(LOOP, b.port, timeout=12)
            if reused:
                assert b.get("/m/ok", conn=conn)[0] == 200
            (s, n, e, sec), seen = attempts(b, mode, lambda: b.get("/m/%s%s" % (mode, suffix), method, body, conn=conn))
            conn.close()
            what = "%s %s on a %s connection" % (method, mode, "reused" if reused else "new")
            assert s == status, "%s: status %s, wanted %s" % (what, s, status)
            assert e == end, "%s: the answer is %s, wanted %s (%d bytes)" % (what, e, end, n)
            assert seen <= most, "%s: %d attempts, at most %d are lawful" % (what, seen, most)
            assert b.get("/m/ok")[0] == 200, "%s: the next ordinary request fails" % what


def reused_that_die(b, mode, count=1000, clients=4):
    """GETs over connections to the server that die: all answered."""
    bad = []

    def one(n):
        c = http.client.HTTPConnection(LOOP, b.port, timeout=10)
        for _ in range(n):
            s, _, e, _ = b.get("/m/" + mode, conn=c)
            if (s, e) != (200, "whole"):
                bad.append((s, e))
                c = http.client.HTTPConnection(LOOP, b.port, timeout=10)
        c.close()
    threads = [threading.Thread(target=one, args=(count // clients,)) for _ in range(clients)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not bad, "%d of %d GETs failed: %s" % (len(bad), count, bad[:3])


def posts_once(b, mode, count=200):
    """POSTs over such connections: each reaches the server at most once."""
    before = b.stats()["requests"].get(mode.split("/")[0], 0)
    answered = 0
    c = http.client.HTTPConnection(LOOP, b.port, timeout=10)
    for _ in range(count):
        s = b.get("/m/" + mode, "POST", b"x" * 50, conn=c)[0]
        answered += s == 200
        if s is None:
            c = http.client.HTTPConnection(LOOP, b.port, timeout=10)
    c.close()
    seen = b.stats()["requests"].get(mode.split("/")[0], 0) - before
    assert seen <= count, "%d POSTs were seen %d times" % (count, seen)
    assert answered >= count * 0.4, "only %d of %d POSTs answered" % (answered, count)


def memory_flat(b, limit_kib, work):
    if b.instrumented:
        return work()  # a sanitizer's own memory (quarantine, shadow) says nothing
    before = b.rss_kib()
    work()
    after = b.rss_kib()
    assert after - before < limit_kib, "RSS grew from %d to %d KiB" % (before, after)


def beside(b, kind, *extra, slowest=1.0):
    """Ordinary requests while a hostile kind of client is at work."""
    out = []
    t = threading.Thread(target=lambda: out.append(b.client(kind, *extra)))
    t.start()
    worst, n = 0, 0
    while t.is_alive():
        s, _, e, sec = b.get("/calm/m/ok")
        assert (s, e) == (200, "whole"), "an ordinary request got %s %s beside %s" % (s, e, kind)
        worst, n = max(worst, sec), n + 1
    t.join()
    assert out, "the hostile client did not end by itself"
    assert n > 0 and (worst < slowest or b.instrumented), "slowest of %d ordinary requests beside %s: %.2f s" % (n, kind, worst)


def refused(b, kind, *extra, codes=("400", "414", "431", "413")):
    r = b.client(kind, *extra)
    answered = set(r["answered"])
    assert answered <= set(codes), "%s was answered %s" % (kind, r["answered"])
    assert r["still_open"] == 0, "%s: %d connections are still open" % (kind, r["still_open"])


def infinite_bodies(b):
    """200 endless answers to readers that do not read: memory stays bounded by the socket buffers and one short write."""
    held = []
    for _ in range(200):
        s = socket.create_connection((LOOP, b.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(b"GET /m/infinite HTTP/1.1\r\nHost: h\r\n\r\n")
        held.append(s)
    seen = 0
    end = time.monotonic() + (60 if b.instrumented else 5)  # 200 endless streams are a load of their own
    while time.monotonic() < end and seen < 50:
        seen += b.get("/calm/m/ok")[0] == 200
    for s in held:
        s.close()
    assert seen >= 50, "ordinary requests beside endless bodies: %d" % seen


def raw(b, request, seconds=5):
    """Everything the proxy answers until it closes or `seconds` pass."""
    out = b""
    with socket.create_connection((LOOP, b.port), seconds) as s:
        s.sendall(request)
        try:
            while d := s.recv(65536):
                out += d
        except OSError:
            pass
    return out


def huge_trailers(b):
    """A last chunk with 400 kB of trailer fields behind it, one long or many short: refused, and nothing is kept of them."""
    many = b"".join(b"X-%d: %s\r\n" % (i, b"t" * 80) for i in range(4500))
    for trailer in (b"X-T: " + b"t" * 400_000 + b"\r\n", many):
        out = raw(b, b"POST /m/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" + trailer + b"\r\n")
        assert out.startswith(b"HTTP/1.1 400 "), out[:200]


def hints_pass(b):
    out = raw(b, b"GET /m/hints HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert out.startswith(b"HTTP/1.1 103 ") and b"\r\n\r\nHTTP/1.1 200 " in out, out[:300]


def bad_chunk_is_no_whole_answer(b):
    out = raw(b, b"GET /m/chunk-bad HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert not out.endswith(b"0\r\n\r\n"), out[-300:]


def stray_answers_are_nobodys(b, count=300):
    """An unasked answer 20 ms after each real one; ordinary requests in between get their own (their length tells)."""
    wrong = 0
    for i in range(count):
        b.get("/m/stray/20")
        for n in (11, 12, 13):
            s, size, _, _ = b.get("/m/ok/%d" % n)
            wrong += (s, size) != (200, n)
    # No proxy can tell a late answer from its own on a connection in use; it can stop using such a server's twice.
    assert wrong <= 2, "%d of %d answers were another's" % (wrong, 3 * count)


def sums(result, **wanted):
    for key, value in wanted.items():
        assert result[key] == value, "%s is %s, wanted %s in %s" % (key, result[key], value, result)


def client_abort_frees_server(b):
    s = socket.create_connection((LOOP, b.port))
    s.sendall(b"GET /m/stall HTTP/1.1\r\nHost: h\r\n\r\n")
    end = time.monotonic() + 5
    base = b.stats()["open"]
    while time.monotonic() < end and b.stats()["requests"].get("stall", 0) == 0:
        time.sleep(0.01)
    open_before = b.stats()["open"]
    import struct
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    t = time.monotonic()
    while time.monotonic() - t < 2 and b.stats()["open"] >= open_before:
        time.sleep(0.005)
    took = time.monotonic() - t
    assert took < (2 if b.instrumented else 0.5), "the server's connection was still open %.2f s after the client's reset" % took


CASES = {"backend " + m: (lambda b, m=m: check_mode(b, m)) for m in ROWS}
for m in ("close-on-reuse", "rst-on-reuse", "close-idle/0"):
    CASES["1000 GETs " + m] = lambda b, m=m: reused_that_die(b, m)
    CASES["POSTs once " + m] = lambda b, m=m: posts_once(b, m)
CASES.update({
    "client abort frees the server": client_abort_frees_server,
    "early hints pass": hints_pass,
    "stray answers": stray_answers_are_nobodys,
    "a broken chunk is no whole answer": bad_chunk_is_no_whole_answer,
    "client half-close gets its answer": lambda b: sums(b.client("half-close", "--count", "5", "--path", "/m/ok"), answered={"200": 5}),
    "pipeline in order": lambda b: sums(b.client("pipeline", "--count", "4", "--requests", "20", "--path", "/m/ok"), order_errors=0, body_errors=0),
    "big head refused": lambda b: memory_flat(b, 8192, lambda: refused(b, "big-head", "--size", "2000000", "--count", "4")),
    "many fields refused": lambda b: refused(b, "many-fields", "--size", "5000", "--count", "4"),
    "endless head refused": lambda b: memory_flat(b, 8192, lambda: refused(b, "endless-head", "--size", "4000000", "--count", "4")),
    "endless chunk extension refused": lambda b: memory_flat(b, 8192, lambda: refused(b, "endless-chunk-ext", "--size", "4000000", "--count", "4", codes=("400", "413", "502"))),
    "400 kB of trailers refused": lambda b: memory_flat(b, 4096, lambda: [huge_trailers(b) for _ in range(10)]),
    "200 endless bodies, nobody reads": lambda b: memory_flat(b, 64 * 1024, lambda: infinite_bodies(b)),
    "slowloris beside ordinary requests": lambda b: memory_flat(b, 16384, lambda: beside(b, "slow-head", "--count", "300", "--seconds", "14", "--every", "500")),
    "connection churn beside ordinary requests": lambda b: beside(b, "churn", "--count", "500", "--seconds", "3"),
    "uploads arrive whole": lambda b: sums(b.client("upload", "--count", "3", "--size", "3000000", "--path", "/m/echo"), answered={"200": 3}, body_errors=0),
})


def beside_neighbours(a, name, started):
    """A row of neighbours.py, on a waggle of its own with one worker."""
    if not started:
        started.append(neighbours.Edge(a.waggle, subprocess.DEVNULL))
    return neighbours.beside(started[0], name, a.strict, judged=not a.slow)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle")
    ap.add_argument("--cmd")
    ap.add_argument("--only", default="*")
    ap.add_argument("--slow", action="store_true", help="a sanitizer build: memory and latency are not judged")
    ap.add_argument("--strict", action="store_true", help="a release build: a neighbour's p99 is at most 50 ms, whatever it is without the fault")
    a = ap.parse_args()
    if not a.waggle and not a.cmd:
        ap.error("--waggle or --cmd is needed")
    edge = []
    cases = dict(CASES)
    if a.waggle:
        cases.update({"neighbour of " + n: (lambda b, n=n: beside_neighbours(a, n, edge)) for n in neighbours.KINDS})
    b = Bench(a)
    passed = failed = 0
    try:
        for name, case in cases.items():
            if not fnmatch.fnmatch(name, a.only):
                continue
            t = time.monotonic()
            try:
                said = case(b)
                assert b.proxy.poll() is None, "the proxy ended with %s" % b.proxy.returncode
                passed += 1
                print("ok    %-50s %5.1f s  %s" % (name, time.monotonic() - t, said if isinstance(said, str) else ""), flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError, IndexError, json.JSONDecodeError) as e:
                failed += 1
                print("FAIL  %s: %s" % (name, e), flush=True)
                if b.proxy.poll() is not None:
                    break
    finally:
        b.close()
        for e in edge:
            e.close()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
