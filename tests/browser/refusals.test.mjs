// 100 MB that are refused at their first bytes: Chromium sends all of them before it reads, and must still show our words.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { choose, close, kPatience, launch, open, reaches, row } from "./support/browser.mjs";
import { listen, slowProxy } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kBig = 100_000_000;
const kFile = "holiday.mp4";  // a PDF that says it is a film

const kReasons = {
  "of a type that is not accepted": { words: /looks like a PDF document/ },
  "for a token that nobody knows": { words: /upload token is invalid/, token: () => "0123456789abcdef0123456789abcdef" },
  "for a token that has expired": { words: /upload token has expired/, token: async () => {
    const token = await server.token();
    await server.expire(token);
    return token;
  } },
  "too large": { words: /too large/, of: () => small },
};

let browser, folder, file, server, small;

before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "stile-refusals-"));
  file = join(folder, kFile);
  writeFileSync(file, "%PDF-1.7\n");
  truncateSync(file, kBig);
  // The page sends the whole file as its first chunk.
  server = await Server.start({ STILE_PAGE_CHUNK_BYTES: "200 MiB" });
  small = await Server.start({ STILE_UPLOAD_MAX_FILE_BYTES: "1 MiB" });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await small?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

// What Chromium shows after the form of a page elsewhere was sent to `base`.
async function postedForm(base, token) {
  const elsewhere = await listen((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(`<!doctype html><title>Elsewhere</title><form method="post" enctype="multipart/form-data"
      action="${base}/api/photo/redeem-upload-token"><input type="hidden" name="upload_token" value="${token}">
      <input type="file" id="file" name="file"><button>Send</button></form>`);
  });
  const page = await open(browser, `${elsewhere.origin}/`);
  try {
    page.elsewhereIsFine = true;
    const failures = [];
    page.on("requestfailed", (request) => failures.push(`${request.url()}: ${request.failure()?.errorText}`));
    await page.locator("#file").setInputFiles(file);
    await page.getByRole("button", { name: "Send" }).click({ noWaitAfter: true });
    await page.waitForURL(`${base}/**`, { timeout: kPatience });
    assert.deepEqual(failures, []);
    return await page.locator("body").innerText();
  } finally {
    await close(page);
    await elsewhere.close();
  }
}

for (const [reason, { words, token, of }] of Object.entries(kReasons)) {
  test(`a form of 100 MB ${reason} is told so`, async () => {
    const target = of?.() ?? server;
    assert.match(await postedForm(target.url, await (token?.() ?? target.token())), words);
  });
}

test("on a slow line too, and no reset is needed to end it", async () => {
  const proxy = await slowProxy(server.url, 40_000_000);
  try {
    const { words, token } = kReasons["for a token that nobody knows"];
    assert.match(await postedForm(proxy.origin, token()), words);
    assert.equal(proxy.passed() > kBig, true, "the whole body was taken");
    assert.deepEqual(proxy.breaks, []);
  } finally {
    await proxy.close();
  }
});

test("the upload page shows why its first chunk of 100 MB was refused", async () => {
  const page = await open(browser, await server.page());
  await choose(page, file);
  await page.locator("#send").click();
  await reaches(page, kFile, "refused");
  assert.match(await row(page, kFile).locator(".status").innerText(), /PDF.*accepted/is);
  await close(page);
});

test("the upload page shows that its link has expired meanwhile, with the first chunk of 100 MB under way", async () => {
  const token = await server.token();
  const page = await open(browser, server.pageOf(token));
  await choose(page, file);
  await server.expire(token);
  await page.locator("#send").click();
  await page.waitForFunction(() => /expired/i.test(document.body.innerText), undefined, { timeout: kPatience });
  await close(page);
});
