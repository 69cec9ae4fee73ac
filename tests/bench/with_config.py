#!/usr/bin/env python3
"""Becomes waggle with the benchmark's routes: with_config.py WAGGLE PORT B1 B2 FOLDER [FLAG...] (exec: the pid stays)."""
import os, sys

waggle, port, b1, b2, folder = sys.argv[1:6]
path = os.path.join(folder, "waggle-routes.toml")
with open(path, "w") as f:
    f.write("""[backends.app.loadBalancer.stickiness]
cookieName = "SRV"
[backends.app.servers.b1]
url = "http://127.0.0.1:%s"
[backends.app.servers.b2]
url = "http://127.0.0.1:%s"
[frontends.app]
backend = "app"
passHostHeader = true
[frontends.app.routes.r]
rule = "Host:bench.test"
""" % (b1, b2))
os.execv(waggle, [waggle, "--file.filename=" + path, "--file.watch=false", "--workers=1", "--loglevel=ERROR",
                  "--entryPoints=Name:http Address:127.0.0.1:%s" % port, *sys.argv[6:]])
