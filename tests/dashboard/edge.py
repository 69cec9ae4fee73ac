"""waggle in front of the shop (shop.py): fake Engine, servers and traffic, all on loopback addresses."""
import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
sys.path.insert(0, HERE)
from ports import free_port  # noqa: E402
import shop  # noqa: E402

ENGINE = os.path.join(os.path.dirname(HERE), "lab", "fake_engine.py")


class Edge:
    def __init__(self, waggle, hostile=False, flags=(), layer4=False):
        self.dir = tempfile.TemporaryDirectory()
        self.port, self.api, self.backend = free_port(), free_port(), free_port()
        self.raw = {name: free_port() for name in ("db", "mq", "raw")} if layer4 else {}   # TCP entry points
        self.state, addresses = shop.shop(self.backend, hostile, layer4)
        self.servers = shop.serve(addresses, self.backend, lambda a: (0.05 if a.startswith("127.60.2.") else 0.004, 0.06 if a.startswith("127.60.4.") else 0))
        self.engine_file = os.path.join(self.dir.name, "engine.sock")
        state = os.path.join(self.dir.name, "state.json")
        shop.write(self.state, state)
        self.engine = subprocess.Popen([sys.executable, ENGINE, "--listen", "unix:" + self.engine_file, "--state", state], stdout=subprocess.PIPE)
        self.engine.stdout.readline()
        self.waggle = subprocess.Popen(
            [waggle, "--docker", "--docker.swarmmode", "--docker.endpoint=unix://" + self.engine_file, "--api", "--metrics", "--logLevel=ERROR",
             "--entryPoints=Name:http Address:127.0.0.1:%d" % self.port, "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.api,
             *("--entryPoints=Name:%s Address:127.0.0.1:%d/tcp" % one for one in self.raw.items()), *flags])
        self.dashboard = "http://127.0.0.1:%d/dashboard/" % self.api
        self.stop = threading.Event()
        until = time.monotonic() + 20
        while self.get("/api/explain")[0] != 200 or b'"routed"' not in self.get("/api/explain")[1]:
            assert time.monotonic() < until, "waggle serves nothing"
            time.sleep(0.05)

    def get(self, path, port=None, host=None):
        try:
            c = http.client.HTTPConnection("127.0.0.1", port or self.api, timeout=20)
            c.request("GET", path, headers={"Host": host} if host else {})
            r = c.getresponse()
            return r.status, r.read(), dict(r.getheaders())
        except OSError:
            return 0, b"", {}
        finally:
            c.close()

    def put(self, state):
        import json
        from http.client import HTTPConnection
        import socket

        class Unix(HTTPConnection):
            def connect(self_):
                self_.sock = socket.socket(socket.AF_UNIX)
                self_.sock.connect(self.engine_file)
        c = Unix("engine")
        c.request("POST", "/_control/state", json.dumps(state), {"Content-Type": "application/json"})
        assert c.getresponse().status == 200
        c.close()

    def change(self, number):
        """A task is replaced by its successor."""
        import copy
        next_state = copy.deepcopy(self.state)
        old = [t for t in next_state["tasks"] if t["ServiceID"] == "id_shop_web"][number]
        old["ID"] = old["ID"][:-3] + "n%d" % number + "x"
        old["Version"]["Index"] += 1
        self.state = next_state
        self.put(next_state)

    def many(self, count, replaced=0):
        self.put(shop.many(count, self.backend, replaced))

    def pause(self, seconds):
        self.stop.wait(seconds)

    @contextlib.contextmanager
    def traffic(self, threads=4):
        paths = [("shop.example.com", "/")] * 6 + [("shop.example.com", "/api/x"), ("shop.example.com", "/cart"), ("search.example.com", "/?q=1"),
                                                   ("blog.example.com", "/"), ("img.blog.example.com", "/a.png"), ("wiki.intra.example.com", "/"), ("nobody.example.com", "/")]
        done = threading.Event()

        def client():
            while not done.is_set():
                host, path = random.choice(paths)
                self.get(path, self.port, host)
                done.wait(0.01)

        def raw_client(name):
            while not done.is_set():
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.raw[name]), timeout=20) as c:
                    for _ in range(random.randrange(1, 40)):
                        c.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                        if not c.recv(4096) or done.wait(0.1):
                            break
        all_clients = [threading.Thread(target=client, daemon=True) for _ in range(threads)]
        all_clients += [threading.Thread(target=raw_client, args=(name,), daemon=True) for name in self.raw if name != "mq" for _ in range(threads)]
        for c in all_clients:
            c.start()
        try:
            yield
        finally:
            done.set()
            for c in all_clients:
                c.join()

    def close(self):
        for p in (self.waggle, self.engine):
            p.terminate()
            p.wait(20)
        self.engine.stdout.close()
        for s in self.servers:
            s.shutdown()
            s.server_close()
        self.dir.cleanup()
