#!/usr/bin/env python3
"""The built program with the file provider: routes follow the file, whatever way it changes, and a broken one harms nothing.

    app_file_test.py WAGGLE [unittest arguments]

Needs only the Python 3 standard library; no Docker, no root.
"""
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from ports import free_port  # noqa: E402
from waits import PATIENCE, SCALE, wait_for  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
PROMPT = 2 * SCALE
REFUSED = "Configuration file refused"


class Server(http.server.BaseHTTPRequestHandler):
    """Answers with its own address and the host it was asked for."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        body = ("%s %s" % (self.server.server_address[0], self.headers["Host"])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # waggle closes idle connections of servers that left


class FileProvider(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.dir = holder.name
        self.file = os.path.join(self.dir, "routes.toml")
        self.log_path = os.path.join(self.dir, "log")
        self.traffic, self.admin, self.port = free_port(), free_port(), free_port()
        for address in ("127.0.0.2", "127.0.0.3"):
            s = QuietServer((address, self.port), Server)
            threading.Thread(target=s.serve_forever, daemon=True).start()
            self.addCleanup(s.server_close)
            self.addCleanup(s.shutdown)

    def routes(self, address, rule="PathPrefix:/"):
        return ('[backends.web.servers.one]\nurl = "http://%s:%d"\n\n[frontends.web]\nbackend = "web"\npassHostHeader = true\n'
                '[frontends.web.routes.main]\nrule = "%s"\n' % (address, self.port, rule))

    def put(self, text, path=None):
        """As most editors and every careful script does it."""
        path = path or self.file
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def start(self, *flags):
        out = open(self.log_path, "wb")
        program = subprocess.Popen(
            [WAGGLE, "--entryPoints=Name:http Address:127.0.0.1:%d" % self.traffic, "--web.address=127.0.0.1:%d" % self.admin,
             "--loglevel=DEBUG", "--workers=2", *(flags or ["--file.filename=" + self.file])],
            stdout=out, stderr=subprocess.STDOUT, cwd=self.dir)
        out.close()
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def get(self, port, path="/", host=None):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            c.request("GET", path, headers={"Host": host} if host else {})
            r = c.getresponse()
            return r.status, r.read().decode()
        except OSError:
            return 0, ""
        finally:
            c.close()

    def routed_to(self, address, patience=PATIENCE):
        wait_for("routed to " + address, lambda: self.get(self.traffic)[1].startswith(address + " "), patience)

    def stop(self, program):
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0, self.log())

    # ------------------------------------------------------------------
    def test_routes_without_docker(self):
        self.put(self.routes("127.0.0.2"))
        program = self.start()
        self.routed_to("127.0.0.2")
        self.assertEqual(self.get(self.traffic, host="shop.example"), (200, "127.0.0.2 shop.example"))
        status, body = self.get(self.admin, "/api/providers/file")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body), {
            "backends": {"web": {"servers": {"one": {"url": "http://127.0.0.2:%d" % self.port, "weight": 1}}, "loadBalancer": {"method": "wrr"}}},
            "frontends": {"web": {"entryPoints": ["http"], "backend": "web", "routes": {"main": {"rule": "PathPrefix:/"}}, "passHostHeader": True,
                                  "priority": 0, "basicAuth": None}}})
        self.assertEqual(self.get(self.admin, "/api/providers/docker")[0], 404)
        self.assertIsNone(json.loads(self.get(self.admin, "/api/status")[1])["discovery"])
        self.stop(program)
        log = self.log()
        self.assertIn("Starting provider *file.Provider", log)
        self.assertIn("Configuration received from provider file: {", log)
        self.assertNotIn("docker.Provider", log)

    def test_follows_every_way_a_file_changes(self):
        config = os.path.join(self.dir, "config")  # a ConfigMap: routes.toml → ..data/routes.toml, ..data is swapped
        for version, address in (("v1", "127.0.0.2"), ("v2", "127.0.0.3")):
            os.makedirs(os.path.join(config, version))
            with open(os.path.join(config, version, "routes.toml"), "w") as f:
                f.write(self.routes(address))
        os.symlink("v1", os.path.join(config, "..data"))
        os.symlink("..data/routes.toml", os.path.join(config, "routes.toml"))
        self.put(self.routes("127.0.0.3"))

        def renamed(address):
            self.put(self.routes(address))

        def in_place(address):
            with open(self.file, "w") as f:
                f.write(self.routes(address))

        def away_and_back(address):
            os.rename(self.file, self.file + "~")
            wait_for("the error", lambda: "No such file" in self.log())
            in_place(address)

        def in_pieces(address):
            text = self.routes(address)
            with open(self.file, "w") as f:
                for line in text.splitlines(True):
                    f.write(line)
                    f.flush()

        for change in (renamed, in_place, away_and_back, in_pieces):
            with self.subTest(change.__name__):
                self.put(self.routes("127.0.0.2"))
                program = self.start()
                self.routed_to("127.0.0.2")
                change("127.0.0.3")
                self.routed_to("127.0.0.3", PROMPT)
                self.stop(program)
        with self.subTest("symlink swapped"):
            program = self.start("--file.filename=" + os.path.join(config, "routes.toml"))
            self.routed_to("127.0.0.2")
            os.symlink("v2", os.path.join(config, "..data_tmp"))
            os.rename(os.path.join(config, "..data_tmp"), os.path.join(config, "..data"))
            self.routed_to("127.0.0.3", PROMPT)
            self.stop(program)
            self.assertIn("Backend changed", self.log())

    def test_a_broken_file_harms_nothing_and_is_told_once(self):
        self.put(self.routes("127.0.0.2"))
        program = self.start()
        self.routed_to("127.0.0.2")
        self.put(self.routes("127.0.0.3", rule="PathPrefixx:/"))
        wait_for("the error", lambda: REFUSED in self.log(), PROMPT)
        line = next(x for x in self.log().splitlines() if REFUSED in x)
        for part in ("level=error", "file=" + self.file, "line=8", "column=1", "key=frontends.web.routes.main.rule", "PathPrefixx"):
            self.assertIn(part, line)
        self.assertEqual(self.get(self.traffic)[1].split()[0], "127.0.0.2")
        # The same bytes again say nothing; a signal says that nothing changed.
        self.put(self.routes("127.0.0.3", rule="PathPrefixx:/"))
        program.send_signal(signal.SIGHUP)
        wait_for("the answer to the signal", lambda: "still has the error" in self.log())
        self.assertEqual(self.log().count(REFUSED), 1)
        # Emptied, as on the way to new content: not taken for "no routes".
        open(self.file, "w").close()
        wait_for("the second error", lambda: "is empty" in self.log(), PROMPT)
        self.assertEqual(self.get(self.traffic)[1].split()[0], "127.0.0.2")
        self.put(self.routes("127.0.0.3"))
        self.routed_to("127.0.0.3", PROMPT)
        self.assertIn("Configuration file is good again", self.log())
        self.stop(program)

    def test_starts_without_the_file_and_takes_it_when_it_comes(self):
        program = self.start()
        wait_for("the error", lambda: re.search("level=error .*No such file", self.log()))
        self.assertEqual(self.get(self.admin, "/api")[1], '{"file":{}}')
        self.assertEqual(self.get(self.traffic)[0], 404)
        self.put(self.routes("127.0.0.2"))
        self.routed_to("127.0.0.2", PROMPT)
        self.stop(program)

    def test_without_watch_only_a_signal_makes_it_read(self):
        self.put(self.routes("127.0.0.2"))
        program = self.start("--file.filename=" + self.file, "--file.watch=false")
        self.routed_to("127.0.0.2")
        self.put(self.routes("127.0.0.3"))
        for _ in range(5):
            self.assertEqual(self.get(self.traffic)[1].split()[0], "127.0.0.2")
        program.send_signal(signal.SIGUSR1)
        self.routed_to("127.0.0.3", PROMPT)
        self.stop(program)

    def test_the_configuration_file_itself(self):
        path = os.path.join(self.dir, "traefik.toml")
        head = '[file]\n[entryPoints.http]\naddress = "127.0.0.1:%d"\n' % self.traffic
        self.put(head + self.routes("127.0.0.2"), path)
        program = self.start("--configfile=" + path)
        self.routed_to("127.0.0.2")
        self.put(head + self.routes("127.0.0.3"), path)
        self.routed_to("127.0.0.3", PROMPT)
        self.assertNotIn("is not known", self.log())
        self.stop(program)

    def test_serves_routes_while_docker_is_away(self):
        self.put(self.routes("127.0.0.2"))
        program = self.start("--file.filename=" + self.file, "--docker", "--docker.swarmmode",
                             "--docker.endpoint=unix://" + os.path.join(self.dir, "no.sock"))
        self.routed_to("127.0.0.2")
        self.assertEqual(list(json.loads(self.get(self.admin, "/api")[1])), ["file"])
        self.stop(program)

    def test_rests_while_nothing_happens(self):
        self.put(self.routes("127.0.0.2"))
        program = self.start()
        self.routed_to("127.0.0.2")

        def switches():
            total = 0
            for thread in os.listdir("/proc/%d/task" % program.pid):
                with open("/proc/%d/task/%s/status" % (program.pid, thread)) as f:
                    total += sum(int(x) for x in re.findall(r"ctxt_switches:\s*(\d+)", f.read()))
            return total

        def at_rest():  # a busy loop or a short poll would never let half a second pass with so few
            before, until = switches(), time.monotonic() + 0.5
            while time.monotonic() < until:
                threading.Event().wait(0.05)
            return switches() - before < 100
        wait_for("rest", at_rest)
        self.stop(program)


if __name__ == "__main__":
    unittest.main()
