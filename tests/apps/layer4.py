"""Servers below HTTP behind a TCP entry point of waggle: a dialogue with each, then clients with sessions while all servers are replaced.

A server is replaced as Swarm does it, start-first: the new one starts; the old one gets nobody new (weight 0, or it is no more in the file) and keeps whom
it has; it is told to stop and ends its sessions. Another one is killed where it stands. Sessions end with their own server and never before, and everybody
is back at once, with another one.
"""
import json
import os
import subprocess
import time

from bench import PYTHON, SITE, Bench, Failed, Instance, run
from session_judge import Departure, Session, complaints

SCALE = float(os.environ.get("WAGGLE_TEST_TIME_SCALE", "1"))
LONGEST = 1.0  # seconds until a client is back, beyond what a session costs without waggle


class Clients:
    """site/session_clients.py, until the block ends; then .sessions and .hung."""
    def __init__(self, case, port):
        counts = [x for kind in ("kept", "idle", "fresh") for x in ("--" + kind, str(getattr(case, kind)))]
        self.kept, self.newcomers = case.kept + case.idle, case.newcomers
        self.process = subprocess.Popen([PYTHON, os.path.join(SITE, "session_clients.py"), case.protocol, "127.0.0.1", str(port), case.folder, *counts],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def __enter__(self):
        return self

    def now(self):
        """@return what the line "now" gives"""
        try:
            self.process.stdin.write("now\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError) as e:
            raise Failed("the clients have ended: %s" % e) from e

    def until(self, holds, what):
        end = time.monotonic() + 30 * SCALE
        while not holds(now := self.now()):
            if time.monotonic() > end:
                raise Failed("%s; they are: %s" % (what, now))
            time.sleep(.02)

    def of(self, instance):
        return {c for c, who in self.now()["with"].items() if who == instance.name and not c.startswith("fresh")}

    def settled(self, on, fewest=0):
        """Waits until every client that keeps a session has one with one of these servers, `fewest` of them are in use."""
        names = {i.name for i in on}

        def holds(now):
            who = {c: w for c, w in now["with"].items() if not c.startswith("fresh")}
            return len(who) == self.kept and set(who.values()) <= names and len(set(who.values())) >= fewest
        self.until(holds, "not all clients are with %s" % sorted(names))

    def came_anew(self):
        """Waits until nobody is on the way who began before, and some more have come."""
        began, done = time.time(), self.now()["done"]
        self.until(lambda now: all(t > began for t in now["opening"].values()) and now["done"] >= done + self.newcomers, "no new clients come")

    def __exit__(self, kind, *_):
        try:
            out, _ = self.process.communicate(timeout=90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        if kind is None:
            told = json.loads(out.strip().splitlines()[-1])
            self.sessions, self.hung = [Session(*row) for row in told["sessions"]], told["hung"]


class Layer4Bench(Bench):
    """Servers that are replaced, each in its place; who leaves gets nobody new."""
    def __init__(self, waggle, case):
        self.departures, self.leaving = [], None
        super().__init__(waggle, case)

    def write(self, served):
        super().write([(i, 0 if i is self.leaving else 1) for i in served])

    def generation(self):
        found = []
        self.wait_for(lambda text: text and (found.append(json.loads(text)["servedGeneration"]) or True), "/api/status")
        return found[-1]

    def wait_served(self):
        self.wait_for(lambda text: text and json.loads(text)["servedGeneration"] > 1, "/api/status")  # the first is that of no file

    def serve(self, served):
        """Writes the file, and waits until it is served."""
        before = self.generation()
        self.write(served)
        self.wait_for(lambda text: text and json.loads(text)["servedGeneration"] > before, "/api/status")

    def successor(self, place):
        new = Instance(self.case, len(self.all), self.folder.name, place)
        self.all.append(new)
        new.start()
        new.wait()
        return new

    def replace(self, place, clients):
        """As an update with start-first: it stays in the file with weight 0 until it has stopped."""
        old = self.instances[place]
        self.instances[place] = self.successor(place)
        self.leaving = old
        self.serve([*self.instances, old])
        self.part(old, clients)
        self.leaving = None
        self.serve(self.instances)
        clients.settled(self.instances)

    def remove(self, place, clients):
        """It is taken out of the file while it serves."""
        old, self.instances[place] = self.instances[place], self.successor(place)
        self.serve(self.instances)
        self.part(old, clients)
        clients.settled(self.instances)

    def part(self, old, clients):
        """Nobody new comes to it, and those that are with it stay until it is told to stop and ends their sessions."""
        there = clients.of(old)
        clients.came_anew()
        if not there <= clients.of(old):
            raise Failed("%s lost their sessions with a server that only gets nobody new" % sorted(there - clients.of(old)))
        told = time.time()
        old.stop()
        self.departures.append(Departure(old.name, told, time.time(), True))

    def kill(self, place, clients):
        """Dies while it serves; its successor is there only when everybody is with another one."""
        old, told = self.instances[place], time.time()
        old.kill()
        self.departures.append(Departure(old.name, told, time.time(), False))
        clients.settled([i for i in self.instances if i is not old])
        self.instances[place] = self.successor(place)
        self.serve(self.instances)
        clients.came_anew()


def dialogue(case, port, what):
    """One session. @return how long it took to have it"""
    out = run([PYTHON, os.path.join(SITE, "session_clients.py"), case.protocol, "127.0.0.1", str(port), case.folder, "--once"])
    session = Session(*json.loads(out)["sessions"][0])
    if session.why:
        raise Failed("%s: %s" % (what, session.why))
    return session.ready - session.began


def play(bench, case, step, result):
    """One event under clients; what they noticed is judged."""
    bench.departures = []
    what, places, event = step
    usual = dialogue(case, bench.instances[0].port, "fails without waggle, too")
    with Clients(case, bench.port) as clients:
        clients.settled(bench.instances, fewest=min(2, case.kept))
        for place in places:
            event(place, clients)
    wrong = complaints(clients.sessions, bench.departures, (LONGEST + 3 * usual) * SCALE)
    wrong += ["%d clients hang" % clients.hung] if clients.hung else []
    broken = [s for s in clients.sessions if s.why and s.ready]
    if case.kept and not broken:
        wrong.append("no session ended: nothing was tried")
    new = [s.ready - s.began for s in clients.sessions if s.ready]
    text = "%s, %s: %d sessions, %d ended with their server, slowest to have one %.2f s" % (case.name, what, len(clients.sessions), len(broken), max(new))
    result(not wrong, text + ("; " + "; ".join(wrong[:6]) if wrong else ""))
    return not wrong


def run_case(waggle, case, _seconds, result):
    bench = Layer4Bench(waggle, case)
    try:
        without = dialogue(case, bench.instances[0].port, "fails without waggle, too")
        result(True, "%s, a dialogue: %.2f s, without waggle %.2f s" % (case.name, dialogue(case, bench.port, "through waggle"), without))
        for what, works in case.extra():
            works(bench)
            result(True, "%s, %s" % (case.name, what))
        steps = [("all servers replaced, with grace", range(len(bench.instances)), bench.replace), ("a server killed", [0], bench.kill),
                 ("a server taken out of the file", [1], bench.remove)]
        for step in steps:
            if step[2] == bench.kill and not case.spare:
                continue
            if not play(bench, case, step, result):
                print("      waggle's log ends with:\n" + bench.log_text()[-1500:])
    finally:
        case.finish()
        bench.close()
