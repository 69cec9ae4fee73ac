"""Ports for the programs that a test starts.

They come from below the range that the kernel takes client ports from (32768 and up by default): a port out of that
range which was free a moment ago may belong to some connection by the time the program listens. They are handed out in
turn, so that one process never gets the same port twice in a row, and two test processes start at different places.
"""
import itertools
import os
import socket

FIRST, LAST = 23000, 31999
_turn = itertools.cycle(range(FIRST, LAST + 1))
for _ in range(os.getpid() * 131 % (LAST - FIRST)):
    next(_turn)


def free_port(host="127.0.0.1"):
    for port in itertools.islice(_turn, LAST - FIRST + 1):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((host, port))
                return port
            except OSError:
                pass
    raise OSError("no free port between %d and %d" % (FIRST, LAST))
