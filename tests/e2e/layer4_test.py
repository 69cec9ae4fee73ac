"""TCP by label on a real swarm: the tutorial's four requests, and clients that reach the same slot through both managers."""
import unittest

from support import web
from support.held import Held
from support.lab import SOCKET, Lab, run, socket_in
from support.stage import TaskWatch
from support.waiting import until

PORTS = {"turns": 80, "hashed": 81, "kept": 82}     # of the service with that name, and of its entry point
# Addresses of clients, whom waggle sees by them; the scouts find out whether all is ready, and leave no trace of the others.
# So many that none of three slots is without one, however they are hashed (once in a million runs).
CLIENTS, SCOUTS = (["198.18.7.%d" % n for n in range(first, first + 40)] for first in (101, 141))
API = 8080


def setUpModule():
    global lab
    lab = Lab(managers=2, workers=1)
    unittest.addModuleCleanup(lab.down)
    lab.load_images()
    lab.docker(1, "network", "create", "-d", "overlay", "appnet")
    published = (x for port in (*PORTS.values(), API) for x in ("--publish", "mode=host,target=%d,published=%d" % (port, port)))
    lab.create("waggle", "waggle", "--mode", "global", "--constraint", "node.role==manager", "--network", "appnet", *published,
               "--mount", "type=bind,source=%s,destination=%s" % (SOCKET, SOCKET),
               command=("--docker", "--docker.swarmmode", "--api", "--ping", "--loglevel=DEBUG",
                        *("--entryPoints=Name:%s Address::%d/tcp" % entry for entry in PORTS.items())))
    lab.running("waggle", 2)
    for address in CLIENTS + SCOUTS:
        run("nsenter", "--net=" + lab.netns[3], "ip", "addr", "add", address + "/24", "dev", "eth0")


def serve(name, replicas, *labels):
    rows = ["waggle.tcp.port=8000", "waggle.tcp.entryPoint=" + name, *labels]
    lab.create(name, "whoami", "--replicas", str(replicas), "--network", "appnet", "--restart-delay", "0s", *(x for row in rows for x in ("--label", row)))


def ask(node, name, client):
    """One connection from the worker's node through waggle on that node. @return the container that answers"""
    def dial():
        s = socket_in(lab.netns[3])
        s.settimeout(10)
        try:
            s.bind((client, 0))
            s.connect((lab.ip[node], PORTS[name]))
        except OSError:
            s.close()
            raise
        return s
    return web.get(dial).who


def known(node, name):
    """@return the tasks that waggle on that node has as servers"""
    streams = lab.api(node, "/api/explain/service/" + name, port=API).get("streams", [])
    return {s["task"] for x in streams for s in x["servers"]}


def serving(name, replicas):
    """Waits until `replicas` tasks run, both managers have these and no other as servers, and reach them. @return container -> slot"""
    def led():
        tasks = lab.tasks(name)
        now = {t["container"][:12]: t["slot"] for t in tasks}
        return now if len(now) == replicas and all(known(n, name) == {t["id"] for t in tasks} for n in (1, 2)) and all(
            {ask(n, name, c) for c in SCOUTS} == set(now) for n in (1, 2)) else None
    return until(led, 60, "%d tasks of %s are reached through both managers" % (replicas, name), every=0.2)


def slot_of_each_client(node, name, of):
    return {c: of[ask(node, name, c)] for c in CLIENTS}


class Tutorial(unittest.TestCase):
    def test_four_requests_go_to_two_tasks_in_turn(self):
        """rr over two tasks: 1 2 1 2, through either manager"""
        self.addCleanup(lab.docker, 1, "service", "rm", "turns", check=False)
        serve("turns", 2, "waggle.tcp.scheduler=rr")
        both = set(serving("turns", 2))
        for node in (1, 2):
            seen = [ask(node, "turns", CLIENTS[0]) for _ in range(4)]
            self.assertEqual(set(seen[:2]), both)
            self.assertEqual(seen[2:], seen[:2])
            self.assertIn("turns: routed", lab.get(node, "/api/explain/service/turns?as=text", port=API).text)


class SameSlot(unittest.TestCase):
    """Nothing is shared between two replicas of waggle: both work out the same answer."""

    def stay(self, name, *labels):
        self.addCleanup(lab.docker, 1, "service", "rm", name, check=False)
        serve(name, 3, *labels)
        of = serving(name, 3)
        first = slot_of_each_client(1, name, of)
        self.assertEqual(set(first.values()), {1, 2, 3}, "the clients are spread")
        for node in (2, 1, 2):
            self.assertEqual(slot_of_each_client(node, name, of), first)
        return of, first

    def test_by_hash(self):
        """mh: one address, one slot, through both managers; also after a rolling update"""
        before, first = self.stay("hashed", "waggle.tcp.scheduler=mh")
        lab.docker(1, "service", "update", "-d", "--force", "--no-resolve-image", "--update-order", "start-first", "--update-parallelism", "3", "hashed")
        until(lambda: not {t["container"][:12] for t in lab.tasks("hashed")} & set(before), 60, "no task is of before", every=0.2)
        after = serving("hashed", 3)
        for node in (1, 2):
            self.assertEqual(slot_of_each_client(node, "hashed", after), first)

    def test_by_persistence(self):
        """persistence without a scheduler: the same"""
        self.stay("kept", "waggle.tcp.persistence=60s")


class Leaving(unittest.TestCase):
    def test_open_connections_live_until_their_task_ends(self):
        """3 to 1 replicas: those of the tasks that go end with these, the others go on"""
        self.addCleanup(lab.docker, 1, "service", "rm", "turns", check=False)
        serve("turns", 3, "waggle.tcp.scheduler=rr")
        serving("turns", 3)
        with TaskWatch(lab.sock(1), "turns") as watch, Held({n: lab.dial(n, port=PORTS["turns"]) for n in (1, 2)}, 3) as held:
            self.addCleanup(held.close)
            self.assertEqual(len({one.who for one in held.all}), 3)
            lab.docker(1, "service", "scale", "-d", "turns=1")
            last = "I'm " + lab.running("turns", 1)[0]["container"][:12]
            until(lambda: {one.who for one in held.open()} == {last}, 30, "connections with tasks that are gone have ended")
        tasks = {t["who"]: t for t in watch.seen.values()}
        for one in held.all:
            if one.ended:
                # Swarm waits for 2 s between its decision and SIGTERM: an earlier end was waggle's doing.
                self.assertGreater(one.ended - tasks[one.who]["stayed"], 1.7, "the connection with %s ended (%s) before it" % (one.who, one.how))
        self.assertEqual(held.still_good(), [])


if __name__ == "__main__":
    unittest.main()
