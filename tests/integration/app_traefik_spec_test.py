#!/usr/bin/env python3
"""The built program against Traefik 1.7's behaviour where no recorded vector looks: one swarm of many services, a few requests to each.

    app_traefik_spec_test.py WAGGLE [unittest arguments]

Each row: labels of a service (its rule gets Host:NAME.test in front unless it has one), a request, what must come back. Needs only the
Python 3 standard library; no Docker, no root.
"""
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "lab"), os.path.join(TESTS, "support")]
sys.dont_write_bytecode = True
import echo_backend  # noqa: E402
import fake_engine  # noqa: E402
from ports import free_port  # noqa: E402

WAGGLE = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "waggle"
PATIENCE = 20 * float(os.environ.get("WAGGLE_TEST_SCALE", "1"))

F, B = "traefik.frontend.", "traefik.backend."
ANN = "ann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="  # secret
ANN_LINE = ("Authorization", "Basic YW5uOnNlY3JldA==")
BOB_LINE = ("Authorization", "Basic Ym9iOm5v")


def req(method="GET", target="/", *headers, host=None, body=None):
    return {"method": method, "target": target, "headers": list(headers), "host": host, "body": body}


def to(target, prefix=None, replaced=None, **more):
    """200, and the server got this target."""
    out = {"status": 200, "target": target, "got": {}}
    if prefix is not None:
        out["got"]["X-Forwarded-Prefix"] = prefix
    if replaced is not None:
        out["got"]["X-Replaced-Path"] = replaced
    out["got"].update(more.pop("got", {}))
    out.update(more)
    return out


def answer(status, body=None, fields=None, lacks=()):
    return {"status": status, "body": body, "fields": fields or {}, "lacks": lacks}


NOT_FOUND = answer(404, "404 page not found\n")


def moved(status, location):
    return answer(status, None, {"Location": location})


# name: (labels, [(request, expectation), …])
CASES = {
    # 6.1 grammar
    "blanks": ({F + "rule": "  Host :  Blanks.test , other.test ;; PathPrefix : /a "},
               [(req(target="/a/b", host="blanks.test"), to("/a/b")), (req(target="/ab", host="OTHER.test:8080"), to("/ab")), (req(target="/b"), NOT_FOUND)]),
    "colons": ({F + "rule": "PathPrefix:/x::y:"}, [(req(target="/x:y1"), to("/x:y1")), (req(target="/x::y"), NOT_FOUND)]),
    "no-args": ({F + "rule": "PathPrefix: , "}, [(req(), NOT_FOUND)]),
    # 6.2 matchers
    "host-port": ({F + "rule": "Host:host-port.test:80"}, [(req(host="host-port.test"), NOT_FOUND), (req(host="host-port.test:80"), NOT_FOUND)]),
    "host-absolute": ({F + "rule": "Host:host-absolute.test"}, [(req(target="http://host-absolute.test/x", host="elsewhere.test"), to("/x"))]),
    "host-regexp": ({F + "rule": "HostRegexp:{sub:[a-z]+}.host-regexp.test,{any}.any-regexp.test"},
                    [(req(host="AbC.host-regexp.test:81"), to("/")), (req(host="a1.host-regexp.test"), NOT_FOUND), (req(host="x.any-regexp.test"), to("/")),
                     (req(host="x.y.any-regexp.test"), NOT_FOUND), (req(host="a.host-regexp.test.evil"), NOT_FOUND)]),
    "path-template": ({F + "rule": "Path:/t/{id:[0-9]+},/u/{rest:.*}"},
                      [(req(target="/t/12"), to("/t/12")), (req(target="/t/12/"), moved(301, "/t/12")), (req(target="/t/x"), NOT_FOUND), (req(target="/u/a/b"), to("/u/a/b"))]),
    "path-slash": ({F + "rule": "Path:/with/,/without"},
                   [(req(target="/with?a=b"), moved(301, "/with/?a=b")), (req("POST", "/without/", body="x"), moved(301, "/without")),
                    (req("HEAD", "/with"), moved(301, "/with/")), (req(target="/without"), to("/without")),
                    (req(target="/without/"), answer(301, "<a href=\"/without\">Moved Permanently</a>.\n\n"))]),
    "path-bad": ({F + "rule": "Path:relative,/{open,/fine"}, [(req(target="/fine"), to("/fine")), (req(target="/relative"), NOT_FOUND)]),
    "prefix-text": ({F + "rule": "PathPrefix:/foo"}, [(req(target="/foobar"), to("/foobar")), (req(target="/Foo"), NOT_FOUND), (req(target="/%66oo"), to("/%66oo"))]),
    "prefix-relative": ({F + "rule": "PathPrefix:foo"}, [(req(target="/foo"), NOT_FOUND)]),
    "method": ({F + "rule": "Method:get,PUT"}, [(req(), to("/")), (req("PUT", body=""), to("/")), (req("DELETE"), NOT_FOUND)]),
    "headers": ({F + "rule": "Headers:x-one,1,X-Two,b c"},
                [(req("GET", "/", ("X-One", "0"), ("X-One", "1"), ("X-Two", "b c")), to("/")), (req("GET", "/", ("X-One", "1")), NOT_FOUND),
                 (req("GET", "/", ("X-One", "11"), ("X-Two", "b c")), NOT_FOUND)]),
    "headers-odd": ({F + "rule": "Headers:X-One"}, [(req("GET", "/", ("X-One", "1")), NOT_FOUND)]),
    "headers-host": ({F + "rule": "Headers:Host,headers-host.test"}, [(req(), NOT_FOUND)]),
    "headers-regexp": ({F + "rule": "HeadersRegexp:Accept,text/(html|xml)"},
                       [(req("GET", "/", ("Accept", "a/b, text/xml;q=1")), to("/")), (req("GET", "/", ("Accept", "text/plain")), NOT_FOUND)]),
    "headers-regexp-bad": ({F + "rule": "HeadersRegexp:Accept,(?=x)"}, [(req("GET", "/", ("Accept", "x")), NOT_FOUND)]),
    "query": ({F + "rule": "Query:a={n:[0-9]+},b=,c=x y"},
              [(req(target="/?a=12&b&c=x+y"), to("/?a=12&b&c=x+y")), (req(target="/?a=12&b=7&c=x%20y"), to("/?a=12&b=7&c=x%20y")),
               (req(target="/?a=12&c=x+y"), NOT_FOUND), (req(target="/?a=x&a=1&b=&c=x+y"), NOT_FOUND), (req(target="/?A=12&b&c=x+y"), NOT_FOUND)]),
    "query-pairs": ({F + "rule": "Query:a,1"}, [(req(target="/?a=1"), to("/?a=1")), (req(target="/?a=2"), NOT_FOUND)]),
    # 6.4 modifiers
    "strip-longest": ({F + "rule": "PathPrefixStrip:/a,/ab"}, [(req(target="/abc"), to("/c", "/ab")), (req(target="/a/x"), to("/x", "/a")), (req(target="/a"), to("/", "/a"))]),
    "strip-double": ({F + "rule": "PathPrefixStrip:/foo"}, [(req(target="/foo//bar"), to("//bar", "/foo")), (req(target="/foo/a%2Fb?q"), to("/a%2Fb?q", "/foo"))]),
    "strip-both": ({F + "rule": "PathPrefixStrip:/x;PathPrefixStrip:/x/y"}, [(req(target="/x/y/z"), to("/z", "/x/y")), (req(target="/x/z"), NOT_FOUND)]),
    "strip-path": ({F + "rule": "PathStrip:/only"}, [(req(target="/only"), to("/", "/only")), (req(target="/only/x"), NOT_FOUND), (req(target="/only/"), moved(301, "/only"))]),
    "strip-braces": ({F + "rule": "PathPrefixStrip:/{v:v[0-9]}"}, [(req(target="/v1/x"), NOT_FOUND)]),
    "strip-regex": ({F + "rule": "PathPrefixStripRegex:/api/{v:v[0-9]}/,/other"},
                    [(req(target="/api/v1/users"), to("/users", "/api/v1/")), (req(target="/other/x"), to("/x", "/other")), (req(target="/api/vx/users"), NOT_FOUND)]),
    "strip-regex-path": ({F + "rule": "PathStripRegex:/p/{id}"}, [(req(target="/p/7"), to("/", "/p/7")), (req(target="/p/7/8"), NOT_FOUND)]),
    "add-prefix": ({F + "rule": "PathPrefixStrip:/a;AddPrefix:/b"}, [(req(target="/a/c?x=1"), to("/b/c?x=1", "/a"))]),
    "add-last": ({F + "rule": "PathPrefix:/;AddPrefix:/one,/two;AddPrefix:/three"}, [(req(target="/c"), to("/three/c"))]),
    "add-relative": ({F + "rule": "PathPrefix:/;AddPrefix:rel"}, [(req(target="/c"), to("/"))]),
    "replace-regex": ({F + "rule": "PathPrefix:/;ReplacePathRegex: ^/old/(.*)/(?P<last>.*) /new/${last}/$1"},
                      [(req(target="/old/a/b?q=1"), to("/new/b/a?q=1", replaced="/old/a/b")), (req(target="/young"), to("/young", lacks=("X-Replaced-Path",)))]),
    "replace-name": ({F + "rule": "PathPrefix:/;ReplacePathRegex:^/(.*) /$1x"}, [(req(target="/abc"), to("/", replaced="/abc"))]),
    "replace-three": ({F + "rule": "PathPrefix:/;ReplacePathRegex:^/(.*) /a b"}, [(req(target="/abc"), to("/abc", lacks=("X-Replaced-Path",)))]),
    "replace-path": ({F + "rule": "PathPrefixStrip:/a;AddPrefix:/b;ReplacePath:/end"}, [(req(target="/a/c?x"), to("/end?x", "/a", "/b/c"))]),
    # 6.5 priority: the label above 0, else the rule's length in bytes
    "prio-low": ({F + "rule": "Host:prio.test;PathPrefix:/deep/er/still", F + "priority": "1"}, [(req(target="/deep/er/still", host="prio.test"), to("/deep/er/still", name="prio-mid"))]),
    "prio-mid": ({F + "rule": "Host:prio.test;PathPrefix:/deep"}, []),
    "prio-negative": ({F + "rule": "Host:prio.test;PathPrefix:/deep/x/longer", F + "priority": "-5"}, [(req(target="/deep/x/longer", host="prio.test"), to("/deep/x/longer", name="prio-negative"))]),
    # 7.4 sticky attributes
    "sticky-name": ({B + "loadbalancer.stickiness": "true", B + "loadbalancer.stickiness.cookieName": "a b=c;ü_d"},
                    [(req(), to("/", fields={"Set-Cookie": "a_b_c___d={URL}; Path=/"}))]),
    "sticky-all": ({B + "loadbalancer.stickiness": "true", B + "loadbalancer.stickiness.cookieName": "c", B + "loadbalancer.stickiness.secure": "true",
                    B + "loadbalancer.stickiness.httpOnly": "1", B + "loadbalancer.stickiness.sameSite": "strict"},
                   [(req(), to("/", fields={"Set-Cookie": "c={URL}; Path=/; HttpOnly; Secure; SameSite=Strict"})),
                    (req("GET", "/", ("Cookie", 'x=1; c="{URL}"; c=http://other')), to("/", lacks=("Set-Cookie",))),
                    (req("GET", "/", ("Cookie", "c={URL}/")), to("/", fields={"Set-Cookie": "c={URL}; Path=/; HttpOnly; Secure; SameSite=Strict"})),
                    (req("GET", "/", ("Cookie", "c={URL}?q#f")), to("/", lacks=("Set-Cookie",)))]),
    "sticky-case": ({B + "loadbalancer.stickiness": "true", B + "loadbalancer.stickiness.cookieName": "c", B + "loadbalancer.stickiness.sameSite": "Lax"},
                    [(req(), to("/", fields={"Set-Cookie": "c={URL}; Path=/"}))]),
    "sticky-old": ({B + "loadbalancer.sticky": "true"}, [(req(), to("/", fields={"Set-Cookie": "_TRAEFIK_BACKEND={URL}; Path=/"}))]),
    # 7.6 limits
    "conn-zero": ({B + "maxconn.amount": "0"}, [(req(), to("/"))]),
    "conn-negative": ({B + "maxconn.amount": "-1"}, [(req(), answer(429, "max connections reached: -1"))]),
    "conn-extractor": ({B + "maxconn.amount": "5", B + "maxconn.extractorfunc": "client.name"}, [(req(), NOT_FOUND)]),
    "rate-two": ({F + "rateLimit.extractorFunc": "request.header.X-Key", F + "rateLimit.rateSet.a.period": "100", F + "rateLimit.rateSet.a.average": "1",
                  F + "rateLimit.rateSet.a.burst": "1", F + "rateLimit.rateSet.b.period": "10s", F + "rateLimit.rateSet.b.average": "9", F + "rateLimit.rateSet.b.burst": "9"},
                 [(req("GET", "/", ("X-Key", "one")), to("/")), (req("GET", "/", ("X-Key", "one")), answer(429, None, {"Retry-After": "100"})),
                  (req("GET", "/", ("X-Key", "two")), to("/"))]),
    "rate-none": ({F + "rateLimit.rateSet.a.period": "100", F + "rateLimit.rateSet.a.average": "1", F + "rateLimit.rateSet.a.burst": "1"}, [(req(), to("/")), (req(), to("/"))]),
    "rate-zero": ({F + "rateLimit.extractorFunc": "client.ip", F + "rateLimit.rateSet.a.period": "10s", F + "rateLimit.rateSet.a.average": "x"}, [(req(), NOT_FOUND)]),
    # 7.7, 7.8
    "breaker-bad": ({B + "circuitbreaker.expression": "NetworkErrorRatio() > 1"}, [(req(), NOT_FOUND)]),
    "breaker-latency": ({B + "circuitbreaker.expression": "LatencyAtQuantileMS(50.0) > 100000 && (NetworkErrorRatio() >= 0.5 || ResponseCodeRatio(500, 600, 0, 600) > 0.9)"}, [(req(), to("/"))]),
    "buffer-request": ({B + "buffering.maxRequestBodyBytes": "4"},
                       [(req("POST", body="12345"), answer(413, "Request Entity Too Large")), (req("POST", body="1234"), to("/"))]),
    "buffer-answer": ({B + "buffering.maxResponseBodyBytes": "10"}, [(req(target="/?_size=11"), answer(500, "Internal Server Error")), (req(target="/?_size=10"), answer(200, "x" * 10))]),
    "buffer-negative": ({B + "buffering.memRequestBodyBytes": "-1"}, [(req(), NOT_FOUND)]),
    "buffer-retry": ({B + "buffering.retryExpression": "Attempts() <= 2 && ResponseCode() == 503"}, [(req(target="/?_status=503"), {"status": 503, "target": "/?_status=503", "hits": 3})]),
    # 8.2 redirect
    "redirect-entry": ({F + "redirect.entryPoint": "traefik"},
                       [(req(target="/a?b"), moved(302, "http://redirect-entry.test:{API_PORT}/a?b")), (req("POST", "/a", body=""), moved(307, "http://redirect-entry.test:{API_PORT}/a"))]),
    "redirect-self": ({F + "redirect.entryPoint": "http"}, [(req(), to("/"))]),
    "redirect-nowhere": ({F + "redirect.entryPoint": "https"}, [(req(), NOT_FOUND)]),
    "redirect-regex": ({F + "rule": "PathPrefixStrip:/in", F + "redirect.regex": "^http://redirect-regex\\\\.test/in/(.*)", F + "redirect.replacement": "https://new.test/${1}", F + "redirect.permanent": "true"},
                       [(req(target="/in/x?y=1"), answer(301, "Moved Permanently", {"Location": "https://new.test/x?y=1", "Content-Type": "text/plain; charset=utf-8"})),
                        (req("PUT", "/in/x", body=""), answer(308, "Permanent Redirect", {"Location": "https://new.test/x"})), (req(target="/in"), to("/", "/in"))]),
    "redirect-both": ({F + "redirect.entryPoint": "traefik", F + "redirect.regex": "(", F + "redirect.replacement": "x"}, [(req(), moved(302, "http://redirect-both.test:{API_PORT}/"))]),
    "redirect-bad": ({F + "redirect.regex": "(", F + "redirect.replacement": "x"}, [(req(), NOT_FOUND)]),
    # 8.3 white list
    "white-v6": ({F + "whiteList.sourceRange": "::1,127.0.0.0/8"}, [(req(), to("/"))]),
    "white-no": ({F + "whiteList.sourceRange": "10.0.0.0/8"}, [(req(), answer(403, "Forbidden"))]),
    "white-old": ({F + "whitelistSourceRange": "10.0.0.1"}, [(req(), answer(403, "Forbidden"))]),
    # 8.4 auth
    "auth-basic": ({F + "auth.basic.users": ANN, F + "auth.basic.removeHeader": "true", F + "auth.headerField": "X-webAuth-User"},
                   [(req(), answer(401, "401 Unauthorized\n", {"Www-Authenticate": 'Basic realm="traefik"', "Content-Type": "text/plain"})), (req("GET", "/", BOB_LINE), answer(401)),
                    (req("GET", "/", ANN_LINE, ("X-WebAuth-User", "eve")), to("/", got={"X-webAuth-User": "ann"}, spelled="X-webAuth-User", lost=("Authorization",)))]),
    "auth-old": ({F + "auth.basic": ANN, F + "auth.basic.users": "eve:x"}, [(req("GET", "/", ANN_LINE), to("/", got={"Authorization": ANN_LINE[1]}))]),
    "auth-bad": ({F + "auth.basic.users": "ann"}, [(req("GET", "/", ANN_LINE), NOT_FOUND)]),
    "auth-file": ({F + "auth.basic.usersFile": "/no/such/file"}, [(req("GET", "/", ANN_LINE), NOT_FOUND)]),
    "auth-digest": ({F + "auth.digest.users": "ann:traefik:a2688e031edb4be6a3797f3882655c05"}, [(req(), {"status": 401, "begins": {"Www-Authenticate": 'Digest realm="traefik", nonce="'}})]),
    "auth-field-alone": ({F + "auth.headerField": "X-User"}, [(req("GET", "/", ("X-User", "me")), to("/", got={"X-User": "me"}))]),
    "auth-segment": ({F + "rule": "Host:unused.test", "traefik.web.frontend.rule": "Host:auth-segment.test", "traefik.web.frontend.auth.basic.users": ANN,
                      "traefik.open.frontend.rule": "Host:auth-segment.test;PathPrefix:/open"},
                     [(req(), answer(401)), (req(target="/open"), to("/open"))]),
    # 8.5 error pages
    "errors": ({F + "errors.a.status": "500-502, 404", F + "errors.a.backend": "pages", F + "errors.a.query": "/{status}/x?at={status}"},
               [(req(target="/?_status=501"), {"status": 501, "target": "/501/x?at=501", "name": "pages", "got": {"Host": "0.0.0.0"}}), (req(target="/?_status=503"), {"status": 503, "target": "/?_status=503", "name": "errors"}),
                (req(target="/?_status=404"), {"status": 404, "target": "/404/x?at=404", "name": "pages"})]),
    "errors-self": ({F + "errors.a.status": "500", F + "errors.a.backend": "errors-self", F + "errors.a.query": "/e"}, [(req(target="/?_status=500"), {"status": 500, "target": "/?_status=500"})]),
    "errors-none": ({F + "errors.a.status": "500", F + "errors.a.backend": "nobody", F + "errors.a.query": "/e"}, [(req(target="/?_status=500"), {"status": 500, "target": "/?_status=500"})]),
    "pages": ({B[:-1]: "pages"}, []),
    # 8.6 headers
    "headers-custom": ({F + "headers.customRequestHeaders": "x-one:1||X-Two: a:b ||X-Gone:||Host:evil.test", F + "headers.customResponseHeaders": "X-Answer:yes||Server:"},
                       [(req("GET", "/", ("X-One", "0"), ("X-Gone", "here")), to("/", got={"X-One": "1", "X-Two": "a:b", "Host": "headers-custom.test"}, lost=("X-Gone",), fields={"X-Answer": "yes"}, lacks=("Server",)))]),
    "headers-noentry": ({F + "headers.customRequestHeaders": "broken||X-Fine:1"}, [(req(), to("/", got={"X-Fine": "1"}))]),
    "hosts": ({F + "headers.allowedHosts": "Hosts.test, b.test", F + "rule": "PathPrefix:/hosts-only"},
              [(req(target="/hosts-only", host="hosts.test"), to("/hosts-only")), (req(target="/hosts-only", host="evil.test"), answer(500, "Bad Host\n")), (req(target="/hosts-only", host="hosts.test:81"), answer(500))]),
    "hosts-dev": ({F + "headers.allowedHosts": "b.test", F + "headers.SSLRedirect": "true", F + "headers.isDevelopment": "true"}, [(req(), to("/"))]),
    "ssl": ({F + "headers.SSLRedirect": "true", F + "headers.SSLProxyHeaders": "X-Forwarded-Proto:https"},
            [(req(target="/a?b"), moved(301, "https://ssl.test/a?b"))]),
    "ssl-host": ({F + "headers.SSLRedirect": "true", F + "headers.SSLTemporaryRedirect": "true", F + "headers.SSLHost": "safe.test"}, [(req(target="/a"), moved(307, "https://safe.test/a"))]),
    "secure": ({F + "headers.frameDeny": "true", F + "headers.contentTypeNosniff": "true", F + "headers.browserXSSFilter": "true", F + "headers.referrerPolicy": "same-origin",
                F + "headers.contentSecurityPolicy": "default-src 'self'", F + "headers.STSSeconds": "10", F + "headers.publicKey": "pin"},
               [(req(), to("/", fields={"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "X-Xss-Protection": "1; mode=block", "Referrer-Policy": "same-origin",
                                        "Content-Security-Policy": "default-src 'self'"}, lacks=("Strict-Transport-Security", "Public-Key-Pins")))]),
    "secure-forced": ({F + "headers.forceSTSHeader": "true", F + "headers.STSSeconds": "10", F + "headers.STSPreload": "true", F + "headers.customFrameOptionsValue": "SAMEORIGIN",
                       F + "headers.customBrowserXSSValue": "0"},
                      [(req(), to("/", fields={"Strict-Transport-Security": "max-age=10; preload", "X-Frame-Options": "SAMEORIGIN", "X-Xss-Protection": "0"}))]),
    # 9.2
    "own-host": ({F + "passHostHeader": "false"}, [(req(), to("/", got={"Host": "{SERVER}", "X-Forwarded-Host": "own-host.test"}))]),
    "weight-negative": ({"traefik.weight": "-1"}, [(req(), NOT_FOUND)]),
}

# With --compat=traefik1 only: what waggle does otherwise unless asked.
COMPAT = {
    "slash-first": ({F + "rule": "Host:slash.test;Path:/a;Method:POST"}, [(req(target="/a/", host="slash.test"), moved(301, "/a"))]),
    "slash-next": ({F + "rule": "Host:slash.test"}, [(req(target="/b/", host="slash.test"), to("/b/"))]),
    "forwarded": ({}, [(req("GET", "/", ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Server", "me")),
                        to("/", got={"X-Forwarded-For": "1.2.3.4, 127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}))]),
    "ssl-forwarded": ({F + "headers.SSLRedirect": "true", F + "headers.SSLProxyHeaders": "X-Forwarded-Proto:https", F + "headers.STSSeconds": "300", F + "headers.STSIncludeSubdomains": "true"},
                      [(req("GET", "/", ("X-Forwarded-Proto", "https")), to("/", fields={"Strict-Transport-Security": "max-age=300; includeSubDomains"}))]),
    "white-forwarded": ({F + "whiteList.sourceRange": "10.0.0.0/8", F + "whiteList.useXForwardedFor": "true"},
                        [(req(), answer(403)), (req("GET", "/", ("X-Forwarded-For", "8.8.8.8, 10.1.1.1")), to("/"))]),
    "port-plus": ({"traefik.port": "+{PORT}"}, [(req(), NOT_FOUND)]),
}


class Swarm:
    def __init__(self, cases, flags):
        self.cases, self.servers = cases, {}
        names = sorted(cases)
        ports = [free_port() for _ in names]
        self.echo = dict(zip(names, echo_backend.start(ports)))
        services, tasks = [], []
        for i, (name, port) in enumerate(zip(names, ports)):
            labels = {"traefik.port": str(port), F + "rule": "Host:%s.test" % name}
            labels.update(cases[name][0])
            labels["traefik.port"] = labels["traefik.port"].replace("{PORT}", str(port))
            rule = labels[F + "rule"]
            if "traefik.frontend.rule" in cases[name][0] and "host" not in rule.lower() and "hosts-only" not in rule:
                labels[F + "rule"] = "Host:%s.test;%s" % (name, rule)
            self.servers[port] = name
            services.append({"ID": "service%d" % i, "Version": {"Index": 1}, "Spec": {"Name": name, "Labels": labels, "Mode": {"Replicated": {"Replicas": 1}}, "EndpointSpec": {"Mode": "vip"}}})
            tasks.append({"ID": "task%d" % i, "Version": {"Index": 1}, "ServiceID": "service%d" % i, "Slot": 1, "NodeID": "n", "DesiredState": "running", "Status": {"State": "running"},
                          "NetworksAttachments": [{"Network": {"ID": "net", "Spec": {"Name": "app"}}, "Addresses": ["127.0.0.1/8"]}]})
        state = {"services": services, "tasks": tasks, "networks": [{"Id": "net", "Name": "app", "Scope": "swarm", "Driver": "overlay"}]}
        self.engine = fake_engine.Engine()
        self.engine.set_state(state, quiet=True)
        self.engine_server, address = fake_engine.serve(self.engine, "tcp:127.0.0.1:0")
        self.port, self.api = free_port(), free_port()
        self.process = subprocess.Popen([WAGGLE, "--docker", "--docker.swarmmode", "--docker.endpoint=tcp://" + address[4:], "--api",
                                         "--entryPoints=Name:http Address:127.0.0.1:%d" % self.port, "--entryPoints=Name:traefik Address:127.0.0.1:%d" % self.api, *flags],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while self.ask(req(host="nobody.test"))[0] != 404:
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError("no table")
            time.sleep(0.05)

    def ask(self, r):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.putrequest(r["method"], r["target"], skip_host=True, skip_accept_encoding=True)
            c.putheader("Host", r["host"])
            for k, v in r["headers"]:
                c.putheader(k, v)
            if r["body"] is not None:
                c.putheader("Content-Length", str(len(r["body"])))
            c.endheaders((r["body"] or "").encode())
            a = c.getresponse()
            return a.status, a.getheaders(), a.read().decode("utf-8", "replace")
        except OSError:
            return 0, [], ""
        finally:
            c.close()

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.engine.done.set()
        self.engine_server.shutdown()
        self.engine_server.server_close()
        for s in self.echo.values():
            s.shutdown()
            s.server_close()


class Behaviour(unittest.TestCase):
    def play(self, cases, flags=()):
        swarm = Swarm(cases, flags)
        self.addCleanup(swarm.close)
        for name, (_, rows) in cases.items():
            for i, (r, want) in enumerate(rows):
                with self.subTest(case=name, row=i, request="%s %s" % (r["method"], r["target"])):
                    self.check(swarm, name, r, want)

    def check(self, swarm, name, r, want):
        server = "127.0.0.1:%d" % swarm.echo[name].server_address[1]

        def fill(text):
            return text.replace("{URL}", "http://" + server).replace("{SERVER}", server).replace("{API_PORT}", str(swarm.api))
        hits = swarm.echo[name].hits
        r = dict(r, host=r["host"] or name + ".test", headers=[(k, fill(v)) for k, v in r["headers"]])
        status, fields, body = swarm.ask(r)
        self.assertEqual(status, want["status"], body)
        have = {}
        for k, v in fields:
            have.setdefault(k.lower(), []).append(v)
        for k, v in want.get("fields", {}).items():
            self.assertEqual(have.get(k.lower()), [fill(v)], k)
        for k, v in want.get("begins", {}).items():
            self.assertTrue(have.get(k.lower(), [""])[0].startswith(v), have)
        for k in want.get("lacks", ()):
            self.assertNotIn(k.lower(), have)
        if want.get("body") is not None:
            self.assertEqual(body, want["body"])
        if "hits" in want:
            self.assertEqual(swarm.echo[name].hits - hits, want["hits"])
        if "target" not in want:
            return
        got = json.loads(body)
        self.assertEqual(got["target"], want["target"])
        self.assertEqual(swarm.servers[got["port"]], want.get("name", name))
        sent = {}
        for k, v in got["headers"]:
            sent.setdefault(k.lower(), []).append(v)
        for k, v in want.get("got", {}).items():
            self.assertEqual(sent.get(k.lower()), [fill(v)], k)
        for k in want.get("lost", ()):
            self.assertNotIn(k.lower(), sent)
        if "spelled" in want:
            self.assertIn(want["spelled"], [k for k, _ in got["headers"]])
        for k in want.get("lacks", ()):
            self.assertNotIn(k.lower(), sent)

    def test_as_waggle_comes(self):
        self.play(CASES)

    def test_compat(self):
        self.play({**CASES, **COMPAT}, ["--compat=traefik1"])

    def test_bad_requests_are_told_what_traefik_tells(self):
        swarm = Swarm({"any": ({}, [])}, ())
        self.addCleanup(swarm.close)
        for head, said in (("Accept: x", "400 Bad Request: missing required Host header"), ("Host: a b", "400 Bad Request: malformed Host header"),
                           ("Host: any.test\r\nHost: any.test", "400 Bad Request: too many Host headers"), ("Host: any.test\r\nBad Name: x", "400 Bad Request: invalid header name"),
                           ("Host: any.test\r\nX: a\x01b", "400 Bad Request: invalid header value"), ("Host: any.test\r\nno colon", "400 Bad Request")):
            with self.subTest(head=head), socket.create_connection(("127.0.0.1", swarm.port), timeout=10) as c:
                c.sendall(("GET / HTTP/1.1\r\n" + head + "\r\n\r\n").encode())
                answer = b""
                while part := c.recv(65536):
                    answer += part
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
                self.assertEqual(answer.partition(b"\r\n\r\n")[2].decode(), said)

    def test_a_breaker_trips_and_says_503(self):
        swarm = Swarm({"trip": ({B + "circuitbreaker.expression": "ResponseCodeRatio(500, 600, 0, 600) > 0.5"}, [])}, ())
        self.addCleanup(swarm.close)
        end = time.monotonic() + PATIENCE
        while True:
            status, _, body = swarm.ask(req(target="/?_status=500", host="trip.test"))
            if status == 503:
                break
            self.assertEqual(status, 500)
            self.assertLess(time.monotonic(), end, "it never tripped")
            time.sleep(0.02)
        self.assertEqual(body, "Service Unavailable")
        hits = swarm.echo["trip"].hits
        self.assertEqual(swarm.ask(req(host="trip.test"))[0], 503)
        self.assertEqual(swarm.echo["trip"].hits, hits)


if __name__ == "__main__":
    threading.stack_size(256 * 1024)
    unittest.main()
