"""redis-server, by redis-py."""
from layer4_case import Layer4Case


class App(Layer4Case):
    name, protocol = "redis", "redis"

    def command(self, instance):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(instance.port), "--save", "", "--dir", instance.folder], {}

    def greets(self, sock):
        sock.sendall(b"PING\r\n")
        return sock.recv(100).startswith(b"+PONG")
