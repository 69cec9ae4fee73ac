"""One socket of an event loop, read by marks and lengths; and what every HTTP/1 peer of the run reads with it."""
import asyncio
import socket
import struct


class Gone(Exception):
    """The peer ended, or its bytes make no sense: this connection is over."""


class Stream:
    def __init__(self, sock, patience):
        """@param patience  seconds that one read or write may take."""
        self.sock, self.patience = sock, patience
        self.held = bytearray()
        self.loop = asyncio.get_running_loop()

    async def more(self):
        data = await asyncio.wait_for(self.loop.sock_recv(self.sock, 65536), self.patience)
        if not data:
            raise Gone()
        self.held += data

    async def until(self, mark, most=300000):
        start = 0
        while True:
            at = self.held.find(mark, start)
            if at >= 0:
                return self.take(at + len(mark))
            if len(self.held) > most:
                raise Gone()
            start = max(0, len(self.held) - len(mark))
            await self.more()

    async def exactly(self, size):
        while len(self.held) < size:
            await self.more()
        return self.take(size)

    async def to_the_end(self):
        try:
            while True:
                await self.more()
        except Gone:
            return self.take(len(self.held))

    def take(self, size):
        out = bytes(self.held[:size])
        del self.held[:size]
        return out

    async def send(self, data):
        await asyncio.wait_for(self.loop.sock_sendall(self.sock, data), self.patience)

    def reset(self):
        """Ends by RST."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.sock.close()

    async def head(self):
        """@return first line, fields: name in lower case → values in order."""
        text = (await self.until(b"\r\n\r\n"))[:-4].decode("latin-1")
        first, *lines = text.split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields.setdefault(name.lower(), []).append(value.strip())
        return first, fields

    async def body(self, fields, trailer=None):
        """A body by its framing: chunked or of a length; none without either.
        @param trailer  called with each trailer line."""
        if "transfer-encoding" in fields:
            out = bytearray()
            while True:
                try:
                    size = int((await self.until(b"\r\n"))[:-2].split(b";")[0], 16)
                except ValueError:
                    raise Malformed("a chunk's size")
                if size == 0:
                    break
                out += await self.exactly(size)
                if await self.exactly(2) != b"\r\n":
                    raise Malformed("a chunk's end")
            while (line := await self.until(b"\r\n")) != b"\r\n":
                if trailer:
                    trailer(line[:-2].decode("latin-1"))
            return bytes(out)
        if "content-length" in fields:
            if len(set(fields["content-length"])) > 1:
                raise Malformed("two lengths")
            return await self.exactly(int(fields["content-length"][0]))
        return b""


class Malformed(Gone):
    """Framing that is not HTTP/1: what waggle sends must never be that."""


def first(fields, name, otherwise=""):
    return fields.get(name, [otherwise])[0]
