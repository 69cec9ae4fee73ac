"""A small shop as the Engine would tell it: twelve services on three nodes, two of them broken, with servers that really answer."""
import http.server
import json
import random
import socketserver
import threading
import time

STAMP = "2018-11-25T13:17:00.000000000Z"
NETWORK = {"ID": "net1shopnet", "Name": "shop_net", "Driver": "overlay", "Scope": "swarm", "Ingress": False}
NODES = ["k2v9x7q2m4c1", "p7r3k3v9a1d8", "z4t1m8c4d6w2"]
NAMES = ["manager-1", "worker-1", "worker-2"]


def nodes():
    return [{"ID": i, "Version": {"Index": 1}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Description": {"Hostname": n}} for i, n in zip(NODES, NAMES)]


def task(service, slot, address, state="running", node=None):
    name = "%s%02dq%sz7" % (service[-8:].replace("_", ""), slot, format(abs(hash((service, slot))) % 0xFFFFFF, "06x"))
    network = {"ID": NETWORK["ID"], "Version": {"Index": 1}, "CreatedAt": STAMP, "UpdatedAt": STAMP,
               "Spec": {"Name": NETWORK["Name"], "Scope": "swarm"}, "DriverState": {"Name": "overlay"}}
    return {"ID": name, "Version": {"Index": 3}, "CreatedAt": STAMP, "UpdatedAt": STAMP, "Spec": {}, "ServiceID": "id_" + service, "Slot": slot,
            "NodeID": node or NODES[(slot + len(service)) % 3], "DesiredState": "running", "Status": {"Timestamp": STAMP, "State": state},
            "NetworksAttachments": [{"Network": network, "Addresses": [address + "/8"]}]}


def service(name, labels, replicas):
    return {"ID": "id_" + name, "Version": {"Index": 2}, "CreatedAt": STAMP, "UpdatedAt": STAMP,
            "Spec": {"Name": name, "Labels": labels, "Mode": {"Replicated": {"Replicas": replicas}}, "EndpointSpec": {"Mode": "vip"},
                     "TaskTemplate": {"Networks": [{"Target": NETWORK["ID"]}]}},
            "Endpoint": {"Spec": {"Mode": "vip"}, "VirtualIPs": [{"NetworkID": NETWORK["ID"], "Addr": "127.1.0.1/8"}]}}


def address(service_number, slot):
    return "127.60.%d.%d" % (service_number, slot + 1)


def shop(port, hostile=False, layer4=False):
    """The state, and the addresses that must answer."""
    services, tasks, addresses = [], [], []

    def add(name, rule, replicas, sticky=False, extra=None, state="running"):
        labels = {"traefik.port": str(port), "traefik.docker.network": "shop_net"}
        if rule:
            labels["traefik.frontend.rule"] = rule
        if sticky:
            labels["traefik.backend.loadbalancer.stickiness"] = "true"
        labels.update(extra or {})
        labels = {k: v for k, v in labels.items() if v is not None}
        services.append(service(name, labels, replicas))
        for slot in range(1, replicas + 1):
            where = address(len(services), slot)
            tasks.append(task(name, slot, where, state))
            addresses.append(where)
    add("shop_web", "Host:shop.example.com", 4, True)
    add("shop_api", "Host:shop.example.com;PathPrefixStrip:/api", 3)
    add("shop_cart", "Host:shop.example.com;PathPrefix:/cart", 3, True)
    add("shop_search", "Host:search.example.com", 2)
    add("blog_web", "Host:blog.example.com,www.blog.example.com", 2)
    add("blog_images", "Host:img.blog.example.com", 2)
    add("intranet_wiki", "Host:wiki.intra.example.com", 1, True, {"traefik.frontend.whiteList.sourceRange": "127.0.0.0/8,10.0.0.0/8"})
    add("intranet_chat", "Host:chat.intra.example.com", 2, True)
    add("status_page", "Host:status.example.com", 1)
    add("shop_postgres", None, 1, extra={"traefik.enable": "false", "traefik.port": None})
    add("billing_web", "Host(`billing.example.com`)", 2)
    add("reports_web", "Host:reports.example.com", 2, extra={"traefik.port": None, "traefik.backend.loadbalanser.stickiness": "true"})
    if hostile:
        add("evil", "Host:<img src=x onerror=alert(1)>", 1, extra={"traefik.<img src=x onerror=alert(1)>": "</script><script>alert(2)</script>"})
    if layer4:
        add("shop_db", None, 3, extra={"traefik.port": None, "waggle.tcp.port": str(port), "waggle.tcp.entryPoint": "db", "waggle.tcp.persistence": "300s"})
        add("shop_mq", None, 2, extra={"traefik.port": None, "waggle.tcp.port": str(port), "waggle.tcp.entryPoint": "mq", "waggle.tcp.sni": "mq.example.com,*.mq.example.com"})
        add("status_api", "Host:api.status.example.com", 2, extra={"waggle.tcp.port": str(port), "waggle.tcp.entryPoint": "raw", "waggle.tcp.scheduler": "rr"})
    return {"services": services, "networks": [NETWORK], "tasks": tasks, "nodes": nodes()}, addresses


def many(count, port, replaced=0):
    """@param replaced  so many services have new tasks."""
    services, tasks = [], []
    for i in range(count):
        name = "app%04d_web" % i
        services.append(service(name, {"traefik.port": str(port), "traefik.docker.network": "shop_net", "traefik.frontend.rule": "Host:app%d.example.com" % i}, 2))
        for slot in (1, 2):
            one = task(name, slot, "127.%d.%d.%d" % (70 + slot, i // 250, i % 250 + 1))
            if i < replaced:
                one["ID"] += "n%d" % replaced
                one["Version"]["Index"] += replaced
            tasks.append(one)
    return {"services": services, "networks": [NETWORK], "tasks": tasks, "nodes": nodes()}


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        pause, bad = self.server.temper
        time.sleep(random.random() * pause)
        status = 500 if random.random() < bad else 200
        body = b"hello from " + self.server.server_address[0].encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def handle_error(self, request, client_address):
        pass


def serve(addresses, port, temper):
    """@param temper  function address → (longest pause, share of errors). @return what to shut down."""
    out = []
    for a in addresses:
        s = Server((a, port), Answer)
        s.temper = temper(a)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        out.append(s)
    return out


def write(state, name):
    with open(name, "w", encoding="utf-8") as f:
        json.dump(state, f)
