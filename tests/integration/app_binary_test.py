#!/usr/bin/env python3
"""The built program as a child process, with the lab's fake Engine and servers on loopback addresses.

    app_binary_test.py WAGGLE [unittest arguments]

Needs only the Python 3 standard library; no Docker, no root.
"""
import http.client
import http.server
import json
import os
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
from waits import PATIENCE, wait_for  # noqa: E402
ENGINE = os.path.join(os.path.dirname(HERE), "lab", "fake_engine.py")
WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
STAMP = "2018-11-25T13:17:00.000000000Z"
NETWORK = {"ID": "net1", "Name": "edge", "Driver": "overlay", "Scope": "swarm", "Ingress": False}


def get(port, path="/", headers=None, timeout=PATIENCE):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        c.request("GET", path, headers=headers or {})
        r = c.getresponse()
        return r.status, r.read().decode(), dict(r.getheaders())
    finally:
        c.close()


class Server(http.server.BaseHTTPRequestHandler):
    """Answers with its own address; /slow only once it is let go."""
    protocol_version = "HTTP/1.1"
    entered, release = threading.Event(), threading.Event()

    def log_message(self, *args):
        pass

    def do_GET(self):
        if self.path == "/slow":
            self.entered.set()
            self.release.wait(PATIENCE)
        body = self.server.server_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class QuietServer(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a connection that waggle cut is the test's intention


def task(name, address):
    network = {"ID": NETWORK["ID"], "Version": {"Index": 1}, "CreatedAt": STAMP, "UpdatedAt": STAMP,
               "Spec": {"Name": NETWORK["Name"], "Scope": "swarm"}, "DriverState": {"Name": "overlay"}}
    return {"ID": name, "Version": {"Index": 3}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Spec": {}, "ServiceID": "svc1", "Slot": 1,
            "NodeID": "node1", "DesiredState": "running", "Status": {"Timestamp": STAMP, "State": "running"},
            "NetworksAttachments": [{"Network": network, "Addresses": [address + "/8"]}]}


def swarm(port, addresses):
    labels = {"traefik.port": str(port), "traefik.frontend.rule": "PathPrefix:/", "traefik.docker.network": "edge",
              "traefik.backend.loadbalancer.stickiness": "true"}
    service = {"ID": "svc1", "Version": {"Index": 2}, "CreatedAt": STAMP, "UpdatedAt": STAMP,
               "Spec": {"Name": "web", "Labels": labels, "Mode": {"Replicated": {"Replicas": len(addresses)}},
                        "EndpointSpec": {"Mode": "vip"}, "TaskTemplate": {"Networks": [{"Target": NETWORK["ID"]}]}},
               "Endpoint": {"Spec": {"Mode": "vip"}, "VirtualIPs": [{"NetworkID": NETWORK["ID"], "Addr": "127.1.0.1/8"}]}}
    node = {"ID": "node1", "Version": {"Index": 1}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Description": {"Hostname": "alpha"}}
    return {"services": [service], "networks": [NETWORK], "nodes": [node], "tasks": [dict(task("task%d" % i, a), Slot=i + 1) for i, a in enumerate(addresses)]}


class Harness(unittest.TestCase):
    def setUp(self):
        Server.entered.clear()
        Server.release.clear()
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.traffic, self.admin, self.backend = free_port(), free_port(), free_port()

    def serve(self, *flags, addresses=("127.0.0.2", "127.0.0.3"), stdout=None):
        for address in addresses:
            s = QuietServer((address, self.backend), Server)
            threading.Thread(target=s.serve_forever, daemon=True).start()
            self.addCleanup(s.server_close)
            self.addCleanup(s.shutdown)
        self.addCleanup(Server.release.set)
        self.engine_port = self.start_engine(swarm(self.backend, addresses))
        return self.start(*flags, stdout=stdout)

    def start_engine(self, state):
        path = os.path.join(self.dir.name, "state.json")
        with open(path, "w") as f:
            json.dump(state, f)
        engine = subprocess.Popen([sys.executable, ENGINE, "--listen", "tcp:127.0.0.1:0", "--state", path], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(engine.stdout.close)
        self.addCleanup(engine.wait)
        self.addCleanup(engine.kill)
        self.engine = engine
        return int(engine.stdout.readline().rsplit(":", 1)[1])

    def control(self, state):
        c = http.client.HTTPConnection("127.0.0.1", self.engine_port, timeout=PATIENCE)
        c.request("PUT", "/_control/state", json.dumps(state))
        self.assertLess(c.getresponse().status, 300)
        c.close()

    def start(self, *flags, stdout=None):
        self.log_path = os.path.join(self.dir.name, "log")
        out = stdout if stdout is not None else open(self.log_path, "wb")
        program = subprocess.Popen(
            [WAGGLE, "--docker", "--docker.swarmmode", "--docker.endpoint=tcp://127.0.0.1:%d" % self.engine_port, "--docker.network=edge",
             "--entryPoints=Name:http Address:127.0.0.1:%d" % self.traffic, "--web.address=127.0.0.1:%d" % self.admin, "--loglevel=DEBUG",
             "--workers=2", *flags], stdout=out, stderr=subprocess.PIPE, cwd=self.dir.name)
        if stdout is None:
            out.close()
        self.addCleanup(program.stderr.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        return program

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def routed(self):
        wait_for("a route", lambda: self.answers("/", self.traffic) == 200)

    def answers(self, path, port):
        try:
            return get(port, path)[0]
        except OSError:
            return None

    def slow_request(self):
        result = []
        t = threading.Thread(target=lambda: result.append(get(self.traffic, "/slow")), daemon=True)
        t.start()
        self.assertTrue(Server.entered.wait(PATIENCE))
        return t, result


class Program(Harness):
    def test_serves_and_shows_what_the_swarm_runs(self):
        program = self.serve()
        self.routed()
        status, body, headers = get(self.traffic)
        self.assertEqual(status, 200)
        cookie = headers["Set-Cookie"].split(";")[0]
        for _ in range(5):
            self.assertEqual(get(self.traffic, headers={"Cookie": cookie})[1], body)
        docker = json.loads(get(self.admin, "/api")[1])["docker"]
        servers = docker["backends"]["backend-web"]["servers"]
        urls = {"http://%s:%d" % (a, self.backend) for a in ("127.0.0.2", "127.0.0.3")}
        self.assertEqual({s["url"] for s in servers.values()}, urls)
        for name, s in servers.items():
            self.assertEqual(json.loads(get(self.admin, "/api/providers/docker/backends/backend-web/servers/" + name)[1]), s)
        self.assertEqual(json.loads(get(self.admin, "/api/verdicts")[1])[0]["state"], "routed")
        self.assertGreaterEqual(json.loads(get(self.admin, "/health")[1])["total_status_code_count"]["200"], 6)
        check = subprocess.run([WAGGLE, "healthcheck", "--web.address=127.0.0.1:%d" % self.admin], capture_output=True, timeout=PATIENCE)
        self.assertEqual(check.returncode, 0, check.stderr)

        self.control(swarm(self.backend, ["127.0.0.3"]))
        wait_for("one server", lambda: len(json.loads(get(self.admin, "/api/providers/docker/backends/backend-web/servers")[1])) == 1)
        wait_for("only the other answers", lambda: {get(self.traffic)[1] for _ in range(6)} == {"127.0.0.3"})
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)

    def test_has_given_back_what_only_the_start_needed(self):
        program = self.serve()
        self.routed()
        with open("/proc/%d/maps" % program.pid) as f:
            if "libasan" in (maps := f.read()) or "libtsan" in maps:
                self.skipTest("a sanitizer's memory is its own")
        with open("/proc/%d/status" % program.pid) as f:
            # What is mapped from files counts by how much the kernel reads around a fault, and is others' as well.
            resident = next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))
        self.assertLess(resident, 4 * 1024, "KiB of its own, with a picture of the swarm and a request answered")

    def test_before_the_first_look(self):
        self.engine_port = free_port()  # nobody is there
        self.start()
        wait_for("ping", lambda: self.answers("/ping", self.admin) == 200)
        self.assertEqual(get(self.admin, "/api")[1], "{}")
        status, _, headers = get(self.traffic)
        self.assertEqual(status, 503)
        self.assertIn("Retry-After", headers)
        self.assertFalse(json.loads(get(self.admin, "/api/status")[1])["discovery"]["connected"])
        # A mistyped endpoint must not count as an update that went well.
        endpoint = "tcp://127.0.0.1:%d" % self.engine_port
        wait_for("the cause", lambda: "cannot connect" in get(self.admin, "/ready")[1])
        status, body, _ = get(self.admin, "/ready")
        self.assertEqual(status, 503)
        self.assertIn(endpoint, body)
        check = subprocess.run([WAGGLE, "healthcheck", "--web.address=127.0.0.1:%d" % self.admin], capture_output=True, timeout=PATIENCE, text=True)
        self.assertEqual(check.returncode, 1)
        self.assertIn(endpoint, check.stderr)
        self.assertIn("cannot connect", check.stderr)
        for asked in ([], ["web"], ["--request=http://web/"]):
            told = subprocess.run([WAGGLE, "explain", "--endpoint=127.0.0.1:%d" % self.admin, *asked], capture_output=True, timeout=PATIENCE, text=True)
            self.assertIn("no view of the swarm yet from --docker.endpoint=" + endpoint, told.stdout + told.stderr, asked)

    def test_stays_ready_without_docker(self):
        self.serve()
        wait_for("ready", lambda: self.answers("/ready", self.admin) == 200)
        self.engine.kill()
        wait_for("Docker gone", lambda: not json.loads(get(self.admin, "/api/status")[1])["discovery"]["connected"])
        self.assertEqual(get(self.admin, "/ready")[0], 200)
        self.assertEqual(get(self.traffic)[0], 200)

    def test_help_of_each_command(self):
        for name in ("explain", "status", "check", "healthcheck"):
            for asked in ([name, "--help"], [name, "-h"], ["help", name]):
                told = subprocess.run([WAGGLE, *asked], capture_output=True, timeout=PATIENCE, text=True)
                self.assertEqual((told.returncode, told.stderr), (0, ""), asked)
                self.assertTrue(told.stdout.startswith("Usage: waggle " + name), told.stdout)
                self.assertIn("Exit codes", told.stdout)

    def test_stops_without_cutting_a_request(self):
        program = self.serve()
        self.routed()
        thread, result = self.slow_request()
        program.send_signal(signal.SIGTERM)
        wait_for("not ready", lambda: self.answers("/ping", self.admin) == 503)
        self.assertIsNone(program.poll())
        Server.release.set()
        thread.join(PATIENCE)
        self.assertEqual(result[0][0], 200)
        self.assertEqual(program.wait(PATIENCE), 0)
        text, at = self.log(), 0
        for line in ("waggle version", "Preparing server http", "Starting server on 127.0.0.1:%d" % self.traffic,
                     "Starting server on 127.0.0.1:%d" % self.admin, "Starting provider *docker.Provider",
                     "Server configuration reloaded on 127.0.0.1:%d" % self.admin, "I have to go...", "Stopping server gracefully",
                     "Server stopped", "Shutting down"):
            at = text.find(line, at)
            self.assertGreaterEqual(at, 0, line + " is missing in\n" + text)

    def test_accepts_during_the_drain_delay(self):
        program = self.serve("--drain-delay=1s")
        self.routed()
        program.send_signal(signal.SIGTERM)
        wait_for("not ready", lambda: self.answers("/ping", self.admin) == 503)
        self.assertEqual(get(self.traffic)[0], 200)
        self.assertEqual(program.wait(PATIENCE), 0)

    def test_grace_ends_what_does_not(self):
        program = self.serve("--stop-grace=300ms")
        self.routed()
        threading.Thread(target=self.answers, args=("/slow", self.traffic), daemon=True).start()
        self.assertTrue(Server.entered.wait(PATIENCE))
        begin = time.monotonic()
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)
        self.assertIn("Requests were cut after 300 ms", self.log())

    def test_second_signal_ends_at_once(self):
        program = self.serve("--stop-grace=%ds" % (2 * PATIENCE))
        self.routed()
        threading.Thread(target=self.answers, args=("/slow", self.traffic), daemon=True).start()
        self.assertTrue(Server.entered.wait(PATIENCE))
        program.send_signal(signal.SIGTERM)
        wait_for("not ready", lambda: self.answers("/ping", self.admin) == 503)
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)

    def test_full_standard_output_stops_nothing(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"x" * 65536)
        except BlockingIOError:
            os.set_blocking(writer, True)
        program = self.serve(stdout=writer)
        os.close(writer)
        self.routed()
        for _ in range(50):
            self.assertEqual(get(self.traffic)[0], 200)
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)  # nobody has read a byte
        os.close(reader)

    def test_closed_standard_output_stops_nothing(self):
        reader, writer = os.pipe()
        program = self.serve(stdout=writer)
        os.close(writer)
        os.close(reader)
        self.routed()
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)

    def test_log_file_is_opened_again(self):
        path = os.path.join(self.dir.name, "file.log")
        program = self.serve("--traefiklog.filepath=" + path, "--traefiklog.format=json")
        self.routed()
        wait_for("the log", lambda: os.path.exists(path) and os.path.getsize(path) > 0)
        os.rename(path, path + ".1")
        program.send_signal(signal.SIGUSR1)
        wait_for("the new log", lambda: os.path.exists(path))
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(PATIENCE), 0)
        with open(path, encoding="utf-8") as f:
            lines = [json.loads(line) for line in f]
        self.assertEqual(lines[-1]["msg"], "Shutting down")

    def test_taken_address_is_told(self):
        for taken, name in ((self.traffic, "http"), (self.admin, "traefik")):
            with self.subTest(name), socket.socket() as s:
                s.bind(("127.0.0.1", taken))
                s.listen()
                self.engine_port = 1
                program = self.start()
                self.assertEqual(program.wait(PATIENCE), 1)
                self.assertRegex(self.log(), "level=fatal .*%s.*127.0.0.1:%d" % (name, taken))

    def test_wrong_flags_are_one_line_and_exit_code_2(self):
        for flags, said in ((["--dokcer"], "did you mean --docker?"), (["--kubernetes"], "--kubernetes"), ([], "--docker.swarmmode"),
                            (["--docker.swarmmode", "--workers=x"], "whole number")):
            with self.subTest(flags):
                p = subprocess.run([WAGGLE, *flags], capture_output=True, text=True, timeout=PATIENCE, cwd=self.dir.name)
                self.assertEqual(p.returncode, 2)
                self.assertEqual(p.stdout, "")
                self.assertEqual(p.stderr.count("\n"), 1, p.stderr)
                self.assertIn(said, p.stderr)

    def test_help_and_version(self):
        for flags, said in ((["--help"], "--docker.swarmmode"), (["help"], "Usage: waggle"), (["version"], "Version:"), (["--version"], "Version:")):
            with self.subTest(flags):
                p = subprocess.run([WAGGLE, *flags], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual((p.returncode, p.stderr), (0, ""))
                self.assertIn(said, p.stdout)


if __name__ == "__main__":
    unittest.main()
