"""WebDAV (apache2's): folders, copies, moves and locks by curl; rclone as the client of whole trees."""
import os
import re

from bench import Operation, run, wanted
from cases.apache import ApacheCase

LOCK = ('<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
        '<D:owner>a</D:owner></D:lockinfo>')


class App(ApacheCase):
    name = "WebDAV"

    def fill(self):
        self.tree = os.path.join(self.folder, "tree")
        os.makedirs(self.tree + "/below")
        for n in range(8):
            with open("%s/%sfile %d.bin" % (self.tree, "below/" if n % 2 else "", n), "wb") as f:
                f.write(os.urandom(n * 40_000))

    @staticmethod
    def dav(method, url, *more, text=None):
        return run(["curl", "-sS", "--max-time", "30", "-X", method, "-o", "/dev/null", "-w", "%{http_code}", *more, url], text=text)

    def files(self, url, number):
        top = "%s/dav/d%d" % (url, number)
        wanted(self.dav("MKCOL", top), "201", "MKCOL")
        for name in ("a", "b%20c"):
            wanted(self.dav("PUT", top + "/" + name, "--data-binary", "@-", text="x" * 50_000), "201", "PUT")
        wanted(self.dav("COPY", top + "/a", "-H", "Destination: %s/copy" % top), "201", "COPY")
        wanted(self.dav("MOVE", top + "/copy", "-H", "Destination: %s/moved" % top), "201", "MOVE")
        listed = run(["curl", "-sSf", "--max-time", "30", "-X", "PROPFIND", "-H", "Depth: 1", top + "/"])
        wanted(sorted(re.findall(r"<D:href>/dav/d%d/([^<]*)" % number, listed)), ["", "a", "b%20c", "moved"], "PROPFIND")
        wanted(self.dav("DELETE", top + "/"), "204", "DELETE")

    def locks(self, url, number):
        """The locks are one server's own, so for the time of one the cookie would be needed: kept out of the restarts, asked of one server."""
        path, jar = "%s/dav/locked%d" % (url, number), os.path.join(self.folder, "jar%d" % number)
        cookie = ["-b", jar, "-c", jar]
        wanted(self.dav("PUT", path, *cookie, "--data-binary", "one"), "201", "PUT")
        answer = run(["curl", "-sSf", "--max-time", "30", *cookie, "-X", "LOCK", "-D", "-", "-o", "/dev/null", "--data-binary", LOCK, path])
        token = re.search(r"(?i)lock-token: (<[^>]+>)", answer)[1]
        wanted(self.dav("PUT", path, *cookie, "--data-binary", "two"), "423", "PUT of what another has locked")
        wanted(self.dav("PUT", path, *cookie, "-H", "If: (%s)" % token, "--data-binary", "two"), "204", "PUT with the lock")
        wanted(self.dav("UNLOCK", path, *cookie, "-H", "Lock-Token: " + token), "204", "UNLOCK")

    backend = "[backends.app.loadBalancer.stickiness]\n"

    def rclone(self, url, number):
        remote = [":webdav:tree%d" % number, "--webdav-url", url + "/dav", "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1"]
        run(["rclone", "copy", self.tree, *remote])
        run(["rclone", "check", "--download", self.tree, *remote])
        run(["rclone", "purge", *remote])

    def operations(self):
        return [Operation("curl works on files", self.files), Operation("curl locks", self.locks, session=True), Operation("rclone copies a tree", self.rclone)]
