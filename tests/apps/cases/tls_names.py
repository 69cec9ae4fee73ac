"""Two services on one entry point, told apart by the name in the ClientHello: `openssl s_server`, each with a certificate of its own name."""
import subprocess

from bench import Failed
from layer4_case import ROUTER, SERVER, SERVICE, Layer4Case, make_authority, make_certificate

NAMES = ("one.test", "two.test")


class App(Layer4Case):
    name, protocol = "openssl s_server", "tls-names"
    kept, fresh, spare = 0, 2, False  # it serves one connection after the other, and each name has one of it

    def prepare(self):
        make_authority(self.folder)

    def routes(self, served):
        out = ""
        for place, name in enumerate(NAMES):
            key = "place%d" % place
            out += ROUTER % (key, name, key) + "[tcp.routers.%s.tls]\npassthrough = true\n" % key + SERVICE % key
            out += "".join(SERVER % (key, i.port, weight) for i, weight in served if i.place == place)
        return out

    def command(self, instance):
        make_certificate(self.folder, instance.folder, NAMES[instance.place], instance.name)
        return ["openssl", "s_server", "-accept", "127.0.0.1:%d" % instance.port, "-cert", instance.folder + "/server.crt", "-key",
                instance.folder + "/server.key", "-rev"], {}

    def unknown(self, bench):
        p = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % bench.port, "-servername", "three.test"], stdin=subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=20, check=False)
        if p.returncode == 0 or "unrecognized name" not in p.stderr:
            raise Failed("openssl s_client with an unknown name ended with %d: %s" % (p.returncode, p.stderr))

    def extra(self):
        return [("an unknown name is told so", self.unknown)]
