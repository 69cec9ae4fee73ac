"""No request is lost while the swarm changes: the scenarios of issue D on a swarm of 2 managers and 1 worker.

Each scenario runs under 100 new connections a second without a cookie, 100 with one, and 8 sticky clients. Without
SCENARIOS=all only the short ones run (what CI can afford); RATE changes the rate. A table of the figures is printed at the
end, and written to $SCENARIOS_JSON if that is set.
"""
import json
import os
import threading
import time
import unittest

from support import web
from support.stage import Clients, Stage, TaskWatch
from support.waiting import SCALE, until

ALL = os.environ.get("SCENARIOS") == "all"
RATE = os.environ.get("RATE", "100" if ALL else "50")
long_one = unittest.skipUnless(ALL, "SCENARIOS=all runs it")
# What the issue allows. A machine under other load is slow in ways that no proxy can help: there SCALE says so.
SLOWEST, SLOWEST_UNPLUGGED, SLOWEST_WORK = 1.5 * SCALE, 4.0 * SCALE, 1.9 * SCALE
stage = None
table = []


def setUpModule():
    global stage
    stage = Stage()


def tearDownModule():
    stage.down()
    for row in table:
        print("     " + json.dumps(row), flush=True)
    if os.environ.get("SCENARIOS_JSON"):
        with open(os.environ["SCENARIOS_JSON"], "w") as f:
            json.dump(table, f, indent=1)


def quantile(values, p):
    values = sorted(values)
    return round(values[int(p * (len(values) - 1))], 3) if values else None


class Scenario(unittest.TestCase):
    name, count, labels = "app", 5, ()

    def setUp(self):
        self.addCleanup(stage.remove, self.name)
        stage.serve(self.name, self.count, labels=self.labels)

    def play(self, title, change, *args, slowest=SLOWEST, settle=1.5, post=False, rate=RATE, path="/", turn=0.0):
        """Runs `change` under load; nothing may be lost. `turn`: how long the clients need for a request to each server.
        -> (result of the clients, the watch)"""
        flags = ["--host", self.name + ".test", "--rate", rate, "--cookie-rate", rate, "--sticky", "8", "--path", path, "--name", title, *args]
        with TaskWatch(stage.lab.sock(1), self.name) as watch, Clients(stage.lab, *flags, *(["--post"] if post else []), port=stage.port) as clients:
            clients.go_on(1)
            change()
            clients.go_on(settle)
        r = clients.result
        if os.environ.get("SCENARIOS_LOGS"):   # what each waggle said meanwhile, for a person
            for node in (1, 2):
                with open(os.path.join(os.environ["SCENARIOS_LOGS"], "%s-node%d.log" % (title, node)), "w") as f:
                    f.write(stage.lab.logs(node, stage.lab.container(node, "waggle")))
            with open(os.path.join(os.environ["SCENARIOS_LOGS"], title + ".json"), "w") as f:
                json.dump({"clients": r, "tasks": watch.seen}, f, indent=1)
        late = [r["by"][t["who"]][1] - t["left"] for t in watch.seen.values() if t["left"] and t["who"] in r["by"]]
        soon = [r["by"][t["who"]][0] - t["running"] for t in watch.seen.values()
                if t["running"] and t["running"] > r["t0"] and t["who"] in r["by"]]
        row = {"scenario": title, "answered": r["answered"], "failed": r["failed"], "p99": r["p99"], "slowest": r["slowest"],
               "moves": len(r["moves"]), "left_tasks": len(late), "last_request_after_leaving": {"median": quantile(late, .5), "most": quantile(late, 1)},
               "first_request_after_running": {"median": quantile(soon, .5), "most": quantile(soon, 1)}}
        table.append(row)
        self.assertEqual(r["failed"], 0, "lost: %s" % json.dumps(r["failures"][:6]))
        self.sessions(r, watch)
        if post:
            self.once(r, title)
        # Below: how quickly. Two test files run at once in CI, on whatever machine: there only losses count.
        if not ALL:
            return r, watch
        self.assertLessEqual(r["slowest"], slowest, row)
        if late:
            self.assertLessEqual(quantile(late, .5), 0.2 * SCALE, row)
            self.assertLessEqual(quantile(late, 1), 1.2 * SCALE, row)
        if soon:
            self.assertLessEqual(quantile(soon, .5), 0.3 * SCALE + turn, row)
        return r, watch

    @staticmethod
    def young(task, r, at):
        """These clients use both managers in turn. One that does not know yet the task that the other has just sent a session to
        looks again and waits for it, 0.3 s at most: enough on a quiet machine. In CI two test files run at once, and an overlay
        network may need seconds until it carries packets to a new task."""
        return not ALL and bool(task and task["running"] and r["t0"] + at - task["running"] < 3.0)

    def sessions(self, r, watch):
        """A session moves only when its task has left, and at most once for each task replaced."""
        by_who = {t["who"]: t for t in watch.seen.values()}
        for at, client, old, new in r["moves"]:
            task = by_who.get(old)
            if self.young(task, r, at):
                continue
            self.assertTrue(task and task["left"], "client %d left %s at %.2f s though its task lives" % (client, old, at))
            self.assertGreaterEqual(r["t0"] + at, task["stayed"] - 0.1, "client %d moved before its task was stopped" % client)

    def once(self, r, title):
        work = {k: v for k, v in stage.worked(self.name).items() if k.startswith(title + "-")}
        twice = {k: v for k, v in work.items() if len(v) > 1}
        self.assertFalse(twice, "worked on twice: %s" % list(twice.items())[:5])
        self.assertGreaterEqual(len(work), r["answered"])


class Updates(Scenario):
    def test_stop_first(self):
        """rolling update, stop-first"""
        self.play("stop-first-1", lambda: stage.update(self.name, "--update-order", "stop-first", "--update-parallelism", "1"))

    def test_start_first(self):
        """rolling update, start-first: sessions follow their slot"""
        r, watch = self.play("start-first-1", lambda: stage.update(self.name, "--update-order", "start-first", "--update-parallelism", "1"))
        self.follow(r, watch)

    @long_one
    def test_stop_first_two_at_a_time(self):
        """rolling update, stop-first, two at a time"""
        self.play("stop-first-2", lambda: stage.update(self.name, "--update-order", "stop-first", "--update-parallelism", "2"))

    @long_one
    def test_start_first_two_at_a_time(self):
        """rolling update, start-first, two at a time"""
        r, watch = self.play("start-first-2", lambda: stage.update(self.name, "--update-order", "start-first", "--update-parallelism", "2"))
        self.follow(r, watch)

    def follow(self, r, watch):
        slots = {t["who"]: t["slot"] for t in watch.seen.values()}
        self.assertGreater(len(r["moves"]), 0)
        tasks = {t["who"]: t for t in watch.seen.values()}
        strays = [m for m in r["moves"] if slots[m[2]] != slots[m[3]] and not self.young(tasks[m[2]], r, m[0])]
        self.assertFalse(strays, "sessions that did not follow their slot: %s" % strays)

    @long_one
    def test_posts(self):
        """rolling update under POSTs: none sent twice, none lost"""
        self.play("post-stop-first", lambda: stage.update(self.name, "--update-order", "stop-first"), post=True)


class Scaling(Scenario):
    def test_down_and_up(self):
        """5 to 2 to 6 replicas"""
        def change():
            stage.scale(self.name, 2)
            stage.scale(self.name, 6)
        self.play("scale-5-2-6", change)


class Crashes(Scenario):
    def kill(self):
        container = stage.lab.container(3, self.name)
        stage.lab.docker(3, "kill", container)
        until(lambda: all(not t["container"] == container for t in stage.lab.tasks(self.name)), 30, "Swarm has noticed")
        stage.routed(self.name, 5)

    def sessions(self, r, watch):
        """What is dead or cut off says nothing: a session leaves it before Swarm does. Others stay."""
        for at, client, old, _ in r["moves"]:
            task = next(t for t in watch.seen.values() if t["who"] == old)
            self.assertTrue(task["left"] or task["node"] == stage.node_id(3), "client %d left %s at %.2f s though its task lives" % (client, old, at))

    def test_killed_task(self):
        """a task is killed with SIGKILL"""
        self.play("killed-task", self.kill)

    @long_one
    def test_unplugged_node(self):
        """the worker's cable is pulled"""
        self.unplug("unplugged-node", rate=RATE)

    @long_one
    def test_unplugged_node_with_requests_in_flight(self):
        """the worker's cable is pulled while requests are worked on"""
        self.unplug("unplugged-in-flight", path="/slow?ms=400", rate="20")

    def unplug(self, title, **more):
        def change():
            stage.lab.tool("cut", "3")
            try:
                until(lambda: {t["node"] for t in stage.lab.tasks(self.name)} <= {stage.node_id(1), stage.node_id(2)}, 60, "Swarm has moved the tasks", every=0.5)
            finally:
                stage.lab.tool("heal", "3")
        self.play(title, change, slowest=SLOWEST_UNPLUGGED, **more)
        until(lambda: "Ready" in stage.lab.docker(1, "node", "ls", "--format", "{{.Status}}", "--filter", "name=node3"), 60, "node 3 is back")

    @long_one
    def test_paused_dockerd(self):
        """dockerd of the worker is paused for ten seconds"""
        def change():
            stage.lab.tool("pause", "3")
            began = time.monotonic()
            try:
                until(lambda: time.monotonic() - began > 10, 30, "ten seconds without that dockerd", every=0.5)
            finally:
                stage.lab.tool("resume", "3")
        self.play("paused-dockerd", change)
        until(lambda: "Ready" in stage.lab.docker(1, "node", "ls", "--format", "{{.Status}}", "--filter", "name=node3"), 60, "node 3 is back")


class Neighbours(Scenario):
    def test_another_service_goes_and_comes(self):
        """another service is removed and made again: this one's sessions stay"""
        self.addCleanup(stage.remove, "other")
        stage.serve("other", 2)

        def change():
            stage.remove("other")
            until(lambda: stage.lab.get(1, host="other.test").status == 404, 10, "no route any more")
            stage.serve("other", 2)
        r, _ = self.play("other-service", change)
        self.assertFalse(r["moves"])


class Drain(Scenario):
    @long_one
    def test_node_drain(self):
        """the worker is drained, and comes back"""
        def change():
            stage.lab.docker(1, "node", "update", "--availability", "drain", stage.node_id(3))
            try:
                stage.routed(self.name, 5)
                until(lambda: all(t["node"] != stage.node_id(3) for t in stage.lab.tasks(self.name)), 60, "no task is left there")
            finally:
                stage.lab.docker(1, "node", "update", "--availability", "active", stage.node_id(3))
        self.play("node-drain", change)


class OneReplica(Scenario):
    name, count = "one", 1

    def test_start_first(self):
        """one replica, start-first"""
        self.play("one-start-first", lambda: stage.update(self.name, "--update-order", "start-first"))


class OneReplicaHeld(Scenario):
    # As long as a busy machine may need for a container to stop and another to start; what waits meanwhile must be fewer than 1,000.
    name, count, labels = "held", 1, ("waggle.backend.hold=60s",)

    def test_stop_first_with_hold(self):
        """one replica, stop-first: requests wait for the next task"""
        self.play("one-stop-first-hold", lambda: stage.update(self.name, "--update-order", "stop-first"), slowest=10 * SCALE,
                  rate=RATE if ALL else "15")


class Global(Scenario):
    name, count = "everywhere", "global"

    @long_one
    def test_rolling_update(self):
        """rolling update of a global service"""
        self.play("global", lambda: stage.update(self.name))


@long_one
class Work(Scenario):
    """POSTs that take 1.6 s each; the stop window is 2 s, so a proxy that knows in time loses none and repeats none."""

    def work(self, title, change):
        self.play(title, change, "--sticky", "0", "--cookie-rate", "0", rate="20", path="/slow?ms=1600", post=True, slowest=SLOWEST_WORK, settle=3,
                  turn=(self.count + 1) / 20)

    def test_stop_first(self):
        """POSTs of 1.6 s, stop-first"""
        self.work("work-stop-first", lambda: stage.update(self.name, "--update-order", "stop-first"))

    def test_start_first(self):
        """POSTs of 1.6 s, start-first"""
        self.work("work-start-first", lambda: stage.update(self.name, "--update-order", "start-first"))

    def test_scale_down(self):
        """POSTs of 1.6 s, 5 to 2 replicas"""
        self.work("work-scale-down", lambda: stage.scale(self.name, 2))

    def test_drain(self):
        """POSTs of 1.6 s, a node is drained"""
        def change():
            stage.lab.docker(1, "node", "update", "--availability", "drain", stage.node_id(3))
            try:
                stage.routed(self.name, 5)
            finally:
                stage.lab.docker(1, "node", "update", "--availability", "active", stage.node_id(3))
        self.work("work-drain", change)


class OwnUpdate(Scenario):
    name, count = "behind", 3

    def test_update_of_waggle_itself(self):
        """waggle is updated, one manager after the other; clients use the other one meanwhile"""
        def change():
            stage.update("waggle", "--update-order", "stop-first", "--update-parallelism", "1")
            stage.lab.running("waggle", 2)
            stage.routed(self.name, 3)
        r, _ = self.play("waggle-update", change, "--fallback", settle=3)
        self.assertGreater(r["fallbacks"], 0, "no client met a manager without waggle: nothing was tried")
        self.assertFalse(r["moves"])


class Streams(Scenario):
    def test_streams_end_only_with_their_own_task(self):
        """downloads, server-sent events and WebSockets through a rolling update"""
        gone, threads, results = {}, [], []

        def sse(node):
            with stage.lab.dial(node, timeout=60)() as s:
                web.send_request(s, "/events?ms=100&count=600", host=self.name + ".test")
                stream = web.Stream(s)
                stream.until(b"data: 0 ")
                who = "I'm " + stream.until(b"\n").decode()
                try:
                    while True:
                        stream.more()
                        stream.buf = b""
                except OSError:
                    results.append(("events", who, time.time()))

        def websocket(node):
            stream, answer = web.ws_open(stage.lab.dial(node, timeout=60), host=self.name + ".test")
            who = "I'm " + (answer.get("X-Whoami") or "")
            try:
                while True:
                    web.ws_send(stream, b"x", 1)
                    web.ws_read(stream)
                    time.sleep(0.1)     # the pace of this client
            except OSError:
                results.append(("websocket", who, time.time()))
        with TaskWatch(stage.lab.sock(1), self.name) as watch:
            for i in range(10):
                threads.append(threading.Thread(target=(sse, websocket)[i % 2], args=(1 + i // 2 % 2,), daemon=True))
            [t.start() for t in threads]
            stage.update(self.name, "--update-order", "stop-first")
            until(lambda: len(results) == 10, 60, "all streams have ended with their tasks")
        for t in watch.seen.values():
            gone[t["who"]] = t["left"] and t["stayed"]
        for kind, who, ended in results:
            self.assertTrue(gone.get(who), "the %s of %s ended though its task lives" % (kind, who))
            # Swarm waits 2 s between its decision and SIGTERM: an earlier end was the table's doing.
            self.assertGreater(ended - gone[who], 1.7, "the %s of %s was cut before its task was told to stop" % (kind, who))


if __name__ == "__main__":
    unittest.main()
