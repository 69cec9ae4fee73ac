"""httpx_client.py URL read|write: python3-httpx, many requests at once."""
import asyncio
import hashlib
import os
import sys

import httpx

url, what = sys.argv[1:]


async def main():
    async with httpx.AsyncClient(base_url=url, timeout=30) as c:
        async def one(n):
            if what == "read":
                r = await c.get("/text?%d" % n)
                assert r.status_code == 200 and r.text.startswith("some text"), r
            else:
                data = os.urandom(n * 5000)
                r = await c.post("/echo", content=data)
                assert r.text == hashlib.sha256(data).hexdigest(), (r, r.text[:100])
        for _ in range(3):
            await asyncio.gather(*(one(n) for n in range(20)))
        if what == "read":
            async with c.stream("GET", "/events") as r:
                events = [line async for line in r.aiter_lines() if line.startswith("data")]
            assert len(events) == 20, events
asyncio.run(main())
