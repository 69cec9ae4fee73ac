"""git over HTTP: clones, pushes with large packs, fetches."""
import os

from bench import Operation, run, wanted
from cases.apache import ApacheCase

WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
       "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}


class App(ApacheCase):
    name = "git over HTTP"

    def git(self, *arguments, cwd=None):
        return run(["git", *arguments], cwd=cwd, env=WHO)

    def fill(self):
        bare = os.path.join(self.shared, "git", "project")
        self.git("init", "-q", "--bare", "-b", "main", bare)
        self.git("-C", bare, "config", "http.receivepack", "true")
        work = os.path.join(self.folder, "first")
        self.git("init", "-q", "-b", "main", work)
        for n in range(40):
            with open("%s/file%d" % (work, n), "wb") as f:
                f.write(os.urandom(20_000))
            self.git("add", ".", cwd=work)
            self.git("commit", "-q", "-m", "change %d" % n, cwd=work)
        self.git("push", "-q", bare, "main", cwd=work)
        self.head = self.git("rev-parse", "HEAD", cwd=work)

    def clone(self, url, number):
        to = os.path.join(self.folder, "clone%d" % number)
        self.git("clone", "-q", url + "/git/project", to)
        wanted(self.git("rev-parse", "origin/main", cwd=to), self.head, "head of the clone")
        self.git("fsck", cwd=to)

    def push(self, url, number):
        work = os.path.join(self.folder, "push%d" % number)
        self.git("clone", "-q", "--depth", "1", url + "/git/project", work)
        with open(work + "/large", "wb") as f:
            f.write(os.urandom(1_500_000))  # above http.postBuffer: chunked
        self.git("add", ".", cwd=work)
        self.git("commit", "-q", "-m", "large", cwd=work)
        branch = "HEAD:refs/heads/branch%d" % number
        self.git("push", "-q", "origin", branch, cwd=work)
        there = self.git("ls-remote", url + "/git/project", "branch%d" % number).split()[0]
        wanted(there, self.git("rev-parse", "HEAD", cwd=work).strip(), "what was pushed")

    def operations(self):
        return [Operation("git clones", self.clone), Operation("git pushes", self.push)]
