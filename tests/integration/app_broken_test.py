#!/usr/bin/env python3
"""A corpus of broken set-ups: each must get its own verdict, which names the label (where one is to blame) and the fix.

    app_broken_test.py WAGGLE [unittest arguments]

Stacks go through `waggle check --stack`, swarms through `waggle check --state`: the code that judges a live swarm.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
GOOD = {"traefik.port": "80", "traefik.frontend.rule": "Host:a.example"}


def labels(**change):
    """The good labels with changes; keys with _ for . after the prefix; None removes."""
    out = dict(GOOD)
    for key, value in change.items():
        out["traefik." + key.replace("__", ".")] = value
    return {k: v for k, v in out.items() if v is not None}


def raw(key, value):
    return dict(GOOD, **{key: value})


# name, labels, verdict's code, label it names, words of the fix, routed all the same?
LABELS = [
    ("the port is missing", labels(port=None), "no-port", "traefik.port", "add traefik.port", False),
    ("the port is a word", labels(port="http"), "bad-port", "traefik.port", "1 to 65535", False),
    ("the port is too large", labels(port="80800"), "bad-port", "traefik.port", "1 to 65535", False),
    ("no rule and no domain", labels(frontend__rule=None), "no-rule", "traefik.frontend.rule", "set traefik.frontend.rule", False),
    ("an empty rule", labels(frontend__rule=""), "empty-rule", "traefik.frontend.rule", "set traefik.frontend.rule", False),
    ("a misspelt matcher", labels(frontend__rule="Hots:a.example"), "bad-rule", "traefik.frontend.rule", "docs/labels.md", False),
    ("a rule of Traefik 2", labels(frontend__rule="Host(`a.example`)"), "traefik2-rule", "traefik.frontend.rule", "write Host:a.example", False),
    ("a single backslash", labels(frontend__rule="HostRegexp:{x:\\d+}.example"), "bad-escape", "traefik.frontend.rule", "\\\\", False),
    ("a rule over two lines", labels(frontend__rule="Host:a.example\nHost:b.example"), "control-character", "traefik.frontend.rule", "one line", False),
    ("an entry point that is not there", labels(frontend__entryPoints="https"), "unknown-entry-point", "traefik.frontend.entryPoints",
     "entry points are", False),
    ("one of two entry points is not there", labels(frontend__entryPoints="http,https"), "unknown-entry-point", "traefik.frontend.entryPoints",
     "entry points are", True),
    ("a negative weight", labels(weight="-1"), "bad-weight", "traefik.weight", "1 or more", False),
    ("a weight that is no number", labels(weight="heavy"), "bad-value", "traefik.weight", "", True),
    ("an unknown protocol", labels(protocol="ftp"), "bad-protocol", "traefik.protocol", "write http", False),
    ("a protocol that is not served", labels(protocol="https"), "protocol-not-served", "traefik.protocol", "plain http", False),
    ("a misspelt label", labels(backend__loadbalancer__stikiness="true"), "unknown-label", "traefik.backend.loadbalancer.stikiness",
     "traefik.backend.loadbalancer.stickiness", True),
    ("a label in the wrong case", labels(frontend__Priority="5"), "unknown-label", "traefik.frontend.Priority", "traefik.frontend.priority", True),
    ("a switch that is no switch", labels(backend__loadbalancer__stickiness="yes"), "bad-value", "traefik.backend.loadbalancer.stickiness", "", True),
    ("labels of Traefik 2 only", {"traefik.http.routers.web.rule": "Host(`a.example`)", "traefik.http.services.web.loadbalancer.server.port": "80"},
     "traefik2-labels-only", "", "", False),
    ("a label of Traefik 2 beside", raw("traefik.http.routers.web.rule", "Host(`a`)"), "traefik2-label", "traefik.http.routers.web.rule", "", True),
    ("a network by its short name", labels(docker__network="edg"), "unknown-network", "traefik.docker.network", "", False),
    ("a header name that is none", labels(frontend__headers__customRequestHeaders="X Y:1"), "bad-header-name",
     "traefik.frontend.headers.customRequestHeaders", "", False),
    ("a hash that takes days", labels(frontend__auth__basic__users="joe:$2b$31$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"), "costly-hash",
     "traefik.frontend.auth.basic.users", "", True),
    ("a hash whose dollars were eaten", labels(frontend__auth__basic__users="joe:apr1x"), "unusable-hash", "traefik.frontend.auth.basic.users", "", True),
]

STACK = """
services:
  web:
    image: nginx
    networks: [edge]
    %s
networks: {edge: {external: true}}
"""
# name, text of the service, code, label, words of the fix
STACKS = [
    ("labels on the container", "labels: {traefik.port: '80', 'traefik.frontend.rule': 'Host:a.example'}", "labels-on-container", "", "deploy"),
    ("a network that is not defined", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a'}}\n  b:\n    networks: [lost]\n"
     "    deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:b'}}", "undefined-network", "", "top-level networks"),
    ("the port is guessed", "ports: ['8080:80']\n    deploy: {labels: {traefik.frontend.rule: 'Host:a.example'}}", "port-guessed", "traefik.port", "traefik.port=80"),
    ("the only replica stops first", "deploy: {replicas: 1, labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a'}}",
     "single-replica-stop-first", "", "start-first"),
    ("a variable that is not set", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:${DOMAIN_NOT_SET}'}}", "variable-not-set", "", ""),
    ("two services want the same", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a'}}\n  b:\n    networks: [edge]\n"
     "    deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a'}}", "same-rule", "traefik.frontend.rule", ""),
    ("a catch-all with a high priority hides a service", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a;PathPrefix:/api'}}\n"
     "  b:\n    networks: [edge]\n"
     "    deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'PathPrefix:/', traefik.frontend.priority: '100'}}",
     "hidden-rule", "traefik.frontend.rule", "above 100"),
    ("a list of hosts is longer than the rule with a path", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a;Path:/y'}}\n"
     "  b:\n    networks: [edge]\n"
     "    deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a,www.a.example'}}", "hidden-rule", "traefik.frontend.rule", "above 20"),
    ("waggle behind the mesh", "deploy: {labels: {traefik.port: '80', traefik.frontend.rule: 'Host:a'}}\n  edge:\n    image: traefik:1.7\n"
     "    command: --docker --docker.swarmmode\n    networks: [edge]\n    ports: ['80:80']", "mesh-ports", "", "mode: host"),
]

NET = {"Id": "net1", "Name": "edge", "Driver": "overlay", "Scope": "swarm", "Ingress": False}
OTHER = {"Id": "net2", "Name": "other", "Driver": "overlay", "Scope": "swarm", "Ingress": False}


def swarm(task_states=("running",), given=None, addresses=("10.0.0.5",), container=None, network=NET, version="x"):
    spec = {"Name": "web", "Labels": GOOD if given is None else given, "Mode": {"Replicated": {"Replicas": 1}},
            "TaskTemplate": {"ContainerSpec": {"Labels": container or {}}, "Networks": [{"Target": network["Id"]}]}, "EndpointSpec": {"Mode": "vip"}}
    tasks = [{"ID": "task%d" % i, "ServiceID": "svc1", "Slot": i + 1, "NodeID": "n1", "DesiredState": "running", "Status": {"State": s},
              "NetworksAttachments": [{"Network": {"ID": network["Id"], "Spec": {"Name": network["Name"]}}, "Addresses": [addresses[i % len(addresses)] + "/24"]}]
              if addresses[0] else []}
             for i, s in enumerate(task_states)]
    return {"services": [{"ID": "svc1", "Version": {"Index": 1}, "Spec": spec, "Endpoint": {}}], "tasks": tasks, "networks": [NET, OTHER]}


# name, state, code, label, words of the fix
SWARMS = [
    ("no task runs", swarm(task_states=("starting",)), "no-running-task", "", ""),
    ("no address on a network", swarm(addresses=("",)), "no-network", "", "overlay network"),
    ("two tasks claim an address", swarm(task_states=("running", "running")), "duplicate-address", "", ""),
    ("labels on the container of a live service", swarm(given={}, container=GOOD), "labels-on-container", "", "deploy"),
    ("too many labels", swarm(given=dict(GOOD, **{"traefik.tags": "x" * 70000})), "labels-too-large", "", "65536"),
    ("a label's name is too long", swarm(given=dict(GOOD, **{"traefik." + "x" * 300: "1"})), "label-name-too-long", "traefik.", "256"),
]


def strangers():
    """waggle is on another network than the service."""
    state, own = swarm(), swarm(network=OTHER)
    edge, task = own["services"][0], own["tasks"][0]
    edge["ID"], edge["Spec"]["Name"], edge["Spec"]["Labels"] = "svc2", "edge_waggle", {"traefik.enable": "false"}
    task["ID"], task["ServiceID"], task["NetworksAttachments"][0]["Addresses"] = "taskw", "svc2", ["10.1.0.9/24"]
    return dict(state, services=state["services"] + [edge], tasks=state["tasks"] + [task])


# name, flags, state, code, label, words of the fix
FLAGS = [
    ("services are not exposed by default", ["--docker.exposedbydefault=false"], swarm(), "not-exposed", "traefik.enable", "traefik.enable=true"),
    ("switched off by label", [], swarm(given=labels(enable="false")), "disabled", "traefik.enable", ""),
    ("kept out by a constraint", ["--docker.constraints=tag==public"], swarm(given=labels(tags="private")), "constraint", "traefik.tags", ""),
    ("no network in common with waggle", [], strangers(), "no-shared-network", "", "attach waggle"),
]


class Broken(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def findings(self, kind, text, flags=()):
        path = os.path.join(self.dir.name, "in")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        p = subprocess.run([WAGGLE, "check", "--%s=%s" % (kind, path), "--json", *flags], capture_output=True, text=True, cwd=self.dir.name, timeout=30)
        self.assertIn(p.returncode, (0, 1), p.stdout + p.stderr)
        return json.loads(p.stdout)

    def expect(self, answer, code, label, fix):
        found = [d for s in answer["services"] for d in s["diagnostics"]] + answer.get("general", [])
        mine = [d for d in found if d["code"] == code]
        self.assertTrue(mine, "no %s among %s" % (code, found))
        self.assertTrue(mine[0]["label"].startswith(label), mine)
        self.assertTrue(mine[0]["text"], mine)
        self.assertTrue(mine[0]["fix"], mine)
        self.assertIn(fix, mine[0]["fix"])

    def test_labels(self):
        for name, given, code, label, fix, routed in LABELS:
            with self.subTest(name):
                answer = self.findings("state", json.dumps(swarm(given=given)))
                self.expect(answer, code, label, fix)
                self.assertEqual(answer["services"][0]["state"] != "not-routed", routed)

    def test_stacks(self):
        for name, text, code, label, fix in STACKS:
            with self.subTest(name):
                self.expect(self.findings("stack", STACK % text), code, label, fix)

    def test_swarms(self):
        for name, state, code, label, fix in SWARMS:
            with self.subTest(name):
                self.expect(self.findings("state", json.dumps(state)), code, label, fix)

    def test_flags(self):
        for name, flags, state, code, label, fix in FLAGS:
            with self.subTest(name):
                self.expect(self.findings("state", json.dumps(state), ["--docker", "--docker.swarmmode", *flags]), code, label, fix)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len({c[2] for c in LABELS + STACKS + SWARMS} | {c[3] for c in FLAGS}), 35)


if __name__ == "__main__":
    unittest.main()
