"""Connections that are held open through a proxy of TCP: some hear an event ten times a second, others say nothing. When each ended, and how."""
import selectors
import threading
import time

from . import web


class One:
    def __init__(self, dial, node, path):
        self.node, self.path, self.ended, self.how, self.heard = node, path, None, None, 0.0
        self.stream = web.Stream(dial())
        web.send_request(self.stream.sock, path, host="held.test", close=False)
        if path == "/":
            self.who = web.read_response(self.stream).text
        else:
            self.stream.until(b"data: 0 ")
            self.who = "I'm " + self.stream.until(b"\n").decode()
        self.began = time.time()

    def take(self):
        """What is there. @return false: it is over"""
        try:
            part = self.stream.sock.recv(65536)
            self.heard = time.time()
            self.how = None if part else "end"
        except OSError as e:
            self.how = type(e).__name__
        if self.how:
            self.ended = time.time()
        return not self.how


class Held:
    """`count` connections of each kind through each dial. Watched by a thread until the block ends; then .all has them."""
    def __init__(self, dials, count):
        self.all, self.dials, self.count, self.done = [], dials, count, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        for _ in range(self.count):
            for node, dial in self.dials.items():
                self.all += [One(dial, node, path) for path in ("/", "/events?ms=100&count=100000")]
        self.thread.start()
        return self

    def watch(self):
        with selectors.DefaultSelector() as s:
            for one in self.all:
                s.register(one.stream.sock, selectors.EVENT_READ, one)
            while not self.done.is_set():
                for key, _ in s.select(0.05):
                    if not key.data.take():
                        s.unregister(key.fileobj)

    def open(self):
        return [one for one in self.all if not one.ended]

    def still_good(self):
        """@return what is wrong with those that are open: after the block"""
        wrong = []
        for one in self.open():
            try:
                if one.path == "/":
                    web.send_request(one.stream.sock, "/", host="held.test", close=False)
                    answer = web.read_response(one.stream).text
                    if answer != one.who:
                        wrong.append("%s answers where %s did" % (answer, one.who))
                else:
                    one.stream.buf = b""
                    one.stream.until(b"data: ")
            except OSError as e:
                wrong.append("the one with %s is of no use: %r" % (one.who, e))
        return wrong

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def close(self):
        for one in self.all:
            one.stream.sock.close()
