"""aiohttp_client.py URL: python3-aiohttp: uploads that are made as they are sent, and a WebSocket."""
import asyncio
import hashlib
import os
import sys

import aiohttp

url = sys.argv[1]


async def main():
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as s:
        async def upload(n):
            pieces = [os.urandom(8000) for _ in range(n)]

            async def made():
                for p in pieces:
                    yield p
                    await asyncio.sleep(.001)
            async with s.put(url + "/echo", data=made()) as r:
                assert await r.text() == hashlib.sha256(b"".join(pieces)).hexdigest(), r
        await asyncio.gather(*(upload(n) for n in range(0, 40, 5)))
        async with s.ws_connect(url + "/ws") as ws:
            for n in range(50):
                await ws.send_str("message %d" % n)
                m = await ws.receive(timeout=30)
                assert m.data == "message %d" % n, m
asyncio.run(main())
