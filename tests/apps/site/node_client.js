// node_client.js URL read|write: fetch as applications use it, on kept connections.
const crypto = require("crypto");
const [url, what] = process.argv.slice(2);
const wanted = (got, want, name) => { if (got !== want) throw new Error(name + ": " + got + ", wanted " + want); };
const sha = data => crypto.createHash("sha256").update(data).digest("hex");
const text = async (path, options) => { const r = await fetch(url + path, options); wanted(r.status, 200, path); return r.text(); };
(async () => {
  if (what === "read") {
    for (let round = 0; round < 5; ++round) {
      wanted(JSON.parse(await text("/json")).numbers.length, 1000, "numbers");
      const all = await Promise.all([...Array(8).keys()].map(n => text("/text" + n)));
      wanted(all.filter(t => t === "hello").length, 8, "texts at once");
      wanted((await text("/pieces")).split("\n").length, 31, "pieces");
    }
  } else {
    for (const size of [0, 10, 70000, 700000]) {
      const data = crypto.randomBytes(size);
      wanted(await text("/echo", { method: "POST", body: data }), sha(data), "POST of " + size);
      const stream = new ReadableStream({ start(c) { for (let at = 0; at < size; at += 9000) c.enqueue(data.subarray(at, at + 9000)); c.close(); } });
      wanted(await text("/echo", { method: "POST", body: stream, duplex: "half" }), sha(data), "streamed POST of " + size);
      const form = new FormData();
      form.set("file", new Blob([data]), "name");
      await text("/echo", { method: "POST", body: form });
    }
  }
})().catch(e => { console.error(e, e.cause || ""); process.exit(1); });
