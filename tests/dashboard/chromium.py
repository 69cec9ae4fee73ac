"""Headless Chromium over its debugging pipe (file descriptors 3 and 4): no package beside the browser is needed."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


def find():
    return next((p for p in (shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")) if p), None)


class Chromium:
    def __init__(self, width=1400, height=900, within=()):
        """@param within  a command that runs the browser somewhere else (nsenter)."""
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()

        # The copies land on 3 and 4 whatever those were before: dup first, so that neither is overwritten while it is needed.
        a, b = os.dup(down_read), os.dup(up_write)
        self.process = subprocess.Popen(
            [*within, find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
             "--remote-debugging-pipe", "--user-data-dir=" + self.profile.name, "--window-size=%d,%d" % (width, height), "about:blank"],
            preexec_fn=lambda: (os.dup2(a, 103), os.dup2(b, 104), os.dup2(103, 3), os.dup2(104, 4)), close_fds=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (down_read, up_write, a, b):
            os.close(fd)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.size(width, height)

    def message(self, patience):
        until = time.monotonic() + patience
        while b"\0" not in self.buffer:
            if not select.select([self.up], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError("the browser does not answer")
            got = os.read(self.up, 1 << 20)
            if not got:
                raise AssertionError("the browser has ended")
            self.buffer += got
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            question["sessionId"] = self.session
        os.write(self.down, json.dumps(question).encode() + b"\0")
        while True:
            m = self.message(60)
            if m.get("id") == self.number:
                if "error" in m:
                    raise AssertionError("%s: %s" % (method, m["error"]))
                return m["result"]
            self.events.append(m)

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)

    def dark(self, on):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def go(self, url):
        self.call("Page.navigate", url=url)

    def run(self, code):
        got = self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in got:
            raise AssertionError("%s: %s" % (code[:80], got["exceptionDetails"].get("exception", {}).get("description")))
        return got["result"].get("value")

    def wait(self, code, patience=20):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            found = self.run(code)
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("never true: " + code)

    def picture(self, name):
        with open(name, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """Exceptions and console errors so far (a refused load of anything shows up here, too)."""
        self.run("1")
        return [m["params"] for m in self.events
                if m.get("method") == "Runtime.exceptionThrown" or
                (m.get("method") == "Log.entryAdded" and m["params"]["entry"]["level"] == "error")]

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        os.close(self.down)
        os.close(self.up)
        self.profile.cleanup()
