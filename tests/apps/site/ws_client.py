"""ws_client.py URL COUNT: messages of all sizes, text and binary, in one piece and in several, pings, and a proper end."""
import asyncio
import os
import sys

import websockets


async def main():
    async with websockets.connect(sys.argv[1].replace("http:", "ws:") + "/chat", max_size=4 << 20) as ws:
        for n in range(int(sys.argv[2])):
            size = (0, 1, 125, 126, 5000, 65535, 65536, 300_000)[n % 8]
            data = os.urandom(size) if n % 3 else "x" * size
            if n % 5 == 4 and size:
                parts = [data[:size // 3], data[size // 3:]]
                await ws.send(parts)
            else:
                await ws.send(data)
            got = await asyncio.wait_for(ws.recv(), 30)
            assert got == data, "message %d of %d bytes came back changed" % (n, size)
            if n % 7 == 0:
                await asyncio.wait_for(await ws.ping(), 30)
    assert ws.close_code == 1000, ws.close_code
asyncio.run(main())
