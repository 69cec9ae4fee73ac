"""Node's http server, and Node's fetch as the client."""
import os

from bench import SITE, Operation, client
from case import Case


class App(Case):
    name = "node"

    def command(self, instance):
        return ["node", os.path.join(SITE, "node_server.js"), str(instance.port)], {}

    def operations(self):
        return [Operation("fetch reads", lambda url, n: client("node_client.js", url, "read"), safe=True),
                Operation("fetch writes", lambda url, n: client("node_client.js", url, "write"))]
