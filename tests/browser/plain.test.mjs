// Without scripts, from other origins, and what the page weighs: everything around the page's own script.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { close, launch, open } from "./support/browser.mjs";
import { Media, sha256 } from "./support/media.mjs";
import { listen, thanks } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kLimit = 60_000;  // bytes, compressed: document, scripts and styles

let browser, media, server, receiver;

before(async () => {
  browser = await launch();
  media = await Media.make(browser);
  server = await Server.start();
  receiver = await listen(thanks);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.close();
});

test("without scripts the form sends the file and the return address is reached", async () => {
  const page = await open(browser, await server.page({ "return-url": `${receiver.origin}/after` }), { javaScriptEnabled: false });
  page.elsewhereIsFine = true;
  await page.locator("#file").setInputFiles(media.photo);
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(`${receiver.origin}/after*`);
  assert.match(new URL(page.url()).searchParams.get("photo_id"), /^\d+$/);
  assert.match(new URL(page.url()).searchParams.get("token"), /^[0-9a-f]{32}$/);
  await close(page);
});

test("without scripts and without a return address the answer is the photo's number", async () => {
  const page = await open(browser, await server.page(), { javaScriptEnabled: false });
  await page.locator("#file").setInputFiles(media.photo);
  const answer = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Send" }).click();
  assert.equal((await answer).status(), 200);
  await page.waitForLoadState();
  assert.match(await page.locator("body").innerText(), /\d+/);
  await close(page);
});

test("a bare Resumable.js page of another origin uploads with default options", async () => {
  const library = readFileSync(createRequire(import.meta.url).resolve("resumablejs"));
  const other = await listen((request, response) => {
    const script = request.url === "/resumable.js";
    response.writeHead(200, { "Content-Type": script ? "text/javascript" : "text/html; charset=utf-8" });
    response.end(script ? library : '<!doctype html><title>Elsewhere</title><input type="file" id="file"><script src="/resumable.js"></script>');
  });
  try {
    const token = await server.token();
    const page = await open(browser, `${other.origin}/`);
    page.elsewhereIsFine = true;
    await page.evaluate(([target, uploadToken]) => {
      const uploader = new globalThis.Resumable({ target, query: { upload_token: uploadToken } });
      uploader.assignBrowse(document.getElementById("file"));
      uploader.on("fileAdded", () => uploader.upload());
      globalThis.outcome = new Promise((resolve) => {
        uploader.on("fileSuccess", (file, message) => resolve({ message, chunks: file.chunks.length }));
        uploader.on("fileError", (file, message) => resolve({ error: message }));
      });
    }, [`${server.url}/api/photo/redeem-upload-token`, token]);
    await page.locator("#file").setInputFiles(media.video);
    const outcome = await page.evaluate(() => globalThis.outcome);
    assert.equal(outcome.error, undefined);
    assert.ok(outcome.chunks > 1);
    // The file has arrived: the link is used up, and the original is what was sent.
    const after = await fetch(server.pageOf(token));
    assert.match(await after.text(), /This link has been used/);
    await close(page);
  } finally {
    await other.close();
  }
});

test("document, scripts and styles together stay small, and may be kept", async () => {
  const answer = await fetch(await server.page({ title: "A title" }));
  const html = await answer.text();
  const paths = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(paths).size, 3, "a script, a style sheet and an icon");
  let weight = gzipSync(html).length;
  for (const path of paths) {
    const asset = await fetch(new URL(path, server.url));
    assert.equal(asset.status, 200);
    assert.match(asset.headers.get("cache-control") ?? "", /max-age=\d{7,}/, path);
    const bytes = Buffer.from(await asset.arrayBuffer());
    assert.ok(path.includes(sha256(bytes).slice(0, 8)), `${path} is named after its content`);
    weight += gzipSync(bytes).length;
  }
  assert.ok(weight < kLimit, `${weight} bytes`);
});

test("the page's policy allows nothing inline and nothing foreign", async () => {
  const answer = await fetch(await server.page({ "return-url": "https://films.example.net/back?x=1" }));
  const policy = answer.headers.get("content-security-policy");
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
    "form-action 'self' https://films.example.net", "base-uri 'none'", "frame-ancestors 'none'"]) {
    assert.ok(policy.split("; ").includes(part), `${part} is not in ${policy}`);
  }
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const html = await answer.text();
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?! type="application\/json"| src=)/);
});

test("a title cannot break out of the page", async () => {
  const title = "</script><script>document.title='broken'</script>\"'><b onclick=x>&amp;";
  const page = await open(browser, await server.page({ title }));
  assert.doesNotMatch(await page.title(), /^broken/);
  assert.equal(await page.locator("h1 b").count(), 0);
  await close(page);
});
