"""The program under test with a fake Engine, a routes file and its API; and the servers' process. Ended by their pids."""
import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time

from . import swarm
from .ids import names_another

HERE = os.path.dirname(os.path.abspath(__file__))
ENGINE = os.path.join(HERE, "..", "..", "lab", "fake_engine.py")
REPORT = re.compile(r".*(?:ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|level=panic|level=fatal|Assertion).*")


class ServersProcess:
    def __init__(self, folder, port, seed, direct):
        self.out = os.path.join(folder, "servers.json")
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "servers.py"), "--port", str(port), "--tasks", ",".join(swarm.TASKS),
                                         "--pages", swarm.PAGES, "--auth", swarm.AUTH, "--out", self.out, "--seed", str(seed),
                                         *(["--direct"] if direct else [])], stdout=subprocess.PIPE)
        if not self.process.stdout.readline():
            raise SystemExit("the servers did not start")

    def kinds(self):
        """Kinds of what the servers have found so far."""
        try:
            with open(self.out, encoding="utf-8") as f:
                return set(json.load(f)["wrong"])
        except FileNotFoundError:
            return set()

    def stop(self, findings):
        """@param findings  get what the servers found, too."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            findings.add("harness", "the servers ended with %d" % self.process.returncode)
        self.process.stdout.close()
        with open(self.out, encoding="utf-8") as f:
            findings.merge(json.load(f))


class Program:
    def __init__(self, binary, folder, port, ports, rng):
        """@param port  of all tasks; @param ports  three free ones: entry points http and zip, API."""
        self.folder, self.ports = folder, ports
        self.engine_file, self.routes = os.path.join(folder, "engine.sock"), os.path.join(folder, "routes.toml")
        self.publisher = swarm.Publisher(swarm.Swarm(rng, port), self.engine_file, self.routes)
        state = os.path.join(folder, "state.json")
        with open(state, "w", encoding="utf-8") as f:
            json.dump(self.publisher.write(), f)
        self.engine = subprocess.Popen([sys.executable, ENGINE, "--listen", "unix:" + self.engine_file, "--state", state], stdout=subprocess.PIPE)
        self.engine.stdout.readline()
        self.log_file, self.access = os.path.join(folder, "log"), os.path.join(folder, "access")
        self.log = open(self.log_file, "w", encoding="utf-8")
        http, zip_, api = ("127.0.0.1:%d" % p for p in ports)
        self.process = subprocess.Popen(
            [binary, "--docker", "--docker.swarmmode", "--docker.endpoint=unix://" + self.engine_file, "--file.filename=" + self.routes,
             "--entryPoints=Name:http Address:" + http, "--entryPoints=Name:zip Address:%s Compress:true" % zip_,
             "--entryPoints=Name:traefik Address:" + api, "--api", "--ping", "--metrics.prometheus", "--workers=2", "--logLevel=INFO",
             "--accessLog.filePath=" + self.access, "--accessLog.format=json"], stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def places(self):
        return [("127.0.0.1", p) for p in self.ports[:2]]

    def alive(self):
        return self.process.poll() is None

    def get(self, path):
        """From the API; empty when it does not answer."""
        import http.client
        c = http.client.HTTPConnection("127.0.0.1", self.ports[2], timeout=60)
        try:
            c.request("GET", path)
            return c.getresponse().read()
        except (OSError, http.client.HTTPException):
            return b""
        finally:
            c.close()

    async def wait_until_served(self, seconds=120):
        end = time.monotonic() + seconds
        while b"sticky" not in await asyncio.to_thread(self.get, "/api/providers/docker"):
            if time.monotonic() > end or not self.alive():
                raise RuntimeError("waggle serves nothing; its log ends with: " + self.log_text()[-2000:])
            await asyncio.sleep(.05)

    async def change(self, over, findings):
        """About two changes a second."""
        while not over():
            await asyncio.sleep(.2 + self.publisher.swarm.rng.random() * .5)
            await asyncio.to_thread(self.publisher.put)
            findings.note("changes of the swarm")

    async def look(self, over, findings):
        """The API beside it all."""
        while not over():
            for path in ("/metrics", "/api", "/api/status", "/api/explain", "/health"):
                if await asyncio.to_thread(self.get, path):
                    findings.note("looks at the API")
            await asyncio.sleep(1)

    def figures(self):
        """RSS in MiB, descriptors."""
        with open("/proc/%d/statm" % self.process.pid) as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20, len(os.listdir("/proc/%d/fd" % self.process.pid))

    async def wait_until_idle(self, descriptors, findings, seconds=150):
        """All clients have left: what they held is given back, but for some pipes. @param descriptors  as there were at the start."""
        end = time.monotonic() + seconds
        while self.figures()[1] > descriptors + 100:
            if time.monotonic() > end or not self.alive():
                findings.add("descriptors", "%d are open %.0f s after the last client left, %d at the start" % (self.figures()[1], seconds, descriptors))
                return
            await asyncio.sleep(.2)

    def log_text(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self, findings):
        """SIGTERM must end it with 0; then the log and the access log are judged."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        else:
            findings.add("crash", "it ended with %d before it was asked to" % self.process.returncode)
        try:
            if self.process.wait(120) != 0:
                findings.add("crash", "exit status %d" % self.process.returncode)
        except subprocess.TimeoutExpired:
            findings.add("hangs", "it runs on 120 s after SIGTERM")
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.engine.terminate()
        self.engine.wait(30)
        self.engine.stdout.close()
        for m in REPORT.findall(self.log_text()):
            findings.add("report", m)
        self.judge_access_log(findings)

    def judge_access_log(self, findings):
        """Each line: one request's id and nothing of another's."""
        if not os.path.exists(self.access):
            return
        with open(self.access, "rb") as f:
            for line in f:
                findings.note("access log lines")
                try:
                    o = json.loads(line)
                except ValueError:
                    findings.add("access log", "no JSON: %r" % line[:200])
                    continue
                asked = o.get("request_X-Id")
                if not asked:
                    continue
                findings.note("access log lines with an id")
                if o.get("origin_X-Id", asked) != asked or (o.get("RequestPath", "").startswith("/f/") and asked not in o["RequestPath"]):
                    findings.add("access log", "%s, answer %s, path %s" % (asked, o.get("origin_X-Id"), o.get("RequestPath")))
                elif names_another(asked, str(o.get("RequestLine", "")).encode()):
                    findings.add("access log", "line %s of request %s" % (o.get("RequestLine"), asked))
