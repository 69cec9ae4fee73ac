"""The raw HTTP corpus and the recorded vectors of Traefik 1.7, against the binary."""
import os
import re
import subprocess
import sys
import unittest

from support.lab import TOP, binary

LAB = os.path.join(TOP, "tests", "lab")
VECTORS = os.path.join(TOP, "tests", "vectors")

# Recorded cases that waggle answers otherwise on purpose (docs/decisions/0002: one normal path for matching and forwarding).
# hostregexp-1: "Host: name." is "name"; as another host it led around a guarded one (docs/requests.md).
DEVIATIONS = {"path-1", "proxy-9", "hostregexp-1"}
# Cases whose log differs on purpose: what is not served is not said to be wired.
LOG_DEVIATIONS = {"protocol-h2c"}


class Wire(unittest.TestCase):
    def test_raw_http_corpus(self):
        """every case of tests/corpus/http"""
        p = subprocess.run([os.path.join(LAB, "corpus.sh"), binary(), "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400)
        self.assertRegex(p.stdout, r"(?m)^[1-9]\d+ passed, 0 failed", p.stdout[-3000:])
        self.assertEqual(p.returncode, 0)


    def test_raw_http_corpus_in_pieces(self):
        """the same, sent in random pieces: no verdict changes"""
        p = subprocess.run([os.path.join(LAB, "corpus.sh"), binary(), "--quiet", "--split", "random"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        self.assertRegex(p.stdout, r"(?m)^[1-9]\d+ passed, 0 failed", p.stdout[-3000:])

    def test_faults(self):
        """the data-plane fault matrix: misbehaving servers and clients"""
        p = subprocess.run([sys.executable, os.path.join(TOP, "tests", "wire", "fault_matrix.py"), "--waggle", binary()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        self.assertRegex(p.stdout, r"(?m)^[1-9]\d* passed, 0 failed", p.stdout[-3000:])


class Vectors(unittest.TestCase):
    def replay(self, name, *more, deviations=DEVIATIONS):
        cmd = binary() + " --compat=traefik1"
        p = subprocess.run([sys.executable, os.path.join(LAB, "replay_vectors.py"), *more, "--cmd", cmd, os.path.join(VECTORS, name)],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400)
        self.assertRegex(p.stdout, r"(?m)^[1-9]\d* passed, \d+ failed", p.stdout[-3000:])
        failed = set(re.findall(r"(?m)^FAIL (\S+)", p.stdout))
        self.assertEqual(failed - deviations, set(), p.stdout[-6000:])

    def test_configurations(self):
        """one state of the swarm each: API, cookie names and log lines"""
        self.replay("traefik1-config.json", "--log", deviations=LOG_DEVIATIONS)

    def test_changes(self):
        """states one after another, and failures of the Engine"""
        self.replay("traefik1-dynamic.json")

    def test_requests(self):
        """rule and request: backend, target, headers"""
        self.replay("traefik1-routing.json")


if __name__ == "__main__":
    unittest.main()
