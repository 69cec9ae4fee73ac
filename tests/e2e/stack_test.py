"""deploy/stack.yml as it is, on two managers: it serves, is healthy, and is updated without a lost request by clients that go to
the other manager when a connection is refused."""
import json
import os
import unittest

from support.lab import TOP, Lab
from support.stage import STATE, Clients
from support.waiting import until


class Stack(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(managers=2, workers=0)
        self.addCleanup(self.lab.down)
        self.lab.load_images()
        self.lab.docker(1, "network", "create", "edge", "-d", "overlay")
        self.lab.docker(1, "stack", "deploy", "--compose-file", os.path.join(TOP, "deploy", "stack.yml"), "--resolve-image", "never", "edge")

    def health(self, node):
        c = self.lab.container(node, "edge_waggle")
        return self.lab.inspect(node, "inspect", c)[0]["State"].get("Health", {}).get("Status")

    def test_serves_and_is_updated(self):
        """deploy/stack.yml: healthy on both managers; waggle updated, nothing lost"""
        whoami = self.lab.running("edge_whoami", 3, seconds=60)
        self.lab.running("edge_waggle", 2, seconds=60)
        for n in (1, 2):
            self.assertEqual(self.health(n), "healthy")     # else Swarm would not call it running
            until(lambda n=n: {self.lab.get(n).who for _ in range(9)} == {t["container"][:12] for t in whoami}, 20, "node %d routes to all three" % n)
        before = {t["id"] for t in self.lab.tasks("edge_waggle")}
        with Clients(self.lab, "--rate", "50", "--cookie-rate", "50", "--sticky", "8", "--fallback") as clients:
            self.lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--force", "edge_waggle")
            until(lambda: self.lab.docker(1, "service", "inspect", "--format", STATE, "edge_waggle") == "completed", 180, "the update is complete", every=0.2)
            clients.go_on(1)
        r = clients.result
        self.assertFalse({t["id"] for t in self.lab.running("edge_waggle", 2)} & before)
        self.assertEqual(r["failed"], 0, json.dumps(r["failures"][:6]))
        self.assertFalse(r["moves"])
        self.assertGreater(r["fallbacks"], 0, "no client met a manager without waggle: nothing was tried")


if __name__ == "__main__":
    unittest.main()
