#!/usr/bin/env python3
"""The randomised run: hostile clients and servers around one waggle with middlewares of every kind, while tasks come and go.

    random_run.py --waggle build/asan/waggle [--seconds 60] [--seed N] [--clients 40]

Every request carries an id that must be in each byte and each field of what comes of it: the answer, the upload at the server, the tunnel, forward
auth, error pages, the access log. Failures are: another's id, a foreign byte, something cut that looks whole, a POST that came twice, a login that
was shared, malformed HTTP, a report of a sanitizer, a crash, descriptors that are not given back, and a request without an end for a long time.
What a server or client does to itself is none. The seed is printed and repeats the choices (not the timing). Before waggle, the harness shows that it notices each of these through a
relay that commits them, and that it finds nothing without any proxy. Ends with "N passed, N failed". Loopback only.
"""
import argparse
import asyncio
import os
import random
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_port  # noqa: E402
from randomised import cuts, mixing_proxy, swarm  # noqa: E402
from randomised.clients import Clients  # noqa: E402
from randomised.ids import Findings  # noqa: E402
from randomised.program import Program, ServersProcess  # noqa: E402

PATIENCE = 90  # seconds without a byte: far beyond every limit of the run, on a busy machine under a sanitizer


class Bench:
    def __init__(self, a):
        self.a, self.folder, self.port = a, tempfile.TemporaryDirectory(prefix="waggle-random-"), free_port()
        self.tasks = [(address, self.port) for address in swarm.TASKS]

    def servers(self, direct=True):
        return ServersProcess(self.folder.name, self.port, self.a.seed, direct)


async def notices(b, mode):
    """The relay commits `mode`; one of the findings that name it must be made."""
    findings, servers = Findings(), b.servers()
    proxy = mixing_proxy.MixingProxy(mode, b.tasks, b.a.seed)
    clients = Clients([await proxy.start()], b.port, findings, b.a.seed, 2 if mode == "an answer kept back" else PATIENCE, direct=True, count=12)
    wanted = mixing_proxy.MODES[mode]
    await clients.run(120, alive=lambda: not wanted & (set(findings.wrong) | servers.kinds()))
    await proxy.stop()
    servers.stop(findings)
    assert wanted & set(findings.wrong), "not noticed; found only %s among %d answers" % (findings.wrong, findings.count.get("answers", 0))


async def direct(b):
    """Without a proxy nothing may be found: what is found then is the harness's own."""
    findings, servers = Findings(), b.servers()
    await Clients(b.tasks, b.port, findings, b.a.seed, PATIENCE, direct=True, count=12).run(4)
    await cuts.every_byte(b.tasks, random.Random(b.a.seed), findings, PATIENCE, step=40)
    servers.stop(findings)
    judge(findings)


async def through_waggle(b):
    findings, rng = Findings(), random.Random(b.a.seed)
    servers = b.servers(direct=False)
    p = Program(b.a.waggle, b.folder.name, b.port, [free_port() for _ in range(3)], rng)
    try:
        await p.wait_until_served()
        start = p.figures()
        clients = Clients(p.places(), b.port, findings, b.a.seed, PATIENCE, count=b.a.clients)
        over = lambda: clients.over or not p.alive()
        beside = [asyncio.create_task(p.change(over, findings)), asyncio.create_task(p.look(over, findings))]
        await clients.run(b.a.seconds, p.alive)
        clients.over = True
        await asyncio.gather(*beside)
        if p.alive():
            await cuts.every_byte(p.places(), rng, findings, PATIENCE, step=max(1, int(600 / max(1, b.a.seconds))))
        if p.alive():
            busy = p.figures()
            await p.wait_until_idle(start[1], findings)
            print("      RSS and descriptors: %d MiB, %d -> %d MiB, %d -> %d MiB, %d when all is over" % (*start, *busy, *p.figures()))
    finally:
        await asyncio.to_thread(p.stop, findings)
        servers.stop(findings)
        tell(findings)
        if {"crash", "report", "hangs"} & set(findings.wrong):
            print("      the log ends with:\n" + p.log_text()[-20000:])
    judge(findings)
    for what in ("answers", "changes of the swarm", "looks at the API", "requests at the server", "access log lines with an id"):
        assert findings.count.get(what), "a run without %s proves nothing" % what


def tell(findings):
    counts = findings.count
    services = {n.split(": ")[0] for n in counts if n.endswith((": relayed", ": own"))}
    print("      " + ", ".join("%d %s" % (counts[n], n) for n in sorted(counts) if ": " not in n and not n.startswith(("client ", "server "))))
    print("      answers of servers/of waggle: " +
          ", ".join("%s %d/%d" % (n, counts.get(n + ": relayed", 0), counts.get(n + ": own", 0)) for n in sorted(services)))


def judge(findings):
    for kind, texts in findings.wrong.items():
        for text in texts:
            print("      %s: %s" % (kind, text))
    assert not findings.wrong, ", ".join("%d %s" % (findings.count["wrong: " + k], k) for k in findings.wrong)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--seconds", type=float, default=60)
    ap.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    ap.add_argument("--clients", type=int, default=40)
    ap.add_argument("--only", choices=("harness", "waggle"), help="one half of the cases")
    a = ap.parse_args()
    print("seed %d" % a.seed, flush=True)
    cases = []
    if a.only != "waggle":
        cases += [("the harness notices %s" % mode, lambda b, mode=mode: notices(b, mode)) for mode in mixing_proxy.MODES]
        cases.append(("the harness finds nothing without a proxy", direct))
    if a.only != "harness":
        cases.append(("%.0f s of random requests and changes (seed %d)" % (a.seconds, a.seed), through_waggle))
    passed = failed = 0
    for name, case in cases:
        b, began = Bench(a), time.monotonic()
        try:
            asyncio.run(case(b))
            passed += 1
            print("ok    %s (%.1f s)" % (name, time.monotonic() - began), flush=True)
        except (AssertionError, RuntimeError) as e:
            failed += 1
            print("FAIL  %s: %s" % (name, e), flush=True)
        finally:
            b.folder.cleanup()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
