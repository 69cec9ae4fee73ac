"""Sessions with real servers below HTTP, by real client libraries: open one, do a piece of work in it and check the answer, close it.

`who` of a session is the server that it is with. What goes wrong is raised, whatever it is. Nothing waits longer than PATIENCE.
"""
import contextlib
import os
import select
import socket
import ssl
import subprocess
import time

PATIENCE = 5


class Wrong(Exception):
    """An answer that is none to the question."""


def same(got, want):
    if got != want:
        raise Wrong("%r, wanted %r" % (got, want))


class Redis:
    def __init__(self, address, port, folder, name):
        import redis
        self.name = name
        self.client = redis.Redis(address, port, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, single_connection_client=True)
        self.who = self.client.config_get("port")["port"]

    def work(self, number):
        self.client.set(self.name, number)
        same(self.client.get(self.name), b"%d" % number)

    def close(self):
        self.client.close()


class Sql:
    """A client with a connection and cursors (PEP 249)."""
    def ask(self, query, *values):
        with self.connection.cursor() as c:
            c.execute(query, values)
            return c.fetchone()[0]

    def work(self, number):
        same(self.ask("select %s * 2", number), number * 2)

    def close(self):
        self.connection.close()


class Postgres(Sql):
    def __init__(self, address, port, folder, name):
        import psycopg2
        self.connection = psycopg2.connect(hostaddr=address, port=port, user="waggle", password="honey", dbname="postgres", connect_timeout=PATIENCE,
                                           options="-c statement_timeout=%ds" % PATIENCE, **self.more(folder))
        self.connection.autocommit = True
        self.who = self.ask("select inet_server_port()::text")

    def more(self, folder):
        return {"host": "localhost", "sslmode": "disable"}


class PostgresTls(Postgres):
    """SSLRequest, then TLS with the name, which is verified."""
    def more(self, folder):
        return {"host": "db.test", "sslmode": "verify-full", "sslrootcert": folder + "/ca.crt"}


class Mariadb(Sql):
    def __init__(self, address, port, folder, name):
        import pymysql
        self.connection = pymysql.connect(host=address, port=port, user="waggle", password="honey", connect_timeout=PATIENCE, read_timeout=PATIENCE,
                                          write_timeout=PATIENCE)
        self.who = str(self.ask("select @@port"))

    def close(self):
        with contextlib.suppress(Exception):  # it says goodbye, to a server that may be gone
            self.connection.close()


class Ssh:
    """A shell at the other end that repeats lines."""
    def __init__(self, address, port, folder, name):
        options = {"IdentityFile": folder + "/client", "UserKnownHostsFile": folder + "/known_hosts", "StrictHostKeyChecking": "yes", "HostKeyAlias": "app",
                   "IdentitiesOnly": "yes", "BatchMode": "yes", "ConnectTimeout": str(PATIENCE), "LogLevel": "ERROR", "ServerAliveInterval": "0"}
        words = [x for k, v in options.items() for x in ("-o", "%s=%s" % (k, v))]
        self.log = open(os.path.join(folder, name + ".ssh"), "w+b")
        self.process = subprocess.Popen(["ssh", "-F", "none", *words, "-p", str(port), address, 'echo $SSH_CONNECTION; exec cat'], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, bufsize=0)
        self.buffer = b""
        try:
            self.who = self.line().split()[3]
        except BaseException:
            self.close()
            raise

    def line(self):
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.buffer:
            if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("silent for %d s" % PATIENCE)
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                self.log.seek(0)
                raise ConnectionError("ssh has ended: " + self.log.read().decode(errors="replace").strip())
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def work(self, number):
        self.process.stdin.write(b"%d\n" % number)
        same(self.line(), str(number))

    def close(self):
        self.process.kill()
        self.process.wait()
        for f in (self.process.stdin, self.process.stdout, self.log):
            f.close()


class Mqtt:
    """Subscribes to a topic of its own, and hears what it publishes. The retained topic `who` tells the broker."""
    def __init__(self, address, port, folder, name):
        import paho.mqtt.client as mqtt
        self.name, self.heard, self.granted, self.refused, self.who = name, [], 0, None, None
        self.client = mqtt.Client(client_id=name)
        self.client.on_message = lambda _c, _u, m: self.heard.append((m.topic, m.payload))
        self.client.on_subscribe = lambda *_: setattr(self, "granted", self.granted + 1)
        self.client.on_connect = lambda _c, _u, _f, code: setattr(self, "refused", code)
        self.client.connect(address, port, keepalive=3600)
        self.until(lambda: self.refused is not None)
        same(self.refused, 0)
        self.client.subscribe([("who", 1), (name, 1)])
        self.until(lambda: self.granted and self.heard)
        topic, self.who = self.heard.pop()
        same(topic, "who")
        self.who = self.who.decode()

    def until(self, holds):
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("silent for %d s" % PATIENCE)
            code = self.client.loop(timeout=0.1)
            if code:
                raise ConnectionError("paho: error %d" % code)

    def listen(self):
        """Nothing is said; notices when the broker ends it."""
        code = self.client.loop(timeout=0.01)
        if code:
            raise ConnectionError("paho: error %d" % code)

    def work(self, number):
        self.client.publish(self.name, b"%d" % number, qos=1)
        self.until(lambda: self.heard)
        same(self.heard.pop(), (self.name, b"%d" % number))

    def close(self):
        with contextlib.suppress(Exception):
            self.client.disconnect()


class TlsNames:
    """openssl s_server -rev says each line backwards. It serves one at a time, so a session is one piece of work. Clients ask two names in turn."""
    def __init__(self, address, port, folder, name):
        context = ssl.create_default_context(cafile=folder + "/ca.crt")
        wanted = ("one.test", "two.test")[int(name.rpartition("-")[2]) % 2]
        plain = socket.create_connection((address, port), PATIENCE)
        try:
            self.socket = context.wrap_socket(plain, server_hostname=wanted)
        except BaseException:
            plain.close()
            raise
        subject = {k: v for part in self.socket.getpeercert()["subject"] for k, v in part}
        self.who = subject["organizationalUnitName"]
        same(subject["commonName"], wanted)

    def work(self, number):
        self.socket.sendall(b"%d\n" % number)
        got = b""
        while not got.endswith(b"\n"):
            part = self.socket.recv(100)
            if not part:
                raise ConnectionError("the server has ended")
            got += part
        same(got, str(number)[::-1].encode() + b"\n")

    def close(self):
        self.socket.close()


PROTOCOLS = {"redis": Redis, "postgres": Postgres, "postgres-tls": PostgresTls, "mariadb": Mariadb, "ssh": Ssh, "mqtt": Mqtt, "tls-names": TlsNames}
