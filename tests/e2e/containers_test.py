"""One engine without a swarm: what `docker run` started is balanced, and nobody notices when one of it stops or is replaced."""
import os
import shutil
import tempfile
import unittest

from support import web
from support.lab import SOCKET, Lab, LogLine
from support.load import Load
from support.waiting import holds, timed, until

RULE = ("traefik.backend=whoami", "traefik.frontend.rule=Host:app.test", "traefik.backend.loadbalancer.stickiness=true")


class Containers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(managers=1, workers=0, swarm=False)
        cls.addClassCleanup(cls.lab.down)
        cls.work = tempfile.mkdtemp(prefix="waggle-work.")
        cls.addClassCleanup(shutil.rmtree, cls.work, True)
        cls.lab.load_images()
        cls.lab.docker(1, "network", "create", "--subnet", "10.77.0.0/24", "front")
        cls.lab.docker(1, "run", "-d", "--name", "waggle", "--network", "front", "--ip", "10.77.0.2", "-p", "80:80", "-p", "81:81",
                       "-p", "8080:8080", "-v", "%s:%s" % (SOCKET, SOCKET), "waggle", "--docker", "--api", "--ping", "--loglevel=DEBUG",
                       "--entryPoints=Name:http Address::80", "--entryPoints=Name:flow Address::81/tcp")
        until(lambda: cls.lab.get(1, "/ping", port=8080).status == 200, 20, "waggle is ready")

    def start(self, name, ip, *args, labels=RULE):
        """@return the container's id"""
        self.addCleanup(self.lab.docker, 1, "rm", "-f", name, check=False)
        out = self.lab.docker(1, "run", "-d", "--name", name, "--network", "front", "--ip", ip, *(x for row in labels for x in ("--label", row)),
                              *args, "whoami")
        return out[:12]

    def servers(self, backend="backend-whoami"):
        one = self.lab.api(1)["docker"].get("backends", {}).get(backend, {})
        return {s["url"] for s in (one.get("servers") or {}).values()}

    def routed(self, *ips):
        until(lambda: self.servers() == {"http://%s:8000" % ip for ip in ips}, 20, "the servers are " + ", ".join(ips) if ips else "there is none")

    def ask(self, **more):
        return self.lab.get(1, host="app.test", **more)

    def explain(self, name):
        return self.lab.api(1, "/api/explain/service/" + name)

    def log_has(self, text):
        out = [LogLine(raw) for raw in self.lab.logs(1, "waggle").splitlines()]
        return [x for x in out if text in x.raw.replace('\\"', '"')]

    def test_two_containers_are_balanced(self):
        """two containers of one traefik.backend share the requests; explain knows them by name"""
        ids = {self.start("web1", "10.77.0.11"), self.start("web2", "10.77.0.12")}
        self.routed("10.77.0.11", "10.77.0.12")
        self.assertEqual({self.ask().who for _ in range(8)}, ids)
        self.assertEqual(self.explain("web1")["state"], "routed")
        text = self.lab.get(1, "/api/explain/service/web2?as=text", port=8080).text
        self.assertIn("container web2: routed", text)
        self.assertEqual(self.explain("waggle")["state"], "not-exposed")     # it has no labels

    def test_two_containers_of_tcp_take_turns(self):
        """below HTTP: two containers of one waggle.tcp.service, rr: 1 2 1 2; one that is killed is asked no more"""
        labels = ("waggle.tcp.port=8000", "waggle.tcp.service=pair", "waggle.tcp.scheduler=rr")
        ids = {self.start("web1", "10.77.0.11", labels=labels), self.start("web2", "10.77.0.12", labels=labels)}

        def who():
            return web.get(self.lab.dial(1, port=81)).who
        until(lambda: {who(), who()} == ids, 20, "both are asked")
        seen = [who() for _ in range(4)]
        self.assertEqual(set(seen[:2]), ids)
        self.assertEqual(seen[2:], seen[:2])
        self.lab.docker(1, "kill", "web1")
        self.assertEqual({who() for _ in range(8)}, ids - {self.lab.docker(1, "inspect", "--format", "{{.ID}}", "web1")[:12]})

    def test_a_stop_loses_nothing(self):
        """docker stop of one of two under load"""
        for name, ip in (("web1", "10.77.0.11"), ("web2", "10.77.0.12")):
            self.start(name, ip, "--env", "GRACE=5")
        self.routed("10.77.0.11", "10.77.0.12")
        with Load([self.lab.dial(1)], "/slow?ms=100", rate=60, keep=4, host="app.test") as load:
            until(lambda: len(load.answers) == 2, 10, "both answer")
            self.lab.docker(1, "stop", "web1")
            self.routed("10.77.0.12")
            self.assertTrue(self.log_has('reason="container stopped"'))
            self.lab.docker(1, "start", "web1")
            self.routed("10.77.0.11", "10.77.0.12")
            before = sum(load.answers.values())
            until(lambda: sum(load.answers.values()) > before + 60, 20, "and the load goes on")
        load.check(self)

    def test_one_that_is_killed_leaves_at_once(self):
        """docker kill: gone before the next look that the clock would bring"""
        self.start("web1", "10.77.0.11")
        self.start("web2", "10.77.0.12")
        self.routed("10.77.0.11", "10.77.0.12")
        self.lab.docker(1, "kill", "web1")
        took = timed(lambda: self.servers() == {"http://10.77.0.12:8000"}, 10, "it is gone")
        self.assertLess(took, 0.5)
        self.assertTrue(self.log_has('look="container event"'))

    def test_a_recreated_container_keeps_its_clients(self):
        """docker rm and run under the same name, at another address: the cookie leads to the successor"""
        first, other = self.start("web1", "10.77.0.11"), self.start("web2", "10.77.0.12")
        self.routed("10.77.0.11", "10.77.0.12")
        cookies = {}
        for _ in range(8):
            r = self.ask()
            cookies[r.who] = r.get("Set-Cookie").split(";")[0]
        self.assertEqual(set(cookies), {first, other})
        self.lab.docker(1, "rm", "-f", "web1")
        self.routed("10.77.0.12")
        second = self.start("web1", "10.77.0.21")
        self.routed("10.77.0.21", "10.77.0.12")
        self.assertEqual({self.ask(cookie=cookies[first]).who for _ in range(6)}, {second})
        self.assertEqual({self.ask(cookie=cookies[other]).who for _ in range(6)}, {other})

    def test_an_unhealthy_container_leaves_and_comes_back(self):
        """health: starting and unhealthy containers get no requests"""
        mark = os.path.join(self.work, "well")
        self.start("web1", "10.77.0.11")
        self.start("web2", "10.77.0.12", "-v", "/bin/busybox:/bin/sh:ro", "-v", self.work + ":/mark:ro", "--health-cmd", "test -e /mark/well",
                   "--health-interval", "200ms", "--health-retries", "2", "--health-start-period", "60s")
        until(lambda: self.explain("web2")["state"] == "not-routed", 10, "waggle has seen it")
        self.assertIn("its health check has not succeeded yet", self.explain("web2")["reason"])
        self.assertEqual(self.servers(), {"http://10.77.0.11:8000"})
        open(mark, "w").close()
        self.routed("10.77.0.11", "10.77.0.12")
        os.remove(mark)
        self.routed("10.77.0.11")
        self.assertIn("its health check fails", self.explain("web2")["reason"])
        self.assertEqual({self.ask().status for _ in range(4)}, {200})

    def test_alone_and_unhealthy_it_is_503_not_404(self):
        """the only container of a route fails its check"""
        self.start("web1", "10.77.0.11", "--health-cmd", "no shell for it", "--health-interval", "200ms", "--health-retries", "1")
        until(lambda: "container web1: routed-with-warnings: its health check fails; requests get 503" in
              self.lab.get(1, "/api/explain/service/web1?as=text", port=8080).text, 20, "explain says why")
        self.assertEqual(self.ask().status, 503)
        self.lab.docker(1, "rm", "-f", "web1")
        until(lambda: self.ask().status == 404, 10, "without it there is no route")

    def test_compose_labels_make_rule_and_backend(self):
        """two containers as compose starts them, without any traefik label"""
        compose = ("com.docker.compose.project=shop", "com.docker.compose.service=web")
        ids = {self.start("shop-web-1", "10.77.0.31", labels=(*compose, "com.docker.compose.container-number=1")),
               self.start("shop-web-2", "10.77.0.32", labels=(*compose, "com.docker.compose.container-number=2"))}
        until(lambda: self.servers("backend-web-shop") == {"http://10.77.0.31:8000", "http://10.77.0.32:8000"}, 20, "both are servers")
        self.assertEqual({self.lab.get(1, host="web.shop").who for _ in range(8)}, ids)
        self.assertEqual(len(self.lab.api(1)["docker"]["frontends"]), 1)

    def test_the_engine_is_asked_for_little(self):
        """once what was stopped before is forgotten: a look a second"""
        self.start("web1", "10.77.0.11")
        self.routed("10.77.0.11")

        def looks_within(seconds):
            before = self.lab.api(1, "/api/status")["discovery"]["looks"]
            holds(lambda: self.servers() == {"http://10.77.0.11:8000"}, seconds, "nothing changes")
            return self.lab.api(1, "/api/status")["discovery"]["looks"] - before
        until(lambda: looks_within(1) <= 2, 10, "it calms down")
        self.assertLessEqual(looks_within(3), 4)

    def test_a_manager_without_the_flag_is_told(self):
        """the engine manages a swarm with labelled services: a line that names --docker.swarmmode"""
        lab = Lab(managers=1, workers=0)
        self.addCleanup(lab.down)
        lab.load_images()
        lab.create("app", "whoami", "--label", "traefik.port=8000", "--label", "traefik.frontend.rule=Host:app.test")
        lab.running("app", 1)
        lab.docker(1, "run", "-d", "--name", "waggle", "-v", "%s:%s" % (SOCKET, SOCKET), "waggle", "--docker")
        said = until(lambda: [x for x in map(LogLine, lab.logs(1, "waggle").splitlines()) if x.msg == "Services of the swarm are not served"], 20,
                     "it is said at the level that is on by default")
        self.assertEqual(said[0].level, "error")
        self.assertIn('fix="add --docker.swarmmode"', said[0].raw)


if __name__ == "__main__":
    unittest.main()
