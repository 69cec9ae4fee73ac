"""What gunicorn serves."""
import hashlib
import time


def app(environ, start_response):
    path, length = environ["PATH_INFO"], None
    if path == "/echo":
        digest = hashlib.sha256()
        stream = environ["wsgi.input"]
        while data := stream.read(65536):
            digest.update(data)
        body = [digest.hexdigest().encode()]
    elif path == "/lines":
        body = (b"line %d\n" % n for n in range(500))  # without a length: chunked
        start_response("200 OK", [("Content-Type", "text/plain")])
        return body
    elif path == "/big":
        length, body = 3_000_000, (b"0123456789" * 10_000 for _ in range(30))
    elif path == "/slow":
        time.sleep(.3)
        body = [b"slow"]
    else:
        body = [b"hello"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(length or len(body[0])))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body  # gunicorn would send it
