"""A swarm of 2 managers and 1 worker with waggle on the managers, a service behind it, clients at a constant rate, and a
watch over the service's tasks: what the scenarios of scenarios_test.py play on."""
import datetime
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from .lab import SOCKET, TOP, Lab
from .waiting import until

PROBE = os.path.join(TOP, "tests", "lab", "probe.py")
STATE = "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def stamp(text):
    """Engine API time (RFC 3339 with nanoseconds, UTC) as seconds since the epoch."""
    whole, _, part = text.rstrip("Z").partition(".")
    base = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return base.timestamp() + float("0." + (part or "0"))


class TaskWatch:
    """Asks a manager for the service's tasks every 25 ms: when each came to run, and when its desired state moved on.

    An answer may be slow on a busy machine: a task had `left` at that time, and had not yet at `stayed`, if ever.
    """

    def __init__(self, sock, service):
        self.sock, self.service, self.seen, self.done = sock, service, {}, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        path = "/tasks?filters=" + urllib.parse.quote(json.dumps({"service": {self.service: True}}))
        c = UnixConnection(self.sock)
        while not self.done.wait(0.025):
            asked = time.time()
            try:
                c.request("GET", path)
                tasks = json.loads(c.getresponse().read())
            except (OSError, ValueError, http.client.HTTPException):
                c.close()
                continue
            now = time.time()
            for t in tasks if isinstance(tasks, list) else []:
                e = self.seen.setdefault(t["ID"], {"slot": t.get("Slot") or t.get("NodeID"), "running": None, "left": None, "stayed": 0.0, "who": None, "node": t.get("NodeID")})
                container = t["Status"].get("ContainerStatus", {}).get("ContainerID", "")
                e["who"] = e["who"] or ("I'm " + container[:12] if container else None)
                if t["Status"]["State"] == "running" and not e["running"]:
                    e["running"] = stamp(t["Status"]["Timestamp"])
                if t["DesiredState"] not in ("shutdown", "remove", "orphaned"):     # new tasks begin as "ready"
                    e["stayed"] = asked
                elif not e["left"]:
                    e["left"] = now
        c.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


class Clients:
    """probe.py inside node 1's network; ends with the `with` block. Results in .result."""

    def __init__(self, lab, *args, port=80):
        self.lab, self.args, self.port, self.result = lab, args, port, None

    def __enter__(self):
        to = ",".join("%s:%d" % (self.lab.ip[n], self.port) for n in (1, 2))
        self.proc = subprocess.Popen(["nsenter", "--net=" + self.lab.netns[1], sys.executable, PROBE, "--to", to, *self.args],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        until(lambda: self.mark()["answered"] > 50, 20, "the clients get answers")
        return self

    def mark(self):
        """Totals so far."""
        self.proc.stdin.write("mark\n")
        self.proc.stdin.flush()
        return json.loads(self.proc.stdout.readline())

    def go_on(self, seconds):
        """Waits until the clients have been at it for `seconds` more (a rate over time is what they measure)."""
        end = self.mark()["t"] + seconds
        until(lambda: self.mark()["t"] >= end, seconds + 20, "%g s of requests" % seconds, every=0.1)

    def __exit__(self, kind, *_):
        try:
            out, _ = self.proc.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            raise
        if kind is None:
            self.result = json.loads(out.strip().splitlines()[-1])


class Stage:
    port, scheme = 80, "http"       # where clients come in; of the servers' URLs

    def __init__(self, options=("--loglevel=DEBUG",)):
        self.work = tempfile.mkdtemp(prefix="waggle-work.")
        os.chmod(self.work, 0o777)
        self.lab = Lab(managers=2, workers=1)
        self.lab.load_images()
        self.lab.docker(1, "network", "create", "edge", "-d", "overlay")
        self.lab.create("waggle", "waggle", "--mode", "global", "--constraint", "node.role==manager", "--network", "edge",
                        "--publish", "mode=host,target=%d,published=%d" % (self.port, self.port), "--publish", "mode=host,target=8080,published=8080",
                        "--mount", "type=bind,source=%s,destination=%s" % (SOCKET, SOCKET),
                        "--stop-grace-period", "20s", "--restart-delay", "0s",
                        command=("--docker", "--docker.swarmmode", "--docker.watch", "--api", "--ping", *options))
        self.lab.running("waggle", 2)

    def down(self):
        self.lab.down()
        shutil.rmtree(self.work, ignore_errors=True)

    def labels(self, name):
        """At http://NAME.test/, sticky."""
        return ["traefik.port=8000", "traefik.frontend.rule=Host:%s.test" % name, "traefik.backend.loadbalancer.stickiness=true"]

    def serve(self, name, count, *args, labels=(), wait=True):
        """A service of whoami; count "global" for one task on each node."""
        mode = ["--mode", "global"] if count == "global" else ["--replicas", str(count)]
        rows = [*self.labels(name), *labels]
        self.lab.create(name, "whoami", *mode, "--network", "edge", "--env", "WORK_LOG=/records/" + name,
                        "--mount", "type=bind,source=%s,destination=/records" % self.work, "--restart-delay", "0s",
                        *(x for row in rows for x in ("--label", row)), *args)
        if wait:
            self.routed(name, self.lab.count if count == "global" else count)

    def routed(self, name, count, seconds=60):
        """Waits until `count` tasks run and both managers' waggles route to exactly these."""
        def same():
            tasks = self.lab.tasks(name)
            want = {self.scheme + "://%s:8000" % t["ip"]["edge"] for t in tasks}
            return len(tasks) == count and all(self.servers(n, name) == want for n in (1, 2))
        until(same, seconds, "%d tasks of %s run and are routed to" % (count, name), every=0.2)

    def servers(self, node, name):
        backend = self.lab.api(node)["docker"]["backends"].get("backend-" + name, {})
        return {s["url"] for s in (backend.get("servers") or {}).values()}

    def update(self, name, *args):
        """An update of every task; returns when Swarm says that it is complete."""
        self.lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--force", *args, name)
        until(lambda: self.lab.docker(1, "service", "inspect", "--format", STATE, name) == "completed", 120, "the update is complete", every=0.2)

    def scale(self, name, count):
        self.lab.docker(1, "service", "scale", "-d", "%s=%d" % (name, count))
        self.routed(name, count)

    def remove(self, name):
        self.lab.docker(1, "service", "rm", name, check=False)

    def node_id(self, number):
        out = self.lab.docker(1, "node", "ls", "--format", "{{.Hostname}} {{.ID}}")
        return dict(line.split(" ") for line in out.splitlines())["node%d" % number]

    def worked(self, name):
        """X-Id -> the hosts that began to work on it."""
        out = {}
        with open(os.path.join(self.work, name)) as f:
            for line in f:
                key, _, host = line.strip().partition(" ")
                out.setdefault(key, []).append(host)
        return out


class TcpStage(Stage):
    """The same below HTTP: one service on a /tcp entry point."""
    port, scheme = 81, "tcp"

    def __init__(self):
        super().__init__(("--entryPoints=Name:flow Address::81/tcp", "--loglevel=DEBUG"))

    def labels(self, name):
        return ["waggle.tcp.port=8000"]

    def servers(self, node, name):
        return {s["url"] for s in self.streams(node, name)}

    def streams(self, node, name):
        """@return the servers that waggle on that node has, also those whose tasks end"""
        return [s for x in self.lab.api(node, "/api/explain/service/" + name).get("streams", []) for s in x["servers"]]


class ServerWatch:
    """Asks waggle on each manager for the service's servers: when each was last known."""
    def __init__(self, stage, name):
        self.stage, self.name, self.known, self.done = stage, name, {}, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in (1, 2)]

    def run(self, node):
        while not self.done.wait(0.025):
            asked = time.time()
            try:
                for s in self.stage.streams(node, self.name):
                    self.known[(node, s["task"])] = asked
            except (OSError, ValueError):
                continue

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        for t in self.threads:
            t.join()
