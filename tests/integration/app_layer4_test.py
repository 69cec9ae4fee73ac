#!/usr/bin/env python3
"""The built program below HTTP, as an operator sees it: the LVS tutorial with two servers and its tables, the API, /metrics, the access log.

    app_layer4_test.py WAGGLE [unittest arguments]

Needs only the Python 3 standard library; no Docker, no root.
"""
import http.client
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from ports import free_port  # noqa: E402
from waits import PATIENCE, wait_for  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
QUESTION = b"GET / HTTP/1.1\r\nHost: tutorial\r\n\r\n"


class Echo(socketserver.BaseRequestHandler):
    """Says its own address when it is asked something, until the client ends."""

    def handle(self):
        while self.request.recv(65536):
            self.request.sendall(self.server.server_address[0].encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64

    def handle_error(self, request, client_address):
        pass  # clients and waggle reset connections here


class Layer4(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = holder.name
        self.entry, self.admin, self.port = free_port(), free_port(), free_port()
        for address in ("127.0.0.2", "127.0.0.3"):
            s = Server((address, self.port), Echo)
            threading.Thread(target=s.serve_forever, daemon=True).start()
            self.addCleanup(s.server_close)
            self.addCleanup(s.shutdown)
        routes = os.path.join(self.dir, "routes.toml")
        with open(routes, "w", encoding="utf-8") as f:
            f.write('[tcp.routers.www]\nentryPoints = ["www"]\nrule = "HostSNI(`*`)"\nservice = "web"\n'
                    '[tcp.services.web.loadBalancer]\nscheduler = "rr"\nmaxConn = 100\n')
            for address in ("127.0.0.2", "127.0.0.3"):
                f.write('[[tcp.services.web.loadBalancer.servers]]\naddress = "%s:%d"\n' % (address, self.port))
        self.access = os.path.join(self.dir, "access.log")
        self.waggle = subprocess.Popen(
            [WAGGLE, "--file.filename=" + routes, "--api", "--metrics", "--logLevel=ERROR", "--accessLog.format=json", "--accessLog.filePath=" + self.access,
             "--entryPoints=Name:www Address::%d/tcp" % self.entry, "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.admin])
        self.addCleanup(self.stop)
        wait_for("it serves", lambda: self.get("/ready")[0] == 200)

    def stop(self):
        self.waggle.terminate()
        self.waggle.wait(PATIENCE)

    def get(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=PATIENCE)
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read().decode()
        except OSError:
            return 0, ""
        finally:
            c.close()

    def status(self, *flags, endpoint=None):
        done = subprocess.run([WAGGLE, "status", "--endpoint=127.0.0.1:%d" % (endpoint or self.admin), *flags], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def table(self, *flags):
        code, out, err = self.status("--ipvs", *flags)
        self.assertEqual((code, err), (0, ""))
        return out

    def connect(self):
        c = socket.create_connection(("127.0.0.1", self.entry), timeout=PATIENCE)
        self.addCleanup(c.close)
        return c

    @staticmethod
    def ask(c):
        c.sendall(QUESTION)
        answer = b""
        while not answer.endswith(b"\n"):
            answer += c.recv(100)
        return answer.decode().strip()

    def curl(self):
        """One question on a connection of its own, which the client closes."""
        c = self.connect()
        answer = self.ask(c)
        c.shutdown(socket.SHUT_WR)
        self.assertEqual(c.recv(1), b"")
        c.close()
        return answer

    def test_the_tutorial(self):
        heading = "waggle [^ ]+ virtual servers \\(workers=[0-9]+\\)\n"
        at = "0.0.0.0:%d" % self.entry
        servers = ["%s:%d" % (a, self.port) for a in ("127.0.0.2", "127.0.0.3")]
        plain = self.table()
        self.assertRegex(plain, "\\A" + heading)
        self.assertEqual(plain.split("\n", 1)[1],
                         "Prot LocalAddress:Port Scheduler Flags\n"
                         "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
                         "TCP  %s rr\n" % at +
                         "".join("  -> %-28s Masq    1      0          0         \n" % s for s in servers))
        self.assertEqual([self.curl() for _ in range(4)], ["127.0.0.2", "127.0.0.3"] * 2)
        wait_for("its connections have ended", lambda: '"open":0' in self.get("/api/l4")[1])
        rows = self.table("--stats").split("\n", 1)[1].splitlines()
        self.assertEqual(rows[:2], ["Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes", "  -> RemoteAddress:Port"])
        figures = []
        for row, name in zip(rows[2:], ["TCP  " + at] + ["  -> " + s for s in servers]):
            self.assertEqual(row[:33].rstrip(), name)
            figures.append([int(row[33 + 9 * i:42 + 9 * i]) for i in range(5)])
        self.assertEqual([f[0] for f in figures], [4, 2, 2])
        self.assertEqual(figures[0], [a + b for a, b in zip(figures[1], figures[2])])
        for connections, packets_in, packets_out, bytes_in, bytes_out in figures:
            # SYN, ACK, question, ACK of the answer, FIN, ACK of the FIN; the kernel may put two in one.
            self.assertTrue(4 * connections <= packets_in <= 6 * connections, packets_in)
            self.assertTrue(3 * connections <= packets_out <= 5 * connections, packets_out)
            self.assertEqual(bytes_in, connections * (len(QUESTION) + 8) + 52 * packets_in)
            self.assertEqual(bytes_out, connections * (len("127.0.0.2\n") + 8) + 52 * packets_out)
        self.assertEqual(self.table("--timeout"), "Timeout (tcp tcpfin udp): 0 0 60\n")
        self.assertIn("  -> %-28s 100        75         0          0         \n" % servers[0], self.table("--thresholds"))
        self.assertIn("PersistConn", self.table("--persistent-conn"))
        self.assertIn(" service=web\n", self.table("--names", "web"))

    def test_connections_that_are_open(self):
        a, b = self.connect(), self.connect()
        first, second = self.ask(a), self.ask(b)
        rows = self.table("-c").splitlines()[2:]
        self.assertEqual(len(rows), 2)
        for c, server in ((a, first), (b, second)):
            self.assertIn("TCP --:--  ESTABLISHED %-18s %-18s %s:%d" % ("127.0.0.1:%d" % c.getsockname()[1], "0.0.0.0:%d" % self.entry, server, self.port), rows)
        self.assertIn("Masq    1      1          0", self.table())
        wait_for("packets of open ones, too", lambda: int(re.search("TCP .*?:[0-9]+ +2 +([0-9]+)", self.table("--stats", "web")).group(1)) > 4)
        wait_for("there is a rate", lambda: re.search("TCP .*?:[0-9]+ +[0-9]+ +[1-9]", self.ask(a) and self.table("--rate")))
        services = json.loads(self.get("/api/l4")[1])["services"]
        self.assertEqual([(s["name"], s["open"], s["scheduler"]) for s in services], [("web", 2, "rr")])
        code, out, _ = self.status("--ipvs", "--json")
        self.assertEqual((code, json.loads(out)["services"][0]["provider"]), (0, "file"))
        metrics = self.get("/metrics")[1]
        self.assertRegex(metrics, 'waggle_l4_open\\{protocol="tcp",provider="file",backend="web",service="",task="",slot="",node="",server="%s:%d",state="active"\\} 1\n'
                         % (first, self.port))
        self.assertRegex(metrics, 'waggle_l4_bytes_total\\{[^}]*server="%s:%d",direction="in"\\} [1-9]' % (first, self.port))

    def test_the_access_log(self):
        server = self.curl()
        self.connect().close()  # somebody's check

        def lines():
            with open(self.access, encoding="utf-8") as f:
                return [json.loads(line) for line in f]
        wait_for("the check was counted", lambda: re.search("^waggle_tcp_checks_total [1-9]", self.get("/metrics")[1], re.M))
        one, = wait_for("the line is written", lines)
        self.assertEqual((one["EntryPointName"], one["FrontendName"], one["BackendName"], one["BackendAddr"], one["EndReason"]),
                         ("www", "www", "web", "%s:%d" % (server, self.port), "client-closed"))
        self.assertEqual((one["RequestContentSize"], one["DownstreamContentSize"]), (len(QUESTION), len(server) + 1))

    def test_questions_without_an_answer(self):
        for flags, code, words in ((("--stats",), 2, "waggle status --ipvs --stats"), (("--ipvs", "--rate", "-c"), 2, "two tables"),
                                   (("--ipvs", "-Z"), 2, "never set to zero"), (("--ipvs", "-A"), 2, "waggle.tcp.port"), (("--ipvs", "a", "b"), 2, "unexpected argument: b"),
                                   (("web",), 2, "waggle status --ipvs web"), (("--ipvs", "elsewhere"), 1, "there is no TCP or UDP service elsewhere")):
            with self.subTest(flags):
                got, out, err = self.status(*flags)
                self.assertEqual((got, out), (code, ""))
                self.assertIn(words, err)
        code, _, err = self.status("--ipvs", endpoint=free_port())
        self.assertEqual(code, 1)
        self.assertIn("--endpoint", err)
        done = subprocess.run([WAGGLE, "status", "--help"], capture_output=True, text=True, timeout=PATIENCE, check=True)
        self.assertIn("--persistent-conn", done.stdout)

    def test_who_would_take_a_connection(self):
        status, text = self.get("/api/explain/request?as=text&entryPoint=www&url=https://db.example/")
        self.assertEqual(status, 200)
        self.assertIn("TCP router www passes it on to service web", text)


if __name__ == "__main__":
    unittest.main()
