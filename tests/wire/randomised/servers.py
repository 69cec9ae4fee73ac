#!/usr/bin/env python3
"""The tasks of the run, and the servers of error pages and of forward auth: hostile, and strict about what they get.

    servers.py --port P --tasks A,B… --pages A --auth A --out FILE --seed N [--direct]

All listen on the one port at addresses of their own. The findings are in FILE as JSON: with each new kind, and all of
them at SIGTERM.
"""
import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from randomised import server_answers  # noqa: E402
from randomised.ids import Findings, bytes_of, first_foreign  # noqa: E402
from randomised.stream import Gone, Malformed, Stream, first  # noqa: E402

REQUEST = re.compile(r"^([A-Z]+) (/[!-~]*) HTTP/1\.1$")
PATH_ID = re.compile(r"^(?:/f)?/([0-9a-f]{16})\b")
REPEATED_ON_PURPOSE = ("buffered", "again", "all")  # services with a retry expression


class Received:
    """A request as it came; what it says about the answer."""
    def __init__(self, line, fields):
        m = REQUEST.match(line)
        if not m:
            raise Malformed("request line %r" % line[:100])
        self.method, self.path, self.fields = m[1], m[2], fields
        self.id = first(fields, "x-id")
        self.fault = first(fields, "x-fault", "ok")
        self.size, self.status = int(first(fields, "x-size", "17")), int(first(fields, "x-status", "200"))
        self.cut = int(first(fields, "x-cut")) if "x-cut" in fields else None
        self.service = first(fields, "x-service")


class Servers:
    def __init__(self, seed, direct, out):
        """@param direct  there is no waggle that sets the fields of auth; @param out  file of the findings."""
        self.rng, self.findings, self.direct, self.out = random.Random(seed), Findings(), direct, out
        self.seen_posts = set()

    def wrong(self, kind, text):
        known = kind in self.findings.wrong
        self.findings.add(kind, text + " (at the server)")
        if not known:
            self.tell()

    def tell(self):
        with open(self.out + ".new", "w", encoding="utf-8") as f:
            json.dump(self.findings.plain(), f)
        os.replace(self.out + ".new", self.out)

    async def serve(self, sock, role):
        stream = Stream(sock, 30)
        stream.user = None  # who has logged in on this connection (NTLM, Negotiate)
        try:
            while await role(stream, Received(*await stream.head())):
                pass
        except Malformed as e:
            self.wrong("malformed", "%s: a request" % e)
        except (Gone, OSError, asyncio.TimeoutError, ValueError):
            self.findings.note("connections that ended at the server")
        finally:
            sock.close()

    def judge_head(self, stream, r):
        """Every field that names somebody must name this request's client."""
        for name in ("x-id", "x-connection"):
            if len(r.fields.get(name, [])) != 1:
                self.wrong("wrong id", "%d lines %s in a request of %s" % (len(r.fields.get(name, [])), name, r.id))
        m = PATH_ID.match(r.path)
        if not m or m[1] != r.id or (r.path.count("?q=") and not r.path.endswith("?q=" + r.id)):
            self.wrong("wrong id", "path %s with id %s" % (r.path, r.id))
        if not self.direct and r.service == "forward" and first(r.fields, "x-auth-id") != r.id:
            self.wrong("wrong id", "X-Auth-Id %s on request %s" % (r.fields.get("x-auth-id"), r.id))
        if not self.direct and r.service in ("auth", "all") and r.fields.get("x-user") != ["ann"]:
            self.wrong("wrong id", "X-User %s on request %s" % (r.fields.get("x-user"), r.id))
        who = first(r.fields, "x-connection")
        if stream.user and stream.user != who:
            self.wrong("shared login", "request %s of client %s on the connection on which %s logged in" % (r.id, who, stream.user))
        if r.method == "POST" and r.service not in REPEATED_ON_PURPOSE:
            if r.id in self.seen_posts:
                self.wrong("repeated", "POST %s to %s came twice" % (r.id, r.service))
            self.seen_posts.add(r.id)

    async def read_body(self, stream, r):
        def trailer(text):
            if text != "X-Tr: " + r.id:
                self.wrong("wrong id", "trailer %r of request %s" % (text, r.id))
        body = await stream.body(r.fields, trailer)
        wrong = first_foreign(r.id, body)
        if wrong:
            self.wrong("foreign bytes", "%s in the body of request %s" % (wrong, r.id))
        elif len(body) != int(first(r.fields, "x-body", "0")):
            self.wrong("cut unseen", "%d of %s bytes look complete in request %s" % (len(body), first(r.fields, "x-body"), r.id))

    async def task(self, stream, r):
        if r.path.startswith("/health"):
            status = 503 if self.rng.random() < .15 else 200
            await stream.send(b"HTTP/1.1 %d x\r\nContent-Length: 2\r\n\r\nok" % status)
            return True
        self.judge_head(stream, r)
        self.findings.note("requests at the server")
        own = "X-Id: %s\r\nX-Whole: %d\r\n" % (r.id, r.size)
        if r.fault in ("early", "early-close"):  # answers before it has read the body
            close = "Connection: close\r\n" if r.fault == "early-close" else ""
            body = b"" if r.method == "HEAD" else bytes_of(r.id, r.size)
            await stream.send(("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n%s\r\n" % (own, r.size, close)).encode() + body)
            if close:
                return server_answers.finish(stream, self.rng.random() < .5)
            await self.read_body(stream, r)
            return True
        if r.fault == "unread-close":
            return server_answers.finish(stream, True)
        if "upgrade" in r.fields:
            return await server_answers.tunnel(stream, r, self.rng, self.findings)
        await self.read_body(stream, r)
        if r.fault == "silent":  # until the client has left and waggle has told so, but not for long: it may be asked again and again
            await asyncio.wait_for(stream.more(), 8)
            return False
        if r.fault in ("nothing", "nothing-rst"):
            return server_answers.finish(stream, r.fault == "nothing-rst")
        if r.fault == "login":
            stream.user = first(r.fields, "x-connection")
            head = "HTTP/1.1 401 Unauthorized\r\n%sWWW-Authenticate: %s TlRMTVNTUAAC\r\nContent-Length: %d\r\n\r\n"
            head %= own, self.rng.choice(["NTLM", "Negotiate"]), r.size
            await stream.send(head.encode() + (b"" if r.method == "HEAD" else bytes_of(r.id, r.size)))
            return True
        return await server_answers.send(stream, r, self.rng)

    async def pages(self, stream, r):
        self.findings.note("error pages")
        if self.rng.random() < .05:
            return server_answers.finish(stream, True)
        body = bytes_of(r.id, self.rng.choice([17, 1700, 40000]))
        head = b"HTTP/1.1 200 OK\r\nX-Page: 1\r\nX-Id: %s\r\nContent-Length: %d\r\n\r\n" % (r.id.encode(), len(body))
        await stream.send(head + (b"" if r.method == "HEAD" else body))
        return True

    async def auth(self, stream, r):
        self.findings.note("forward auth requests")
        if self.rng.random() < .03:
            return server_answers.finish(stream, True)
        if self.rng.random() < .05:
            await asyncio.sleep(self.rng.random() * .05)
        if first(r.fields, "x-want") == "deny":
            await stream.send(b"HTTP/1.1 403 no\r\nX-Id: %s\r\nContent-Length: 17\r\n\r\n" % r.id.encode() + bytes_of(r.id, 17))
        else:
            await stream.send(b"HTTP/1.1 200 OK\r\nX-Auth-Id: %s\r\nContent-Length: 0\r\n\r\n" % r.id.encode())
        return True

    async def listen(self, address, port, role, tasks):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(512)
        listener.setblocking(False)
        while True:
            sock, _ = await asyncio.get_running_loop().sock_accept(listener)
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.create_task(self.serve(sock, role))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


async def run(a):
    servers, tasks, stop = Servers(a.seed, a.direct, a.out), set(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    places = [(x, servers.task) for x in a.tasks.split(",")] + [(a.pages, servers.pages), (a.auth, servers.auth)]
    listeners = [asyncio.create_task(servers.listen(where, a.port, role, tasks)) for where, role in places]
    await asyncio.sleep(0)
    print("listening", flush=True)
    await asyncio.wait([asyncio.create_task(stop.wait()), *listeners], return_when=asyncio.FIRST_COMPLETED)
    servers.tell()
    broken = next((x.exception() for x in listeners if x.done()), None)
    sys.stderr.write("%r\n" % broken if broken else "")
    os._exit(1 if broken else 0)  # what still runs is of no interest


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--port", type=int, required=True)
    for name in ("--tasks", "--pages", "--auth", "--out"):
        ap.add_argument(name, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--direct", action="store_true")
    asyncio.run(run(ap.parse_args()))


if __name__ == "__main__":
    main()
