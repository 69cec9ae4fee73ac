"""SIGTERM under load: what has begun is finished, then the process ends with 0, within Swarm's ten seconds."""
import json
import threading
import time
import unittest

from support import web
from support.lab import SOCKET, Lab, Waggle
from support.load import Load
from support.waiting import until


class Stop(unittest.TestCase):
    def setUp(self):
        self.lab = Lab(managers=1, workers=0)
        self.addCleanup(self.lab.down)
        self.lab.load_images()
        self.lab.docker(1, "network", "create", "appnet", "-d", "overlay")
        self.lab.create("app", "whoami", "--replicas", "3", "--network", "appnet", "--label", "traefik.port=8000",
                        "--label", "traefik.frontend.rule=Host:app.test")
        self.lab.running("app", 3)
        self.lab.create("waggle", "waggle", "--publish", "mode=host,target=80,published=80", "--publish", "mode=host,target=8080,published=8080",
                        "--mount", "type=bind,source=%s,destination=%s" % (SOCKET, SOCKET), "--network", "appnet", "--restart-condition", "none",
                        command=("--docker", "--docker.swarmmode", "--docker.watch", "--api", "--ping", "--loglevel=DEBUG"))
        self.lab.running("waggle", 1)
        until(lambda: self.lab.get(1, host="app.test").status == 200, 20, "served")
        self.container = self.lab.container(1, "waggle")

    def state(self):
        return json.loads(self.lab.docker(1, "inspect", self.container))[0]["State"]

    def terminate(self):
        self.lab.docker(1, "kill", "-s", "TERM", self.container)
        return time.monotonic()

    def ended(self, began):
        until(lambda: not self.state()["Running"], 15, "the process ends")
        took = time.monotonic() - began
        self.assertEqual(self.state()["ExitCode"], 0)
        self.assertLessEqual(took, 10.0, "within Swarm's stop grace period")

    def test_under_load_no_started_request_is_lost(self):
        """steady load of short and long requests"""
        dial = self.lab.dial(1)
        with Load([dial], "/slow?ms=400", rate=60, keep=4, host="app.test", allow_refused=True) as load, \
                Load([dial], "/slow?ms=3000", rate=4, host="app.test", allow_refused=True) as long:
            until(lambda: sum(load.answers.values()) > 100 and sum(long.answers.values()) > 2, 20, "the load runs")
            began = self.terminate()
            until(lambda: load.refused or not self.state()["Running"], 12, "it stops listening")
        self.ended(began)
        load.check(self)
        long.check(self)
        self.assertTrue(Waggle(self.lab).log_has(1, "I have to go..."))

    def test_uploads_and_downloads_are_finished(self):
        """a slow upload and a slow reader are finished"""
        data = b"u" * 400000
        got = {}

        def upload():
            with self.lab.dial(1)() as s:
                web.send_request(s, "/upload", method="POST", host="app.test", fields=[("Content-Length", str(len(data)))])
                for i in range(0, len(data), 20000):
                    s.sendall(data[i:i + 20000])
                    time.sleep(0.1)     # a slow client: the pace is the point
                got["upload"] = web.read_response(web.Stream(s)).text

        def download():
            with self.lab.dial(1)() as s:
                web.send_request(s, "/bytes?n=30000000", host="app.test")
                stream = web.Stream(s)
                stream.until(b"\r\n\r\n")
                started.set()
                n = len(stream.buf)
                while n < 30000000:
                    time.sleep(0.001)
                    part = s.recv(100000)
                    if not part:
                        break
                    n += len(part)
                got["download"] = n
        started = threading.Event()
        threads = [threading.Thread(target=f, daemon=True) for f in (upload, download)]
        for t in threads:
            t.start()
        started.wait(10)
        began = self.terminate()
        for t in threads:
            t.join(20)
        self.assertEqual(got, {"upload": str(len(data)), "download": 30000000})
        self.ended(began)

    def test_idle_connections_do_not_hold_it_up(self):
        """idle keep-alive connections and an open WebSocket do not hold it beyond the grace period"""
        idle = [self.lab.dial(1)() for _ in range(20)]
        stream, r = web.ws_open(self.lab.dial(1), "/ws", host="app.test")
        self.assertEqual(r.status, 101)
        for s in idle:
            web.send_request(s, host="app.test", close=False)
            self.assertEqual(web.read_response(web.Stream(s)).status, 200)
        began = self.terminate()
        self.ended(began)
        for s in idle + [stream.sock]:
            s.close()

    def test_ping_turns_503_before_the_listeners_close(self):
        """/ping says 503 while it drains"""
        def slow():
            try:
                return self.lab.get(1, "/slow?ms=3000", host="app.test").status
            except OSError as e:
                return repr(e)
        out = []
        t = threading.Thread(target=lambda: out.append(slow()), daemon=True)
        t.start()
        until(lambda: self.lab.api(1, "/health")["total_count"] >= 1, 5, "waggle counts requests")
        began = self.terminate()
        until(lambda: self.lab.get(1, "/ping", port=8080).status == 503, 3, "/ping is 503 while a request is finished", every=0.01)
        t.join(15)
        self.assertEqual(out, [200])
        self.ended(began)


if __name__ == "__main__":
    unittest.main()
