"""MariaDB, where the server speaks first, by PyMySQL."""
import os
import shutil

from bench import run
from layer4_case import Layer4Case


class App(Layer4Case):
    name, protocol = "mariadb", "mariadb"
    small = ("--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M")

    def prepare(self):
        self.template, self.users = self.folder + "/template", self.folder + "/users.sql"
        with open(self.users, "w", encoding="utf-8") as f:
            f.write("create user if not exists waggle@'%' identified by 'honey';\n")
        run(["mariadb-install-db", "--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal", "--datadir=" + self.template, *self.as_root(), *self.small])

    @staticmethod
    def as_root():
        return ["--user=root"] if os.geteuid() == 0 else []

    def command(self, instance):
        data = instance.folder + "/data"
        shutil.copytree(self.template, data)
        return ["mariadbd", "--no-defaults", "--datadir=" + data, "--bind-address=127.0.0.1", "--port=%d" % instance.port, "--socket=" + instance.folder + "/socket",
                "--init-file=" + self.users, "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", *self.as_root(), *self.small], {}

    def greets(self, sock):
        return sock.recv(100)[4:5] == b"\x0a"  # the version of its protocol
