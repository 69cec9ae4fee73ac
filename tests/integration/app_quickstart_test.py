#!/usr/bin/env python3
"""deploy/quickstart.sh against a docker of a few lines that is slow and refuses as Swarm does on a busy machine.

    app_quickstart_test.py [WAGGLE] [unittest arguments]      the real thing: tests/e2e/quickstart_test.py
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "deploy", "quickstart.sh")
DOCKER = """#!/bin/sh
count() { n=$(($(cat "$STATE/$1" 2>/dev/null || echo 0) + 1)); echo $n > "$STATE/$1"; }
case "$*" in
  "network rm whoaminet") count rm ;;
  "network ls"*) count ls; [ $n -gt 4 ] || echo whoaminet; echo bridge ;;
  "service update"*) count update; [ $n -gt 2 ] || { echo "Error response from daemon: rpc error: update out of sequence" >&2; exit 1; } ;;
  "service broken") echo "no such service" >&2; exit 1 ;;
esac
"""


class Quickstart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name
        docker = os.path.join(folder.name, "docker")
        with open(docker, "w") as f:
            f.write(DOCKER)
        os.chmod(docker, 0o755)
        self.env = {**os.environ, "PATH": folder.name + os.pathsep + os.environ["PATH"], "STATE": folder.name, "QUICKSTART_LAB": "no"}

    def count(self, what):
        with open(os.path.join(self.state, what)) as f:
            return int(f.read())

    def test_down_waits_until_the_network_is_no_longer_listed(self):
        done = subprocess.run([SCRIPT, "down"], env=self.env, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.count("ls"), 5)

    def test_a_change_that_swarm_forestalled_is_made_again(self):
        with open(SCRIPT) as f:
            function = re.search(r"^in_sequence\(\) \{.*?^\}", f.read(), re.S | re.M).group(0)
        run = lambda call: subprocess.run(["bash", "-euc", function + "\n" + call], env=self.env, capture_output=True, text=True)
        self.assertEqual(run("in_sequence docker service update web").returncode, 0)
        self.assertEqual(self.count("update"), 3)
        broken = run("in_sequence docker service broken")
        self.assertEqual((broken.returncode, broken.stderr), (1, "no such service\n"))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-") and os.path.exists(sys.argv[1]):
        sys.argv.pop(1)
    unittest.main()
