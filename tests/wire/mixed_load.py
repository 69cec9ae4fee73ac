#!/usr/bin/env python3
"""Everything at once for a while: ordinary, broken and hostile clients, misbehaving servers, a configuration that changes
every half second, and the API; then SIGTERM. Ordinary requests must all be right, the program must live and end with 0.

    mixed_load.py --waggle build/asan/waggle [--seconds 60] [--slowloris 10000]

With --slowloris N alone at the end: N heads that never end beside ordinary requests; memory and latency are compared
with those before. Ends with "N passed, N failed". Loopback only; bounded in count and time. Meant for sanitizer builds
(tests/run.sh wire-asan, wire-tsan) and for the soak (tests/run.sh soak): it takes minutes and both cores.
"""
import argparse, http.client, json, os, random, re, select, signal, socket, struct, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import fault_matrix as fm  # noqa: E402

CALM = """[backends.calm.servers.s%d]
url = "http://127.0.0.1:%d"
"""
HOSTILE = [("slow-head", "--count", "30", "--every", "200"), ("slow-head-bytes", "--count", "20", "--every", "50"),
           ("slow-body", "--count", "20", "--every", "100"), ("slow-chunks", "--count", "20", "--every", "100"),
           ("slow-reader", "--count", "10", "--path", "/m/big"), ("no-reader", "--count", "10", "--path", "/m/infinite"),
           ("idle", "--count", "50"), ("idle-after", "--count", "50"), ("abort-head", "--count", "50"),
           ("abort-body", "--count", "50"), ("fin-body", "--count", "50"), ("abort-response", "--count", "50", "--path", "/m/big"),
           ("half-close", "--count", "50", "--path", "/m/ok"), ("pipeline", "--count", "20", "--requests", "10", "--path", "/m/ok"),
           ("churn", "--count", "200"), ("expect-never", "--count", "20"), ("big-head", "--count", "5", "--size", "2000000"),
           ("many-fields", "--count", "5", "--size", "5000"), ("endless-head", "--count", "5", "--size", "2000000"),
           ("endless-chunk-ext", "--count", "5", "--size", "2000000"),
           ("upload", "--count", "10", "--size", "400000", "--path", "/m/echo"), ("connect-flood", "--count", "300")]


class Load:
    def __init__(self, bench, seconds, seed):
        self.b, self.end, self.seed = bench, time.monotonic() + seconds, seed
        self.lock, self.wrong, self.done = threading.Lock(), [], {}

    def count(self, kind):
        with self.lock:
            self.done[kind] = self.done.get(kind, 0) + 1

    def fail(self, text):
        with self.lock:
            self.wrong.append(text)

    def run(self, *works):
        def loop(work, number):
            rng = random.Random(self.seed + number)
            while time.monotonic() < self.end and self.b.proxy.poll() is None:
                work(rng)
        threads = [threading.Thread(target=loop, args=(w, i)) for i, w in enumerate(works)]
        [t.start() for t in threads]
        [t.join() for t in threads]

    # ---- works: each is called again and again by a thread of its own
    def kept_gets(self, rng):
        c = http.client.HTTPConnection(fm.LOOP, self.b.port, timeout=30)
        for _ in range(rng.randrange(1, 60)):
            size = rng.randrange(0, 40000)
            got = self.b.get("/calm/m/ok/%d" % size, conn=c)
            if got[:3] != (200, size, "whole"):
                self.fail("GET of %d bytes: %s" % (size, got[:3]))
                break
            self.count("kept GETs")
        c.close()

    def posts(self, rng):
        body = rng.randbytes(rng.choice((0, 10, 3000, 70000, 300000)))
        chunked = rng.random() < 0.5
        c = http.client.HTTPConnection(fm.LOOP, self.b.port, timeout=30)
        try:
            pieces = (body[i:i + 9000] for i in range(0, len(body), 9000))
            c.request("POST", "/calm/m/echo", body=pieces if chunked else body, encode_chunked=chunked,
                      headers={"Transfer-Encoding": "chunked"} if chunked else {})
            r = c.getresponse()
            text = r.read()
            if r.status != 200 or (body and str(len(body)).encode() not in text and text != body):
                self.fail("POST of %d bytes: %d %r" % (len(body), r.status, text[:80]))
            self.count("POSTs")
        except (http.client.HTTPException, OSError) as e:
            self.fail("POST of %d bytes: %r" % (len(body), e))
        finally:
            c.close()

    def fresh_gets(self, rng):
        got = self.b.get("/calm/m/ok/11", timeout=30)
        if got[:3] != (200, 11, "whole"):
            self.fail("GET on a new connection: %s" % (got[:3],))
        self.count("GETs on new connections")
        time.sleep(0.002)

    def downloads(self, rng):
        got = self.b.get("/calm/m/big/%d" % rng.randrange(1, 6) if rng.random() < 0.5 else "/calm/m/big-chunked", timeout=60)
        if (got[0], got[2]) != (200, "whole"):
            self.fail("download: %s" % (got[:3],))
        self.count("downloads")

    def misbehaving_servers(self, rng):
        mode = rng.choice(list(fm.ROWS))
        suffix, want_get, end_get, _, want_post, end_post, _ = fm.ROWS[mode]
        post = rng.random() < 0.4
        got = self.b.get("/m/%s%s" % (mode, suffix), "POST" if post else "GET", b"x" * 100 if post else None, timeout=30)
        want = (want_post, end_post) if post else (want_get, end_get)
        # 503: the only server of this backend failed often enough to be left alone for a moment.
        if (got[0], got[2]) != want and got[0] not in (502, 503):
            self.fail("%s %s: %s, wanted %s" % ("POST" if post else "GET", mode, got[:3], want))
        self.count("requests to misbehaving servers")

    def aborts(self, rng):
        request = b"POST /calm/m/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\nX-Long: " + b"y" * 300 + b"\r\n\r\n" + b"z" * 5000
        with socket.create_connection((fm.LOOP, self.b.port), 10) as s:
            try:
                s.sendall(request[:rng.randrange(1, len(request))])
                if rng.random() < 0.5:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        self.count("aborted requests")
        time.sleep(0.01)  # the servers are Python: what is tested is waggle, not their accept queue

    def hostile_clients(self, rng):
        kind = rng.choice(HOSTILE)
        p = subprocess.run([sys.executable, fm.FAULTS, "client", kind[0], "--target", "%s:%d" % (fm.LOOP, self.b.port), "--seconds", "4", *kind[1:]],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        if p.returncode:
            self.fail("client %s ended with %d" % (kind[0], p.returncode))
        self.count("hostile clients")

    def changes(self, rng):
        self.b.write_routes(servers=rng.randrange(1, 4), sticky=rng.random() < 0.5, rate=rng.random() < 0.3)
        self.count("changed configurations")
        time.sleep(0.5)

    def api(self, rng):
        for path in ("/api", "/api/providers/file", "/health", "/ping"):
            c = http.client.HTTPConnection(fm.LOOP, self.b.admin, timeout=30)
            try:
                c.request("GET", path)
                r = c.getresponse()
                r.read()
                if r.status != 200:
                    self.fail("GET %s of the API: %d" % (path, r.status))
            except (http.client.HTTPException, OSError) as e:
                self.fail("GET %s of the API: %r" % (path, e))
            finally:
                c.close()
            self.count("API requests")
        time.sleep(0.2)


class Program(fm.Bench):
    """waggle with a routes file that this program rewrites and with its API."""
    def __init__(self, args):
        self.admin = fm.free_port()
        self.more = [fm.free_port(), fm.free_port()]
        super().__init__(args, flags=["--api", "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.admin])
        for port in self.more:
            fm.wait_port(port, self.start([sys.executable, fm.FAULTS, "serve", "--port", str(port), "--max-seconds", "1500"]))

    def write_routes(self, servers=1, sticky=False, rate=False):
        text = fm.CONFIG
        for port in self.more[:servers - 1]:
            text += CALM % (port, port)
        if sticky:
            text += "[backends.calm.loadBalancer.stickiness]\ncookieName = \"LB\"\n"
        if rate:
            text += "[frontends.calm.rateLimit]\nextractorFunc = \"client.ip\"\n[frontends.calm.rateLimit.rateSet.r]\nperiod = \"1s\"\naverage = 1000000\nburst = 1000000\n"
        with open(self.conf + ".new", "w") as f:
            f.write(text.format(backend=self.backend, calm=self.calm))
        os.replace(self.conf + ".new", self.conf)


def mixed(b, seconds, seed):
    load = Load(b, seconds, seed)
    load.run(load.kept_gets, load.kept_gets, load.posts, load.fresh_gets, load.downloads, load.misbehaving_servers,
             load.misbehaving_servers, load.aborts, load.hostile_clients, load.hostile_clients, load.changes, load.api)
    print("      " + ", ".join("%d %s" % (n, k) for k, n in sorted(load.done.items())))
    assert not load.wrong, "%d wrong: %s" % (len(load.wrong), "; ".join(load.wrong[:5]))
    assert len(load.done) == 9 and min(load.done.values()) >= 3, "some kind of load did not run: %s" % load.done


def latencies(b, seconds):
    out, end = [], time.monotonic() + seconds
    c = http.client.HTTPConnection(fm.LOOP, b.port, timeout=10)
    while time.monotonic() < end:
        for conn in (c, None):
            t = time.monotonic()
            got = b.get("/calm/m/ok/11", conn=conn)
            assert got[:3] == (200, 11, "whole"), "an ordinary request got %s" % (got[:3],)
            out.append(time.monotonic() - t)
    c.close()
    return sorted(out)


def slowloris(b, count):
    """`count` heads that never end, from many addresses; those that are closed come back at once."""
    before, rss = latencies(b, 3), b.rss_kib()
    stop, opened, refused = threading.Event(), [0], [0]

    def attack():
        poll, held = select.epoll(), {}

        def one():
            s = socket.socket()
            s.setblocking(False)
            s.bind(("127.0.%d.%d" % (1 + opened[0] % 40, 1 + opened[0] // 40 % 250), 0))
            s.connect_ex((fm.LOOP, b.port))
            held[s.fileno()] = [s, 0]
            poll.register(s, select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR)
            opened[0] += 1
        written = time.monotonic()
        while not stop.is_set():
            for _ in range(min(500, count - len(held))):
                one()
            for fd, _ in poll.poll(0.02):
                held.pop(fd)[0].close()  # answered or closed: the next one takes its place
                refused[0] += 1
            if time.monotonic() - written > 3:
                written = time.monotonic()
                for fd, pair in list(held.items()):
                    try:
                        pair[0].send(b"GET /calm/m/ok HTTP/1.1\r\nHost: h\r\n" if pair[1] == 0 else b"X-%d: a\r\n" % pair[1])
                        pair[1] += 1
                    except OSError:
                        pass
        for s, _ in held.values():
            s.close()
    t = threading.Thread(target=attack)
    t.start()
    try:
        end = time.monotonic() + 20
        while opened[0] < count and time.monotonic() < end:
            time.sleep(0.05)
        during, held = latencies(b, 15), b.rss_kib()
    finally:
        stop.set()
        t.join()
    q = lambda v, p: v[int(p * (len(v) - 1))] * 1000
    print("      %d heads opened, %d ended by waggle; ordinary requests: median %.2f -> %.2f ms, p99 %.1f -> %.1f ms; RSS %d -> %d KiB"
          % (opened[0], refused[0], q(before, .5), q(during, .5), q(before, .99), q(during, .99), rss, held))
    assert opened[0] >= count, "only %d heads in 20 s" % opened[0]
    assert refused[0] > 0, "not one head was ended within 15 s: the deadline of 10 s is for the whole head"
    # 10,000 heads of 100 bytes in pieces, a session each: 2 KiB each is generous and still flat.
    assert held - rss < 8192 + 3 * count, "RSS grew from %d to %d KiB" % (rss, held)
    # This process floods on the same two cores (and under one interpreter lock), so its own work is in the figure.
    assert q(during, .99) < max(250, 10 * q(before, .99)), "p99 beside the flood: %.0f ms, before: %.0f ms" % (q(during, .99), q(before, .99))


def ends_well(b):
    b.proxy.send_signal(signal.SIGTERM)
    code = b.proxy.wait(60)
    assert code == 0, "exit status %d after SIGTERM" % code


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--seconds", type=float, default=60)
    ap.add_argument("--slowloris", type=int, default=0, metavar="N")
    ap.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    a = ap.parse_args()
    a.cmd = None
    b = Program(a)
    cases = {"mixed load for %.0f s (seed %d)" % (a.seconds, a.seed): lambda: mixed(b, a.seconds, a.seed)} if a.seconds else {}
    if a.slowloris:
        cases["%d slowloris beside ordinary requests" % a.slowloris] = lambda: slowloris(b, a.slowloris)
    cases["ends with 0 after SIGTERM"] = lambda: ends_well(b)
    passed = failed = 0
    try:
        for name, case in cases.items():
            try:
                assert b.proxy.poll() is None, "the proxy ended with %s" % b.proxy.returncode
                case()
                passed += 1
                print("ok    " + name, flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError) as e:
                failed += 1
                print("FAIL  %s: %s" % (name, e), flush=True)
        b.log.seek(0)
        reports = re.findall(r".*(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|panic|level=fatal).*", b.log.read())
        if reports:
            failed += 1
            print("FAIL  reports in the log: %s" % "; ".join(reports[:3]))
    finally:
        b.close()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
