#!/usr/bin/env python3
"""Becomes waggle with one TCP or UDP service: with_l4_config.py WAGGLE tcp|udp PORT B1 B2 FOLDER [FLAG...] (exec: the pid stays)."""
import os, sys

waggle, protocol, port, b1, b2, folder = sys.argv[1:7]
path = os.path.join(folder, "waggle-%s.toml" % protocol)
servers = [b1, b2] if protocol == "tcp" else [b1]
with open(path, "w") as f:
    f.write("""[%(p)s.routers.app]
entryPoints = ["app"]
%(rule)sservice = "app"
[%(p)s.services.app.loadBalancer]
scheduler = "rr"
""" % {"p": protocol, "rule": "rule = \"HostSNI(`*`)\"\n" if protocol == "tcp" else ""})
    for server in servers:
        f.write("[[%s.services.app.loadBalancer.servers]]\naddress = \"127.0.0.1:%s\"\n" % (protocol, server))
os.execv(waggle, [waggle, "--file.filename=" + path, "--file.watch=false", "--workers=1", "--loglevel=ERROR",
                  "--entryPoints=Name:app Address:127.0.0.1:%s/%s" % (port, protocol), *sys.argv[7:]])
