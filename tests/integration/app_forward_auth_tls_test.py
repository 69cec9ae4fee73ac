#!/usr/bin/env python3
"""The built program asks an auth server over TLS: who is trusted, and that nobody's hanging handshake holds up others.

    app_forward_auth_tls_test.py WAGGLE [unittest arguments]

Needs the Python 3 standard library and the openssl command; no Docker, no root.
"""
import http.client
import http.server
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))
from ports import free_port  # noqa: E402
from waits import PATIENCE, SCALE, wait_for  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True, timeout=PATIENCE)


class Certificates:
    """Two authorities, each with a certificate for "localhost" and 127.0.0.1; one for another name; one for a client."""

    def __init__(self, directory):
        self.dir = directory
        for authority in ("good", "other"):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + authority,
                    "-keyout", self[authority + ".key"], "-out", self[authority + ".pem"])
        self.sign("server", "good", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.sign("stranger", "other", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        self.sign("misnamed", "good", "subjectAltName=DNS:elsewhere.example")
        self.sign("client", "good", "extendedKeyUsage=clientAuth")

    def __getitem__(self, name):
        return os.path.join(self.dir, name)

    def sign(self, name, authority, extension):
        with open(self["ext"], "w", encoding="utf-8") as f:
            f.write(extension + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name,
                "-keyout", self[name + ".key"], "-out", self[name + ".csr"])
        openssl("x509", "-req", "-in", self[name + ".csr"], "-CA", self[authority + ".pem"], "-CAkey", self[authority + ".key"], "-CAcreateserial",
                "-days", "2", "-extfile", self["ext"], "-out", self[name + ".pem"])


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        body = ("app for %s" % self.headers["X-User"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Auth(App):
    """Lets /ok pass as "ann" and cuts the answer of /cut."""
    reused = 0

    def do_GET(self):
        Auth.reused += self.connection.session_reused
        cut = self.path == "/cut"
        body = b"x" * 10 if cut else b"no" if self.path == "/no" else b""
        self.send_response(403 if self.path == "/no" else 200)
        self.send_header("X-User", "ann")
        self.send_header("Connection", "close")
        if cut:
            self.end_headers()  # until the end: which a thief of bytes may bring about
            self.wfile.write(body)
            self.wfile.flush()
            with socket.socket(fileno=os.dup(self.connection.fileno())) as raw:
                raw.shutdown(socket.SHUT_RDWR)  # without close_notify
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class ForwardAuthOverTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.holder = tempfile.TemporaryDirectory()
        cls.certs = Certificates(cls.holder.name)

    @classmethod
    def tearDownClass(cls):
        cls.holder.cleanup()

    def setUp(self):
        Auth.reused = 0
        self.app = self.listen(App)
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def listen(self, handler, context=None):
        s = Quiet(("127.0.0.1", 0), handler)
        if context:
            s.socket = context.wrap_socket(s.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=s.serve_forever, daemon=True).start()
        self.addCleanup(s.server_close)
        self.addCleanup(s.shutdown)
        return s.server_address[1]

    def auth(self, certificate="server", client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certs[certificate + ".pem"], self.certs[certificate + ".key"])
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.certs[client_ca + ".pem"])
        return self.listen(Auth, context)

    def serve(self, **fronts):
        """Frontends by name, at PathPrefix:/NAME/, each with address and TLS members of its auth."""
        self.traffic = free_port()
        path = os.path.join(self.dir.name, "routes.toml")
        with open(path, "w", encoding="utf-8") as f:
            f.write('[backends.app.servers.one]\nurl = "http://127.0.0.1:%d"\n' % self.app)
            f.write('[frontends.open]\nbackend = "app"\nroutes.r.rule = "PathPrefixStrip:/open"\n')
            for name, (address, tls) in fronts.items():
                f.write('[frontends.%s]\nbackend = "app"\nroutes.r.rule = "PathPrefixStrip:/%s/"\n' % (name, name))
                f.write('[frontends.%s.auth.forward]\naddress = "%s"\nauthResponseHeaders = ["X-User"]\n' % (name, address))
                if tls:
                    f.write("[frontends.%s.auth.forward.tls]\n" % name + "".join('%s = %s\n' % kv for kv in tls.items()))
        self.log_path = os.path.join(self.dir.name, "log")
        log = open(self.log_path, "w", encoding="utf-8")
        self.addCleanup(log.close)
        program = subprocess.Popen([WAGGLE, "--file.filename=" + path, "--loglevel=DEBUG", "--workers=1",
                                    "--entryPoints=Name:http Address:127.0.0.1:%d" % self.traffic], stdout=log, stderr=log)

        def end():
            program.kill()
            program.wait()
        self.addCleanup(end)
        try:
            wait_for("the app", lambda: self.get("/open/")[0] == 200)
        except AssertionError:
            self.fail(self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8") as f:
            return f.read()

    def get(self, path, timeout=PATIENCE):
        c = http.client.HTTPConnection("127.0.0.1", self.traffic, timeout=timeout)
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read().decode()
        except OSError:
            return 0, ""
        finally:
            c.close()

    def path(self, name):
        return '"%s"' % self.certs[name]

    def test_who_is_trusted(self):
        good, other, wrong = self.auth(), self.auth("stranger"), self.auth("misnamed")
        ca = {"ca": self.path("good.pem")}
        blind = {"insecureSkipVerify": "true"}
        self.serve(name=("https://localhost:%d/ok" % good, ca), address=("https://127.0.0.1:%d/ok" % good, ca),
                   refused=("https://localhost:%d/no" % good, ca),
                   noca=("https://localhost:%d/ok" % good, None), other=("https://localhost:%d/ok" % other, ca),
                   wrong=("https://localhost:%d/ok" % wrong, ca), blind=("https://localhost:%d/ok" % other, blind))
        for name in ("name", "address", "blind"):
            for _ in range(2):
                self.assertEqual(self.get("/%s/" % name), (200, "app for ann"), name)
        self.assertEqual(self.get("/refused/"), (403, "no"))
        for name in ("noca", "other", "wrong"):
            self.assertEqual(self.get("/%s/" % name), (500, ""), name)
        self.assertIn("TLS handshake failed", self.log())
        self.assertGreaterEqual(Auth.reused, 2)  # the second time, sessions are taken up again

    def test_client_certificate(self):
        strict = self.auth(client_ca="good")
        ca = {"ca": self.path("good.pem")}
        ours = dict(ca, cert=self.path("client.pem"), key=self.path("client.key"))
        self.serve(with_it=("https://localhost:%d/ok" % strict, ours), without=("https://localhost:%d/ok" % strict, ca))
        self.assertEqual(self.get("/with_it/"), (200, "app for ann"))
        self.assertEqual(self.get("/without/"), (500, ""))

    def test_what_cannot_be_used_takes_the_frontend_away(self):
        address = "https://localhost:1/"
        self.serve(nofile=(address, {"ca": '"/nonexistent/ca.pem"'}), nopem=(address, {"ca": self.path("server.key")}),
                   half=(address, {"cert": self.path("client.pem")}), unlike=(address, {"cert": self.path("client.pem"), "key": self.path("good.key")}))
        for name in ("nofile", "nopem", "half", "unlike"):
            self.assertEqual(self.get("/%s/" % name)[0], 404, name)
        for reason in ("cannot read the CA '/nonexistent/ca.pem'", "the CA holds no certificate", "cert and key go together", "cannot be used together"):
            self.assertIn(reason, self.log())

    def test_an_answer_that_is_cut_lets_nobody_in(self):
        good = self.auth()
        self.serve(cut=("https://localhost:%d/cut" % good, {"ca": self.path("good.pem")}))
        status, body = self.get("/cut/")
        self.assertEqual((status, body), (500, ""))

    def test_servers_that_hang_or_talk_nonsense_hold_up_nobody(self):
        hanging = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(hanging.close)
        accepted = []

        def swallow():
            while True:
                try:
                    accepted.append(hanging.accept()[0])
                except OSError:
                    return
        threading.Thread(target=swallow, daemon=True).start()
        plain = self.listen(App)
        insecure = {"insecureSkipVerify": "true"}
        self.serve(hang=("https://localhost:%d/" % hanging.getsockname()[1], insecure), plain=("https://localhost:%d/" % plain, insecure))
        self.assertEqual(self.get("/plain/"), (500, ""))
        waiting = [threading.Thread(target=self.get, args=("/hang/", 3 * SCALE)) for _ in range(20)]
        for t in waiting:
            t.start()
        wait_for("they all wait for the handshake", lambda: len(accepted) >= 20)
        begin = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.get("/open/")[0], 200)
        self.assertLess(time.monotonic() - begin, 2 * SCALE)
        accepted[0].sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 100)  # nonsense in the middle of it
        for t in waiting:
            t.join(PATIENCE)
        self.assertEqual(self.get("/open/")[0], 200)


if __name__ == "__main__":
    unittest.main()
