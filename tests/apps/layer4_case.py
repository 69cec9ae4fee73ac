"""What every server below HTTP has; the modules in cases/ say what is different."""
import os
import shutil
import socket

import layer4
from bench import run
from case import Case

ROUTER = """[tcp.routers.%s]
rule = "HostSNI(`%s`)"
service = "%s"
"""
SERVICE = """[tcp.services.%s.loadBalancer]
scheduler = "rr"
"""
SERVER = """[[tcp.services.%s.loadBalancer.servers]]
address = "127.0.0.1:%d"
weight = %d
"""


class Layer4Case(Case):
    play = staticmethod(layer4.run_case)
    protocol = ""         # in site/session_protocols.py
    kept, idle, fresh = 4, 0, 2
    newcomers = 20        # so many show that nobody new comes to a server
    entry_point = "/tcp"
    name_asked = "*"      # by TLS clients; * for all connections
    spare = True          # while a server is dead, another one does its work

    def routes(self, served):
        """@param served  instances with their weights"""
        text = ROUTER % ("app", self.name_asked, "app") + ("" if self.name_asked == "*" else "[tcp.routers.app.tls]\npassthrough = true\n")
        return text + SERVICE % "app" + "".join(SERVER % ("app", i.port, weight) for i, weight in served)

    def is_ready(self, instance):
        """A connection is taken; what else a server needs until it answers is for the case."""
        try:
            with socket.create_connection(("127.0.0.1", instance.port), 1) as s:
                return self.greets(s)
        except OSError:
            return False

    def greets(self, sock):
        return True

    def extra(self):
        """@return (what, function of the bench that raises Failed)"""
        return []


def make_authority(folder):
    """folder/ca.crt and ca.key"""
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=authority", "-days", "2",
         "-keyout", folder + "/ca.key", "-out", folder + "/ca.crt"])


def make_certificate(authority, folder, name, unit):
    """folder/server.crt and server.key, for a host name; unit: who it is"""
    with open(folder + "/names", "w", encoding="utf-8") as f:
        f.write("subjectAltName=DNS:%s\n" % name)
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=%s/OU=%s" % (name, unit),
         "-keyout", folder + "/server.key", "-out", folder + "/server.csr"])
    run(["openssl", "x509", "-req", "-in", folder + "/server.csr", "-CA", authority + "/ca.crt", "-CAkey", authority + "/ca.key", "-CAcreateserial",
         "-days", "2", "-extfile", folder + "/names", "-out", folder + "/server.crt"])


def give_to(user, folder):
    """To a user that a server insists on running as; the way to it is opened, too."""
    if os.geteuid() == 0:
        for root, _, files in os.walk(folder):
            for name in [root, *(os.path.join(root, f) for f in files)]:
                shutil.chown(name, user, user)
        os.chmod(os.path.dirname(folder), 0o755)
