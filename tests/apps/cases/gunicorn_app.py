"""gunicorn (WSGI): two processes with threads, as Django and Flask run."""
from bench import SITE, Operation, client, run, wanted
from case import Case


class App(Case):
    name = "gunicorn"

    def command(self, instance):
        return ["gunicorn", "--chdir", SITE, "-w", "2", "--threads", "4", "-k", "gthread", "--graceful-timeout", "8", "-b", "127.0.0.1:%d" % instance.port,
                "--worker-tmp-dir", self.folder, "wsgi_app:app"], {}

    def curl(self, url, number):
        wanted(len(run(["curl", "-sSf", "--max-time", "30", url + "/big"])), 3_000_000, "large answer")
        wanted(run(["curl", "-sSf", "--max-time", "30", url + "/", url + "/slow", url + "/"]), "helloslowhello", "three of one connection")

    def curl_upload(self, url, number):
        # 2 MB: curl waits for 100 Continue before it sends them.
        text = "0123456789" * 200_000
        digest = run(["sha256sum"], text=text).split()[0]
        wanted(run(["curl", "-sSf", "--max-time", "30", "-T", "-", url + "/echo"], text=text), digest, "upload without a length")
        wanted(run(["curl", "-sSf", "--max-time", "30", "--data-binary", "@-", url + "/echo"], text=text), digest, "upload with a length")

    def operations(self):
        return [Operation("requests reads", lambda url, n: client("requests_client.py", url, "read"), safe=True),
                Operation("requests writes", lambda url, n: client("requests_client.py", url, "write")),
                Operation("curl reads", self.curl, safe=True), Operation("curl uploads", self.curl_upload)]
