#!/usr/bin/env python3
"""One code judges: what `waggle check` says of a broken set-up, of its stack file and of its swarm, a running waggle says, too. And
API and ping on an entry point that serves traffic.

    app_judged_test.py WAGGLE [unittest arguments]
"""
import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAGGLE = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "waggle"
sys.path.insert(0, os.path.join(TOP, "tests", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import app_broken_test as broken  # noqa: E402  takes WAGGLE out of sys.argv
from ports import free_port  # noqa: E402

PATIENCE = 60 * float(os.environ.get("WAGGLE_TEST_PATIENCE", "1"))
FLAGS = ["--docker", "--docker.swarmmode"]

# name, labels; beside those of app_broken_test.py, which have what each is about
MORE = [
    ("a comma for a semicolon", broken.labels(frontend__rule="Host:a.example,PathPrefix:/x")),
    ("a scheme in a host", broken.labels(frontend__rule="Host:http://a.example")),
    ("two ampersands", broken.labels(frontend__rule="Host: a && PathPrefix: /x")),
    ("a port in a host", broken.labels(frontend__rule="Host:a.example:8080")),
    ("a star in a host", broken.labels(frontend__rule="Host:*.a.example")),
    ("back-ticks", broken.labels(frontend__rule="Host:`a.example`")),
    ("no slash", broken.labels(frontend__rule="PathPrefix:x")),
    ("a template", broken.labels(frontend__rule="Host:{{.Name}}.example")),
    ("quotes in the value", broken.labels(frontend__rule='"Host:a.example"')),
    ("quotes around a port", broken.labels(port='"80"')),
    ("a line break at the end", broken.labels(frontend__rule="Host:a.example\n")),
    ("a cookie's name alone", broken.labels(backend__loadbalancer__stickiness__cookieName="sid")),
    ("an unknown method", broken.labels(backend__loadbalancer__method="leastconn")),
    ("an interval without a path", broken.labels(backend__healthcheck__interval="10s")),
    ("a password that nobody set", broken.labels(frontend__auth__basic__users="")),
    ("ranges that nobody set", broken.labels(frontend__whiteList__sourceRange=" , ")),
    ("a rate limit without an extractor", broken.labels(frontend__rateLimit__rateSet__a__period="1s")),
    ("an error page of nobody", broken.labels(frontend__errors__x__status="500", frontend__errors__x__backend="nobody", frontend__errors__x__query="/e")),
    ("a misspelt prefix", broken.raw("traefix.port", "80")),
    ("a redirect to nowhere", broken.labels(frontend__redirect__entryPoint="https")),
    ("a doubled dollar", broken.labels(frontend__auth__basic__users="joe:$$apr1$$a$$b")),
]


def fake_swarm(given):
    """broken.swarm() as the fake Engine wants it, with two tasks."""
    out = broken.swarm(task_states=("running", "running"), addresses=("10.0.0.5", "10.0.0.6"), given=given)
    out["services"][0]["Spec"]["Name"] = "s_web"
    out["services"][0]["Spec"]["Mode"] = {"Replicated": {"Replicas": 2}}
    return dict(out, version={"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10.24"}, nodes=[], containers=[])


def stack_file(given):
    """The same as a stack file: JSON is YAML."""
    labels = {k: v.replace("$", "$$") for k, v in given.items()}
    return json.dumps({"version": "3.7", "networks": {"edge": {"external": True}},
                       "services": {"web": {"image": "nginx", "networks": ["edge"], "deploy": {"replicas": 2, "labels": labels}}}})


def told(service):
    return sorted((d["level"], d["code"], d["label"], d["value"], d["text"], d["fix"]) for d in service["diagnostics"])


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Running(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.engine = os.path.join(self.dir.name, "e.sock")
        self.start_engine(fake_swarm(broken.GOOD))

    def start(self, *command, **how):
        p = subprocess.Popen(command, **how)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        return p

    def start_engine(self, state):
        path = os.path.join(self.dir.name, "state.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(state, f)
        p = self.start(sys.executable, os.path.join(TOP, "tests", "lab", "fake_engine.py"), "--listen", "unix:" + self.engine, "--state", path,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(p.stdout.close)
        p.stdout.readline()

    def put(self, state):
        c = Unix(self.engine)
        c.request("PUT", "/_control/state", json.dumps(state))
        c.getresponse().read()
        c.close()

    def start_waggle(self, *flags):
        log = open(os.path.join(self.dir.name, "log"), "wb")
        self.addCleanup(log.close)
        self.start(WAGGLE, *FLAGS, "--docker.endpoint=unix://" + self.engine, "--docker.pollinterval=50ms", *flags, stdout=log, stderr=log, cwd=self.dir.name)

    def get(self, port, path, method="GET", **fields):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            c.request(method, path, headers=fields)
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def until(self, question, wanted, what):
        end = time.monotonic() + PATIENCE
        while True:
            try:
                got = question()
                if wanted(got):
                    return got
            except OSError as e:
                got = e
            self.assertLess(time.monotonic(), end, "%s: last %s" % (what, got))
            time.sleep(0.02)


class Judged(Running):
    def check(self, kind, text):
        path = os.path.join(self.dir.name, "in")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        extra = ["--stack-name=s"] if kind == "stack" else []
        p = subprocess.run([WAGGLE, "check", "--%s=%s" % (kind, path), "--json", *extra, *FLAGS], capture_output=True, text=True, cwd=self.dir.name, timeout=60)
        self.assertIn(p.returncode, (0, 1), p.stdout + p.stderr)
        return [s for s in json.loads(p.stdout)["services"] if s["service"] == "s_web"][0]

    def test_every_broken_set_up(self):
        port, api = free_port(), free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d" % port, "--entryPoints=Name:traefik Address:127.0.0.1:%d" % api, "--api")
        # the running one has an entry point of the API as well, which labels may name
        FLAGS[2:] = ["--entryPoints=Name:http Address::80", "--api"]
        cases = [(c[0], c[1]) for c in broken.LABELS] + MORE
        for name, given in cases:
            with self.subTest(name):
                state = fake_swarm(given)
                expected = self.check("state", json.dumps(state))
                self.put(state)
                self.until(lambda: json.loads(self.get(api, "/api/verdicts")[1]),
                           lambda all_of: [(v["state"], told(v)) for v in all_of if v["service"] == "s_web"] == [(expected["state"], told(expected))],
                           "%s: check says %s" % (name, told(expected)))
                if not any(ord(c) < 32 for v in given.values() for c in v):
                    of_file = self.check("stack", stack_file(given))
                    self.assertEqual(told(of_file), told(expected), name)
                    self.assertEqual(of_file["state"], expected["state"], name)
        for name, given in MORE:
            self.assertTrue(told(self.check("state", json.dumps(fake_swarm(given)))), name)


USERS = "Auth.Basic.Users:joe:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="  # password
JOE = {"Authorization": "Basic " + base64.b64encode(b"joe:password").decode()}
INSIDE = ["/api", "/api/providers", "/api/status", "/api/verdicts", "/health", "/dashboard/", "/metrics"]


class Shared(Running):
    def wait_for_ready(self, port):
        self.until(lambda: self.get(port, "/ready")[0], lambda s: s == 200, "ready")

    def test_a_locked_api_is_open_nowhere_else(self):
        """... and ping has an entry point of its own, which is not locked"""
        port, own = free_port(), free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d %s" % (port, USERS), "--entryPoints=Name:traefik Address:127.0.0.1:%d" % own,
                          "--api.entryPoint=http", "--ping", "--metrics.prometheus.entryPoint=http")
        self.wait_for_ready(own)
        self.assertEqual(self.get(own, "/ping")[0], 200)
        for path in INSIDE:
            with self.subTest(path):
                self.assertEqual(self.get(own, path)[0], 404)
                self.assertEqual(self.get(port, path)[0], 401)
                self.assertEqual(self.get(port, path, **JOE)[0], 200)

    def test_no_priority_takes_what_is_inside(self):
        port = free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d" % port, "--ping.entryPoint=http", "--api.entryPoint=http", "--metrics.prometheus.entryPoint=http")
        self.wait_for_ready(port)
        for rule, priority in (("PathPrefix:/", "2147483647"), ("PathPrefix:/,/x", "9223372036854775807")):
            with self.subTest(priority):
                self.put(fake_swarm(broken.labels(frontend__rule=rule, frontend__priority=priority)))
                shown = lambda: self.get(port, "/api/providers/docker/frontends")[1]  # noqa: E731
                self.until(shown, lambda text: b'"%s"' % rule.encode() in text and b'"priority":2147483647' in text, "the route")
                for path in INSIDE + ["/ping", "/ready"]:
                    self.assertEqual(self.get(port, path)[0], 200, path)

    def test_a_password_for_all_but_reading_ping(self):
        port, own = free_port(), free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d %s" % (port, USERS), "--entryPoints=Name:traefik Address:127.0.0.1:%d %s" % (own, USERS),
                          "--api", "--ping.entryPoint=http")
        self.wait_for_ready(port)
        for at in (port, own):
            for path in ("/ping", "/ready"):
                self.assertEqual(self.get(at, path)[0], 200)
                self.assertEqual(self.get(at, path, "HEAD")[0], 200)
                for method in ("POST", "PUT", "DELETE", "OPTIONS"):
                    with self.subTest(at=at, path=path, method=method):
                        self.assertEqual(self.get(at, path, method)[0], 401)
                        self.assertEqual(self.get(at, path, method, **JOE)[0], 404)

    def test_hosts_where_the_api_is_on_an_entry_point_of_the_traffic_alone(self):
        """against DNS rebinding"""
        port = free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d" % port, "--api.entryPoint=http", "--api.hosts=admin.example")
        self.wait_for_ready(port)
        status = lambda host, path="/api/providers": self.get(port, path, Host=host)[0]  # noqa: E731
        for host in ("127.0.0.1", "localhost:%d" % port, "[::1]", "admin.example"):
            self.assertEqual(status(host), 200, host)
        for path in ("/api/providers", "/api/status", "/dashboard/"):
            self.assertEqual(status("rebound.example", path), 403, path)
        self.assertEqual(status("rebound.example", "/ping"), 200)  # a load balancer asks by any name
        self.put(fake_swarm(broken.labels(frontend__rule="Host:known.example")))
        self.until(lambda: status("known.example"), lambda s: s == 200, "a host of a service there")
        self.assertEqual(status("rebound.example"), 403)

    def test_api_and_ping_on_an_entry_point_of_the_traffic(self):
        port = free_port()
        self.start_waggle("--entryPoints=Name:http Address:127.0.0.1:%d %s" % (port, USERS), "--ping.entryPoint=http", "--api.entryPoint=http")
        status = lambda path, **fields: self.get(port, path, **fields)[0]  # noqa: E731
        self.until(lambda: status("/ready"), lambda s: s == 200, "ready")
        self.assertEqual(status("/ping"), 200)  # a load balancer has no password
        self.assertEqual(status("/api/providers"), 401)
        self.assertIn(b'"docker"', self.get(port, "/api/providers", **JOE)[1])
        self.assertNotIn(b"internal", self.get(port, "/api/providers", **JOE)[1])
        self.assertEqual(status("/dashboard/", **JOE), 200)
        self.assertEqual(status("/api/of-an-application", **JOE), 404)
        self.assertEqual(json.loads(self.get(port, "/api/explain/request?url=/api", **JOE)[1])["winner"], "internal-api-http")
        p = subprocess.run([WAGGLE, "healthcheck", "--ping.entryPoint=http", "--entryPoints=Name:http Address:127.0.0.1:%d" % port],
                           capture_output=True, text=True, cwd=self.dir.name, timeout=60)
        self.assertEqual(p.returncode, 0, p.stdout + p.stderr)


if __name__ == "__main__":
    unittest.main()
