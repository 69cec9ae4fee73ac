#!/usr/bin/env python3
"""The program with few descriptors: what it refuses, and that a crowd of clients costs neither the API nor ordinary requests.

    app_descriptors_test.py WAGGLE [unittest arguments]

Needs only the Python 3 standard library.
"""
import http.client
import http.server
import os
import resource
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
PATIENCE = 20 * float(os.environ.get("WAGGLE_TEST_SCALE", "1"))
BIG = 4 * 1024 * 1024
# Downloads that nobody reads (a pipe each, as long as there are descriptors), heads that never end, idle connections.
BIG_GET = b"GET /big HTTP/1.1\r\nHost: h\r\n\r\n"
ASKED = (BIG_GET, BIG_GET, BIG_GET, b"GET / HTTP/1.1\r\n", BIG_GET, BIG_GET, BIG_GET, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
ROUTES = """[backends.b.servers.s]
url = "http://127.0.0.1:%d"
[frontends.f]
backend = "b"
[frontends.f.routes.r]
rule = "PathPrefix:/"
"""


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        body = b"x" * (BIG if self.path == "/big" else 5)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


class QuietServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *args):
        pass


def get(port, path, headers={}):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        c.request("GET", path, headers=headers)
        r = c.getresponse()
        return r.status, len(r.read())
    finally:
        c.close()


class Descriptors(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.routes = os.path.join(holder.name, "routes.toml")
        server = QuietServer(("127.0.0.1", 0), Server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        with open(self.routes, "w", encoding="ascii") as f:
            f.write(ROUTES % server.server_address[1])
        self.port, self.admin = free_port(), free_port()

    def start(self, files):
        program = subprocess.Popen(
            [WAGGLE, "--file.filename=" + self.routes, "--workers=1", "--ping", "--logLevel=ERROR",
             "--entryPoints=Name:http Address:127.0.0.1:%d" % self.port, "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.admin],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def await_traffic(self, program):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.assertIsNone(program.poll(), "it ended")
            try:
                if get(self.port, "/")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        self.fail("it does not serve")

    def test_too_few_is_an_error_at_the_start(self):
        program = self.start(255)
        out, _ = program.communicate(timeout=PATIENCE)
        self.assertNotEqual(program.returncode, 0)
        self.assertIn("the limit of open files is 255", out)

    def test_a_crowd_leaves_the_reserve_alone(self):
        program = self.start(256)
        self.await_traffic(program)
        crowd, most = [], 0
        for i in range(400):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(PATIENCE)
            s.connect(("127.0.0.1", self.port))
            try:
                s.sendall(ASKED[i % len(ASKED)])
            except OSError:
                pass  # it had to give way already
            crowd.append(s)
            if i % 20 == 0:
                most = max(most, len(os.listdir("/proc/%d/fd" % program.pid)))
                self.assertEqual(get(self.admin, "/ping"), (200, 2))
        for s in crowd:
            s.close()
        self.assertLessEqual(most, 256 - 24)  # of the 64 in reserve the program itself has some
        end = time.monotonic() + PATIENCE
        while len(os.listdir("/proc/%d/fd" % program.pid)) > 64 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(get(self.port, "/big"), (200, BIG))
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)

    def test_readers_that_stall_take_nothing_from_other_services(self):
        with open(self.routes, encoding="ascii") as f:
            one = f.read()
        with open(self.routes, "w", encoding="ascii") as f:
            f.write(one + one.replace("backends.b.", "backends.c.").replace("frontends.f", "frontends.g").replace('"b"', '"c"')
                    .replace("PathPrefix:/", "Host:other;PathPrefix:/"))
        program = self.start(324)  # 118 connections: the descriptors of 72 are not for traffic
        self.await_traffic(program)
        readers = []
        for _ in range(110):  # a service has three quarters of 118; the others get 503 and may stay
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.settimeout(PATIENCE)
            s.connect(("127.0.0.1", self.port))
            s.sendall(BIG_GET)
            readers.append(s)
        # Each answer whole, one at a time: the server's last 5 bytes may come 40 ms after its head (Nagle, delayed ACK), and a client
        # that left before would hold a connection until then.
        self.assertEqual({get(self.port, "/", {"Host": "other"}) for _ in range(60)}, {(200, 5)})
        for s in readers:
            s.close()
        program.send_signal(signal.SIGTERM)
        program.wait(PATIENCE)


if __name__ == "__main__":
    unittest.main()
