"""The sticky-session tutorial, with its own commands: only the image is another one, and ports are published with
mode=host (a kernel without IPVS has no routing mesh)."""
import hashlib
import os
import unittest

from support import web
from support.lab import SOCKET, Lab, Waggle
from support.waiting import until

COOKIE = "_a49bc"       # '_' + the first five hex digits of SHA-1 of _TRAEFIK_BACKEND_backend-whoami-service


def setUpModule():
    global lab, waggle, tasks, by_ip
    lab = Lab(managers=2, workers=1)
    unittest.addModuleCleanup(lab.down)
    lab.load_images()
    waggle = Waggle(lab)
    lab.docker(1, "network", "create", "whoaminet", "-d", "overlay")
    lab.create("whoami-service", "whoami", "--mode", "global", "--network", "whoaminet")
    lab.running("whoami-service", 3)
    lab.docker(1, "service", "update", "-d", "--no-resolve-image", "--label-add", "traefik.docker.network=whoaminet",
               "--label-add", "traefik.port=8000", "--label-add", "traefik.frontend.rule=PathPrefix:/",
               "--label-add", "traefik.backend.loadbalancer.stickiness=true", "whoami-service")
    lab.create("waggle", "waggle", "--publish", "mode=host,target=80,published=80", "--publish", "mode=host,target=8080,published=8080",
               "--mount", "type=bind,source=%s,destination=/var/run/docker.sock" % SOCKET, "--mode=global",
               "--constraint", "node.role == manager", "--network", "whoaminet",
               command=("--docker", "--docker.swarmmode", "--docker.watch", "--web", "--loglevel=DEBUG"))
    lab.running("waggle", 2)
    tasks = lab.running("whoami-service", 3)
    by_ip = {t["ip"]["whoaminet"]: t["container"][:12] for t in tasks}
    for n in (1, 2):
        until(lambda n=n: len(lab.api(n)["docker"]["backends"]["backend-whoami-service"]["servers"]) == 3, 20,
              "node %d knows the three tasks" % n)


def cookie_for(ip):
    return "%s=http://%s:8000" % (COOKIE, ip)


class Tutorial(unittest.TestCase):
    def test_01_requests_without_cookie_spread_over_all_tasks(self):
        for n in (1, 2):
            seen = [lab.get(n).who for _ in range(60)]
            self.assertEqual(set(seen), set(by_ip.values()))
            for who in by_ip.values():
                self.assertGreaterEqual(seen.count(who), 10, "an even spread of 60 over three")

    def test_02_the_first_answer_sets_the_cookie(self):
        for n in (1, 2):
            r = lab.get(n)
            self.assertEqual(len(r.all("Set-Cookie")), 1)
            value = r.get("Set-Cookie")
            self.assertRegex(value, r"^_a49bc=http://[0-9.]+:8000; Path=/$")
            ip = value.split("//")[1].split(":")[0]
            self.assertEqual(by_ip.get(ip), r.who, "the cookie names the task that answered")

    def test_03_the_cookie_holds_through_either_manager(self):
        cookie = lab.get(1).get("Set-Cookie").split(";")[0]
        who = by_ip[cookie.split("//")[1].split(":")[0]]
        for n in (1, 2):
            for _ in range(25):
                r = lab.get(n, cookie=cookie)
                self.assertEqual(r.who, who)
                self.assertEqual(r.all("Set-Cookie"), [], "an honoured cookie is not set again")

    def test_04_another_tasks_url_switches_to_that_task(self):
        for ip, who in by_ip.items():
            for n in (1, 2):
                r = lab.get(n, cookie=cookie_for(ip))
                self.assertEqual((r.who, r.all("Set-Cookie")), (who, []))

    def test_05_a_value_that_names_no_current_task_is_replaced(self):
        for value in ("http://10.219.1.250:8000", "http://%s:8001" % next(iter(by_ip)), "https://%s:8000" % next(iter(by_ip)),
                      "http://198.18.7.11:8080", "nonsense", "", "http://[::1", "%00"):
            with self.subTest(value=value):
                r = lab.get(1, cookie="%s=%s" % (COOKIE, value))
                self.assertEqual(r.status, 200)
                self.assertRegex(r.get("Set-Cookie") or "", r"^_a49bc=http://[0-9.]+:8000; Path=/$")
                self.assertIn(r.who, by_ip.values())

    def test_06_other_cookies_pass_and_do_not_matter(self):
        ip, who = next(iter(by_ip.items()))
        r = lab.get(1, "/headers", cookie="a=1; %s; b=2" % cookie_for(ip))
        self.assertIn("a=1; %s; b=2" % cookie_for(ip), r.text)
        self.assertEqual(lab.get(1, cookie="a=1; %s; b=2" % cookie_for(ip)).who, who)

    def test_07_the_api_shows_what_traefik_would(self):
        servers = {}
        for t in tasks:
            url = "http://%s:8000" % t["ip"]["whoaminet"]
            servers["server-whoami-service-%s-%s" % (t["id"], hashlib.md5(url.encode()).hexdigest())] = {"url": url, "weight": 1}
        want = {"backends": {"backend-whoami-service": {"servers": servers, "loadBalancer": {"method": "wrr", "stickiness": {}}}},
                "frontends": {"frontend-PathPrefix-0": {
                    "entryPoints": ["http"], "backend": "backend-whoami-service",
                    "routes": {"route-frontend-PathPrefix-0": {"rule": "PathPrefix:/"}},
                    "passHostHeader": True, "priority": 0, "basicAuth": None}}}
        self.maxDiff = None
        for n in (1, 2):
            self.assertEqual(lab.api(n, "/api"), {"docker": want})
            self.assertEqual(lab.api(n, "/api/providers"), {"docker": want})
            self.assertEqual(lab.api(n, "/api/providers/docker"), want)
            self.assertEqual(lab.api(n, "/api/providers/docker/backends"), want["backends"])
        r = lab.get(1, "/api/providers/docker", port=8080)
        self.assertEqual(r.get("Content-Type"), "application/json; charset=UTF-8")

    def test_08_the_debug_log_tells_what_the_tutorial_shows(self):
        for n in (1, 2):
            lines = waggle.lines(n)
            text = [(x.level, x.msg) for x in lines]
            received = [x.msg for x in lines if x.msg.startswith("Configuration received from provider docker: {")]
            self.assertTrue(any('"backend-whoami-service"' in m for m in received), "the configuration as JSON")
            for want in (("debug", "Wiring frontend frontend-PathPrefix-0 to entryPoint http"),
                         ("debug", "Creating backend backend-whoami-service"), ("debug", "Creating load-balancer wrr"),
                         ("debug", "Sticky session with cookie _a49bc"), ("debug", "Creating route route-frontend-PathPrefix-0 PathPrefix:/"),
                         ("info", "Server configuration reloaded on :80"), ("info", "Server configuration reloaded on :8080")):
                self.assertIn(want, text)
            for ip in by_ip:
                self.assertTrue(any(lv == "debug" and m.startswith("Creating server server-whoami-service-") and
                                    m.endswith(" at http://%s:8000 with weight 1" % ip) for lv, m in text), ip)
            self.assertTrue(any(m.startswith("Filtering container with empty frontend rule waggle.") for _, m in text))

    def test_09_ping_and_health(self):
        self.assertEqual((lab.get(1, "/ping", port=8080).status, lab.get(1, "/ping", port=8080).text), (200, "OK"))
        health = lab.api(1, "/health")
        self.assertGreater(health["total_count"], 0)
        self.assertGreater(health["total_status_code_count"]["200"], 0)

    def test_10_the_backend_sees_host_and_forwarding_headers(self):
        head = lab.get(1, "/headers?a=b%20c", host="Shop.Example:80", fields=[("Connection", "close, X-Hop"), ("X-Hop", "1")], close=False).text
        self.assertTrue(head.startswith("GET /headers?a=b%20c HTTP/1.1"), head)
        fields = {k.lower(): v.strip() for k, _, v in (ln.partition(":") for ln in head.splitlines()[1:])}
        self.assertEqual(fields["host"], "Shop.Example:80")
        self.assertEqual(fields["x-forwarded-host"], "Shop.Example:80")
        self.assertEqual(fields["x-forwarded-proto"], "http")
        self.assertIn("x-forwarded-for", fields)
        self.assertNotIn("x-hop", fields)

    def test_11_bodies_pass_both_ways(self):
        data = os.urandom(1 << 20)
        self.assertEqual(lab.get(1, "/upload", method="POST", body=data).text, str(len(data)))
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(data[i:i + 5000]), data[i:i + 5000]) for i in range(0, 100000, 5000)) + b"0\r\n\r\n"
        with lab.dial(1)() as s:
            web.send_request(s, "/upload", method="POST", fields=[("Transfer-Encoding", "chunked")])
            s.sendall(chunks)
            self.assertEqual(web.read_response(web.Stream(s)).text, "100000")
        self.assertEqual(len(lab.get(1, "/bytes?n=3000000").body), 3000000)

    def test_12_one_connection_carries_many_requests(self):
        with lab.dial(2)() as s:
            stream = web.Stream(s)
            for i in range(50):
                web.send_request(s, "/?%d" % i, close=False)
                self.assertEqual(web.read_response(stream).status, 200)

    def test_13_websocket(self):
        ip, who = next(iter(by_ip.items()))
        stream, r = web.ws_open(lab.dial(2), "/ws", [("Cookie", cookie_for(ip))])
        with stream.sock:
            self.assertEqual(r.status, 101)
            self.assertEqual(r.get("X-Whoami"), who, "stickiness holds for WebSockets")
            for data in (b"hello", os.urandom(300), os.urandom(70000)):
                web.ws_send(stream, data)
                self.assertEqual(web.ws_read(stream), (2, data))
            web.ws_send(stream, b"still there", 9)
            self.assertEqual(web.ws_read(stream), (10, b"still there"))
            web.ws_send(stream, b"", 8)
            self.assertEqual(web.ws_read(stream)[0], 8)
            self.assertEqual(stream.rest(), b"")

    def test_14_a_replaced_task_is_followed_and_its_cookie_renewed(self):
        gone = tasks[0]
        ip = gone["ip"]["whoaminet"]
        nodes = {lab.docker(n, "info", "--format", "{{.Swarm.NodeID}}"): n for n in lab.nodes}
        lab.docker(nodes[gone["node"]], "kill", gone["container"])
        for n in (1, 2):
            until(lambda n=n: lab.get(n, cookie=cookie_for(ip)).get("Set-Cookie"), 10, "the dead task's cookie is replaced on node %d" % n)
        new = until(lambda: [t for t in lab.tasks("whoami-service") if t["node"] == gone["node"] and t["id"] != gone["id"]], 20,
                    "Swarm replaced the task")[0]
        for n in (1, 2):
            until(lambda n=n: lab.get(n, cookie=cookie_for(new["ip"]["whoaminet"])).who == new["container"][:12], 5, "node %d routes to it" % n)


if __name__ == "__main__":
    unittest.main()
