"""OpenSSH, where the server speaks first: kept sessions are shells. As in a container, a session dies with the server."""
import os

from bench import run
from layer4_case import Layer4Case

CONFIG = """Port %(port)d
ListenAddress 127.0.0.1
HostKey %(folder)s/host
AuthorizedKeysFile %(folder)s/client.pub
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
UsePAM no
MaxStartups 100
PidFile none
"""
SEPARATION = "/run/sshd"  # built in; without it the server does not start as root


class App(Layer4Case):
    name, protocol, newcomers = "sshd", "ssh", 6  # each takes a while, with waggle or without
    made = False

    def prepare(self):
        for key in ("host", "client"):
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder + "/" + key])
        with open(self.folder + "/host.pub", encoding="utf-8") as key, open(self.folder + "/known_hosts", "w", encoding="utf-8") as f:
            f.write("app " + key.read())
        if os.geteuid() == 0 and not os.path.exists(SEPARATION):
            os.mkdir(SEPARATION, 0o755)
            self.made = True

    def command(self, instance):
        with open(instance.folder + "/config", "w", encoding="utf-8") as f:
            f.write(CONFIG % {"port": instance.port, "folder": self.folder})
        return ["/usr/sbin/sshd", "-D", "-e", "-f", instance.folder + "/config"], {}

    def greets(self, sock):
        return sock.recv(100).startswith(b"SSH-2.0-")

    def finish(self):
        if self.made:
            os.rmdir(SEPARATION)
