#!/usr/bin/env python3
"""System calls for a request on kept connections, counted by strace: recv, send, recv, send and next to nothing else.

    app_syscalls_test.py WAGGLE [unittest arguments]

Two runs that differ only in the number of requests; what start and end cost cancels out. Needs strace (deploy/packages.sh
integration) and the Python 3 standard library.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
from ports import free_port  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
PATIENCE = 30 * float(os.environ.get("WAGGLE_TEST_SCALE", "1"))
CONNECTIONS, FEW, MANY = 8, 30, 280  # requests on each connection
DATA = {"read", "readv", "recvfrom", "recvmsg", "recvmmsg", "write", "writev", "sendto", "sendmsg", "sendmmsg", "splice", "sendfile"}
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
GET = (b"GET /some/path?with=query HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: test\r\nAccept: */*\r\n"
       b"Cookie: a=b; other=1\r\n\r\n")
POST = b"POST /form HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 11\r\n\r\nname=waggle"
ROUTES = """[backends.b.servers.s]
url = "http://127.0.0.1:%d"
[backends.b.loadBalancer.stickiness]
[frontends.f]
backend = "b"
[frontends.f.routes.r]
rule = "PathPrefix:/"
"""


class Server:
    """Every message of a client of ours fits one segment, so one read is one request."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(s,), daemon=True).start()

    @staticmethod
    def answer(s):
        with s:
            try:
                while s.recv(65536):
                    s.sendall(ANSWER)
            except OSError:
                pass


def read_answer(s):
    got = b""
    while not got.endswith(b"hello"):
        more = s.recv(65536)
        if not more:
            raise AssertionError("closed after %r" % got)
        got += more
    return got


def child_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return int(f.read().split()[0])


class Syscalls(unittest.TestCase):
    def setUp(self):
        self.assertTrue(shutil.which("strace"), "no strace: deploy/packages.sh integration")
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = holder.name
        self.server = Server()
        self.addCleanup(self.server.listener.close)

    def connect(self, port, tracer):
        end = time.monotonic() + PATIENCE
        while True:
            self.assertIsNone(tracer.poll(), "strace or waggle ended at start")
            try:
                return socket.create_connection(("127.0.0.1", port), PATIENCE)
            except OSError:
                self.assertLess(time.monotonic(), end, "it does not listen")
                time.sleep(0.02)

    def run_with(self, request, count):
        """-> {system call: number of calls} of a whole life with `count` requests on each connection."""
        routes, out = os.path.join(self.dir, "routes.toml"), os.path.join(self.dir, "calls")
        with open(routes, "w", encoding="ascii") as f:
            f.write(ROUTES % self.server.port)
        port = free_port()
        tracer = subprocess.Popen(["strace", "-f", "-q", "-c", "-o", out, WAGGLE, "--file.filename=" + routes, "--workers=1",
                                   "--entryPoints=Name:http Address:127.0.0.1:%d" % port, "--logLevel=ERROR"])
        try:
            first = self.connect(port, tracer)
            clients = [first] + [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(CONNECTIONS - 1)]
            cookies = []
            for c in clients:  # a connection to the server for each before anything is counted in pairs
                c.sendall(request)
            for c in clients:
                head = read_answer(c)
                cookies.append(re.search(rb"Set-Cookie: ([^;]+)", head).group(1))
            sticky = request.replace(b"\r\n\r\n", b"\r\nCookie: " + cookies[0] + b"\r\n\r\n", 1)
            for _ in range(count):
                for c in clients:
                    c.sendall(sticky)
                for c in clients:
                    read_answer(c)
            for c in clients:
                c.close()
            os.kill(child_of(tracer.pid), signal.SIGTERM)
            self.assertEqual(tracer.wait(PATIENCE), 0)
        finally:
            if tracer.poll() is None:
                os.kill(child_of(tracer.pid), signal.SIGKILL)
                tracer.wait()
        calls = {}
        with open(out, encoding="ascii") as f:
            for line in f:
                words = line.split()
                if len(words) >= 5 and words[3].isdigit() and words[-1] != "total":
                    calls[words[-1]] = int(words[3])
        return calls

    def per_request(self, request, looks=0):
        few, many = self.run_with(request, FEW), self.run_with(request, MANY)
        requests = CONNECTIONS * (MANY - FEW)
        each = {name: (many.get(name, 0) - few.get(name, 0)) / requests for name in few.keys() | many.keys()}
        each = {name: n for name, n in each.items() if n > 0.001}
        told = ", ".join("%s %.3f" % (name, n) for name, n in sorted(each.items(), key=lambda item: -item[1]))
        data = sum(n for name, n in each.items() if name in DATA)
        waits = each.get("epoll_wait", 0) + each.get("epoll_pwait", 0)
        print("%s: %s" % (request[:4].decode(), told))
        self.assertGreater(data, 3.9, "the count itself is wrong: " + told)
        self.assertLessEqual(data, 4.3 + looks, "data calls for a request: " + told)
        self.assertLessEqual(sum(each.values()) - data - waits, 0.1, "calls beside data and waiting: " + told)
        # Alone, a request costs two waits (the client's bytes, the server's); together they share them.
        self.assertLessEqual(waits, 2.1, "waits for a request: " + told)

    def test_get(self):
        self.per_request(GET)

    def test_post_whose_body_comes_with_its_head(self):
        # It cannot be sent again, so the pooled connection is looked at (MSG_PEEK) before it is used.
        self.per_request(POST, looks=1)


if __name__ == "__main__":
    unittest.main()
