"""A swarm of any size for fake_engine.py, kept as rendered bytes: what is measured is the client, not json.dumps.

fake_engine.py --swarm 10000x10: services app-0 ... app-9999 with ten tasks each. Entries have the fields and the size that
an Engine of API 1.41 sends for a service of a stack (about 2 KB each). See fake_engine.py for the control commands.
"""
import json
import random
import threading

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
NOW = "2026-11-21T12:00:00.123456789Z"


def compact(obj):
    return json.dumps(obj, separators=(",", ":")).encode()


class BigSwarm:
    """Thread: any (one lock). Services per network: 250, so that a /20 holds their tasks."""

    def __init__(self, services, tasks, labels=None, loopback_port=None, seed=1):
        self.lock = threading.Lock()
        self.rng = random.Random(seed)
        self.count, self.tasks_each = services, tasks
        self.labels = labels or {}
        self.own_labels = {}  # by service
        self.loopback_port = loopback_port
        self.index = 1000
        self.node_ids = [self.new_id() for _ in range(50)]
        self.networks = [{"Id": self.new_id(), "Name": "stack%d_default" % n, "Scope": "swarm", "Driver": "overlay",
                          "Ingress": False} for n in range((services + 249) // 250)]
        self.ids = [self.new_id() for _ in range(services)]
        self.by_id = {id_: i for i, id_ in enumerate(self.ids)}
        self.by_name = {"app-%d" % i: i for i in range(services)}
        self.task_ids = [[self.new_id() for _ in range(tasks)] for _ in range(services)]
        self.services = [self.render_service(i) for i in range(services)]
        self.tasks = [self.render_tasks(i) for i in range(services)]
        self.whole = {}
        self.answer("/services", {})
        self.answer("/tasks", {"desired-state": ["running"]})

    def new_id(self):
        return "".join(self.rng.choices(ALPHABET, k=25))

    def address(self, i, j):
        if self.loopback_port:  # reachable: every address of 127.0.0.0/8 leads to the test's own servers
            n = (i * self.tasks_each + j) % 60000
            return "127.%d.%d.%d/8" % (1 + (i * self.tasks_each + j) // 60000, n // 250, 1 + n % 250), "127.0.0.0/8"
        host = (i % 250) * self.tasks_each + j + 10
        net = i // 250
        return "10.%d.%d.%d/16" % (net, host // 250, 1 + host % 250), "10.%d.0.0/16" % net

    def render_service(self, i):
        self.index += 1
        net = self.networks[i // 250]["Id"]
        labels = {"com.docker.stack.image": "registry.example.com/shop/app:1.4.2",
                  "com.docker.stack.namespace": "stack%d" % (i // 250),
                  "traefik.docker.network": self.networks[i // 250]["Name"], "traefik.port": str(self.loopback_port or 8080),
                  "traefik.frontend.rule": "Host:app-%d.example.com" % i,
                  "traefik.backend.loadbalancer.stickiness": "true"}
        labels.update(self.labels)
        labels.update(self.own_labels.get(i, {}))
        template = {"ContainerSpec": {"Image": "registry.example.com/shop/app:1.4.2@sha256:" + "0123456789abcdef" * 4,
                                      "Labels": {"com.docker.stack.namespace": "stack%d" % (i // 250)},
                                      "Env": ["DATABASE_URL=postgres://db.internal:5432/app", "LOG_LEVEL=info"],
                                      "Init": False, "StopGracePeriod": 10000000000, "DNSConfig": {}, "Isolation": "default"},
                    "Resources": {"Limits": {"MemoryBytes": 268435456}, "Reservations": {}},
                    "RestartPolicy": {"Condition": "any", "Delay": 5000000000, "MaxAttempts": 0},
                    "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
                    "Networks": [{"Target": net, "Aliases": ["app-%d" % i]}], "ForceUpdate": 0, "Runtime": "container"}
        spec = {"Name": "app-%d" % i, "Labels": labels, "TaskTemplate": template,
                "Mode": {"Replicated": {"Replicas": self.tasks_each}},
                "UpdateConfig": {"Parallelism": 1, "FailureAction": "pause", "Monitor": 5000000000, "MaxFailureRatio": 0, "Order": "stop-first"},
                "EndpointSpec": {"Mode": "vip"}}
        return compact({"ID": self.ids[i], "Version": {"Index": self.index}, "CreatedAt": NOW, "UpdatedAt": NOW, "Spec": spec,
                        "PreviousSpec": spec,
                        "Endpoint": {"Spec": {"Mode": "vip"}, "VirtualIPs": [{"NetworkID": net, "Addr": "10.%d.0.3/16" % (i // 250)}]}})

    def render_task(self, i, j):
        net = self.networks[i // 250]
        address, subnet = self.address(i, j)
        return compact({
            "ID": self.task_ids[i][j], "Version": {"Index": self.index}, "CreatedAt": NOW, "UpdatedAt": NOW, "Labels": {},
            "Spec": {"ContainerSpec": {"Image": "registry.example.com/shop/app:1.4.2@sha256:" + "0123456789abcdef" * 4,
                                       "Labels": {"com.docker.stack.namespace": "stack%d" % (i // 250)},
                                       "Env": ["DATABASE_URL=postgres://db.internal:5432/app", "LOG_LEVEL=info"],
                                       "Init": False, "StopGracePeriod": 10000000000, "DNSConfig": {}, "Isolation": "default"},
                     "Resources": {"Limits": {"MemoryBytes": 268435456}, "Reservations": {}},
                     "RestartPolicy": {"Condition": "any", "Delay": 5000000000, "MaxAttempts": 0},
                     "Placement": {"Platforms": [{"Architecture": "amd64", "OS": "linux"}]},
                     "Networks": [{"Target": net["Id"], "Aliases": ["app-%d" % i]}], "ForceUpdate": 0},
            "ServiceID": self.ids[i], "Slot": j + 1, "NodeID": self.node_ids[(i + j) % len(self.node_ids)],
            "Status": {"Timestamp": NOW, "State": "running", "Message": "started",
                       "ContainerStatus": {"ContainerID": "%064x" % (i * 1000 + j), "PID": 4000 + j, "ExitCode": 0}, "PortStatus": {}},
            "DesiredState": "running",
            "NetworksAttachments": [{
                "Network": {"ID": net["Id"], "Version": {"Index": 11}, "CreatedAt": NOW, "UpdatedAt": NOW,
                            "Spec": {"Name": net["Name"], "Labels": {"com.docker.stack.namespace": "stack%d" % (i // 250)},
                                     "DriverConfiguration": {"Name": "overlay"}, "Scope": "swarm"},
                            "DriverState": {"Name": "overlay", "Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097"}},
                            "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": [{"Subnet": subnet, "Gateway": "10.0.0.1"}]}},
                "Addresses": [address]}]})

    def render_tasks(self, i):
        return [self.render_task(i, j) for j in range(len(self.task_ids[i]))]

    def change(self, i, labels=None):
        """One task of service i is replaced, as an update does it; or only its labels become others. Returns the event."""
        with self.lock:
            if labels is not None:
                self.own_labels[i] = labels
            else:
                self.task_ids[i][0] = self.new_id()
                self.tasks[i] = self.render_tasks(i)
            self.services[i] = self.render_service(i)
            self.whole.clear()
        return {"Type": "service", "Action": "update", "scope": "swarm",
                "Actor": {"ID": self.ids[i], "Attributes": {"name": "app-%d" % i}}}

    def chosen(self, wanted):
        """Indices of services by id or name, as the Engine's filters take them."""
        out = []
        for w in wanted:
            i = self.by_id.get(w, self.by_name.get(w))
            if i is not None:
                out.append(i)
        return sorted(set(out))

    def answer(self, path, flt):
        """Bytes of GET /services, /tasks or /networks; None for what is not ours."""
        with self.lock:
            limited = flt.get("service" if path == "/tasks" else "id")
            if path == "/networks":
                return compact(self.networks)
            if path not in ("/services", "/tasks"):
                return None
            if limited is None and path in self.whole:
                return self.whole[path]
            some = range(self.count) if limited is None else self.chosen(limited)
            parts = [self.services[i] for i in some] if path == "/services" else [t for i in some for t in self.tasks[i]]
            body = b"[" + b",".join(parts) + b"]\n"
            if limited is None:
                self.whole[path] = body
            return body
