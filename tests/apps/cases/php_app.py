"""PHP: uploads, forms and sessions, which both instances keep in one folder."""
import os

from bench import SITE, Operation, run, wanted
from case import Case


class App(Case):
    name = "php"
    plain_restart = False  # PHP's own server drops its requests at once
    backend = "[backends.app.loadBalancer.stickiness]\n"

    def prepare(self):
        self.sessions = os.path.join(self.folder, "sessions")
        os.mkdir(self.sessions)
        self.file = os.path.join(self.folder, "upload")
        with open(self.file, "wb") as f:
            f.write(os.urandom(1_500_000))
        self.digest = run(["sha256sum", self.file]).split()[0]

    def command(self, instance):
        return ["php", "-d", "session.save_path=" + self.sessions, "-d", "upload_max_filesize=8M", "-d", "post_max_size=9M",
                "-S", "127.0.0.1:%d" % instance.port, os.path.join(SITE, "router.php")], {"PHP_CLI_SERVER_WORKERS": "4"}

    def upload(self, url, number):
        for _ in range(3):
            got = run(["curl", "-sSf", "--max-time", "30", "-F", "name=a picture", "-F", "file=@" + self.file, url + "/upload"])
            wanted(got, self.digest + " a picture", "upload of a form")

    def session(self, url, number):
        jar = os.path.join(self.folder, "cookies%d" % number)
        for count in range(1, 8):
            wanted(run(["curl", "-sSf", "--max-time", "30", "-b", jar, "-c", jar, url + "/count"]), str(count), "counter of the session")

    def parts(self, url, number):
        wanted(run(["curl", "-sSfN", "--max-time", "30", url + "/flush"]).count("part"), 20, "parts")

    def operations(self):
        return [Operation("curl uploads a form", self.upload), Operation("curl keeps a session", self.session), Operation("curl reads parts", self.parts)]
