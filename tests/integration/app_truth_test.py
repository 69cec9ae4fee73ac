#!/usr/bin/env python3
"""What the built program says is true: names that do not move, refusals that are seen, causes that are named.

    app_truth_test.py WAGGLE [unittest arguments]

Needs only the Python 3 standard library; no Docker, no root.
"""
import copy
import json
import os
import re
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import app_binary_test  # noqa: E402  (takes the program from the command line)
from app_binary_test import free_port  # noqa: E402
from app_binary_test import NETWORK, PATIENCE, WAGGLE, Harness, get, swarm, wait_for  # noqa: E402

PEER = {"ID": "net2", "Name": "private", "Driver": "overlay", "Scope": "swarm", "Ingress": False}


def several(port, names, address="127.0.0.2", **labels):
    """A swarm of services with a task each; labels: name=…: to be set on all."""
    out = swarm(port, (address,))
    service, task = out["services"][0], out["tasks"][0]
    out["services"], out["tasks"] = [], []
    for i, name in enumerate(names):
        s, t = copy.deepcopy(service), copy.deepcopy(task)
        s["ID"] = t["ServiceID"] = "svc-" + name
        s["Spec"]["Name"] = name
        s["Spec"]["Labels"] = {"traefik.port": str(port), "traefik.frontend.rule": "Host:%s.example" % name, **labels}
        t["ID"] = "task-" + name
        out["services"].append(s)
        out["tasks"].append(t)
    return out


class Truth(Harness):
    def backend_server(self):
        s = app_binary_test.QuietServer(("127.0.0.2", self.backend), app_binary_test.Server)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        self.addCleanup(s.server_close)
        self.addCleanup(s.shutdown)

    def serve_state(self, state, *flags):
        self.backend_server()
        self.engine_port = self.start_engine(state)
        return self.start(*flags)

    def ask(self, host, path="/", headers=None):
        try:
            return get(self.traffic, path, {"Host": host, **(headers or {})})[0]
        except OSError:
            return None

    @staticmethod
    def text_of(path):
        if not os.path.exists(path):
            return ""
        with open(path) as f:
            return f.read()

    def cli(self, *args):
        return subprocess.run([WAGGLE, *args, "--endpoint=127.0.0.1:%d" % self.admin], capture_output=True, timeout=PATIENCE, text=True).stdout

    def test_names_do_not_move(self):
        names = ["a", "b", "c", "d"]
        access = os.path.join(self.dir.name, "access")
        self.serve_state(several(self.backend, names), "--loglevel=INFO", "--accessLog.filePath=" + access)
        for gone in ("a", "b", "c"):
            wait_for("d", lambda: self.ask("d.example") == 200)
            names.remove(gone)
            self.control(several(self.backend, names))
            wait_for(gone + " gone", lambda: self.ask(gone + ".example") == 404)
        wait_for("d", lambda: self.ask("d.example") == 200)
        self.assertIn("frontend-Host-d-example-0", get(self.admin, "/api/providers/docker/frontends")[1])  # Traefik's name, in its API
        lines = wait_for("the changes", lambda: (lambda t: t if t.count("Frontend removed") >= 3 else None)(self.log())).splitlines()
        about = [re.search(r"Frontend (\w+)\".* frontend=(\S+)", line).groups() for line in lines if "msg=\"Frontend " in line]
        self.assertEqual(sorted(about), sorted([("added", n) for n in "abcd"] + [("removed", n) for n in "abc"]))
        changes = [c for c in json.loads(get(self.admin, "/api/overview")[1])["changes"] if c["service"] == "d"]
        self.assertEqual({c["what"] for c in changes}, {"backend changed", "frontend added"})
        lines = wait_for("lines", lambda: (lambda t: t if t.count('"d"') >= 4 else None)(self.text_of(access))).splitlines()
        self.assertLessEqual({line.split('"')[7] for line in lines if '" 200 ' in line}, set("abcd"))

    def test_a_refusal_is_seen_at_the_default_level_and_said_once(self):
        state = several(self.backend, ["good"])
        bad = several(self.backend, ["bad"], **{"traefik.frontend.whiteList.sourceRange": "10.0.0.0/99"})
        worse = several(self.backend, ["worse"], **{"traefik.port": "eighty"})
        for kind in ("services", "tasks"):
            state[kind] += bad[kind] + worse[kind]
        self.serve_state(state, "--loglevel=ERROR")  # the default, as Traefik's
        wait_for("a route", lambda: self.ask("good.example") == 200)
        log = wait_for("both", lambda: (lambda t: t if "service=bad" in t and "service=worse" in t else None)(self.log()))
        for name, label in (("bad", "whiteList"), ("worse", "traefik.port")):
            line = next(x for x in log.splitlines() if "service=" + name in x)
            self.assertIn("level=error", line)
            self.assertIn("Service not routed", line)
            self.assertIn(label, line)
            self.assertRegex(line, 'fix="[^"]+')
        # Other services come and go: nothing is said again.
        for n in range(3):
            more = several(self.backend, ["aa%d" % n])
            self.control({**state, "services": more["services"] + state["services"], "tasks": more["tasks"] + state["tasks"]})
            wait_for("it", lambda: self.ask("aa%d.example" % n) == 200)
        self.assertEqual(self.log(), log)

    def test_own_answers_belong_to_their_service(self):
        access = os.path.join(self.dir.name, "access")
        self.serve_state(several(self.backend, ["shut"], **{"traefik.frontend.whiteList.sourceRange": "10.9.9.9/32"}), "--accessLog.filePath=" + access, "--accessLog.format=json", "--web.metrics.prometheus")
        wait_for("a refusal", lambda: self.ask("shut.example") == 403)
        text = get(self.admin, "/metrics")[1]
        counted = [x for x in text.splitlines() if x.startswith("traefik_backend_requests_total{") and 'code="403"' in x]
        self.assertEqual([x.split('backend="')[1].split('"')[0] for x in counted], ["backend-shut"])
        line = wait_for("a line", lambda: next((json.loads(x) for x in self.text_of(access).splitlines() if '"DownstreamStatus":403' in x), None))
        self.assertEqual((line["ServiceName"], line["FrontendName"]), ("shut", "ipwhitelister for shut"))
        self.assertGreaterEqual(json.loads(get(self.admin, "/api/overview")[1])["backends"]["backend-shut"][0], 1)


    def test_a_service_whose_requests_all_fail_is_not_called_routed(self):
        state = several(self.backend, ["good"])
        shut = several(free_port(), ["shut"])
        sick = several(self.backend, ["sick"], **{"traefik.backend.healthcheck.path": "/nowhere", "traefik.backend.healthcheck.interval": "1s",
                                                  "traefik.backend.healthcheck.port": str(free_port())})
        for kind in ("services", "tasks"):
            state[kind] += shut[kind] + sick[kind]
        self.serve_state(state)
        wait_for("a route", lambda: self.ask("good.example") == 200)
        wait_for("no server", lambda: self.ask("shut.example") == 502)
        told = wait_for("the state", lambda: (lambda s: s if s["sick"]["state"] == s["shut"]["state"] == "failing" else None)(
            {s["service"]: s for s in json.loads(get(self.admin, "/api/explain")[1])["services"]}))
        self.assertEqual(told["good"]["state"], "routed-with-warnings" if told["good"]["reason"] else "routed")
        self.assertRegex(told["shut"]["reason"], "its only server refuses connections: .*refused")
        self.assertRegex(told["sick"]["reason"], "its only server fails its health check: .*")
        self.assertTrue(told["shut"]["lastError"] and told["sick"]["lastError"])
        for text in (self.cli("explain"), self.cli("status"), self.cli("explain", "shut"), self.cli("explain", "sick")):
            self.assertIn("failing", text)
        self.assertIn("is traefik.port the port that the tasks listen on", self.cli("explain", "shut"))  # the cure
        page = json.loads(get(self.admin, "/api/overview")[1])["services"]
        self.assertEqual({n: page[n]["state"] for n in page}, {n: told[n]["state"] for n in told})

    def test_a_server_that_worked_and_fails_now(self):
        """what was good before does not hide it: not from the API, not from the log at the default level, not from the metrics"""
        self.status = 200
        owner = self

        class Handler(app_binary_test.Server):
            def do_GET(self):
                self.send_response(owner.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        s = app_binary_test.QuietServer(("127.0.0.3", self.backend), Handler)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        self.addCleanup(s.server_close)
        self.addCleanup(s.shutdown)
        self.serve_state(several(self.backend, ["shop"], "127.0.0.3"), "--loglevel=ERROR", "--web.metrics.prometheus")
        wait_for("a route", lambda: self.ask("shop.example") == 200)
        for _ in range(200):
            self.ask("shop.example")
        state = lambda: json.loads(get(self.admin, "/api/explain/service/shop")[1])  # noqa: E731
        self.assertNotEqual(state()["state"], "failing")
        self.status = 500
        for _ in range(12):
            self.assertEqual(self.ask("shop.example"), 500)
        self.assertEqual(state()["state"], "failing")
        self.assertIn("its only server fails every request", state()["reason"])
        self.assertIn("answered 500 Internal Server Error", state()["lastError"])
        self.assertIn("look at the log of task", {d["code"]: d["fix"] for d in state()["diagnostics"]}["many-errors"])
        line = wait_for("the log", lambda: next((x for x in self.log().splitlines() if 'msg="Service failing"' in x), None))
        for part in ("level=error", "service=shop", "fails every request", "fix="):
            self.assertIn(part, line)
        self.assertIn('waggle_services{state="failing"} 1\n', get(self.admin, "/metrics")[1])
        self.status = 200
        self.ask("shop.example")
        self.assertNotEqual(state()["state"], "failing")
        wait_for("its end", lambda: 'msg="Service no longer failing" service=shop' in self.log())
        self.assertEqual(self.log().count("Service failing"), 1)

    def test_a_refusal_and_its_cure_are_heard_at_one_level(self):
        self.serve_state(several(self.backend, ["shop"], **{"traefik.port": "eighty"}), "--loglevel=ERROR")
        wait_for("the refusal", lambda: "Service not routed" in self.log())
        self.control(several(self.backend, ["shop"]))
        wait_for("a route", lambda: self.ask("shop.example") == 200)
        wait_for("the cure", lambda: 'level=error msg="Service routed" service=shop' in self.log())

    def test_usual_mistakes_are_heard_at_the_default_level(self):
        """also where the service is routed: a misspelt auth label leaves it open, a rule that matches nothing gets no request"""
        state = several(self.backend, ["good"])
        for name, labels in (("typo", {"traefik.frontend.auth.basic.user": "ann:$apr1$gg.dacAP$w3ecpyO/L3l7YiviehJw70"}), ("plain", {"traefik.frontend.auth.basic.users": "ann:secret"}),
                             ("scheme", {"traefik.frontend.rule": "Host:http://scheme.example"}), ("one", {"traefik.frontend.rule": "Host:two.example"}), ("two", {})):
            more = several(self.backend, [name], **{"traefik.frontend.rule": "Host:%s.example" % name, **labels})
            for kind in ("services", "tasks"):
                state[kind] += more[kind]
        self.serve_state(state, "--loglevel=ERROR")
        wait_for("a route", lambda: self.ask("good.example") == 200)
        log = wait_for("all", lambda: (lambda t: t if all("service=%s " % n in t for n in ("typo", "plain", "scheme", "one", "two")) else None)(self.log()))
        why = {s["service"]: s["reason"] for s in json.loads(get(self.admin, "/api/explain")[1])["services"]}
        for name, code in (("typo", "unknown-label"), ("plain", "unusable-hash"), ("scheme", "rule-in-doubt"), ("one", "same-rule"), ("two", "same-rule")):
            line = next(x for x in log.splitlines() if "service=%s " % name in x)
            self.assertRegex(line, 'level=error .*code=%s .*reason="([^"]+)" fix="[^"]+"' % code)
            self.assertIn(re.search('reason="([^"]+)"', line)[1], why[name])
        self.assertNotIn("service=good", log)
        # That its task goes is news of its own and no reason to say the rest again.
        state["tasks"] = [t for t in state["tasks"] if t["ServiceID"] != "svc-plain"]
        self.control(state)
        wait_for("the task to go", lambda: "no task is running" in json.dumps(json.loads(get(self.admin, "/api/explain/service/plain")[1])))
        self.assertEqual(self.log().count("code=unusable-hash"), 1)

    def test_hashes_are_told_to_nobody(self):
        """also behind misspelt labels and those of Traefik 2"""
        hidden = "$apr1$gg.dacAP$w3ecpyO"
        labels = {k: "ann:" + hidden for k in ("traefik.frontend.auth.basic", "traefik.frontend.auth.basic.user", "traefik.fronted.auth.basic.users",
                                               "traefik.http.middlewares.a.basicauth.users")}
        self.serve_state(several(self.backend, ["shop"], **labels), "--loglevel=DEBUG")
        wait_for("a route", lambda: self.ask("shop.example") == 401)
        found = json.loads(get(self.admin, "/api/explain/service/shop")[1])["diagnostics"]
        self.assertGreaterEqual({d["label"] for d in found}, set(labels))
        for text in (json.dumps(found), get(self.admin, "/api/overview")[1], get(self.admin, "/api/verdicts")[1], self.cli("explain", "shop"), self.cli("explain")):
            self.assertNotIn(hidden, text)
        told = [x for x in self.log().splitlines() if hidden in x and "Configuration received" not in x]
        self.assertEqual(told, [])

    def test_dockers_own_reason_is_shown(self):
        state = several(self.backend, ["good", "lost"])
        lost = next(t for t in state["tasks"] if t["ServiceID"] == "svc-lost")
        lost.update(DesiredState="shutdown", NetworksAttachments=[], Status={"Timestamp": lost["CreatedAt"], "State": "rejected",
                                                                           "Err": "No such image: lost:latest"})
        self.serve_state(state, "--loglevel=ERROR")
        wait_for("a route", lambda: self.ask("good.example") == 200)
        wait_for("the reason", lambda: "No such image: lost:latest" in self.cli("explain", "lost"))
        told = {s["service"]: s for s in json.loads(get(self.admin, "/api/explain")[1])["services"]}
        self.assertEqual(told["lost"]["state"], "failing")
        self.assertIn("No such image", told["lost"]["reason"])
        self.assertIn("No such image", json.loads(get(self.admin, "/api/overview")[1])["services"]["lost"]["reason"])
        wait_for("the log", lambda: self.log().count("No such image: lost:latest") == 1)

    def test_a_load_balancer_that_is_not_trusted_is_told_of(self):
        self.serve_state(several(self.backend, ["web"]), "--loglevel=WARN")
        wait_for("a route", lambda: self.ask("web.example") == 200)
        for _ in range(5):
            self.ask("web.example", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"})
        lines = [x for x in self.log().splitlines() if "not trusted" in x]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("ForwardedHeaders.TrustedIPs:127.0.0.0/24", lines[0])
        for text in (self.cli("explain"), self.cli("status"), self.cli("explain", "web")):
            self.assertIn("ForwardedHeaders.TrustedIPs:127.0.0.0/24", text)
        head = json.loads(get(self.admin, "/api/overview")[1])["head"]
        self.assertIn("127.0.0.1", head["general"][0]["text"])


if __name__ == "__main__":
    unittest.main()
