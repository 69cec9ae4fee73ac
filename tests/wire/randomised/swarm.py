"""The services of the run, as Docker would list them, with tasks that come and go; and two services of the file provider."""
import json
import os
import socket
from http.client import HTTPConnection

STAMP = "2018-11-25T13:17:00.000000000Z"
NETWORK = {"ID": "net1random", "Name": "edge", "Driver": "overlay", "Scope": "swarm", "Ingress": False}
TASKS = ["127.77.0.%d" % n for n in range(1, 9)]
NOWHERE = ["127.77.0.%d" % n for n in range(9, 12)]  # nobody listens there
PAGES, AUTH = "127.77.1.1", "127.77.2.1"
SLOTS = 3
SECRET = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"  # of "secret", at the least cost

ERRORS = {"frontend.errors.e.status": "500-599,404,401,429", "frontend.errors.e.backend": "pages", "frontend.errors.e.query": "/{status}.html"}
BREAKER = {"backend.circuitbreaker.expression": "NetworkErrorRatio() > 0.9"}
MAX_CONN = {"backend.maxconn.amount": "12", "backend.maxconn.extractorfunc": "client.ip"}
RATE = {"frontend.rateLimit.extractorFunc": "request.header.X-Client", "frontend.rateLimit.rateSet.a.period": "1s",
        "frontend.rateLimit.rateSet.a.average": "200", "frontend.rateLimit.rateSet.a.burst": "300"}
BUFFER = {"backend.buffering.maxRequestBodyBytes": "200000", "backend.buffering.memRequestBodyBytes": "65536",
          "backend.buffering.maxResponseBodyBytes": "250000", "backend.buffering.memResponseBodyBytes": "65536",
          "backend.buffering.retryExpression": "IsNetworkError() && Attempts() <= 3"}


def sticky(rng):
    return {"backend.loadbalancer.stickiness": "true", "backend.loadbalancer.stickiness.cookieName": "SRV",
            "waggle.backend.loadbalancer.stickiness.value": rng.choice(["url", "opaque"])}


def check(interval):
    return {"backend.healthcheck.path": "/health", "backend.healthcheck.interval": interval}


class Swarm:
    def __init__(self, rng, port):
        """@param port  where all tasks listen, each at its own address."""
        self.rng, self.port = rng, port
        self.tasks, self.made, self.version = {}, 0, 10
        self.basic = {"frontend.auth.basic.users": "ann:" + SECRET, "frontend.auth.headerField": "X-User"}
        self.digest = {"frontend.auth.digest.users": "ann:r:0123456789abcdef0123456789abcdef"}
        self.forward = {"frontend.auth.forward.address": "http://%s:%d/a" % (AUTH, port), "frontend.auth.forward.authResponseHeaders": "X-Auth-Id"}
        self.labels = self.services()

    def services(self):
        """name → labels without prefix. Those that begin with waggle. are waggle's own."""
        rng = self.rng
        hold = lambda low, high: {"waggle.backend.hold": "%dms" % rng.randint(low, high)}
        out = {
            "plain": {},
            "sticky": {**sticky(rng), **hold(200, 1000), **ERRORS, "waggle.backend.slowStart": "2s"},
            "buffered": {**sticky(rng), **hold(300, 900), **BUFFER},
            "again": {"backend.buffering.maxRequestBodyBytes": "400000", **ERRORS, **BREAKER,
                      "backend.buffering.retryExpression": "ResponseCode() == 503 && Attempts() <= 2"},
            "auth": {**self.basic, **MAX_CONN, **ERRORS},
            "digest": {**self.digest, **ERRORS, **sticky(rng)},
            "forward": {**self.forward, **sticky(rng), **hold(100, 600), **ERRORS},
            "all": {**self.basic, **RATE, **ERRORS, **sticky(rng), **hold(100, 500), **BUFFER, **BREAKER, **MAX_CONN, **check("1s"),
                    "frontend.headers.customResponseHeaders": "X-Added:z||Server:", "frontend.whiteList.sourceRange": "127.0.0.0/8"},
            "drr": {"backend.loadbalancer.method": "drr", **BREAKER, **RATE, **check("1s"), "frontend.headers.customRequestHeaders": "X-Add:y",
                    "frontend.headers.customResponseHeaders": "X-Added:z", "waggle.backend.slowStart": "1s"},
            "strip": {"frontend.rule": "Host:strip;PathPrefixStrip:/f", "frontend.passHostHeader": "false", **sticky(rng)},
            "white": {"frontend.whiteList.sourceRange": "127.0.0.0/30", **ERRORS},
            "redirect": {"frontend.redirect.regex": "^http://redirect/f/([0-9a-f]{8}).*", "frontend.redirect.replacement": "http://redirect/else/$1"},
            "waits": {**sticky(rng), **hold(100, 400), **ERRORS},
            "pages": {},
        }
        for _ in range(rng.randint(0, 3)):  # services that come and go
            out["x%d" % rng.randint(0, 9)] = rng.choice([{}, sticky(rng), hold(100, 500), {**RATE, **ERRORS}])
        return out

    def change(self):
        """Some tasks go, some come, as Swarm replaces them start-first and stop-first. At most one of a service at an address."""
        rng = self.rng
        self.version += 1
        if self.version % 4 == 0:  # most changes are of tasks alone
            self.labels = self.services()
        for name in self.labels:
            tasks = self.tasks.setdefault(name, [])
            if name == "pages":
                self.tasks[name] = [("pages1", 1, PAGES)]
                continue
            tasks[:] = [t for t in tasks if rng.random() > (.25 if name != "waits" else .6)]
            for slot in range(1, SLOTS + 1):
                if rng.random() < .33 or (name == "waits" and rng.random() < .8):
                    continue
                where = rng.choice(NOWHERE) if rng.random() < .1 else rng.choice(TASKS)
                if not any(t[2] == where or (t[1] == slot and rng.random() < .75) for t in tasks):
                    self.made += 1
                    tasks.append(("%s%06dtask" % (name, self.made), slot, where))

    def state(self):
        """What the fake Engine is to say."""
        services, tasks = [], []
        for name, labels in self.labels.items():
            named = {"frontend.rule": "Host:" + name, "port": str(self.port), "docker.network": "edge", "frontend.entryPoints": "http,zip", **labels}
            named = {k if k.startswith("waggle.") else "traefik." + k: v for k, v in named.items()}
            services.append({
                "ID": "service-" + name, "Version": {"Index": self.version}, "CreatedAt": STAMP, "UpdatedAt": STAMP,
                "Spec": {"Name": name, "Labels": named, "Mode": {"Replicated": {"Replicas": 1 if name == "pages" else SLOTS}},
                         "EndpointSpec": {"Mode": "vip"}, "TaskTemplate": {"Networks": [{"Target": NETWORK["ID"]}]}},
                "Endpoint": {"Spec": {"Mode": "vip"}, "VirtualIPs": [{"NetworkID": NETWORK["ID"], "Addr": "127.78.0.1/8"}]}})
            tasks += [self.task(name, *t) for t in self.tasks.get(name, [])]
        return {"services": services, "tasks": tasks, "networks": [NETWORK]}

    def task(self, service, id_, slot, address):
        network = {"ID": NETWORK["ID"], "Version": {"Index": 1}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Spec": {"Name": "edge", "Scope": "swarm"},
                   "DriverState": {"Name": "overlay"}}
        return {"ID": id_, "Version": {"Index": 3}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Spec": {}, "ServiceID": "service-" + service, "Slot": slot,
                "NodeID": "node%d" % (slot % 2), "DesiredState": "running", "Status": {"Timestamp": STAMP, "State": "running"},
                "NetworksAttachments": [{"Network": network, "Addresses": [address + "/8"]}]}

    def file(self):
        """The routes file: two services with other servers each time."""
        out = []
        for name, more in (("file1", ""), ("file2", "[backends.file2.loadBalancer.stickiness]\ncookieName = \"SRV\"\n")):
            for k, address in enumerate(self.rng.sample(TASKS, self.rng.randint(2, 5))):
                out.append('[backends.%s.servers.s%d]\nurl = "http://%s:%d"\nweight = %d\n' % (name, k, address, self.port, self.rng.randint(1, 3)))
            out.append(more + '[frontends.%s]\nbackend = "%s"\npassHostHeader = true\nentryPoints = ["http", "zip"]\n'
                       '[frontends.%s.routes.r]\nrule = "Host:%s"\n' % (name, name, name, name))
        return "".join(out)


class Publisher:
    """Puts the swarm's state to the fake Engine, and writes the routes file, by rename."""
    def __init__(self, swarm, engine, routes):
        self.swarm, self.engine, self.routes = swarm, engine, routes
        swarm.change()

    def write(self):
        with open(self.routes + ".new", "w", encoding="utf-8") as f:
            f.write(self.swarm.file())
        os.replace(self.routes + ".new", self.routes)
        return self.swarm.state()

    def put(self):
        """One change of both. Blocks for a moment: call it off the event loop."""
        self.swarm.change()
        c = Unix(self.engine)
        c.request("PUT", "/_control/state", json.dumps(self.write()), {"Content-Type": "application/json"})
        if c.getresponse().status != 200:
            raise RuntimeError("the fake Engine refuses its state")
        c.close()


class Unix(HTTPConnection):
    def __init__(self, path):
        super().__init__("engine", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)
