"""A hundred services, one of them updated without end: what waggle costs itself and dockerd, and that nobody else notices.

Only with SCENARIOS=all, best on a quiet machine and with the release binary. CROWD_SECONDS is the length of the whole (300), CROWD
the number of services (100).
"""
import json
import os
import re
import threading
import time
import unittest

from support import web
from support.lab import run
from support.stage import Clients, Stage
from support.waiting import SCALE, until

SECONDS = float(os.environ.get("CROWD_SECONDS", "300"))
CROWD = int(os.environ.get("CROWD", "100"))
# Of one core.
MOST_OWN, MOST_DOCKERD = 0.03 * SCALE, 0.05 * SCALE
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu(pid):
    """Seconds of CPU that the process has used, all its threads (proc(5): utime and stime)."""
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss(pid):
    with open("/proc/%d/statm" % pid) as f:
        return int(f.read().split()[1]) * PAGE


class Span:
    """CPU of some processes from start() on, per second."""

    def __init__(self, pids):
        self.pids, self.t0, self.at0 = pids, time.monotonic(), {k: cpu(p) for k, p in pids.items()}

    def end(self):
        took = time.monotonic() - self.t0
        return {k: (cpu(p) - self.at0[k]) / took for k, p in self.pids.items()}


class Updates:
    """Updates a service again and again until the `with` block ends."""

    def __init__(self, stage, name):
        self.stage, self.name, self.count, self.failed, self.done = stage, name, 0, None, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            while not self.done.is_set():
                self.stage.update(self.name, "--update-order", ("stop-first", "start-first")[self.count % 2], "--update-parallelism", "1")
                self.count += 1
        except Exception as e:      # told by __exit__
            self.failed = e

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.done.set()
        self.thread.join(150)
        if self.failed and kind is None:
            raise self.failed


@unittest.skipUnless(os.environ.get("SCENARIOS") == "all", "SCENARIOS=all runs it")
class Crowd(unittest.TestCase):
    def setUp(self):
        # As an operator runs it: the debug log of a hundred services would be measured, not waggle.
        self.stage = Stage(options=("--loglevel=INFO", "--metrics.prometheus"))
        self.addCleanup(self.stage.down)
        lab = self.lab = self.stage.lab
        for i in range(CROWD - 2):
            lab.create("crowd%d" % i, "whoami", "--network", "edge", "--label", "traefik.port=8000", "--label", "traefik.frontend.rule=Host:crowd%d.test" % i)
        self.stage.serve("restless", 3)
        self.stage.serve("calm", 3, labels=("traefik.backend.healthcheck.path=/", "traefik.backend.healthcheck.interval=5s"))
        backends = lambda n: lab.api(n)["docker"]["backends"]
        until(lambda: all(sum(len(b.get("servers") or {}) for b in backends(n).values()) == CROWD - 2 + 6 for n in (1, 2)), 300,
              "%d services run and are routed to" % CROWD, every=1)
        self.dockerd = {n: int(run("cat", os.path.join(lab.env["SWARM_LAB_DIR"], "n%d" % n, "dockerd.pid")).split()[0]) for n in (1, 2)}

    def waggles(self):
        return {n: int(self.lab.docker(n, "inspect", "-f", "{{.State.Pid}}", self.lab.container(n, "waggle"))) for n in (1, 2)}

    def figure(self, node, name, **labels):
        """Sum of the samples of a metric that have these labels."""
        text = self.lab.get(node, "/metrics", port=8080).body.decode()
        total = 0.0
        for line in text.splitlines():
            m = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
            if m and m[1] == name and all('%s="%s"' % (k, v) in (m[2] or "") for k, v in labels.items()):
                total += float(m[3])
        return total

    def grow(self, pids, seconds):
        """Waits; -> memory after the first fifth and at the end."""
        begin, first = time.monotonic(), {}

        def later():
            if not first and time.monotonic() - begin > seconds / 5:
                first.update({n: rss(p) for n, p in pids.items()})
            return time.monotonic() - begin >= seconds
        until(later, seconds + 60, "%g s of updates" % seconds, every=0.2)
        return {n: (first[n], rss(p)) for n, p in pids.items()}

    def quiet(self, pids, seconds):
        """No client, one service updated without end."""
        with Updates(self.stage, "restless") as updates:
            own, dockerd = Span(pids), Span(self.dockerd)
            memory = self.grow(pids, seconds)
            return own.end(), dockerd.end(), memory, updates.count

    def neighbours(self, seconds):
        """The same with clients of another service: they notice nothing."""
        before = {n: self.figure(n, "waggle_server_connects_total", service="calm") for n in (1, 2)}
        stream, answer = web.ws_open(self.lab.dial(1, timeout=60), host="calm.test")
        self.assertEqual(answer.status, 101)
        with Updates(self.stage, "restless"), Clients(self.stage.lab, "--host", "calm.test", "--rate", "0", "--sticky", "8") as clients:
            clients.go_on(seconds)
        web.ws_send(stream, b"still there", 1)
        self.assertEqual(web.ws_read(stream)[1], b"still there")
        connects = {n: self.figure(n, "waggle_server_connects_total", service="calm") - before[n] for n in (1, 2)}
        return clients.result, connects

    def test_one_service_updated_without_end(self):
        """100 services, one of them updated without end: CPU, memory, and the neighbours"""
        pids = self.waggles()
        own, with_waggle, memory, updates = self.quiet(pids, SECONDS * 0.5)
        calm, connects = self.neighbours(SECONDS * 0.2)
        logs = "".join(self.stage.lab.logs(n, self.lab.container(n, "waggle")) for n in (1, 2))
        self.assertEqual(pids, self.waggles(), "waggle was started anew")
        self.stage.remove("waggle")
        until(lambda: not any(os.path.exists("/proc/%d" % p) for p in pids.values()), 60, "waggle is gone")
        _, without, _, updates_without = self.quiet({}, SECONDS * 0.3)
        # More or fewer updates in the same time cost dockerd more or less.
        per_second = updates / (SECONDS * 0.5) / max(updates_without / (SECONDS * 0.3), 1e-9)
        caused = {n: with_waggle[n] - without[n] * min(per_second, 1.0) for n in (1, 2)}
        row = {"scenario": "crowd", "services": CROWD, "updates": updates, "own_cpu": own, "dockerd_cpu": with_waggle, "dockerd_cpu_without": without,
               "dockerd_cpu_caused": caused, "rss_mib": {n: [round(b / 2**20, 1) for b in m] for n, m in memory.items()},
               "calm": {k: calm[k] for k in ("answered", "failed", "slowest", "p99")}, "calm_moves": len(calm["moves"]), "calm_connects": connects}
        print("     " + json.dumps(row), flush=True)
        if os.environ.get("SCENARIOS_JSON"):
            with open(os.environ["SCENARIOS_JSON"] + ".crowd", "w") as f:
                json.dump(row, f, indent=1)
        self.assertGreater(updates, 0)
        self.assertEqual((calm["failed"], calm["moves"]), (0, []))
        self.assertFalse([x for x in logs.splitlines() if "backend-calm" in x and "Health check" in x], "its health was judged anew")
        self.assertLess(sum(connects.values()), calm["answered"] / 4, "its kept connections were closed")
        for n in (1, 2):
            self.assertLessEqual(own[n], MOST_OWN, row)
            self.assertLessEqual(caused[n], MOST_DOCKERD, row)
            self.assertLessEqual(memory[n][1], memory[n][0] * 1.05 + 2**20, row)


if __name__ == "__main__":
    unittest.main()
