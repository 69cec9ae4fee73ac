"""What uvicorn serves: plain answers, uploads, an event stream, a WebSocket, and the page of the browser's case."""
import asyncio
import hashlib

PAGE = b"""<!doctype html><title>loading</title><link rel=stylesheet href=/style.css>%s
<script type=module>
import {answer} from "/module.js";
const events = n => new Promise((done, fail) => { let seen = 0; const s = new EventSource("/events");
  s.onmessage = e => { if (e.data != seen++) fail("event " + e.data); if (seen == n) { s.close(); done(seen); } }; s.onerror = () => fail("event stream"); });
const socket = n => new Promise((done, fail) => { let seen = 0; const s = new WebSocket("ws://" + location.host + "/ws");
  s.onopen = () => s.send("0"); s.onerror = () => fail("socket");
  s.onmessage = e => { if (e.data != seen++) fail("message " + e.data); if (seen == n) { s.close(); done(seen); } else s.send("" + seen); }; });
const upload = async n => (await (await fetch("/length", {method: "POST", body: new Uint8Array(n)})).text());
await new Promise(loaded => document.readyState == "complete" ? loaded() : addEventListener("load", loaded));
try {
  const all = await Promise.all([events(5), socket(20), upload(200000), upload(0), ...[...Array(12).keys()].map(n => fetch("/text?" + n).then(r => r.text()))]);
  const images = [...document.images].filter(i => i.complete && i.naturalWidth == 7).length;
  const style = getComputedStyle(document.body).color;
  document.title = "done " + [answer, images, style, all.slice(0, 4).join(), new Set(all.slice(4)).size, all[4].length].join(" ");
} catch (e) { document.title = "failed " + e; }
</script>""" % b"".join(b"<img src=/image/%d.svg>" % n for n in range(24))
FILES = {"/page": ("text/html", PAGE), "/style.css": ("text/css", b"body { color: rgb(1, 2, 3) }\n" + b"/* " + b"x" * 3000 + b" */"),
         "/module.js": ("text/javascript", b"export const answer = 42;\n" + b"// " + b"y" * 5000),
         "/text": ("text/plain", b"some text, long enough to be worth compressing\n" * 200)}
IMAGE = b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><circle r="3"/></svg>'


async def answer(send, body, kind="text/plain"):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def upload(receive):
    while True:
        m = await receive()
        yield m.get("body", b"")
        if not m.get("more_body"):
            return


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await socket(receive, send)
    elif scope["type"] == "http":
        path = scope["path"]
        if path == "/echo":
            digest = hashlib.sha256()
            async for data in upload(receive):
                digest.update(data)
            await answer(send, digest.hexdigest().encode())
        elif path == "/length":
            await answer(send, b"%d" % sum([len(data) async for data in upload(receive)]))
        elif path == "/events":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]})
            for n in range(20):
                await send({"type": "http.response.body", "body": b"data: %d\n\n" % n, "more_body": True})
                await asyncio.sleep(.01)
            await send({"type": "http.response.body", "body": b""})
        elif path.startswith("/image/"):
            await answer(send, IMAGE, "image/svg+xml")
        else:
            kind, body = FILES.get(path, ("text/plain", b"hello"))
            await answer(send, body, kind)


async def socket(receive, send):
    """Sends each message back."""
    while (m := await receive())["type"] != "websocket.disconnect":
        if m["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", **{k: m[k] for k in ("text", "bytes") if m.get(k) is not None}})
