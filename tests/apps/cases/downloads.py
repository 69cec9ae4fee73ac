"""Large files: aria2 in four parts at once, curl that goes on where it stopped."""
import hashlib
import os

from bench import Operation, run, wanted
from cases.apache import ApacheCase

SIZE = 24_000_000


class App(ApacheCase):
    name = "downloads"

    def fill(self):
        data = os.urandom(1_000_000) * (SIZE // 1_000_000)
        self.digest = hashlib.sha256(data).hexdigest()
        with open(self.shared + "/files/large.bin", "wb") as f:
            f.write(data)

    def whole(self, path):
        with open(path, "rb") as f:
            wanted(hashlib.sha256(f.read()).hexdigest(), self.digest, "the file")
        os.unlink(path)

    def aria2(self, url, number):
        # One try for each part: aria2 would hide what goes wrong.
        parts = ["-x4", "-s4", "-k1M", "-m1", "--file-allocation=none"]
        run(["aria2c", "-q", "--no-conf", *parts, "-d", self.folder, "-o", "aria%d" % number, url + "/large.bin"])
        self.whole("%s/aria%d" % (self.folder, number))

    def resumed(self, url, number):
        to = "%s/curl%d" % (self.folder, number)
        run(["curl", "-sSf", "--max-time", "60", "-r", "0-4999999", "-o", to, url + "/large.bin"])
        run(["curl", "-sSf", "--max-time", "60", "-C", "-", "--limit-rate", "40M", "-o", to, url + "/large.bin"])
        self.whole(to)

    def operations(self):
        return [Operation("aria2 downloads", self.aria2, safe=True), Operation("curl resumes", self.resumed, safe=True)]
