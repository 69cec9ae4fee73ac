"""PostgreSQL with passwords (SCRAM), by psycopg2."""
import glob
import os
import shutil
import signal
import subprocess

from bench import run
from layer4_case import Layer4Case, give_to

PROGRAMS = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")


class App(Layer4Case):
    name, protocol = "postgresql", "postgres"
    stop_signal = signal.SIGINT  # as its image on Docker Hub says: sessions are ended
    options = ()

    def prepare(self):
        self.template = self.folder + "/template"
        with open(self.folder + "/password", "w", encoding="utf-8") as f:
            f.write("honey")
        os.mkdir(self.template)
        give_to("postgres", self.template)
        os.chmod(self.folder + "/password", 0o644)
        run([*self.as_user(), PROGRAMS + "/initdb", "--no-sync", "-U", "waggle", "--auth=scram-sha-256", "--pwfile=" + self.folder + "/password", "-D", self.template],
            cwd="/")

    @staticmethod
    def as_user():
        """The server refuses to be root."""
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []

    def command(self, instance):
        data = instance.folder + "/data"
        shutil.copytree(self.template, data)
        self.equip(instance, data)
        os.chmod(data, 0o700)
        give_to("postgres", data)
        os.chmod(instance.folder, 0o755)
        words = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", *self.options)
        return [*self.as_user(), PROGRAMS + "/postgres", "-D", data, "-p", str(instance.port), *(x for w in words for x in ("-c", w))], {}

    def equip(self, instance, data):
        """Further files."""

    def is_ready(self, instance):
        return subprocess.run([PROGRAMS + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(instance.port)], check=False).returncode == 0
