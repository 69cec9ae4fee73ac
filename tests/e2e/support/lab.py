"""The lab from Python: nodes, services, sockets inside a node's network, and waggle on it."""
import atexit
import ctypes
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from .waiting import until
from . import web

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
TOOL = os.path.join(TOP, "tests", "lab", "swarm-lab")
CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
setns_lock = threading.Lock()

# What the tutorial mounts: every node of the lab has its own /run, as a real host has.
SOCKET = "/var/run/docker.sock"


def socket_in(netns):
    """A TCP socket that belongs to that network namespace; this thread is there only while it is made."""
    with setns_lock, open("/proc/thread-self/ns/net") as home, open(netns) as away:
        if libc.setns(away.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + netns)
        try:
            return socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        finally:
            if libc.setns(home.fileno(), CLONE_NEWNET) != 0:
                os.abort()      # this thread would speak on the wrong network from here on


def run(*argv, check=True, env=None, timeout=180):
    p = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=timeout)
    if check and p.returncode:
        raise RuntimeError("%s: exit %d\n%s%s" % (" ".join(argv), p.returncode, p.stdout[-2000:], p.stderr[-2000:]))
    return p.stdout


def binary():
    path = os.environ.get("WAGGLE_BINARY") or os.path.join(TOP, "build", "dev", "waggle")
    if not os.access(path, os.X_OK):
        raise RuntimeError("no waggle binary at %s: run tests/run.sh, or name one with WAGGLE_BINARY" % path)
    return path


@functools.lru_cache
def whoami_context():
    path = tempfile.mkdtemp(prefix="waggle-whoami.")
    atexit.register(shutil.rmtree, path, True)
    run(os.path.join(TOP, "tests", "lab", "whoami", "build.sh"), path)
    return path


class Lab:
    """A swarm (or, with swarm=False, engines without one). Take it down with down(); it is also done at exit."""
    serial = 0

    def __init__(self, managers=2, workers=1, swarm=True):
        Lab.serial += 1
        mine = "%d-%d" % (os.getpid(), Lab.serial)      # labs of other processes may be up
        self.env = dict(os.environ, SWARM_LAB_DIR=os.environ.get("SWARM_LAB_DIR", "/tmp/waggle-e2e") + "-" + mine,
                        SWARM_LAB_PREFIX=os.environ.get("SWARM_LAB_PREFIX", "w") + mine)
        self.count = managers + workers
        self.is_up = True
        atexit.register(self.down)
        if swarm:
            self.tool("up", str(managers), str(workers))
        else:
            self.tool("engines", str(self.count))
        self.netns = {n: self.tool("netns", str(n)).strip() for n in self.nodes}
        self.ip = {n: self.tool("ip", str(n)).strip() for n in self.nodes}

    @property
    def nodes(self):
        return range(1, self.count + 1)

    def tool(self, *args, check=True):
        return run(TOOL, *args, check=check, env=self.env)

    def down(self):
        if self.is_up:
            self.is_up = False
            self.tool("down")

    def docker(self, node, *args, check=True):
        return self.tool("docker", str(node), *args, check=check).strip()

    def inspect(self, node, *args):
        return json.loads(self.docker(node, *args))

    def sock(self, node):
        return self.tool("sock", str(node)).strip()

    # ---- images
    def load_images(self, nodes=None):
        """waggle and whoami on every node."""
        for n in nodes or self.nodes:
            self.tool("load", str(n), "whoami", whoami_context())
            env = dict(self.env, DOCKER_HOST="unix://" + self.sock(n), WAGGLE_BINARY=binary())
            run(os.path.join(TOP, "deploy", "image.sh"), "waggle", env=env)

    # ---- services
    def create(self, name, image, *args, command=()):
        """docker service create, detached; the image is the node's own."""
        return self.docker(1, "service", "create", "-d", "--no-resolve-image", "--name", name, *args, image, *command)

    def tasks(self, service):
        """Current tasks that run: list of dicts with node, container, ip (by network name), slot, id."""
        ids = self.docker(1, "service", "ps", "-q", "--no-trunc", "-f", "desired-state=running", service).split()
        out = []
        for t in json.loads(self.docker(1, "inspect", *ids)) if ids else []:
            if t["Status"]["State"] != "running" or t["DesiredState"] != "running":
                continue
            out.append({"id": t["ID"], "slot": t.get("Slot"), "node": t["NodeID"],
                        "container": t["Status"]["ContainerStatus"]["ContainerID"],
                        "ip": {a["Network"]["Spec"]["Name"]: a["Addresses"][0].split("/")[0] for a in t.get("NetworksAttachments", [])}})
        return out

    def running(self, service, count, seconds=30):
        """Waits until exactly `count` tasks of the service run; returns them."""
        return until(lambda: [t for t in [self.tasks(service)] if len(t) == count], seconds, "%d running tasks of %s" % (count, service))[0]

    def container(self, node, service):
        """The id of the service's newest container on that node, running or not; None if there is none."""
        out = self.docker(node, "ps", "-aq", "--no-trunc", "-f", "label=com.docker.swarm.service.name=" + service).split()
        return out[0] if out else None

    def logs(self, node, container):
        p = subprocess.run([TOOL, "docker", str(node), "logs", container], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True, env=self.env, timeout=60)
        return p.stdout

    def last_words(self, count=60):
        """What every waggle here said last, for the report of a failed test."""
        out = []
        for n in self.nodes if self.is_up else []:
            for c in self.docker(n, "ps", "-aq", "-f", "ancestor=waggle", check=False).split():
                out += ["---- node %d, container %s" % (n, c)] + self.logs(n, c).splitlines()[-count:]
        return "\n".join(out)

    # ---- traffic
    def dial(self, node, host=None, port=80, timeout=10):
        """A function that connects from inside `node` to `host` (default: that node's own address)."""
        def connect():
            s = socket_in(self.netns[node])
            s.settimeout(timeout)
            try:
                s.connect((host or self.ip[node], port))
            except OSError:
                s.close()
                raise
            return s
        return connect

    def get(self, node, path="/", port=80, **more):
        """A request to the proxy on that node, from that node; to another port (the API's) by the node's address, which it answers for."""
        if port != 80:
            more.setdefault("host", "%s:%d" % (self.ip[node], port))
        return web.get(self.dial(node, port=port), path, **more)

    def api(self, node, path="/api", port=8080):
        return self.get(node, path, port=port).json()


LINE = re.compile(r'^time="[^"]*" level=(\w+) msg=("(?:[^"\\]|\\.)*"|\S*)(.*)$')


class LogLine:
    def __init__(self, raw):
        m = LINE.match(raw)
        self.raw = raw
        self.level, self.msg, self.rest = (m[1], m[2], m[3]) if m else ("", raw, "")
        if self.msg.startswith('"'):
            try:
                self.msg = json.loads(self.msg)
            except ValueError:
                self.msg = self.msg[1:-1]


class Waggle:
    """waggle as a service of the lab, and its log on one node."""

    def __init__(self, lab, name="waggle"):
        self.lab, self.name = lab, name

    def lines(self, node):
        c = self.lab.container(node, self.name)
        return [LogLine(raw) for raw in self.lab.logs(node, c).splitlines()] if c else []

    def log_has(self, node, text, level=None, since=0):
        return [x for x in self.lines(node)[since:] if text in x.raw.replace('\\"', '"') and (level is None or x.level == level)]


def on_signal(number, _frame):
    sys.exit(128 + number)      # so that atexit takes labs down


def handle_signals():
    for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(s, on_signal)
