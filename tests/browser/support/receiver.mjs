// A second origin: says yes to everything and remembers what was asked, or serves one document.
import { createServer, request } from "node:http";
import { connect, createServer as createListener } from "node:net";

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

// Passes bytes on to `target`, towards it no more than so many a second and no faster than it takes them; answers at once.
// `breaks`: codes of the errors that ended a connection to it.
export async function slowProxy(target, bytesPerSecond) {
  const { hostname, port } = new URL(target);
  const breaks = [], sockets = new Set();
  let passed = 0;
  const proxy = createListener({ allowHalfOpen: true }, (client) => {
    const server = connect({ host: hostname, port, allowHalfOpen: true });
    for (const [here, there] of [[client, server], [server, client]]) {
      sockets.add(here);
      here.on("end", () => there.end());
      here.on("close", () => sockets.delete(here));
    }
    client.on("data", (data) => {
      client.pause();
      passed += data.length;
      const go = () => setTimeout(() => client.resume(), (data.length / bytesPerSecond) * 1000);
      if (server.write(data)) go();
      else server.once("drain", go);
    });
    server.on("data", (data) => client.write(data));
    server.on("error", (error) => {
      breaks.push(error.code);
      client.resetAndDestroy();
    });
    client.on("error", () => server.resetAndDestroy());
  });
  await new Promise((ready) => proxy.listen(0, "127.0.0.1", ready));
  return {
    origin: `http://127.0.0.1:${proxy.address().port}`,
    breaks,
    passed: () => passed,
    close: () => new Promise((done) => {
      for (const socket of sockets) socket.destroy();
      proxy.close(done);
    }),
  };
}

export const thanks = (incoming, response) => {
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end("<!doctype html><title>Back home</title><h1>Back home</h1>");
};
