"""deploy/quickstart.sh, in both its forms: with a swarm of its own, and on a Docker that is a swarm manager."""
import os
import subprocess
import unittest

from support.lab import TOP, Lab, binary

SCRIPT = os.path.join(TOP, "deploy", "quickstart.sh")
HELD = "everything the tutorial promises held"


def clean_env(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SWARM_LAB_", "QUICKSTART_", "DOCKER_HOST"))}
    return dict(env, WAGGLE_BINARY=binary(), **more)


class Quickstart(unittest.TestCase):
    def run_script(self, *argv, env):
        p = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, stdin=subprocess.DEVNULL)
        self.assertEqual(p.returncode, 0, p.stdout)
        return p.stdout

    def test_with_a_swarm_of_its_own(self):
        """brings up a swarm, twice is as good as once, down removes all"""
        folder = "/tmp/waggle-quickstart-test-%d" % os.getpid()
        env = clean_env(QUICKSTART_LAB="yes", QUICKSTART_DIR=folder, QUICKSTART_PREFIX="q%x" % os.getpid())
        self.addCleanup(subprocess.run, [SCRIPT, "down"], env=env, capture_output=True, timeout=120)
        self.assertIn(HELD, self.run_script(SCRIPT, env=env))
        self.assertIn(HELD, self.run_script(SCRIPT, env=env))
        self.run_script(SCRIPT, "down", env=env)
        self.assertFalse(os.path.exists(folder))
        self.assertNotIn("q%x" % os.getpid(), subprocess.run(["ip", "netns"], capture_output=True, text=True).stdout)
        self.assertIn("nothing was up", self.run_script(SCRIPT, "down", env=env))

    def test_on_the_machines_own_swarm(self):
        """uses a Docker that is a swarm manager, removes only what it made"""
        lab = Lab(managers=1, workers=0)
        self.addCleanup(lab.down)
        lab.docker(1, "network", "create", "-d", "overlay", "mine")
        env = clean_env(DOCKER_HOST="unix://" + lab.sock(1))
        inside = ["nsenter", "--net=" + lab.netns[1], SCRIPT]
        out = self.run_script(*inside, env=env)
        self.assertIn("this machine's own Docker is a swarm manager", out)
        self.assertIn(HELD, out)
        self.run_script(*inside, "down", env=env)
        self.assertEqual(lab.docker(1, "service", "ls", "-q"), "")
        networks = lab.docker(1, "network", "ls", "--format", "{{.Name}}").split()
        self.assertIn("mine", networks)
        self.assertNotIn("whoaminet", networks)


if __name__ == "__main__":
    unittest.main()
