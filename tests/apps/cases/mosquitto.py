"""mosquitto, by paho: connections that work, and some that are idle beyond every limit that HTTP has here."""
import os
import struct

from layer4_case import Layer4Case


def packet(kind, body):
    return bytes([kind, len(body)]) + body


def text(value):
    return struct.pack("!H", len(value)) + value


class App(Layer4Case):
    name, protocol, idle = "mosquitto", "mqtt", 3
    flags = ("--respondingTimeouts.idleTimeout=1s", "--respondingTimeouts.readTimeout=1s", "--respondingTimeouts.writeTimeout=1s")

    def command(self, instance):
        with open(instance.folder + "/config", "w", encoding="utf-8") as f:
            f.write("listener %d 127.0.0.1\nallow_anonymous true\n%s" % (instance.port, "user root\n" if os.geteuid() == 0 else ""))
        return ["mosquitto", "-c", instance.folder + "/config"], {}

    def is_ready(self, instance):
        self.name_of = instance.name.encode()
        return super().is_ready(instance)

    def greets(self, sock):
        """It keeps a message that says who it is."""
        sock.sendall(packet(0x10, text(b"MQTT") + b"\x04\x02\x00\x3c" + text(b"readiness")))
        if sock.recv(4) != b"\x20\x02\x00\x00":
            return False
        sock.sendall(packet(0x33, text(b"who") + b"\x00\x01" + self.name_of))
        return sock.recv(4) == b"\x40\x02\x00\x01"
