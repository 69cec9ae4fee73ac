// What node serves: node_server.js PORT. Ends its requests at SIGTERM.
const http = require("http"), crypto = require("crypto");
const server = http.createServer((request, response) => {
  if (request.url === "/echo") {
    const digest = crypto.createHash("sha256");
    request.on("data", d => digest.update(d)).on("end", () => response.end(digest.digest("hex")));
  } else if (request.url === "/json") {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ numbers: [...Array(1000).keys()] }));
  } else if (request.url === "/pieces") {
    let n = 0;
    const next = () => n === 30 ? response.end() : (response.write("piece " + n++ + "\n"), setTimeout(next, 5));
    next();
  } else response.end("hello");
});
server.listen(+process.argv[2], "127.0.0.1");
process.on("SIGTERM", () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
