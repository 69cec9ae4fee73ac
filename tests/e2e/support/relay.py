"""A TCP endpoint for a node's Engine that a test can take away and give back: what a restarted Docker looks like from outside.

usage: relay.py LISTEN_IP PORT UNIX_SOCKET     (run it inside the node's network namespace; prints "ready"; ends with its parent)
"""
import ctypes
import signal
import socket
import sys
import threading


def pump(a, b):
    try:
        while True:
            data = a.recv(65536)
            if not data:
                break
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)      # PR_SET_PDEATHSIG
    ip, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((ip, port))
    listener.listen(64)
    print("ready", flush=True)
    while True:
        client, _ = listener.accept()
        engine = socket.socket(socket.AF_UNIX)
        try:
            engine.connect(path)
        except OSError:
            client.close()
            continue
        for pair in ((client, engine), (engine, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


if __name__ == "__main__":
    main()
