#!/usr/bin/env python3
"""Runs the end-to-end tests (every *_test.py here, or those named) and says what passed.

    run.py [-k PATTERN] [--json FILE] [FILE_OR_MODULE...]

Needs root: the tests bring up a real swarm in network namespaces (tests/lab/swarm-lab). WAGGLE_BINARY names the binary
(default build/dev/waggle). --json writes {"passed": N, "failed": N, "skipped": N} for a caller that adds up.
Other programs than the lab's tests (an executable *_test.sh) count as one test each.
"""
import argparse
import glob
import json
import os
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from support import lab  # noqa: E402


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

    def addError(self, test, err):
        super().addError(test, err)
        self.say("FAIL", test, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.say("FAIL", test, self.failures[-1][1])

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


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("names", nargs="*")
    ap.add_argument("-k", action="append", help="only tests whose name contains this")
    ap.add_argument("--json")
    a = ap.parse_args()
    lab.handle_signals()
    names = [os.path.splitext(os.path.basename(n))[0] for n in a.names]
    names = names or sorted(os.path.splitext(os.path.basename(p))[0] for p in glob.glob(HERE + "/*_test.py"))
    result, failed = Result(), 0
    why = can_lab()
    if why:
        print("FAIL end-to-end tests: " + why)
        failed += 1
    else:
        loader = unittest.TestLoader()
        loader.testNamePatterns = ["*%s*" % k for k in a.k] if a.k else None
        for n in names:
            loader.loadTestsFromName(n).run(result)
    failed += len(result.errors) + len(result.failures)
    skipped = len(result.skipped)
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump({"passed": result.passed, "failed": failed, "skipped": skipped}, f)
    print("end to end: %d of %d held%s" % (result.passed, result.passed + failed, ", %d skipped" % skipped if skipped else ""))
    return 1 if failed or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main())
