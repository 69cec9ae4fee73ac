#!/usr/bin/env python3
"""How waggle behaves as a swarm grows: 10, 100, 1,000, 10,000 services with ten tasks each.

    scale.py --waggle build/release/waggle --tool build/bench/bench_tool --json scale.json [--sizes 10,100,1000,10000]
    scale.py … --tables-only --labels '{"traefik.frontend.headers.frameDeny": "true"}'     no routing; each service has middlewares

Needs Linux and two cores that nobody else uses; traffic stays on 127.0.0.0/8; ends by itself (about five minutes). Measured,
for each size, against tests/lab/fake_engine.py, which serves bytes that it made before (about 2 KB a task, as an Engine sends):

  first table   from exec to the first answer 404 instead of 503; CPU seconds of waggle until then; the same transfers read
                by a client that does nothing (the Engine's share)
  memory        resident, after the first table and a minute's worth of changes; the highest ever
  change        one service's task replaced: "Table published" took_us (from the look's last answer to the table handed to
                all workers), median of several; the workers' own part ("Table adopted")
  label         the same for one label of one service (a request header)
  steady        CPU of one full look that finds nothing new
  routing       CPU of a request at hosts spread over all services, answered by waggle itself (a white list refuses, so that
                nothing but routing can differ), and forwarded to ten services among N; each as a ratio to ten services that
                are measured in turns with it
"""
import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_port  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
ENGINE = os.path.join(HERE, "..", "lab", "fake_engine.py")
PATIENCE = 60


class UnixHTTP(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


def cpu(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def cpu_fine(pid):
    """Sum over threads, in nanosecond steps."""
    total = 0
    for t in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/schedstat" % (pid, t)) as f:
            total += int(f.read().split()[0])
    return total / 1e9


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in f if line.startswith(("VmRSS", "VmHWM"))}


def until(what, condition, limit=PATIENCE, step=0.004):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("gave up after %d s: %s" % (limit, what))
        time.sleep(step)


@contextlib.contextmanager
def program(args, **more):
    p = subprocess.Popen(args, **more)
    try:
        yield p
    finally:
        if p.poll() is None:
            p.send_signal(signal.SIGTERM)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


class Engine:
    def __init__(self, stack, folder, services, labels=None, loopback=None, tasks=10):
        self.path = os.path.join(folder, "engine-%d.sock" % services)
        args = [sys.executable, ENGINE, "--listen", "unix:" + self.path, "--swarm", "%dx%d" % (services, tasks)]
        if labels:
            args += ["--swarm-labels", json.dumps(labels)]
        if loopback:
            args += ["--swarm-loopback", str(loopback)]
        p = stack.enter_context(program(args, stdout=subprocess.PIPE, text=True))
        if "listening" not in p.stdout.readline():
            raise SystemExit("the fake Engine did not start")

    def ask(self, verb, path, body=None):
        c = UnixHTTP(self.path)
        c.request(verb, path, json.dumps(body) if body is not None else None)
        r = c.getresponse()
        n = 0
        while chunk := r.read(1 << 18):
            n += len(chunk)
        c.close()
        return n

    def looks(self):
        c = UnixHTTP(self.path)
        c.request("GET", "/_control/requests")
        seen = json.loads(c.getresponse().read())
        return sum(1 for r in seen if r["path"].endswith("/tasks") and '"service"' not in r["query"].get("filters", ""))


class Waggle:
    def __init__(self, stack, a, folder, engine, level="INFO", more=(), pin=None):
        self.port = free_port()
        self.log = os.path.join(folder, "waggle-%d.log" % self.port)
        args = [a.waggle, "--docker", "--docker.swarmmode", "--docker.endpoint=unix://" + engine.path, "--loglevel=" + level,
                "--entryPoints=Name:http Address:127.0.0.1:%d" % self.port, *more]
        if pin is not None:
            args = ["taskset", "-c", str(pin)] + args
        self.begin = time.monotonic()
        with open(self.log, "w") as out:
            self.p = stack.enter_context(program(args, stdout=out, stderr=out))
        self.pid = self.p.pid

    def status(self):
        try:
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            c.request("GET", "/", headers={"Host": "nobody.example"})
            return c.getresponse().status
        except OSError:
            return 0

    def wait_for_table(self):
        until("no table", lambda: self.p.poll() is not None or self.status() == 404)
        if self.p.poll() is not None:
            raise SystemExit("waggle ended: " + open(self.log).read()[-500:])
        return time.monotonic() - self.begin, cpu(self.pid)

    def said(self, pattern):
        with open(self.log) as f:
            return [int(m) for m in re.findall(pattern, f.read())]


def measure_table(a, n):
    out = {"services": n}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waggle-scale-"))
        engine = Engine(stack, folder, n, json.loads(a.labels))
        t = time.monotonic()
        out["bytes"] = engine.ask("GET", "/v1.41/services") + engine.ask("GET", "/v1.41/tasks")
        out["engine_s"] = time.monotonic() - t
        walls, cpus = [], []
        for again in range(a.starts):
            with contextlib.ExitStack() as one:
                w = Waggle(one, a, folder, engine)
                wall, used = w.wait_for_table()
                walls.append(wall)
                cpus.append(used)
                if again + 1 < a.starts:
                    continue
                out["rss_first_mib"] = memory(w.pid)["VmRSS"]
                until("no line about the first table", lambda: w.said(r'"Table published".*took_us=(\d+)'))
                published = w.said(r'"Table published".*took_us=(\d+)')
                header = "traefik.frontend.headers.customRequestHeaders"
                for what, labels in (("publish_us", lambda i: {}), ("label_us", lambda i: {"labels": {header: "X-Change:%d" % i}})):
                    for i in range(a.changes):
                        engine.ask("POST", "/_control/change", {"service": (i * 7919) % n, **labels(i)})
                        until("change %d was not published" % i, lambda: len(w.said(r'"Table published".*took_us=(\d+)')) > len(published) + i)
                        time.sleep(0.1)
                    out[what] = w.said(r'"Table published".*took_us=(\d+)')[len(published):]
                    published += out[what]
                until("still looking for what changed", lambda: settled(w), limit=30, step=0.5)
                before, looks = cpu_fine(w.pid), engine.looks()
                until("no look", lambda: engine.looks() >= looks + a.looks, limit=120, step=0.2)
                time.sleep(2.0 if n >= 10000 else 0.3)
                out["steady_look_s"] = (cpu_fine(w.pid) - before) / max(1, engine.looks() - looks)
                m = memory(w.pid)
                out["rss_mib"], out["peak_mib"] = m["VmRSS"], m["VmHWM"]
        out["first_table_s"], out["first_table_cpu_s"] = min(walls), min(cpus)
        out["first_table_all_s"] = walls
        with contextlib.ExitStack() as one:  # the workers tell their part at level debug
            w = Waggle(one, a, folder, engine, level="DEBUG")
            w.wait_for_table()
            told = lambda: w.said(r'"Table adopted".*took_us=(\d+)')  # noqa: E731
            until("no table adopted", lambda: len(told()) > 0)
            first = len(told())
            for i in range(5):
                have = len(told())
                engine.ask("POST", "/_control/change", {"service": (i * 7907 + 1) % n})
                until("change %d was not adopted" % i, lambda: len(told()) > have, step=0.1)
            out["adopt_us"] = told()[first:]
            out["adopt_first_us"] = told()[:first]
    return out


def settled(w):
    before = cpu_fine(w.pid)
    time.sleep(0.5)
    return cpu_fine(w.pid) - before < 0.1


def measure_routing(a, n, kind):
    """CPU per request with n services against ten, in turns."""
    refuse = {"traefik.frontend.whiteList.sourceRange": "10.255.255.0/24"}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waggle-scale-"))
        back = free_port()
        if kind == "forwarded":
            stack.enter_context(program([a.tool, "backend", "--port", str(back), "--address", "0.0.0.0", "--id", "b"]))
        proxies = []
        for size in (10, n):
            engine = Engine(stack, folder, size, refuse if kind == "answered" else None, back if kind == "forwarded" else None)
            w = Waggle(stack, a, folder, engine, level="ERROR", more=("--workers=1", "--docker.watch=false"), pin=0)
            w.wait_for_table()
            until("not quiet", lambda w=w: settled(w), limit=30, step=0.2)
            proxies.append((size, w))
        ratios, costs = [], {10: [], n: []}
        for _ in range(a.rounds):
            pair = []
            for size, w in proxies:
                hosts = size if kind == "answered" else 10
                before = cpu_fine(w.pid)
                load = subprocess.run(["taskset", "-c", "1", a.tool, "load", "--port", str(w.port), "--path", "/b/128", "--conns", "64", "--no-cookie",
                                       "--hosts", str(hosts), "--step", str(size // hosts), "--expect", "4" if kind == "answered" else "2",
                                       "--duration", str(a.duration), "--warmup", "0"], capture_output=True, text=True, timeout=60)
                told = json.loads(load.stdout)  # one line
                if told["bad_status"] or told["errors"] or not told["requests"]:
                    raise SystemExit("the load was not answered as it should be: " + load.stdout)
                pair.append((cpu_fine(w.pid) - before) / told["requests"] * 1e6)
                costs[size].append(pair[-1])
            ratios.append(pair[1] / pair[0])
        return {"ratio": statistics.median(ratios), "cpu_us": statistics.median(costs[n]), "cpu_us_10": statistics.median(costs[10])}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--tool", required=True)
    ap.add_argument("--json", required=True)
    ap.add_argument("--sizes", default="10,100,1000,10000")
    ap.add_argument("--starts", type=int, default=3)
    ap.add_argument("--changes", type=int, default=10)
    ap.add_argument("--looks", type=int, default=2)
    ap.add_argument("--labels", default="{}", help="JSON object: further labels of each service, but for routing")
    ap.add_argument("--tables-only", action="store_true")
    ap.add_argument("--rounds", type=int, default=9)
    ap.add_argument("--duration", type=float, default=1.5)
    a = ap.parse_args()
    results = []
    for n in [int(s) for s in a.sizes.split(",")]:
        r = measure_table(a, n)
        if not a.tables_only:
            r["routing"] = measure_routing(a, n, "answered")
            r["forwarding"] = measure_routing(a, n, "forwarded")
        results.append(r)
        print(json.dumps(r), flush=True)
        with open(a.json, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()
