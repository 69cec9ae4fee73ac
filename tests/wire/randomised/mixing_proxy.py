"""A relay that does on purpose what the run must find. If the harness does not notice one of these, it would not notice it of waggle."""
import asyncio
import random
import re

from .ids import EVIL, bytes_of

# mode: the kinds of findings of which one must appear
MODES = {
    "swapped answers": {"wrong id", "foreign bytes", "malformed"},
    "a foreign byte in an answer": {"foreign bytes"},
    "bytes behind an answer": {"foreign bytes", "wrong id", "malformed"},
    "a foreign byte in an upload": {"foreign bytes"},
    "an answer cut unseen": {"cut unseen"},
    "a request sent twice": {"repeated"},
    "an answer kept back": {"hangs"},
}


class MixingProxy:
    """Relays each client connection to a server connection of its own, wrongly now and then."""
    def __init__(self, mode, servers, seed):
        self.mode, self.servers, self.rng = mode, servers, random.Random(seed)
        self.kept = None  # an answer's bytes that wait for another client
        self.tasks = set()

    async def start(self):
        self.server = await asyncio.start_server(self.relay, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()

    async def stop(self):
        self.server.close()
        for t in list(self.tasks):
            t.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def relay(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        parts, up_writer = [], None
        try:
            up_reader, up_writer = await asyncio.open_connection(*self.rng.choice(self.servers))
            up = asyncio.create_task(self.pass_on(reader, up_writer, self.request))
            down = asyncio.create_task(self.pass_on(up_reader, writer, self.answer))
            parts = [up, down]
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            if up.done() and up.result():  # the client has sent all and still reads
                up_writer.write_eof()
                await down
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for t in parts:
                t.cancel()
            for w in filter(None, (writer, up_writer)):
                w.close()

    async def pass_on(self, reader, writer, change):
        """@return whether it ended by FIN."""
        try:
            while data := await reader.read(65536):
                writer.write(change(data) if self.rng.random() < .2 else data)
                await writer.drain()
            return True
        except OSError:
            return False

    def request(self, data):
        if self.mode == "a foreign byte in an upload" and b"\r\n\r\n" not in data[-200:] and len(data) > 500 and b"HTTP/1.1" not in data:
            return flip(data, len(data) // 2)
        if self.mode == "a request sent twice" and data.startswith(b"POST "):
            head, _, body = data.partition(b"\r\n\r\n")
            if b"Content-Length: %d" % len(body) in head.split(b"\r\n"):
                return data + data
        return data

    def answer(self, data):
        head, blank, body = data.partition(b"\r\n\r\n")
        begins = data.startswith(b"HTTP/1.1 2") and blank and b"X-Id" in head
        if self.mode == "swapped answers" and begins:
            data, self.kept = self.kept or data, data
        elif self.mode == "a foreign byte in an answer" and len(body) > 400 and begins and b"chunked" not in head:
            return flip(data, len(data) - 100)
        elif self.mode == "bytes behind an answer" and begins and b"chunked" not in head:
            return data + bytes_of(EVIL, 17)
        elif self.mode == "an answer cut unseen" and begins and len(body) > 17:
            return re.sub(rb"Content-Length: \d+", b"Content-Length: 17", head) + blank + body[:17] if b"Content-Length" in head else data
        elif self.mode == "an answer kept back":
            return b""
        return data


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
