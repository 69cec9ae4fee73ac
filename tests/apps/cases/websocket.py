"""python3-websockets on both sides: short conversations while servers change, a long one while they do not."""
import os

from bench import PYTHON, SITE, Operation, client
from case import Case


class App(Case):
    name = "websockets"

    def command(self, instance):
        return [PYTHON, os.path.join(SITE, "ws_server.py"), str(instance.port)], {}

    def operations(self):
        return [Operation("short conversations", lambda url, n: client("ws_client.py", url, 16)),
                Operation("a long conversation", lambda url, n: client("ws_client.py", url, 400), session=True)]
