"""Clients that keep a session with a server and come back when it breaks, as pools of connections do; others that open one for each piece of work.

    session_clients.py PROTOCOL ADDRESS PORT FOLDER [--kept N] [--idle N] [--fresh N] [--once]

Kept ones work twenty times a second, idle ones say nothing until the end. A line "now" on standard input is answered by a line of JSON: "with" (client ->
server), "opening" (client -> since when it tries), "done" (how many sessions are over). At the end of standard input each does a last piece of work in the session that it has; then all that happened is printed
as one line of JSON: a list of sessions [client, began, ready, who, ended, what ended it], times in seconds since the epoch; ready and who are null
where none came about, what ended it is null where nobody but the client did. --once: one session, one piece of work, the same line.
"""
import argparse
import json
import sys
import threading
import time

from session_protocols import PROTOCOLS

PAUSE = 0.05  # between two pieces of work


class Crowd:
    def __init__(self, a):
        self.a, self.over, self.lock, self.sessions, self.at, self.opening = a, threading.Event(), threading.Lock(), [], {}, {}
        kinds = [(self.kept, "kept", a.kept), (self.idle, "idle", a.idle), (self.fresh, "fresh", a.fresh)]
        self.threads = [threading.Thread(target=way, args=("%s-%d" % (kind, n),), daemon=True) for way, kind, count in kinds for n in range(count)]
        for t in self.threads:
            t.start()

    def session(self, name, number, work):
        """One session from its beginning to its end."""
        row, session = [name, time.time(), None, None, None, None], None
        with self.lock:
            self.opening[name] = row[1]
        try:
            session = PROTOCOLS[self.a.protocol](self.a.address, self.a.port, self.a.folder, name)
            session.work(number)  # a server may take a connection and end it: it is one when it answers
            row[2:4] = time.time(), session.who
            with self.lock:
                self.at[name] = session.who
                del self.opening[name]
            work(session, number)
        except Exception as e:  # noqa: BLE001 - whatever a library raises, the session is over
            row[5] = "%s: %s" % (type(e).__name__, str(e)[:300])
        row[4] = time.time()
        with self.lock:
            self.at.pop(name, None)
            self.opening.pop(name, None)
            self.sessions.append(row)
        if session:
            session.close()

    def kept(self, name):
        def work(session, number):
            done = False
            while not done:
                done = self.over.wait(PAUSE)
                number += 1
                session.work(number)
        while not self.over.is_set():
            self.session(name, 1000, work)

    def idle(self, name):
        def work(session, number):
            while not self.over.wait(PAUSE):
                session.listen()
            session.work(number + 1)
        while not self.over.is_set():
            self.session(name, 1000, work)

    def fresh(self, name):
        number = 0
        while not self.over.wait(PAUSE):
            number += 1
            self.session(name, number, lambda session, n: None)

    def now(self):
        with self.lock:
            return {"with": dict(self.at), "opening": dict(self.opening), "done": len(self.sessions)}

    def end(self):
        self.over.set()
        for t in self.threads:
            t.join(60)
        return {"sessions": self.sessions, "hung": sum(t.is_alive() for t in self.threads)}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("protocol", choices=PROTOCOLS)
    p.add_argument("address")
    p.add_argument("port", type=int)
    p.add_argument("folder")
    for kind in ("kept", "idle", "fresh"):
        p.add_argument("--" + kind, type=int, default=0)
    p.add_argument("--once", action="store_true")
    crowd = Crowd(p.parse_args())
    if crowd.a.once:
        crowd.session("once-0", 7, lambda session, n: None)
    else:
        for line in sys.stdin:
            if line.strip() == "now":
                print(json.dumps(crowd.now()), flush=True)
    print(json.dumps(crowd.end()), flush=True)


if __name__ == "__main__":
    main()
