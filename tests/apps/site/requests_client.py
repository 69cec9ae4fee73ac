"""requests_client.py URL read|write: a session of python3-requests, as scripts use it."""
import hashlib
import os
import sys

import requests

url, what = sys.argv[1:]


def wanted(got, want, name):
    assert got == want, "%s: %r, wanted %r" % (name, got, want)


with requests.Session() as s:
    if what == "read":
        for _ in range(10):
            wanted(s.get(url + "/", timeout=30).text, "hello", "GET")
            wanted(s.head(url + "/", timeout=30).headers["Content-Length"], "5", "HEAD")
        wanted(len(s.get(url + "/big", timeout=30).content), 3_000_000, "large answer")
        with s.get(url + "/lines", stream=True, timeout=30) as r:
            wanted(sum(1 for _ in r.iter_lines()), 500, "lines")
        wanted(s.get(url + "/slow", timeout=30).text, "slow", "slow answer")
    else:
        for size in (0, 10, 70_000, 700_000):
            data = os.urandom(size)
            digest = hashlib.sha256(data).hexdigest()
            wanted(s.post(url + "/echo", data=data, timeout=30).text, digest, "POST of %d" % size)
            pieces = (data[i:i + 9000] for i in range(0, size, 9000))
            wanted(s.post(url + "/echo", data=pieces, timeout=30).text, digest, "chunked POST of %d" % size)
