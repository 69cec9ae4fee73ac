#!/usr/bin/env python3
"""Real applications behind waggle, used by real clients, while one of their servers is restarted.

    run.py --waggle build/dev/waggle [--only NAME…] [--seconds 4]

Each application (cases/) has two instances. Each operation of its users is done first at an instance itself: what fails there proves nothing about
waggle and fails the suite as such. Then all of them are done through waggle, again and again for --seconds: while nothing happens; while an instance
leaves the routes, stops, starts and comes back, as Swarm does it; and, those that may be repeated, while an instance stops without a word. Not one
may fail. Servers below HTTP have clients that keep sessions instead (layer4.py). Loopback only; processes are ended by their pids. Ends with "N passed, N failed". Needs the packages of deploy/packages.sh apps.
"""
import argparse
import importlib
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from bench import Bench, Failed  # noqa: E402

CASES = ["gunicorn_app", "uvicorn_app", "node_app", "php_app", "tomcat_app", "git_http", "webdav", "downloads", "registry", "websocket", "browser"]
LAYER4 = ["redis_server", "postgres", "postgres_tls", "mariadb", "ssh_server", "mosquitto", "tls_names"]


class Users:
    """Operations done at the same time, by a thread each, until told to stop; all of them once at least."""
    def __init__(self, operations, url, number):
        self.failures, self.done, self.lock, self.over, self.number = [], {}, threading.Lock(), threading.Event(), number
        self.threads = [threading.Thread(target=self.work, args=(o, url)) for o in operations]
        for t in self.threads:
            t.start()

    def next_number(self):
        with self.lock:
            self.number[0] += 1
            return self.number[0]

    def work(self, operation, url):
        while True:
            try:
                operation.work(url, self.next_number())
            except Exception as e:  # whatever a client raises is a failure of its work
                with self.lock:
                    self.failures.append("%s: %s" % (operation.name, e if isinstance(e, Failed) else repr(e)))
                return
            with self.lock:
                self.done[operation.name] = self.done.get(operation.name, 0) + 1
            if self.over.is_set():
                return

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()
        if self.failures:
            raise Failed("; ".join(self.failures))
        return sum(self.done.values())


def use(bench, operations, number, seconds, event=None):
    """@param event  called in the middle. @return how many operations were done."""
    users, began = Users(operations, bench.url, number), time.monotonic()
    try:
        time.sleep(seconds / 3 if event else seconds)
        if event:
            event()
            time.sleep(max(0, began + seconds - time.monotonic()))
    finally:
        done = users.stop()
    return done


def run_case(waggle, case, seconds, result):
    bench, number = Bench(waggle, case), [0]
    try:
        operations = case.operations()
        for o in operations:
            number[0] += 1
            try:
                o.work(bench.instances[0].url, number[0])
            except Exception as e:
                raise Failed("fails without waggle, too: %s: %s" % (o.name, e if isinstance(e, Failed) else repr(e)))
        steps = [("calm", operations, None),
                 ("a server restarted as Swarm does it", [o for o in operations if not o.session], lambda: bench.restart(True)),
                 ("a server restarted without a word", [o for o in operations if o.safe and case.plain_restart], lambda: bench.restart(False))]
        for what, chosen, event in steps:
            if not chosen:
                continue
            try:
                done = use(bench, chosen, number, seconds / 2 if event is None else seconds, event)
                result(True, "%s, %s: %d operations of %d kinds" % (case.name, what, done, len(chosen)))
            except Failed as e:
                result(False, "%s, %s: %s" % (case.name, what, e))
                print("      waggle's log ends with:\n" + bench.log_text()[-1500:])
    finally:
        case.finish()
        bench.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--waggle", required=True)
    ap.add_argument("--only", nargs="*", default=[], choices=CASES + LAYER4)
    ap.add_argument("--seconds", type=float, default=4)
    a = ap.parse_args()
    passed = failed = 0

    def result(good, text):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print("%-5s %s" % ("ok" if good else "FAIL", text), flush=True)
    for name in a.only or CASES + LAYER4:
        case, began = importlib.import_module("cases." + name).App(), time.monotonic()
        try:
            getattr(case, "play", run_case)(os.path.abspath(a.waggle), case, a.seconds, result)
        except Failed as e:
            result(False, "%s: %s" % (case.name, e))
        print("      %.1f s" % (time.monotonic() - began), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
