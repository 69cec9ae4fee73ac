#!/usr/bin/env python3
"""Soak: servers that come and go and clients of every kind, for a long while, under a limit of 64 MiB and 256 descriptors.
Memory and descriptors must be flat, ordinary requests right, and at the end SIGTERM must give 0.

    soak.py --waggle build/release/waggle [--seconds 3600] [--seed N]

Flat: the largest figure of the last quarter is at most 5 % (and 1 MiB, or 8 descriptors) above that of the first. With 96 client
connections in all a flood of clients takes some requests' place: 503 is an answer, a wrong body or a silent end is none.
Ends with "N passed, N failed". Loopback only. Not part of any suite: tests/run.sh soak.
"""
import argparse, http.client, os, random, resource, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import fault_matrix as fm  # noqa: E402
import mixed_load as ml  # noqa: E402

MEMORY, FILES = 64 << 20, 256
HOSTILE = [k for k in ml.HOSTILE if k[0] != "connect-flood"] + [("connect-flood", "--count", "150")]


def limits():
    # Stacks of threads count as data: small ones, as an operator with so little would have them.
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 20, 1 << 20))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


class Small(ml.Program):
    """waggle under the limits; servers of /calm that are started, served, taken off the routes, and stopped a while later."""
    def __init__(self, args):
        self.serving = []
        super().__init__(args)
        self.more = []

    def start(self, cmd):
        if cmd[0] != self.waggle:
            return super().start(cmd)
        p = subprocess.Popen(cmd, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, preexec_fn=limits)
        self.children.append(p)
        return p

    def figures(self):
        return self.rss_kib(), len(os.listdir("/proc/%d/fd" % self.proxy.pid))


class Churn:
    def __init__(self, b, seconds, seed):
        self.b, self.rng, self.end = b, random.Random(seed), time.monotonic() + seconds
        self.lock, self.wrong, self.done, self.samples = threading.Lock(), [], {}, []

    def note(self, kind):
        with self.lock:
            self.done[kind] = self.done.get(kind, 0) + 1

    def fail(self, text):
        with self.lock:
            self.wrong.append(text)

    def over(self):
        return time.monotonic() >= self.end or self.b.proxy.poll() is not None

    # ---- each runs in a thread of its own
    def clients(self, rng):
        c = http.client.HTTPConnection(fm.LOOP, self.b.port, timeout=30)
        for _ in range(rng.randrange(1, 40)):
            size = rng.choice((0, 11, 3000, 200_000))
            s, n, end, _ = self.b.get("/calm/m/ok/%d" % size, conn=c)
            if s == 503:
                self.note("503")
                break
            if s is None:  # an idle connection had to give way, as keep-alive allows: on a new one it must not
                s, n, end, _ = self.b.get("/calm/m/ok/%d" % size)
                if s == 503:
                    self.note("503")
                    break
            if (s, n, end) != (200, size, "whole"):
                self.fail("GET of %d bytes: %s" % (size, (s, n, end)))
                break
            self.note("GETs")
        c.close()
        time.sleep(0.01)

    def misbehaving(self, rng):
        mode = rng.choice(list(fm.ROWS))
        self.b.get("/m/%s%s" % (mode, fm.ROWS[mode][0]), "POST" if rng.random() < 0.4 else "GET", b"x" * 100, timeout=30)
        self.note("requests to misbehaving servers")

    def hostile(self, rng):
        kind = rng.choice(HOSTILE)
        subprocess.run([sys.executable, fm.FAULTS, "client", kind[0], "--target", "%s:%d" % (fm.LOOP, self.b.port), "--seconds", "4", *kind[1:]],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        self.note("hostile clients")

    def tasks(self, rng):
        """One step of churn: as Swarm does it, a server leaves the routes well before it stops."""
        port = fm.free_port()
        p = subprocess.Popen([sys.executable, fm.FAULTS, "serve", "--port", str(port), "--max-seconds", "86400"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            fm.wait_port(port, p)
            for ports in ([port], []):
                self.b.more = ports
                self.b.write_routes(servers=1 + len(ports), sticky=rng.random() < 0.5, rate=rng.random() < 0.3)
                time.sleep(1 + rng.random())
        finally:
            p.terminate()
            p.wait()
        self.note("servers that came and went")

    def watch(self, rng):
        self.samples.append(self.b.figures())
        time.sleep(1)

    def run(self):
        def loop(work, rng):
            try:
                while not self.over():
                    work(rng)
            except Exception as e:  # a thread that ends unnoticed would be a soak of nothing
                self.fail("%s: %r" % (work.__name__, e))
        works = [self.clients] * 4 + [self.misbehaving, self.hostile, self.hostile, self.tasks, self.watch]
        threads = [threading.Thread(target=loop, args=(w, random.Random(self.rng.random()))) for w in works]
        [t.start() for t in threads]
        [t.join() for t in threads]


def flat(name, samples, least):
    quarter = max(1, len(samples) // 4)
    first, last = max(samples[:quarter]), max(samples[-quarter:])
    assert last <= max(first * 1.05, first + least), "%s grew from %d to %d" % (name, first, last)
    return "%s %d -> %d" % (name, first, last)


def soak(b, seconds, seed):
    c = Churn(b, seconds, seed)
    c.run()
    print("      " + ", ".join("%d %s" % (n, k) for k, n in sorted(c.done.items())))
    assert b.proxy.poll() is None, "it ended with %s" % b.proxy.returncode
    assert not c.wrong, "%d wrong: %s" % (len(c.wrong), "; ".join(c.wrong[:5]))
    for kind in ("GETs", "requests to misbehaving servers", "hostile clients", "servers that came and went"):
        assert c.done.get(kind, 0) >= 3, "no %s: %s" % (kind, c.done)
    rss, files = [s[0] for s in c.samples], [s[1] for s in c.samples]
    print("      " + flat("RSS in KiB", rss, 1024) + ", " + flat("descriptors", files, 8) +
          "; at most %d KiB, %d descriptors" % (max(rss), max(files)))
    assert max(rss) < MEMORY >> 10 and max(files) <= FILES - 16, "over the limit: %d KiB, %d descriptors" % (max(rss), max(files))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--seconds", type=float, default=3600)
    ap.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    a = ap.parse_args()
    a.cmd = None
    Small.waggle = a.waggle
    b = Small(a)
    passed = failed = 0
    try:
        for name, case in (("soak for %.0f s (seed %d)" % (a.seconds, a.seed), lambda: soak(b, a.seconds, a.seed)),
                           ("ends with 0 after SIGTERM", lambda: ml.ends_well(b))):
            try:
                case()
                passed += 1
                print("ok    " + name, flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError) as e:
                failed += 1
                print("FAIL  %s: %s" % (name, e), flush=True)
        if failed:
            b.log.seek(0)
            print(b.log.read()[-2000:])
    finally:
        b.close()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
