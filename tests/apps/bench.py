"""One application behind a waggle of its own: instances that are started, stopped and started again, and the routes to them."""
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from ports import free_port  # noqa: E402

SITE = os.path.join(HERE, "site")
PYTHON = "/usr/bin/python3"  # Debian's: it has the packages of the group "apps"


class Failed(Exception):
    """A user's work did not come out right; with all that is known of it."""


class Operation:
    def __init__(self, name, work, safe=False, session=False):
        """@param work  called with the URL of the server or of waggle and a number; raises Failed.
        @param safe  only methods that may be repeated: it must also survive a server that stops without a word.
        @param session  kept in one server's memory: lost when that one stops, with waggle or without."""
        self.name, self.work, self.safe, self.session = name, work, safe, session


def run(arguments, seconds=60, text=None, cwd=None, env=None):
    """@return what it printed. Raises Failed unless it ends with 0."""
    try:
        p = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=seconds, cwd=cwd, env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired as e:
        raise Failed("no end within %d s: %s" % (seconds, " ".join(arguments))) from e
    if p.returncode:
        raise Failed("%s ended with %d: %s" % (" ".join(arguments)[:200], p.returncode, (p.stdout[-600:] + p.stderr[-1200:]).strip()))
    return p.stdout


def client(name, *arguments, seconds=60):
    """One of the client scripts of site/, by Debian's Python or Node."""
    program = ["node"] if name.endswith(".js") else [PYTHON]
    return run(program + [os.path.join(SITE, name), *map(str, arguments)], seconds)


def wanted(got, want, what):
    if got != want:
        raise Failed("%s: %r, wanted %r" % (what, got if len(str(got)) < 300 else str(got)[:300], want))


def process_stat(pid):
    """@return the fields of /proc/PID/stat behind the name; None: there is no such process"""
    try:
        with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as f:
            return f.read().rpartition(")")[2].split()
    except OSError:
        return None


def birth(pid):
    """When it began: with this a process is known, as its id alone may be another's by now."""
    stat = process_stat(pid)
    return stat and stat[19]


class Instance:
    """One server of the application."""
    def __init__(self, case, index, folder, place=None):
        """@param place  which of the servers it is; its successors are the same one"""
        self.case, self.port, self.process, self.place = case, free_port(), None, index if place is None else place
        self.name = str(self.port)
        self.folder = os.path.join(folder, "instance%d" % index)
        os.mkdir(self.folder)
        self.url = "http://127.0.0.1:%d" % self.port
        self.log = open(os.path.join(self.folder, "log"), "a", encoding="utf-8")

    def start(self):
        command, env = self.case.command(self)
        self.process = subprocess.Popen(command, cwd=self.folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **env}, stdout=self.log, stderr=self.log,
                                        stdin=subprocess.DEVNULL, start_new_session=True)

    def wait(self, seconds=90):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.case.is_ready(self):
                return
            time.sleep(.05)
        raise Failed("%s does not start: %s" % (self.case.name, self.log_text()[-1500:]))

    def log_text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        """As Docker stops a task: SIGTERM, and SIGKILL ten seconds later."""
        if self.process is None:
            return
        others, end = self.descendants(), time.monotonic() + 10
        self.process.send_signal(self.case.stop_signal)
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(.02)
        self.kill(others)

    def kill(self, others=None):
        """@param others  what of it must end as well: all of a container ends with its first process. None: its descendants"""
        if self.process is None:
            return
        others = self.descendants() if others is None else others
        self.process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for pid, born in others.items():
            with contextlib.suppress(ProcessLookupError):
                if birth(pid) == born:
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def descendants(self):
        """@return process id -> when it began. Daemons make process groups of their own."""
        parents = {int(name): int(stat[1]) for name in os.listdir("/proc") if name.isdigit() and (stat := process_stat(name))}
        found = [self.process.pid]
        for pid in found:
            found += [p for p, parent in parents.items() if parent == pid]
        return {pid: birth(pid) for pid in found[1:]}


class Bench:
    def __init__(self, waggle, case):
        self.folder = tempfile.TemporaryDirectory(prefix="waggle-app-", ignore_cleanup_errors=True)
        self.case, case.folder = case, self.folder.name
        self.port, self.api = free_port(), free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.routes, self.log = os.path.join(self.folder.name, "routes.toml"), os.path.join(self.folder.name, "waggle.log")
        case.prepare()
        self.instances = [Instance(case, k, self.folder.name) for k in range(case.instances)]
        self.all = list(self.instances)  # ever started
        self.waggle = None
        try:
            for i in self.instances:
                i.start()
            for i in self.instances:
                i.wait()
            self.write(self.instances)
            with open(self.log, "w", encoding="utf-8") as log:
                self.waggle = subprocess.Popen(
                    [waggle, "--file.filename=" + self.routes, "--entryPoints=Name:http Address:127.0.0.1:%d%s" % (self.port, case.entry_point), "--api",
                     "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.api, "--logLevel=INFO", *case.flags], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            self.wait_served()
        except BaseException:
            self.close()
            raise

    def write(self, served):
        text = self.case.routes(served)
        with open(self.routes + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.replace(self.routes + ".new", self.routes)

    def wait_served(self):
        """Until the routes that were written first are served."""
        self.wait_for(lambda text: all(i.url in text for i in self.instances))

    def wait_for(self, holds, path="/api/providers/file", seconds=30):
        """Until waggle's API answers something for which `holds`."""
        end, text = time.monotonic() + seconds, ""
        while not holds(text):
            if time.monotonic() > end or self.waggle.poll() is not None:
                raise Failed("waggle does not take the routes: " + self.log_text()[-1500:])
            c = http.client.HTTPConnection("127.0.0.1", self.api, timeout=5)
            try:
                c.request("GET", path)
                text = c.getresponse().read().decode()
            except (OSError, http.client.HTTPException):
                time.sleep(.05)
            finally:
                c.close()

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def restart(self, announced):
        """The first instance stops and starts again. @param announced  it leaves the routes before and comes back after, as Swarm does it."""
        one = self.instances[0]
        if announced:
            self.write(self.instances[1:])
            self.wait_for(lambda text: text and one.url not in text)
            time.sleep(2)  # so long Swarm waits between the task's new desired state and SIGTERM
        one.stop()
        one.start()
        one.wait()
        if announced:
            self.write(self.instances)
            self.wait_for(lambda text: one.url in text)

    def close(self):
        if self.waggle is not None:
            self.waggle.send_signal(signal.SIGTERM)
            try:
                code = self.waggle.wait(60)
            except subprocess.TimeoutExpired:
                self.waggle.kill()
                code = self.waggle.wait()
            self.waggle = None
            if code:
                print("      waggle ended with %d" % code)
        for i in self.all:
            i.stop()
            i.log.close()
        self.folder.cleanup()
