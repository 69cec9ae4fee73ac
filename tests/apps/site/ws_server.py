"""ws_server.py PORT: python3-websockets; sends back each message. Says 1012 and ends at SIGTERM."""
import asyncio
import signal
import sys

import websockets


async def echo(connection, path=None):
    async for message in connection:
        await connection.send(message)


async def main():
    stop = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set_result, None)
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1]), max_size=4 << 20):
        await stop
asyncio.run(main())
