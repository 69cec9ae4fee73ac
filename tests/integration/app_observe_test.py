#!/usr/bin/env python3
"""What an operator sees of the built program: the API and its lock, metrics, the access log, levels of the log, explain.

    app_observe_test.py WAGGLE [unittest arguments]
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import app_binary_test as binary  # noqa: E402
from app_binary_test import PATIENCE, WAGGLE, get, swarm, wait_for  # noqa: E402

API_MD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "api.md")


class Observing(binary.Harness):
    def test_the_api_can_be_locked(self):
        # joe's password is "secret"; the entry point traefik is :8080's place, so --web.address still says where.
        self.serve("--entryPoints=Name:traefik Address::1 Auth.Basic.Users:joe:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")
        wait_for("the first table", lambda: self.answers("/", self.traffic) == 200)
        joe = {"Authorization": "Basic am9lOnNlY3JldA=="}
        for path in ("/api", "/dashboard/", "/health", "/api/explain", "/api/events", "/nothing", "/"):
            status, _, fields = get(self.admin, path)
            self.assertEqual((path, status), (path, 401))
            self.assertIn("Basic", fields["Www-Authenticate"])
        self.assertEqual(get(self.admin, "/ping")[0], 200)
        self.assertEqual(get(self.admin, "/api", joe)[0], 200)
        ask = [WAGGLE, "explain", "--endpoint=127.0.0.1:%d" % self.admin]
        plain = {k: v for k, v in os.environ.items() if k != "WAGGLE_API_USER"}
        p = subprocess.run(ask, capture_output=True, text=True, timeout=PATIENCE, env=plain)
        self.assertEqual(p.returncode, 1)
        self.assertIn("--user=NAME:PASSWORD", p.stderr)
        p = subprocess.run(ask + ["--user=joe:wrong"], capture_output=True, text=True, timeout=PATIENCE, env=plain)
        self.assertEqual(p.returncode, 1)
        self.assertIn("does not know this user", p.stderr)
        for more, env in ((["--user=joe:secret"], plain), ([], dict(plain, WAGGLE_API_USER="joe:secret"))):
            p = subprocess.run(ask + more, capture_output=True, text=True, timeout=PATIENCE, env=env)
            self.assertEqual((p.returncode, p.stderr), (0, ""))
            self.assertIn("web", p.stdout)

    def test_no_path_of_the_api_is_on_the_public_entry_point(self):
        self.serve("--web.metrics.prometheus")
        wait_for("a route", lambda: self.answers("/", self.traffic) == 200)
        served = ("/api", "/api/explain", "/api/status", "/api/overview", "/api/events", "/health", "/ping", "/dashboard/", "/metrics", "/api/version")
        for path in served:
            # The frontend PathPrefix:/ takes them all: what answers is the task.
            status, body, _ = get(self.traffic, path)
            self.assertEqual((path, status), (path, 200))
            self.assertIn(body, ("127.0.0.2", "127.0.0.3"))
        self.control(dict(swarm(self.backend, ["127.0.0.2"]), services=[], tasks=[]))
        wait_for("no route", lambda: self.answers("/", self.traffic) == 404)
        for path in served:
            self.assertEqual((path, get(self.traffic, path)[0]), (path, 404))

    def test_metrics_please_promtool(self):
        self.serve("--web.metrics.prometheus")
        self.routed()
        for path in ("/", "/x"):
            get(self.traffic, path)
        status, body, fields = get(self.admin, "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(fields["Content-Type"].startswith("text/plain; version=0.0.4"))
        self.assertIn('node="alpha"', body)
        if shutil.which("promtool") is None:
            self.skipTest("no promtool (deploy/packages.sh dashboard)")
        p = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((p.returncode, p.stdout + p.stderr), (0, ""))

    def test_the_access_log_is_opened_again_and_names_the_node(self):
        path = os.path.join(self.dir.name, "access.log")
        program = self.serve("--accessLog.filePath=" + path, "--accessLog.format=json")
        self.routed()
        wait_for("a line", lambda: os.path.exists(path) and os.path.getsize(path) > 0)
        os.rename(path, path + ".1")
        program.send_signal(signal.SIGUSR1)
        wait_for("the new file", lambda: os.path.exists(path))
        get(self.traffic, "/after")
        wait_for("its line", lambda: os.path.getsize(path) > 0)
        with open(path, encoding="utf-8") as f:
            line = json.loads(f.readlines()[-1])
        self.assertEqual(line["RequestPath"], "/after")
        self.assertEqual((line["NodeID"], line["NodeName"]), ("node1", "alpha"))
        self.assertIn(line["TaskID"], ("task0", "task1"))

    def test_the_log_level_changes_at_run_time(self):
        program = self.serve("--loglevel=ERROR")
        self.routed()
        self.assertNotIn("level=debug", self.log())
        program.send_signal(signal.SIGUSR2)
        wait_for("DEBUG", lambda: "Log level is DEBUG" in self.log())
        self.control(swarm(self.backend, ["127.0.0.3"]))
        wait_for("a debug line", lambda: "level=debug" in self.log())
        program.send_signal(signal.SIGUSR2)
        wait_for("the level of the start", lambda: "as at the start again" in self.log())
        size = len(self.log())
        self.control(swarm(self.backend, ["127.0.0.2"]))
        wait_for("the change", lambda: get(self.traffic)[1] == "127.0.0.2")
        self.assertEqual(self.log()[size:], "")

    def test_the_examples_of_api_md_work(self):
        self.serve("--web.metrics.prometheus")
        self.routed()
        with open(API_MD, encoding="utf-8") as f:
            text = f.read()
        paths = [p for row in re.findall(r"^\| (`/.*?) \|", text, re.M) for p in re.findall(r"`(/[^`…\[]*)`", row)]
        self.assertGreaterEqual(len(paths), 12)
        asked = set()
        for path in paths:
            path = path.replace("NAME", "web") + ("http://a/x" if path.endswith("url=") else "")
            if path == "/api/events":  # never ends
                continue
            status, body, fields = get(self.admin, path)
            self.assertEqual((path, status), (path, 302 if path == "/" else 200))
            asked.add(path)
            if "json" in fields.get("Content-Type", "") and path != "/ping":
                json.loads(body)
        self.assertLessEqual({"/api", "/api/status", "/metrics", "/api/explain/service/web", "/dashboard/"}, asked)
        commands = re.findall(r"^    docker exec \S+ \S+ \S+ waggle (.*)$|^    docker exec \$\(.*?\) waggle (.*)$", text, re.M)
        self.assertGreaterEqual(len(commands), 4)
        for words in commands:
            words = (words[0] or words[1]).replace("shop_web", "web")
            p = subprocess.run("'%s' %s --endpoint=127.0.0.1:%d" % (WAGGLE, words, self.admin), shell=True, capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual((words, p.returncode, p.stderr), (words, 0, ""))
            self.assertNotEqual(p.stdout, "")

    def test_the_shapes_of_api_md_are_those_of_the_answers(self):
        """Every member that the two JSON examples show is there, with that kind of value."""
        self.serve()
        self.routed()
        self.control(dict(swarm(self.backend, ["127.0.0.2"])))
        with open(API_MD, encoding="utf-8") as f:
            text = f.read()
        examples = [json.loads(re.sub(r'"…":"…",', "", block).replace("    ", " ")) for block in re.findall(r'^    (\{"(?:service|entryPoint)".*?\n\n)', text, re.M | re.S)]
        self.assertEqual(len(examples), 2)
        service = json.loads(get(self.admin, "/api/explain/service/web")[1])
        request = json.loads(get(self.admin, "/api/explain/request?url=http://a/x")[1])

        def compare(where, shown, got):
            if isinstance(shown, dict):
                self.assertLessEqual(set(shown) - {"cookie"}, set(got) | {"cookie"}, where)
                for k in set(shown) & set(got):
                    compare(where + "." + k, shown[k], got[k])
            elif isinstance(shown, list):
                self.assertIsInstance(got, list, where)
                if shown and got:
                    compare(where + "[]", shown[0], got[0])
            elif shown is not None and got is not None:
                self.assertIs(type(shown), type(got), where)
        compare("service", examples[0], service)
        compare("request", examples[1], request)


if __name__ == "__main__":
    unittest.main()
