"""The scenarios below HTTP, on a swarm of 2 managers and 1 worker: new connections at a constant rate are neither refused nor held up, and connections
that are held open end only with their task, and then at once. tests/lab/scenarios.sh runs them (SCENARIOS=all); CI does not."""
import json
import os
import time
import unittest

from support.held import Held
from support.stage import Clients, ServerWatch, TaskWatch, TcpStage
from support.waiting import SCALE, until

RATE = os.environ.get("RATE", "100")
SLOWEST, SLOWEST_UNPLUGGED = 1.5 * SCALE, 4.0 * SCALE   # seconds for a whole connection, from connecting to the last byte
AT_ONCE = 0.2 * SCALE                                   # after waggle has seen that the task is gone
SWARM_WAITS = 1.7                                       # 2 s between its decision and SIGTERM, less what its clock is late
stage = None
table = []


def setUpModule():
    global stage
    if os.environ.get("SCENARIOS") != "all":
        raise unittest.SkipTest("SCENARIOS=all runs it")
    stage = TcpStage()


def tearDownModule():
    stage.down()
    for row in table:
        print("     " + json.dumps(row), flush=True)
    if os.environ.get("SCENARIOS_JSON"):
        with open(os.environ["SCENARIOS_JSON"] + ".tcp", "w") as f:
            json.dump(table, f, indent=1)


class Tcp(unittest.TestCase):
    name, count = "flow", 5

    def setUp(self):
        self.addCleanup(stage.remove, self.name)
        stage.serve(self.name, self.count)

    def play(self, title, change, slowest=SLOWEST, sudden=False):
        """Runs `change` under load. `sudden`: tasks die without being told, and it returns not before when and by when; connections that were
        with them by then are lost with them. Where the latter is None, the first end of a held connection tells it."""
        dials = {n: stage.lab.dial(n, port=stage.port) for n in (1, 2)}
        flags = ["--rate", RATE, "--name", title, "--timeout", "20"]
        with TaskWatch(stage.lab.sock(1), self.name) as tasks, ServerWatch(stage, self.name) as servers, Held(dials, 10) as held:
            self.addCleanup(held.close)
            with Clients(stage.lab, *flags, port=stage.port) as clients:
                clients.go_on(1)
                since, by = change() if sudden else (change(), None)
                clients.go_on(1.5)
            by_who = {t["who"]: (task, t) for task, t in tasks.seen.items()}
            live = {who for who, (_, t) in by_who.items() if not t["left"]}
            until(lambda: {one.who for one in held.open()} <= live, 40, "connections with tasks that are gone have ended")
        self.save_logs(title, clients.result)
        r = clients.result
        over = [one for one in held.all if one.ended]
        by = by or min((one.ended for one in over), default=0)
        lost = [f for f in r["failures"] if not (sudden and r["t0"] + f[0] <= by and "Refused" not in f[1])]
        after = [one.ended - servers.known[(one.node, by_who[one.who][0])] for one in over]
        row = {"scenario": "tcp " + title, "answered": r["answered"], "failed": len(lost), "died_with_their_task": r["failed"] - len(lost), "lost": lost[:6], "p99": r["p99"],
               "slowest": r["slowest"], "held": len(held.all), "ended": len(over), "longest_after_the_look": round(max(after, default=0), 3)}
        table.append(row)
        self.assertFalse(lost, row)
        self.assertLessEqual(r["slowest"], slowest, row)
        self.assertTrue(over, "no held connection was with a task that went: nothing was tried")
        for one in over:
            task = by_who[one.who][1]
            self.assertTrue(task["left"], "a connection with %s ended (%s) though its task lives" % (one.who, one.how))
            self.assertGreaterEqual(one.ended, since if sudden else task["stayed"] + SWARM_WAITS, "%s: ended (%s) before its task" % (one.who, one.how))
        self.assertLessEqual(row["longest_after_the_look"], AT_ONCE, row)
        self.assertEqual(held.still_good(), [])

    def save_logs(self, title, result):
        if not os.environ.get("SCENARIOS_LOGS"):
            return
        base = os.path.join(os.environ["SCENARIOS_LOGS"], "tcp-" + title)
        for node in (1, 2):
            with open("%s-node%d.log" % (base, node), "w") as f:
                f.write(stage.lab.logs(node, stage.lab.container(node, "waggle")))
        with open(base + ".json", "w") as f:
            json.dump(result, f, indent=1)

    def test_stop_first(self):
        """rolling update, stop-first"""
        self.play("stop-first", lambda: stage.update(self.name, "--update-order", "stop-first"))

    def test_start_first(self):
        """rolling update, start-first"""
        self.play("start-first", lambda: stage.update(self.name, "--update-order", "start-first"))

    def test_scale_down(self):
        """5 to 2 replicas"""
        self.play("scale-5-2", lambda: stage.scale(self.name, 2))

    def test_killed_task(self):
        """a task is killed with SIGKILL"""
        def kill():
            container = stage.lab.container(3, self.name)
            since = time.time()
            stage.lab.docker(3, "kill", container)
            until(lambda: all(t["container"] != container for t in stage.lab.tasks(self.name)), 30, "Swarm has noticed")
            stage.routed(self.name, self.count)
            return since, None
        self.play("killed-task", kill, sudden=True)

    def test_node_drain(self):
        """the worker is drained"""
        def drain():
            stage.lab.docker(1, "node", "update", "--availability", "drain", stage.node_id(3))
            try:
                until(lambda: all(t["node"] != stage.node_id(3) for t in stage.lab.tasks(self.name)), 60, "no task is left there")
                stage.routed(self.name, self.count)
            finally:
                stage.lab.docker(1, "node", "update", "--availability", "active", stage.node_id(3))
        self.play("node-drain", drain)

    def test_unplugged_node(self):
        """the worker's cable is pulled"""
        def unplug():
            since = time.time()
            stage.lab.tool("cut", "3")
            by = time.time()
            try:
                until(lambda: {t["node"] for t in stage.lab.tasks(self.name)} <= {stage.node_id(1), stage.node_id(2)}, 60, "Swarm has moved the tasks", every=0.5)
                stage.routed(self.name, self.count)
            finally:
                stage.lab.tool("heal", "3")
            return since, by
        self.play("unplugged-node", unplug, slowest=SLOWEST_UNPLUGGED, sudden=True)
        until(lambda: "Ready" in stage.lab.docker(1, "node", "ls", "--format", "{{.Status}}", "--filter", "name=node3"), 60, "node 3 is back")


if __name__ == "__main__":
    unittest.main()
