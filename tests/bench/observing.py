#!/usr/bin/env python3
"""What seeing costs: access log, metrics, a scrape, explain. Interleaved rounds; ratios are taken within a round.

    observing.py --waggle build/release/waggle --tool build/bench/bench_tool --json observing.json [--parts log,scrape,explain]

Needs Linux and two cores that nobody else uses; traffic stays on 127.0.0.0/8; ends by itself (each part in two to four minutes).

  log      CPU per request with the access log in a file (common, JSON) and with --metrics, over the same without, in turns
           (small answers, 64 kept connections, stickiness on, one worker). In a closed loop, and at a fixed rate: in the
           former the cheaper proxy keeps the client busy, and waking a client that sleeps is counted to the proxy
  scrape   1,000 services with three tasks: how long GET /metrics takes, and p99 of requests at a fixed rate with a scrape every
           second beside them, over p99 without
  explain  10,000 services with ten tasks: how long `waggle explain`, `waggle explain NAME` and `waggle status` take
"""
import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_port  # noqa: E402
from scale import Engine, Waggle, cpu_fine, program, settled, until  # noqa: E402


def median(values):
    return statistics.median(values)


def load(a, port, *more):
    p = subprocess.run(["taskset", "-c", "1", a.tool, "load", "--port", str(port), "--path", "/b/128", "--conns", "64", "--warmup", "0", *more],
                       capture_output=True, text=True, timeout=120)
    told = json.loads(p.stdout)
    if told["bad_status"] or told["errors"] or not told["requests"]:
        raise SystemExit("the load was not answered as it should be: " + p.stdout)
    return told


def measure_log(a):
    kinds = {"plain": [], "common": ["--accessLog.filePath={}/common.log"], "json": ["--accessLog.filePath={}/json.log", "--accessLog.format=json"],
             "metrics": ["--metrics", "--entryPoints=Name:traefik Address:127.0.0.1:0"]}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waggle-observing-"))
        backs = [free_port(), free_port()]
        for i, port in enumerate(backs):
            stack.enter_context(program(["taskset", "-c", "1", a.tool, "backend", "--port", str(port), "--id", "b%d" % (i + 1)]))
        proxies = {}
        for name, flags in kinds.items():
            port = free_port()
            own = os.path.join(folder, name)
            os.mkdir(own)
            p = stack.enter_context(program(["taskset", "-c", "0", sys.executable, os.path.join(HERE, "with_config.py"), a.waggle, str(port),
                                             str(backs[0]), str(backs[1]), own, *(f.format(own) for f in flags)]))
            proxies[name] = (port, p)
            until("%s does not answer" % name, lambda port=port: answers(port))
        def measured(*how):
            costs = {name: [] for name in kinds}
            for _ in range(a.rounds):
                for name, (port, p) in proxies.items():
                    before = cpu_fine(p.pid)
                    told = load(a, port, "--duration", str(a.duration), *how)
                    time.sleep(0.25)  # the log's last block
                    costs[name].append((cpu_fine(p.pid) - before) / told["requests"] * 1e6)
                    for log in ("common.log", "json.log"):
                        with contextlib.suppress(OSError):
                            os.truncate(os.path.join(folder, name, log), 0)
            return {name: {"cpu_us": median(costs[name]), "ratio": median([c / p for c, p in zip(costs[name], costs["plain"])]),
                           "all": costs[name]} for name in kinds}
        return {"closed": measured(), "rate": measured("--rate", str(a.log_rate))}


def answers(port):
    try:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        c.request("GET", "/b/1", headers={"Host": "bench.test"})
        return c.getresponse().status == 200
    except OSError:
        return False


def get(port, path):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", path)
    r = c.getresponse()
    body = r.read()
    c.close()
    if r.status != 200:
        raise SystemExit("%s: %d" % (path, r.status))
    return body


def measure_scrape(a):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waggle-observing-"))
        back, api = free_port(), free_port()
        stack.enter_context(program(["taskset", "-c", "1", a.tool, "backend", "--port", str(back), "--address", "0.0.0.0", "--id", "b"]))
        engine = Engine(stack, folder, 1000, None, back, tasks=3)
        w = Waggle(stack, a, folder, engine, level="ERROR",
                   more=("--workers=1", "--docker.watch=false", "--metrics", "--api", "--entryPoints=Name:traefik Address:127.0.0.1:%d" % api), pin=0)
        w.wait_for_table()
        until("not quiet", lambda: settled(w), limit=60, step=0.2)
        load(a, w.port, "--hosts", "1000", "--expect", "2", "--no-cookie", "--duration", "3")  # every backend has its series
        took = []
        for _ in range(20):
            t = time.monotonic()
            size = len(get(api, "/metrics"))
            took.append((time.monotonic() - t) * 1000)
        ratios, quiet, beside = [], [], []
        for _ in range(a.rounds):
            pair = []
            for scraped in (False, True):
                stop = threading.Event()

                def scrape():
                    # Prometheus is another machine: what reading 7 MB costs here must not keep the load's client waiting.
                    os.sched_setscheduler(threading.get_native_id(), os.SCHED_IDLE, os.sched_param(0))
                    while not stop.wait(1):
                        get(api, "/metrics")
                t = threading.Thread(target=scrape)
                if scraped:
                    t.start()
                told = load(a, w.port, "--hosts", "1000", "--expect", "2", "--no-cookie", "--duration", str(2 * a.duration), "--rate", str(a.rate))
                stop.set()
                if scraped:
                    t.join()
                pair.append(told["p99"])
            quiet.append(pair[0])
            beside.append(pair[1])
            ratios.append(pair[1] / pair[0])
        return {"bytes": size, "median_ms": median(took), "worst_ms": max(took), "p99_us": median(quiet), "p99_beside_us": median(beside),
                "p99_ratio": median(ratios)}


def measure_explain(a):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waggle-observing-"))
        api = free_port()
        engine = Engine(stack, folder, 10000)
        w = Waggle(stack, a, folder, engine, level="ERROR",
                   more=("--docker.watch=false", "--api", "--entryPoints=Name:traefik Address:127.0.0.1:%d" % api))
        w.wait_for_table()
        until("not quiet", lambda: settled(w), limit=60, step=0.2)
        name = json.loads(get(api, "/api/explain"))["services"][0]["service"]
        out = {}
        for what, args in (("all", ["explain"]), ("one", ["explain", name]), ("status", ["status"])):
            took = []
            for _ in range(7):
                t = time.monotonic()
                p = subprocess.run([a.waggle, *args, "--endpoint=127.0.0.1:%d" % api], capture_output=True, timeout=60)
                took.append(time.monotonic() - t)
                if p.returncode or not p.stdout:
                    raise SystemExit("waggle %s: %s" % (" ".join(args), p.stderr.decode()))
            out[what] = {"median_s": median(took), "worst_s": max(took), "bytes": len(p.stdout)}
        return out


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--tool", required=True)
    ap.add_argument("--json", required=True)
    ap.add_argument("--parts", default="log,scrape,explain")
    ap.add_argument("--rounds", type=int, default=11)
    ap.add_argument("--duration", type=float, default=1.5)
    ap.add_argument("--rate", type=int, default=8000)
    ap.add_argument("--log-rate", type=int, default=20000)
    a = ap.parse_args()
    os.sched_setaffinity(0, {1})  # beside the load, never on the core that is measured
    a.waggle = os.path.abspath(a.waggle)
    results = {}
    with contextlib.suppress(OSError, ValueError):
        with open(a.json) as f:
            results = json.load(f)
    for part in a.parts.split(","):
        results[part] = {"log": measure_log, "scrape": measure_scrape, "explain": measure_explain}[part](a)
        print(part, json.dumps(results[part]), flush=True)
        with open(a.json, "w") as f:
            json.dump(results, f, indent=1)


if __name__ == "__main__":
    main()
