"""The clients of the run: some connections at once, each with a few random requests, ordinary or not, one after the other or pipelined."""
import asyncio
import random
import socket
import time

from .answers import nothing_behind, read_answer
from .asked import Asked
from .ids import bytes_of, first_foreign
from .stream import Gone, Stream, first


class Clients:
    def __init__(self, places, port, findings, seed, patience, direct=False, count=40):
        """@param places  (address, port) pairs to connect to; @param port  of all tasks, for cookies;
        @param patience  seconds without a byte after which a request counts as hanging."""
        self.places, self.port, self.findings, self.seed = places, port, findings, seed
        self.patience, self.direct, self.count = patience, direct, count
        self.over = False

    async def run(self, seconds, alive=lambda: True):
        """@param alive  false: stop at once, there is nobody to ask."""
        end = time.monotonic() + seconds
        tasks = [asyncio.create_task(self.client(k)) for k in range(self.count)]
        try:
            while time.monotonic() < end and alive() and not any(t.done() for t in tasks):
                await asyncio.sleep(.2)
            self.over = True
            _, late = await asyncio.wait(tasks, timeout=2 * self.patience if alive() else .1)
            if late and alive():
                self.findings.add("hangs", "%d clients were not through at the end" % len(late))
        finally:
            for t in tasks:
                t.cancel()
            for failure in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(failure, Exception):
                    raise failure

    async def client(self, number):
        rng, cookies, connections = random.Random(self.seed * 7919 + number), {}, 0
        loop = asyncio.get_running_loop()
        while not self.over:
            connections += 1
            sock = socket.socket()
            sock.setblocking(False)
            if rng.random() < .1:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.bind(("127.0.0.%d" % rng.randrange(1, 9), 0))
            try:
                await asyncio.wait_for(loop.sock_connect(sock, rng.choice(self.places)), self.patience)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except (OSError, asyncio.TimeoutError):
                self.findings.note("connections refused")
                sock.close()
                await asyncio.sleep(.05)
                continue
            try:
                await Connection(self, Stream(sock, self.patience), rng, cookies, "c%d-%d" % (number, connections)).talk()
            except (Gone, OSError):
                self.findings.note("connections that ended at the client")
            finally:
                sock.close()


class Connection:
    """One client connection and its requests."""
    def __init__(self, clients, stream, rng, cookies, name):
        self.clients, self.stream, self.rng, self.cookies, self.name = clients, stream, rng, cookies, name
        self.findings = clients.findings

    async def talk(self):
        for _ in range(self.rng.randint(1, 8)):
            batch = self.batch()
            for q in batch:
                self.findings.note("requests")
                self.findings.note("client " + q.client_fault)
                self.findings.note("server " + q.fault)
            await self.ask(batch)

    def one(self):
        return Asked(self.rng, self.name, self.cookies, self.clients.port, self.clients.direct)

    def batch(self):
        """One request with a fault of the client, or several at once without."""
        size = self.rng.choice([1, 1, 1, 2, 4])
        if size > 1:
            plain = [q for q in (self.one() for _ in range(size)) if not q.websocket and not q.expects and q.fault != "silent" and
                     not q.client_fault == "bad-chunk"]
            for q in plain:
                q.client_fault = "none"
            if plain:
                return plain
        return [self.one()]

    async def ask(self, batch):
        q, wire = batch[0], b"".join(q.head + q.body for q in batch)
        sender = asyncio.create_task(self.send(q, wire))
        try:
            if q.client_fault in ("cut", "cut-rst", "stall", "leave", "leave-rst", "expect-leave") and (q.client_fault != "expect-leave" or q.expects):
                await self.leave(q, sender)
            if q.client_fault == "half":
                await sender
                self.stream.sock.shutdown(socket.SHUT_WR)
            elif q.client_fault == "slow-reader":
                await asyncio.sleep(self.rng.random() * .2)
            for one in batch:
                await self.take_answer(one)
            if len(batch) == 1:
                nothing_behind(self.stream, q, self.findings)
            if q.client_fault == "half":
                raise Gone()
            await asyncio.sleep(0)
            if not sender.done():
                raise Gone()  # answered before all of it was sent: no next request fits here
            if sender.exception():
                raise Gone()
        except asyncio.TimeoutError:
            self.findings.add("hangs", "%.0f s without a byte: %s of %d on one connection" % (self.clients.patience, q.name(), len(batch)))
            raise Gone()
        finally:
            if not sender.done():
                sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def send(self, q, wire):
        rng, fault = self.rng, q.client_fault
        if fault in ("cut", "cut-rst", "stall"):
            at = rng.randrange(len(wire)) if rng.random() < .5 else rng.randrange(min(len(wire), 500))
            await self.stream.send(wire[:at])
        elif fault == "dribble":
            at = 0
            while at < len(wire):
                size = rng.choice([1, 3, 40]) if at < 300 else rng.choice([1000, 30000])
                await self.stream.send(wire[at:at + size])
                at += size
                if rng.random() < .2:
                    await asyncio.sleep(.001)
        elif q.expects and fault in ("expect-wait", "expect-leave"):
            await self.stream.send(q.head)
            if fault == "expect-wait":
                await asyncio.sleep(rng.random() * 1.3)
                await self.stream.send(q.body)
        else:
            await self.stream.send(wire)

    async def leave(self, q, sender):
        """Ends before the answer is whole, by FIN or RST."""
        rng = self.rng
        try:
            if q.client_fault.startswith("leave"):
                await asyncio.wait_for(self.stream.exactly(rng.choice([1, 20, 300, 3000, 60000])), .3)
            else:
                await asyncio.wait_for(asyncio.shield(sender), 1)
        except asyncio.TimeoutError:
            pass
        await asyncio.sleep(rng.random() * {"stall": .3, "expect-leave": 1.5}.get(q.client_fault, .03))
        if q.client_fault.endswith("rst") or (q.client_fault == "expect-leave" and rng.random() < .5):
            self.stream.reset()
        raise Gone()

    async def take_answer(self, q):
        a = await read_answer(self.stream, q, self.findings)
        cookie = first(a.fields, "set-cookie")
        if cookie:
            self.findings.note("sticky cookies")
            self.cookies[q.service] = cookie.split(";")[0]
        if a.status == 101:
            await self.tunnel(q)
        if a.close:
            raise Gone()

    async def tunnel(self, q):
        """Sends this request's bytes and wants them back."""
        self.findings.note("tunnels")
        data, back = bytes_of(q.id, self.rng.choice([17, 400, 30000, 200000])), bytearray()
        up = asyncio.create_task(self.stream.send(data))
        try:
            while len(back) < len(data):
                if not self.stream.held:
                    await self.stream.more()
                back += self.stream.take(len(self.stream.held))
                if self.rng.random() < .01:
                    self.stream.reset()
                    break
        finally:
            wrong = "more than was sent" if len(back) > len(data) else first_foreign(q.id, bytes(back))
            if wrong:
                self.findings.add("foreign bytes", "%s in the tunnel of %s" % (wrong, q.name()))
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
        raise Gone()
