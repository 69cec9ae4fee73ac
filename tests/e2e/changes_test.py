"""What changes in the swarm shows in routing and in the log, at once, and costs no request; what is labelled badly
costs nobody else anything."""
import os
import unittest

from support.lab import SOCKET, Lab, Waggle
from support.load import Load
from support.waiting import timed, until

PROMISED = 2.0      # seconds from a change in the swarm to routing by it


def allowed():
    """The promise is for a machine that can do its work: one with more than twice as many runnable tasks as CPUs gets double."""
    return PROMISED * (1 if os.getloadavg()[0] <= 2 * os.cpu_count() else 2)


def setUpModule():
    global lab, waggle
    lab = Lab(managers=2, workers=1)
    unittest.addModuleCleanup(lab.down)
    lab.load_images()
    waggle = Waggle(lab)
    lab.docker(1, "network", "create", "appnet", "-d", "overlay")
    lab.create("waggle", "waggle", "--publish", "mode=host,target=80,published=80", "--publish", "mode=host,target=8080,published=8080",
               "--mount", "type=bind,source=%s,destination=/var/run/docker.sock" % SOCKET, "--mode=global",
               "--constraint", "node.role == manager", "--network", "appnet",
               command=("--docker", "--docker.swarmmode", "--docker.watch", "--api", "--ping", "--loglevel=DEBUG"))
    lab.running("waggle", 2)
    for n in (1, 2):
        until(lambda n=n: lab.get(n, "/ping", port=8080).status == 200, 20, "waggle answers on node %d" % n)


def create(name, *more, replicas=2, rule=None, port="8000"):
    args = ["--replicas", str(replicas), "--network", "appnet", "--label", "traefik.frontend.rule=" + ("Host:%s.test" % name if rule is None else rule)]
    if port is not None:
        args += ["--label", "traefik.port=" + port]
    lab.create(name, "whoami", *args, *more)


def remove(name):
    lab.docker(1, "service", "rm", name, check=False)


def answers(node, name, count=40):
    """Who answers for the service's host, asked `count` times; a status stands for an answer that is none."""
    got = [lab.get(node, host=name + ".test") for _ in range(count)]
    return {r.who if r.status == 200 else r.status for r in got}


def containers(tasks):
    return {t["container"][:12] for t in tasks}


class Changes(unittest.TestCase):
    def soon(self, condition, what):
        """The condition comes true within the promised time (and says how long it took)."""
        took = timed(condition, 10, what)
        self.assertLessEqual(took, allowed(), what)

    def routed(self, name, count):
        """Waits until `count` tasks run and both managers route to all of them; returns their containers."""
        want = containers(lab.running(name, count))
        for n in (1, 2):
            until(lambda n=n: answers(n, name, 4 * count) == want, 10, "node %d routes %s" % (n, name))
        return want

    def said(self, node, since, *words):
        """The log has a line after line `since` with all these words."""
        return [x for x in waggle.lines(node)[since:] if all(w in x.raw for w in words)]

    def test_a_new_service_is_routed(self):
        self.addCleanup(remove, "fresh")
        since = {n: len(waggle.lines(n)) for n in (1, 2)}
        self.assertEqual(lab.get(1, host="fresh.test").status, 404)
        create("fresh")
        want = containers(lab.running("fresh", 2))
        for n in (1, 2):
            self.soon(lambda n=n: answers(n, "fresh", 10) == want, "node %d routes to the new service" % n)
            until(lambda n=n: self.said(n, since[n], "Backend changed", "fresh"), 3, "the log names it")

    def test_scaling_up_and_down(self):
        self.addCleanup(remove, "scaled")
        create("scaled")
        self.routed("scaled", 2)
        since = len(waggle.lines(1))
        with Load([lab.dial(1), lab.dial(2)], host="scaled.test", rate=60, keep=2) as load:
            lab.docker(1, "service", "scale", "-d", "scaled=5")
            want = containers(lab.running("scaled", 5))
            self.soon(lambda: answers(1, "scaled") == want, "all five answer")
            lab.docker(1, "service", "scale", "-d", "scaled=2")
            lab.running("scaled", 2)        # Swarm has chosen who goes
            self.soon(lambda: len(lab.api(1)["docker"]["backends"]["backend-scaled"]["servers"]) == 2, "three are out of the configuration")
            want = containers(lab.running("scaled", 2))
            self.assertEqual(answers(1, "scaled"), want)
            # The stopped ones live for two seconds more (Swarm's own wait); nobody may notice when they go.
            until(lambda: len(lab.docker(1, "service", "ps", "-q", "-f", "desired-state=shutdown", "scaled").split()) >= 0 and
                  all(s.startswith(("Shutdown", "Complete", "Failed", "Remove")) for s in lab.docker(
                      1, "service", "ps", "-f", "desired-state=shutdown", "--format", "{{.CurrentState}}", "scaled").splitlines()),
                  20, "the stopped tasks have gone")
        load.check(self)
        lines = self.said(1, since, "Backend changed", "scaled")
        self.assertTrue(any("added=" in x.raw for x in lines) and any("removed=" in x.raw for x in lines), [x.raw for x in lines])

    def test_a_rolling_update_loses_nothing(self):
        self.addCleanup(remove, "rolled")
        create("rolled", replicas=3)
        old = self.routed("rolled", 3)
        with Load([lab.dial(1), lab.dial(2)], host="rolled.test", rate=60, keep=2) as load:
            lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--force", "--update-parallelism", "1", "--update-delay", "0s", "rolled")
            until(lambda: lab.docker(1, "service", "inspect", "--format", "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}", "rolled") == "completed",
                  90, "the update is complete", every=0.3)
            new = containers(lab.running("rolled", 3))
            self.soon(lambda: answers(2, "rolled", 12) == new, "node 2 routes to the new tasks only")
        self.assertFalse(old & new)
        load.check(self)

    def test_a_changed_label_is_obeyed(self):
        self.addCleanup(remove, "relabelled")
        create("relabelled")
        self.routed("relabelled", 2)
        lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.frontend.rule=Host:renamed.test", "relabelled")
        for n in (1, 2):
            self.soon(lambda n=n: (lab.get(n, host="renamed.test").status, lab.get(n, host="relabelled.test").status) == (200, 404),
                      "the new rule counts on node %d" % n)

    def test_a_removed_service_is_gone(self):
        create("removed")
        create("bystander")
        self.addCleanup(remove, "bystander")
        self.routed("removed", 2)
        self.routed("bystander", 2)
        since = len(waggle.lines(1))
        with Load([lab.dial(1)], host="bystander.test", rate=40) as load:
            remove("removed")
            for n in (1, 2):
                self.soon(lambda n=n: lab.get(n, host="removed.test").status == 404, "no route on node %d" % n)
            self.assertNotIn("backend-removed", lab.api(1)["docker"]["backends"])
            until(lambda: self.said(1, since, "removed"), 3, "the log names it")
        load.check(self)

    def test_a_service_without_tasks_answers_503(self):
        self.addCleanup(remove, "empty")
        create("empty", replicas=1)
        lab.running("empty", 1)
        until(lambda: lab.get(1, host="empty.test").status == 200, 10, "routed")
        lab.docker(1, "service", "scale", "-d", "empty=0")
        r = until(lambda: [r for r in [lab.get(1, host="empty.test")] if r.status == 503], 10, "503 instead of 404")[0]
        self.assertTrue(r.get("Retry-After"))
        lab.docker(1, "service", "scale", "-d", "empty=1")
        lab.running("empty", 1)
        self.soon(lambda: lab.get(1, host="empty.test").status == 200, "routed again")

    def test_start_first_update(self):
        self.addCleanup(remove, "startfirst")
        create("startfirst", replicas=2)
        self.routed("startfirst", 2)
        with Load([lab.dial(1), lab.dial(2)], host="startfirst.test", rate=60) as load:
            lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--force", "--update-order", "start-first", "--update-delay", "0s", "startfirst")
            until(lambda: lab.docker(1, "service", "inspect", "--format", "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}", "startfirst") == "completed",
                  90, "the update is complete", every=0.3)
        load.check(self)


class BadLabels(unittest.TestCase):
    """One service with a bad label each: not routed, said with service, label, value and fix; the good one goes on."""
    # name: (arguments of create, the label that must be named, the value that must be named)
    CASES = {
        "bad-port-word": (dict(port="http"), "traefik.port", "http"),
        "bad-port-70000": (dict(port="70000"), "traefik.port", "70000"),
        "bad-port-none": (dict(port=None), "traefik.port", ""),
        "bad-rule": (dict(rule="Hots:bad-rule.test"), "traefik.frontend.rule", "Hots"),
        "bad-rule-empty": (dict(rule=""), "traefik.frontend.rule", ""),
        "bad-rule-blank": (dict(rule=" "), "traefik.frontend.rule", ""),
        "bad-network": (dict(), "traefik.docker.network", "nosuchnet"),
    }

    def test_each_costs_only_its_own_service(self):
        self.addCleanup(remove, "good")
        create("good")
        lab.running("good", 2)
        for n in (1, 2):
            until(lambda n=n: lab.get(n, host="good.test").status == 200, 10, "the good one is routed on node %d" % n)
        since = len(waggle.lines(1))
        with Load([lab.dial(1), lab.dial(2)], host="good.test", rate=40) as load:
            for name, (how, _, _) in self.CASES.items():
                self.addCleanup(remove, name)
                more = ["--label", "traefik.docker.network=nosuchnet"] if name == "bad-network" else []
                create(name, *more, replicas=1, **how)
            for name in self.CASES:
                lab.running(name, 1)
            for name, (_, label, value) in self.CASES.items():
                with self.subTest(service=name):
                    until(lambda: self.warned(since, name, label, value), 5, "a warning names %s, %s, %s" % (name, label, value))
                    self.assertIn(lab.get(1, host=name + ".test").status, (404, 503))
            create("later", replicas=1)
            self.addCleanup(remove, "later")
            lab.running("later", 1)
            until(lambda: lab.get(1, host="later.test").status == 200, 3, "a good service made after the bad ones is routed")
        load.check(self)

    def warned(self, since, *words):
        return [x for x in waggle.lines(1)[since:] if x.level in ("warning", "error") and all(w in x.raw for w in words)]

    def test_a_mended_label_is_routed(self):
        self.addCleanup(remove, "mended")
        create("mended", replicas=1, port="http")
        lab.running("mended", 1)
        until(lambda: self.warned(0, "mended", "traefik.port"), 5, "the warning")
        lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.port=8000", "mended")
        until(lambda: lab.get(1, host="mended.test").status == 200, allowed(), "routed once the label is right")


if __name__ == "__main__":
    unittest.main()
