#!/usr/bin/env python3
"""Runs the end-to-end tests (every *_test.py here, or those named) and says what passed.

    run.py [-k PATTERN] [--jobs N] [--json FILE] [FILE_OR_MODULE...]

Files run two at a time (--jobs), each with labs of its own; most of the time they wait for Docker. Needs root: the tests bring up a real swarm in network namespaces (tests/lab/swarm-lab). WAGGLE_BINARY names the binary
(default build/dev/waggle). --json writes {"passed": N, "failed": N, "skipped": N} for a caller that adds up.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from support import lab  # noqa: E402


LONG = ("faults_test", "corpus_test")      # these start first


class Result(unittest.TestResult):
    """One line a test, with its time; the details at once, not at the end."""

    def __init__(self):
        super().__init__()
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.t0 = time.monotonic()

    def say(self, word, test, text=""):
        took = time.monotonic() - getattr(self, "t0", time.monotonic())
        doc = test.shortDescription() or ""
        print("%-4s %s  %s(%.1f s)" % (word, test.id().replace("_test.", " ", 1), doc + " " if doc else "", took), flush=True)
        if text:
            print("     " + text.rstrip().replace("\n", "\n     "), flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.say("ok", test)

    def failed(self, test, text):
        swarm = getattr(test, "lab", None)      # still up: clean-ups come later
        try:
            text += swarm.last_words() if swarm else ""
        except Exception as e:  # noqa: BLE001 - the failure itself is what must be told
            text += "no log: %s: %s" % (type(e).__name__, e)
        self.say("FAIL", test, text)

    def addError(self, test, err):
        super().addError(test, err)
        self.failed(test, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed(test, self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say("FAIL", subtest, self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("skip", test, reason)


def can_lab():
    """Why the lab cannot run here, or None."""
    if os.geteuid() != 0:
        return "root is needed (network namespaces and dockerd)"
    name = "wprobe%d" % os.getpid()
    p = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if p.returncode:
        return "network namespaces cannot be made here: " + p.stderr.strip()
    subprocess.run(["ip", "netns", "del", name], check=False)
    return None


def run_here(names, patterns):
    """In this process -> (passed, failed, skipped)"""
    loader, result = unittest.TestLoader(), Result()
    loader.testNamePatterns = ["*%s*" % k for k in patterns] if patterns else None
    for n in names:
        loader.loadTestsFromName(n).run(result)
    return result.passed, len(result.errors) + len(result.failures), len(result.skipped)


def run_apart(names, patterns, jobs):
    """A process for each file, `jobs` at a time; what each says is printed when it has ended."""
    def one(name):
        with tempfile.NamedTemporaryFile("r", suffix=".json") as f:
            argv = [sys.executable, os.path.abspath(__file__), name, "--json", f.name]
            for k in patterns or []:
                argv += ["-k", k]
            p = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            children.append(p)
            out = p.communicate()[0]
            print("\n".join(ln for ln in out.splitlines() if not ln.startswith("end to end:")), flush=True)
            try:
                d = json.load(f)
                return d["passed"], d["failed"], d["skipped"]
            except ValueError:
                print("FAIL %s: ended with status %d, without a result" % (name, p.returncode), flush=True)
                return 0, 1, 0
    children = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        try:
            return tuple(map(sum, zip(*pool.map(one, names))))
        except SystemExit:      # a signal: each child takes its own labs down, and no further one starts
            pool.shutdown(wait=False, cancel_futures=True)
            for p in children:
                if p.poll() is None:
                    p.terminate()
            raise


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*")
    ap.add_argument("-k", action="append", help="only tests whose name contains this")
    ap.add_argument("--jobs", type=int, default=2)
    ap.add_argument("--json")
    a = ap.parse_args()
    lab.handle_signals()
    names = [os.path.splitext(os.path.basename(n))[0] for n in a.names]
    names = names or sorted((os.path.splitext(os.path.basename(p))[0] for p in glob.glob(HERE + "/*_test.py")), key=lambda n: (n not in LONG, n))
    why = can_lab()
    if why:
        print("FAIL end-to-end tests: " + why)
        passed, failed, skipped = 0, 1, 0
    elif len(names) > 1 and a.jobs > 1:
        passed, failed, skipped = run_apart(names, a.k, a.jobs)
    else:
        passed, failed, skipped = run_here(names, a.k)
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump({"passed": passed, "failed": failed, "skipped": skipped}, f)
    print("end to end: %d of %d held%s" % (passed, passed + failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
