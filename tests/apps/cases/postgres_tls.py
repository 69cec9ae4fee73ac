"""PostgreSQL with TLS that waggle does not end: routed by the name in the ClientHello, which comes behind PostgreSQL's own first message."""
import os
import subprocess

from bench import Failed, wanted
from cases import postgres
from layer4_case import make_authority, make_certificate


class App(postgres.App):
    name, protocol, name_asked = "postgresql with TLS by name", "postgres-tls", "db.test"
    options = ("ssl=on",)

    def prepare(self):
        super().prepare()
        make_authority(self.folder)

    def equip(self, instance, data):
        make_certificate(self.folder, data, "db.test", instance.name)
        os.chmod(data + "/server.key", 0o600)

    def psql(self, bench, host, mode):
        """@return how it ended, what it said"""
        text = "host=%s hostaddr=127.0.0.1 port=%d user=waggle dbname=postgres sslmode=%s connect_timeout=5" % (host, bench.port, mode)
        p = subprocess.run(["psql", "-X", "-A", "-t", "-c", "select 6 * 7", text], env={**os.environ, "PGPASSWORD": "honey"}, capture_output=True, text=True, check=False)
        return p.returncode, p.stdout.strip() if p.returncode == 0 else p.stderr

    def by_name(self, bench):
        wanted(self.psql(bench, "db.test", "require"), (0, "42"), "psql sslmode=require")

    def other_name(self, bench):
        code, text = self.psql(bench, "other.test", "require")
        if code != 2 or "unrecognized name" not in text:
            raise Failed("psql with another name ended with %d: %s" % (code, text))

    def no_name(self, bench):
        code, text = self.psql(bench, "db.test", "disable")
        if code != 2:
            raise Failed("psql without TLS ended with %d: %s" % (code, text))

    def extra(self):
        return [("psql sslmode=require", self.by_name), ("another name is told so", self.other_name), ("without TLS there is no name to route by", self.no_name)]
