"""No Engine, the wrong Engine, an Engine that goes and comes back: waggle says what is wrong, keeps serving what it
knows, keeps trying, and recovers by itself."""
import json
import os
import subprocess
import sys
import unittest

from support.lab import SOCKET, TOP, Lab, Waggle
from support.load import Load
from support.waiting import holds, until

FLAGS = ("--docker", "--docker.swarmmode", "--docker.watch", "--api", "--ping", "--loglevel=DEBUG")
RELAY = os.path.join(TOP, "tests", "e2e", "support", "relay.py")


def publish(http, api):
    return ["--publish", "mode=host,target=80,published=%d" % http, "--publish", "mode=host,target=8080,published=%d" % api]


def mount(source=SOCKET, target=SOCKET):
    return ["--mount", "type=bind,source=%s,destination=%s" % (source, target)]


def complaints(lines):
    return [x for x in lines if x.level in ("warning", "error", "fatal")]


class Faults(unittest.TestCase):
    """On a swarm with whoami behind Host:app.test."""

    def setUp(self):
        self.lab = Lab(managers=self.managers, workers=self.workers)
        self.addCleanup(self.lab.down)
        self.lab.load_images()
        self.lab.docker(1, "network", "create", "appnet", "-d", "overlay")
        self.lab.create("app", "whoami", "--mode", "global", "--network", "appnet", "--label", "traefik.port=8000",
                        "--label", "traefik.frontend.rule=Host:app.test")
        self.lab.running("app", self.managers + self.workers)

    managers, workers = 1, 1

    def routed(self, node, port=80, count=1):
        got = [self.lab.get(node, host="app.test", port=port) for _ in range(count)]
        return all(r.status == 200 and r.who for r in got)

    def lines(self, node, name):
        return Waggle(self.lab, name).lines(node)

    def steady(self, node, name, seconds, most):
        """While nothing changes, the log does not repeat its complaint."""
        before = len(complaints(self.lines(node, name)))
        holds(lambda: len(complaints(self.lines(node, name))) - before <= most, seconds,
              "at most %d more warnings or errors in the log" % most, every=1)


class OnAWorker(Faults):
    def test_says_so_and_recovers_when_the_node_is_promoted(self):
        """on a worker: says so, recovers when promoted"""
        self.lab.create("waggle", "waggle", *publish(80, 8080), *mount(), "--constraint", "node.hostname == node2", "--network", "appnet", command=FLAGS)
        self.lab.running("waggle", 1)
        until(lambda: [x for x in complaints(self.lines(2, "waggle")) if "manager" in x.raw], 10, "the error says that a manager is needed")
        r = self.lab.get(2, host="app.test")
        self.assertEqual((r.status, bool(r.get("Retry-After"))), (503, True), "before the first picture of the swarm")
        self.assertEqual(self.lab.get(2, "/ping", port=8080).status, 200)
        self.steady(2, "waggle", 6, 2)
        first = self.lab.container(2, "waggle")
        self.lab.docker(1, "node", "update", "--role", "manager", "node2")
        until(lambda: self.routed(2), 30, "it serves once its node is a manager")
        self.assertEqual(self.lab.container(2, "waggle"), first, "without a restart")


class WithoutSocket(Faults):
    def test_names_the_socket_and_recovers_when_it_appears(self):
        """no socket: names it, recovers when it appears"""
        folder = os.path.join(self.lab.env["SWARM_LAB_DIR"], "late")
        os.mkdir(folder)
        self.lab.create("waggle", "waggle", *publish(80, 8080), *mount(folder, "/late"), "--constraint", "node.hostname == node1",
                        "--network", "appnet", command=FLAGS + ("--docker.endpoint=unix:///late/docker.sock",))
        self.lab.running("waggle", 1)
        until(lambda: [x for x in complaints(self.lines(1, "waggle")) if "/late/docker.sock" in x.raw], 10, "the error names the socket")
        self.steady(1, "waggle", 6, 2)
        os.link(self.lab.sock(1), os.path.join(folder, "docker.sock"))
        until(lambda: self.routed(1), 20, "it serves once the socket is there")


class EngineComesAndGoes(Faults):
    def relay(self):
        p = subprocess.Popen(["nsenter", "--net=" + self.lab.netns[1], sys.executable, RELAY, self.lab.ip[1], "23750", self.lab.sock(1)],
                             stdout=subprocess.PIPE, text=True)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        self.assertEqual(p.stdout.readline(), "ready\n")
        p.stdout.close()
        return p

    def test_wrong_endpoint_then_right_then_away_then_back(self):
        """nobody listens at the endpoint; then it does; then it goes and comes back: traffic goes on, each said once"""
        endpoint = "tcp://%s:23750" % self.lab.ip[1]
        self.lab.create("waggle", "waggle", *publish(80, 8080), "--constraint", "node.hostname == node1", "--network", "appnet",
                        command=FLAGS + ("--docker.endpoint=" + endpoint,))
        self.lab.running("waggle", 1)
        until(lambda: [x for x in complaints(self.lines(1, "waggle")) if self.lab.ip[1] + ":23750" in x.raw], 10, "the error names the endpoint")
        engine = self.relay()
        until(lambda: self.routed(1), 20, "it serves once somebody listens there")
        quiet = len(complaints(self.lines(1, "waggle")))
        with Load([self.lab.dial(1)], host="app.test", rate=30, keep=1) as load:
            for _ in range(2):
                engine.kill()
                engine.wait()
                until(lambda: len(complaints(self.lines(1, "waggle"))) > quiet, 10, "the log says that the Engine is away")
                self.steady(1, "waggle", 6, 1)
                since = len(self.lines(1, "waggle"))
                engine = self.relay()
                until(lambda: len([x for x in self.lines(1, "waggle")[since:] if x.level in ("info", "debug")]) > 0, 20, "the log says that it is back")
                self.lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.frontend.rule=Host:app.test,app2.test", "app")
                until(lambda: self.lab.get(1, host="app2.test").status == 200, 20, "changes are seen again")
                self.lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.frontend.rule=Host:app.test", "app")
                until(lambda: self.lab.get(1, host="app2.test").status == 404, 20, "changes are seen again")
                quiet = len(complaints(self.lines(1, "waggle")))
        load.check(self)


class DockerdDies(Faults):
    def test_traffic_goes_on_while_dockerd_is_dead(self):
        """dockerd killed on waggle's own node: containers live on, traffic too; back when it starts"""
        self.lab.create("waggle", "waggle", *publish(80, 8080), *mount(), "--constraint", "node.hostname == node1", "--network", "appnet", command=FLAGS)
        self.lab.running("waggle", 1)
        until(lambda: self.routed(1), 20, "served")
        # With dockerd gone nobody reads the container's output: a proxy that waits for its log would stop here.
        with Load([self.lab.dial(1)], host="app.test", rate=100, keep=4) as load:
            self.lab.tool("kill", "1")
            enough = load.total + 2000
            until(lambda: load.total > enough, 60, "2000 requests without a dockerd")
        load.check(self)
        self.lab.tool("start", "1")
        until(lambda: self.routed(1), 60, "served again after dockerd's start")


class OtherManagerStops(Faults):
    managers, workers = 2, 1

    def test_without_quorum_traffic_goes_on(self):
        """the other manager's dockerd stops: no quorum, traffic goes on, said once, recovers"""
        self.lab.create("waggle", "waggle", *publish(80, 8080), *mount(), "--constraint", "node.hostname == node1", "--network", "appnet", command=FLAGS)
        self.lab.running("waggle", 1)
        until(lambda: self.routed(1, count=6), 20, "served")
        before = len(complaints(self.lines(1, "waggle")))
        self.lab.tool("stop", "2")
        until(lambda: len(complaints(self.lines(1, "waggle"))) > before, 40, "the log says that something is wrong with the swarm")
        until(lambda: self.routed(1, count=30), 15, "the tasks that live answer everything")
        with Load([self.lab.dial(1)], host="app.test", rate=30) as load:
            self.steady(1, "waggle", 8, 2)
        load.check(self)
        self.lab.tool("start", "2")
        self.lab.running("app", 3, seconds=90)
        until(lambda: len({self.lab.get(1, host="app.test").who for _ in range(12)}) == 3, 30, "all three tasks answer again")


class LeaderDies(Faults):
    managers, workers = 3, 0

    def leader(self, node):
        out = self.lab.docker(node, "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.ManagerStatus}}")
        return [x.split()[0] for x in out.splitlines() if x.endswith(" Leader")]

    def test_another_one_is_elected_and_nothing_is_lost(self):
        """the leader's dockerd is killed: traffic goes on through all three managers, changes are seen again after the election"""
        self.lab.create("waggle", "waggle", "--mode", "global", *publish(80, 8080), *mount(), "--network", "appnet", command=FLAGS)
        self.lab.running("waggle", 3)
        until(lambda: all(self.routed(n, count=6) for n in self.lab.nodes), 30, "served by all three")
        old = self.leader(1)[0]
        others = [n for n in self.lab.nodes if "node%d" % n != old]
        with Load([self.lab.dial(n) for n in self.lab.nodes], host="app.test", rate=60, keep=3) as load:
            self.lab.tool("kill", old.removeprefix("node"))
            until(lambda: self.leader(others[0]) not in ([], [old]), 60, "another leader")
            self.lab.docker(others[0], "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.frontend.rule=Host:app.test,app2.test", "app")
            until(lambda: all(self.lab.get(n, host="app2.test").status == 200 for n in others), 90, "changes are seen again")
        load.check(self)


class BeforeTheSwarm(unittest.TestCase):
    def test_waits_for_the_swarm(self):
        """started before the swarm exists: says so, serves once it does"""
        lab = Lab(managers=1, workers=0, swarm=False)
        self.addCleanup(lab.down)
        lab.load_images()
        c = lab.docker(1, "run", "-d", "-p", "80:80", "-p", "8080:8080", "-v", SOCKET + ":" + SOCKET, "waggle", *FLAGS)

        def log():
            from support.lab import LogLine
            return [LogLine(x) for x in lab.logs(1, c).splitlines()]
        until(lambda: [x for x in complaints(log()) if "swarm" in x.raw.lower()], 10, "the error says that there is no swarm")
        self.assertEqual(lab.get(1, host="app.test").status, 503)
        before = len(complaints(log()))
        holds(lambda: len(complaints(log())) - before <= 2, 5, "the complaint is not repeated every second", every=1)
        lab.docker(1, "swarm", "init", "--advertise-addr", lab.ip[1])
        lab.docker(1, "network", "create", "-d", "overlay", "--attachable", "appnet")
        lab.create("app", "whoami", "--network", "appnet", "--label", "traefik.port=8000", "--label", "traefik.frontend.rule=Host:app.test",
                   "--label", "traefik.docker.network=appnet")
        lab.running("app", 1)
        lab.docker(1, "network", "connect", "appnet", c)
        until(lambda: lab.get(1, host="app.test").who, 20, "it serves once the swarm is there")
        state = json.loads(lab.docker(1, "inspect", c))[0]
        self.assertEqual((state["State"]["Running"], state["RestartCount"]), (True, 0))


del Faults      # only its subclasses are tests
if __name__ == "__main__":
    unittest.main()
