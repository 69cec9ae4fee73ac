"""A steady stream of requests in the background; afterwards: what was lost."""
import collections
import threading
import time

from . import web


class Load:
    """Sends about `rate` requests a second, each on a connection of its own, until stop().

    dials     functions that return a connected socket; used in turn
    keep      so many further clients that keep one connection and send 100 requests a second each
    A refused connection counts as lost unless refusals are allowed (allow_refused: a proxy that has stopped listening has
    started nothing). Everything that was sent on an established connection must be answered completely.
    """

    def __init__(self, dials, path="/", rate=40, keep=0, allow_refused=False, **request):
        self.dials, self.path, self.rate, self.keep, self.request = dials, path, rate, keep, request
        self.allow_refused = allow_refused
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.answers, self.lost, self.refused, self.sent = collections.Counter(), [], 0, 0
        self.threads = []
        self.t0 = time.monotonic()

    def note_lost(self, began, what):
        with self.lock:
            self.lost.append("%.2f s, after %.2f s: %s" % (began - self.t0, time.monotonic() - began, what))

    def note(self, began, r):
        if r.status != 200:
            self.note_lost(began, "status %d %r" % (r.status, r.body[:80]))
        else:
            with self.lock:
                self.answers[r.who] += 1

    def connect(self, dial, began):
        try:
            return dial()
        except OSError as e:
            if self.allow_refused and isinstance(e, (ConnectionRefusedError, ConnectionResetError)):
                with self.lock:
                    self.refused += 1
            else:
                self.note_lost(began, "connect: %r" % e)
            return None

    def one(self, dial):
        began = time.monotonic()
        sock = self.connect(dial, began)
        if sock is None:
            return
        try:
            with sock:
                web.send_request(sock, self.path, **self.request)
                with self.lock:
                    self.sent += 1
                self.note(began, web.read_response(web.Stream(sock)))
        except OSError as e:
            self.note_lost(began, repr(e))

    def kept(self, dial):
        """One connection for many requests. The proxy may end it between two of them (RFC 9112 section 9.5 leaves that
        race to the client), so only an answer that has begun, or one on a fresh connection, must come whole."""
        while not self.done.is_set():
            began = time.monotonic()
            sock = self.connect(dial, began)
            if sock is None:
                self.done.wait(0.05)
                continue
            stream, served = web.Stream(sock), 0
            with sock:
                try:
                    while not self.done.is_set():
                        began = time.monotonic()
                        web.send_request(sock, self.path, close=False, **self.request)
                        r = web.read_response(stream)
                        self.note(began, r)
                        served += 1
                        if "close" in (r.get("Connection") or "").lower():
                            break
                        self.done.wait(0.01)
                except OSError as e:
                    if not served or stream.buf:
                        self.note_lost(began, "kept connection: %r" % e)

    def pump(self):
        i = 0
        while not self.done.is_set():
            t = threading.Thread(target=self.one, args=(self.dials[i % len(self.dials)],), daemon=True)
            t.start()
            self.threads.append(t)
            i += 1
            self.done.wait(max(0.0, self.t0 + i / self.rate - time.monotonic()))

    def __enter__(self):
        self.pumps = [threading.Thread(target=self.pump, daemon=True)] if self.rate else []
        self.pumps += [threading.Thread(target=self.kept, args=(self.dials[i % len(self.dials)],), daemon=True) for i in range(self.keep)]
        for t in self.pumps:
            t.start()
        return self

    def stop(self):
        self.done.set()
        for t in self.pumps + self.threads:
            t.join(30)
        return self

    def __exit__(self, *_):
        self.stop()

    def check(self, test):
        """Nothing was lost, and there was something to lose."""
        test.assertGreater(self.total, 0)
        if self.lost:
            test.fail("%d of %d requests lost:\n  %s" % (len(self.lost), self.total, "\n  ".join(sorted(self.lost)[:8])))

    @property
    def total(self):
        return sum(self.answers.values()) + len(self.lost)
