#!/usr/bin/env python3
"""`waggle check` as a child process: exit codes, and what it prints.

    app_check_test.py WAGGLE [unittest arguments]
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"

GOOD = """
services:
  web:
    networks: [edge]
    deploy:
      replicas: 2
      labels: {traefik.port: "80", traefik.frontend.rule: "Host:web.example"}
networks: {edge: {external: true}}
"""
PROXY = """
services:
  edge:
    image: traefik:1.7
    command: --docker --docker.swarmmode --entryPoints='Name:front Address::81' --defaultEntryPoints=front %s
    networks: [edge]
  web:
    networks: [edge]
    deploy: {labels: {traefik.port: "80", traefik.frontend.rule: "Host:web.example"}}
networks: {edge: {external: true}}
"""


class Check(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def file(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def check(self, *args, code, stdin="", env=None):
        """Runs it in an empty folder, so that no configuration file is found."""
        p = subprocess.run([WAGGLE, "check", *args], input=stdin, capture_output=True, text=True, cwd=self.dir.name, timeout=30,
                           env=dict(os.environ, **(env or {})))
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        return p.stdout + p.stderr

    def test_containers_of_one_engine(self):
        """what `docker inspect` prints, from standard input"""
        with open(os.path.join(TOP, "tests", "golden", "engine", "inspected.json"), encoding="utf-8") as f:
            text = f.read()
        out = self.check("--state=-", "--docker", "--docker.network=front", code=1, stdin=text)
        self.assertRegex(out, r"(?m)^container web1 +routed$")
        self.assertRegex(out, r"(?m)^container side +not routed$")
        self.assertIn("5 containers, 2 routed", out)

    def test_where_the_api_is(self):
        for flags, lines in ((("--api",), ["API and ping at :8080 (traefik)"]),
                             (("--ping",), ["ping at :8080 (traefik)"]),
                             (("--api", "--ping", "--metrics"), ["API, ping and metrics at :8080 (traefik)"]),
                             (("--api", "--api.entrypoint=http", "--ping"), ["ping at :8080 (traefik)", "API on entry point http, beside the services"])):
            out = self.check("--docker", "--docker.swarmmode", *flags, code=0)
            told = [x.strip() for x in out.splitlines() if re.match("  (API|ping|metrics)[, ]", x)]
            self.assertEqual(told, lines, out)

    def test_states_are_those_of_the_running_waggle(self):
        stack = self.file("q.yml", "services:\n  quiet: {image: x}\n  off: {image: x, deploy: {labels: {traefik.enable: 'false'}}}\n")
        self.assertEqual(len(re.findall(r"^x_\w+ +not exposed$", self.check("--stack", stack, "--stack-name=x", code=0), re.M)), 2)
        states = [s["state"] for s in json.loads(self.check("--stack", stack, "--stack-name=x", "--json", code=0))["services"]]
        self.assertEqual(states, ["not-exposed", "not-exposed"])

    def test_good_stack(self):
        out = self.check("--stack", self.file("a.yml", GOOD), "--stack-name=shop", code=0)
        for part in ("shop_web", "Host:web.example", "on http", "backend-shop-web", "http port 80", "network edge", "no problems"):
            self.assertIn(part, out)

    def test_problems(self):
        out = self.check("--stack", self.file("a.yml", GOOD.replace('"80"', '"web"')), code=1)
        self.assertIn("bad-port", out)
        self.assertIn("(line 7)", out)
        self.assertIn("fix: ", out)

    def test_usage(self):
        good = self.file("a.yml", GOOD)
        for args in (["--stack"], ["--stack=" + good, "--state=" + good], ["--stack=/no/such/file"], ["--stack=" + good, "--no-such-flag"],
                     ["--docker", "--docker.swarmmode", "--acme"], ["nonsense"], ["--json"], ["--stack=" + self.dir.name]):
            with self.subTest(args=args):
                self.assertIn("waggle: ", self.check(*args, code=2))

    def test_not_a_stack_file(self):
        self.assertIn("line", self.check("--stack", self.file("a.yml", "a: [\n"), code=1))
        self.assertIn("services", self.check("--stack", self.file("b.yml", "a: 1\n"), code=1))

    def test_standard_input_and_json(self):
        out = json.loads(self.check("--json", "--stack=-", code=0, stdin=GOOD))
        self.assertEqual(out["problems"], 0)
        self.assertEqual(out["services"][0]["frontends"][0]["port"], 80)

    def test_variables_come_from_the_environment(self):
        text = GOOD.replace("web.example", "web.${CHECK_DOMAIN}")
        self.assertIn("variable-not-set", self.check("--stack=-", code=1, stdin=text))
        self.assertIn("web.test", self.check("--stack=-", code=0, stdin=text, env={"CHECK_DOMAIN": "test"}))

    def test_flags_of_the_proxy_in_the_file(self):
        self.assertIn("on front", self.check("--stack=-", code=0, stdin=PROXY % ""))
        out = self.check("--stack=-", code=1, stdin=PROXY % "--acme")
        self.assertIn("bad-flags", out)
        self.assertIn("--acme", out)

    def test_what_the_proxy_would_refuse(self):
        """found by compiling what would be served, not by reading labels alone"""
        bad = GOOD.replace('"Host:web.example"', '"Host:web.example", traefik.backend.circuitbreaker.expression: "Nonsense() > 1"')
        out = json.loads(self.check("--json", "--stack=-", code=1, stdin=bad))
        self.assertEqual(out["services"][0]["state"], "not-routed")
        d = [d for d in out["services"][0]["diagnostics"] if d["level"] == "error"]
        self.assertEqual(d[0]["label"], "traefik.backend.circuitbreaker.expression")
        self.assertTrue(d[0]["fix"])
        # a users file is where waggle runs, not here
        fine = GOOD.replace('"Host:web.example"', '"Host:web.example", traefik.frontend.auth.basic.usersFile: /run/secrets/users')
        self.check("--stack=-", code=0, stdin=fine)

    def test_a_stack_file_is_about_a_swarm(self):
        for args in (["--docker.network=edge"], ["--docker"], ["--docker.domain=example.com"]):
            with self.subTest(args=args):
                self.check("--stack=-", *args, code=0, stdin=GOOD)
        # ... but waggle's own service has to say so
        self.assertIn("--docker.swarmmode", self.check("--stack=-", code=1, stdin=PROXY.replace("--docker.swarmmode ", "") % ""))

    def test_a_rule_may_come_of_a_domain_that_is_given_elsewhere(self):
        without = GOOD.replace(', traefik.frontend.rule: "Host:web.example"', "")
        out = self.check("--stack=-", code=0, stdin=without)
        self.assertIn("made of --docker.domain", out)
        # ... but with waggle's flags known, none is none
        self.assertIn("no-rule", self.check("--stack=-", "--docker.network=edge", code=1, stdin=without))
        own = PROXY.replace(', traefik.frontend.rule: "Host:web.example"', "")
        self.assertIn("no-rule", self.check("--stack=-", code=1, stdin=own % ""))
        self.check("--stack=-", code=0, stdin=own % "--docker.domain=example.com")

    def test_a_name_that_labels_tell(self):
        stack = GOOD.replace("{external: true}", "{}").replace("traefik.port:", 'traefik.docker.network: "shop_edge", traefik.port:')
        self.assertIn("stack-name-assumed", self.check("--stack=-", code=0, stdin=stack))
        self.assertIn("unknown-network", self.check("--stack=-", "--stack-name=toys", code=1, stdin=stack))

    def test_a_table_of_figures_for_others_opens_nothing(self):
        toml = self.file("traefik.toml", '[docker]\nswarmMode = true\n[metrics]\n[metrics.statsd]\naddress = "x:1"\n[tracing]\nbackend = "jaeger"\n')
        out = self.check("--configFile=" + toml, code=0)
        self.assertIn("metrics.statsd in", out)
        self.assertIn("tracing.backend in", out)
        self.assertNotIn(":8080", out)

    def test_guards_of_entry_points(self):
        flags = ["--docker", "--docker.swarmmode"]
        self.check(*flags, "--entryPoints=Name:http Address::80 Auth.Basic.UsersFile:/run/secrets/users", code=0)
        self.check(*flags, "--entryPoints=Name:http Address::80 Redirect.Regex:^http://(.*) Redirect.Replacement:https://$1", code=0)
        for words, said in (("Redirect.EntryPoint:https", "there is no entry point https"), ("Redirect.Regex:( Redirect.Replacement:x", "entry point http"),
                            ("Auth.Basic.Users:secret", "expected name:hash"), ("Auth.Forward.Address:ftp://x", "neither http nor https")):
            with self.subTest(words=words):
                out = self.check(*flags, "--entryPoints=Name:http Address::80 " + words, code=2)
                self.assertIn(said, out)
                self.assertNotIn("secret", out)

    def test_flags_alone(self):
        self.assertIn("entry point http at :80", self.check("--docker", "--docker.swarmmode", code=0))

    def test_captured_states(self):
        """every recorded state is read; exit code 0 means that all is routed as it says"""
        with open(os.path.join(TOP, "tests", "vectors", "traefik1-config.json"), encoding="utf-8") as f:
            cases = json.load(f)["cases"]
        for case in cases[:40]:
            with self.subTest(case=case["id"]):
                p = subprocess.run([WAGGLE, "check", "--json", "--state", self.file("s.json", json.dumps(case["input"]))],
                                   capture_output=True, text=True, cwd=self.dir.name, timeout=30)
                self.assertIn(p.returncode, (0, 1), p.stderr)
                self.assertEqual(len(json.loads(p.stdout)["services"]), len(case["input"]["services"]))
        self.assertIn("services", self.check("--state=-", code=1, stdin="{}"))

    def test_the_shipped_stack(self):
        self.assertIn("no problems", self.check("--stack", os.path.join(TOP, "deploy", "stack.yml"), code=0))


if __name__ == "__main__":
    unittest.main()
