"""uvicorn (ASGI), as FastAPI and Starlette run: event streams, uploads, WebSockets."""
from bench import SITE, Operation, client, run, wanted
from case import Case


class App(Case):
    name = "uvicorn"

    def command(self, instance):
        return ["uvicorn", "--app-dir", SITE, "--host", "127.0.0.1", "--port", str(instance.port), "--log-level", "warning", "asgi_app:app"], {}

    def events(self, url, number):
        wanted(run(["curl", "-sSfN", "--max-time", "30", url + "/events"]).count("data: "), 20, "events")

    def operations(self):
        return [Operation("httpx reads", lambda url, n: client("httpx_client.py", url, "read"), safe=True),
                Operation("httpx writes", lambda url, n: client("httpx_client.py", url, "write")),
                Operation("aiohttp uploads and a WebSocket", lambda url, n: client("aiohttp_client.py", url)),
                Operation("curl reads events", self.events, safe=True)]
