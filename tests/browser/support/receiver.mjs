// A second origin: says yes to everything and remembers what was asked, or serves one document.
import { createServer, request } from "node:http";

export async function listen(handler) {
  const requests = [];
  const server = createServer((incoming, response) => {
    requests.push({ method: incoming.method, url: incoming.url });
    handler(incoming, response);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}

// Passes everything on to `target`, but keeps the answers that `holds(text)` until release().
export async function holdingProxy(target, holds) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const proxy = await listen((incoming, outgoing) => {
    const onward = request(new URL(incoming.url, target), { method: incoming.method, headers: incoming.headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", async () => {
        const body = Buffer.concat(parts);
        if (holds(body.toString("latin1"))) await released;
        outgoing.writeHead(answer.statusCode, answer.headers);
        outgoing.end(body);
      });
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  return { ...proxy, release };
}

export const thanks = (incoming, response) => {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end("<!doctype html><title>Back home</title><h1>Back home</h1>");
};
