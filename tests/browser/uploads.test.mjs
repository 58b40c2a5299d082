// What a person comes for: the file arrives, whole, and they are told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { choose, close, holdAfter, launch, open, reaches, row } from "./support/browser.mjs";
import { Media, sha256 } from "./support/media.mjs";
import { listen, thanks } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kPhoto = "Evening above the valley.jpg";
const kVideo = "Walk to the stile.mp4";

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

// The original as the server serves it, found through what the page shows.
async function original(page, name) {
  const path = await row(page, name).locator(".media > *").getAttribute("src");
  const answer = await fetch(new URL(path, server.url));
  assert.equal(answer.status, 200);
  return { type: answer.headers.get("content-type"), hash: sha256(Buffer.from(await answer.arrayBuffer())) };
}

test("a photo arrives byte for byte", async () => {
  const page = await open(browser, await server.page());
  await choose(page, media.photo);
  await page.locator("#send").click();
  await reaches(page, kPhoto, "finished");
  assert.deepEqual(await original(page, kPhoto), { type: "image/jpeg", hash: sha256(readFileSync(media.photo)) });
  await close(page);
});

test("a video arrives byte for byte", async () => {
  const page = await open(browser, await server.page());
  await choose(page, media.video);
  await page.locator("#send").click();
  await reaches(page, kVideo, "finished");
  assert.deepEqual(await original(page, kVideo), { type: "video/mp4", hash: sha256(readFileSync(media.video)) });
  await close(page);
});

test("two files go through a link for two, and then it is used up", async () => {
  const token = await server.token({ "max-uploads": 2 });
  const page = await open(browser, server.pageOf(token));
  await choose(page, media.photo, media.video);
  await page.locator("#send").click();
  await reaches(page, kPhoto, "finished");
  await reaches(page, kVideo, "finished");
  assert.equal(await page.locator(".lead").innerText(), "Your 2 files have arrived. You can close this page.");
  assert.equal((await original(page, kPhoto)).hash, sha256(readFileSync(media.photo)));
  assert.equal((await original(page, kVideo)).hash, sha256(readFileSync(media.video)));
  assert.equal(await page.locator("#choose").isVisible(), false);
  // The same tab still says thanks after a reload; anybody else hears that the link has been used.
  await page.reload();
  await reaches(page, kPhoto, "finished");
  assert.equal(await page.locator("h1").innerText(), "Thank you");
  const other = await open(browser, server.pageOf(token));
  assert.equal(await other.locator("h1").innerText(), "This link has been used");
  await close(other);
  await close(page);
});

test("a second file can be added while the first is on its way", async () => {
  const page = await open(browser, await server.page({ "max-uploads": 2 }));
  const valve = await holdAfter(page, 3);
  await choose(page, media.photo);
  await page.locator("#send").click();
  await reaches(page, kPhoto, "uploading");
  await choose(page, media.video);
  await page.locator("#send").click();
  await reaches(page, kVideo, "queued");
  await valve.release();
  await reaches(page, kPhoto, "finished");
  await reaches(page, kVideo, "finished");
  await close(page);
});

test("the whole way can be gone by keyboard, and the focus is never lost", async () => {
  const page = await open(browser, await server.page());
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "choose");
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(media.photo);
  await reaches(page, kPhoto, "chosen");
  assert.equal(await page.evaluate(() => document.activeElement.id), "send");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none", "the focus is visible");
  await page.keyboard.press("Enter");
  await reaches(page, kPhoto, "finished");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  await close(page);
});

test("a screen reader hears milestones, not every percent", async () => {
  const page = await open(browser, await server.page());
  await page.evaluate(() => {
    globalThis.heard = [];
    const live = document.querySelector("[aria-live]");
    new MutationObserver(() => globalThis.heard.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true });
  });
  await choose(page, media.video);
  await page.locator("#send").click();
  await reaches(page, kVideo, "finished");
  const heard = await page.evaluate(() => globalThis.heard);
  assert.ok(heard.includes(`${kVideo} chosen.`) && heard.includes(`Sending ${kVideo}.`) && heard.includes(`${kVideo} has arrived.`), heard.join("|"));
  assert.ok(heard.length <= 8, heard.join("|"));
  await close(page);
});

test("a dropped file is as good as a chosen one", async () => {
  const page = await open(browser, await server.page());
  const transfer = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0))], "dropped.jpg", { type: "image/jpeg" }));
    return data;
  }, readFileSync(media.otherPhoto).toString("base64"));
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  await reaches(page, "dropped.jpg", "chosen");
  await page.locator("#send").click();
  await reaches(page, "dropped.jpg", "finished");
  assert.equal((await original(page, "dropped.jpg")).hash, sha256(readFileSync(media.otherPhoto)));
  await close(page);
});

test("a file can be removed, also on its way, and another sent instead", async () => {
  const page = await open(browser, await server.page());
  const valve = await holdAfter(page, 3);
  await choose(page, media.video);
  await page.locator("#send").click();
  await reaches(page, kVideo, "uploading");
  await page.getByRole("button", { name: `Remove: ${kVideo}` }).click();
  assert.equal(await row(page, kVideo).count(), 0);
  await valve.release();
  await choose(page, media.photo);
  await page.locator("#send").click();
  await reaches(page, kPhoto, "finished");
  await close(page);
});

test("a link with a return address leads back there, with a word before", async () => {
  const page = await open(browser, await server.page({ "return-url": `${receiver.origin}/thanks?theme=green` }));
  page.elsewhereIsFine = true;
  await choose(page, media.otherPhoto);
  await page.locator("#send").click();
  await page.getByText(`Taking you back to ${new URL(receiver.origin).host}`).first().waitFor();
  await page.waitForURL(`${receiver.origin}/thanks*`);
  const query = new URL(page.url()).searchParams;
  assert.equal(query.get("theme"), "green");
  assert.match(query.get("photo_id"), /^\d+$/);
  await close(page);
});

test("a link for several with a return address waits for Done", async () => {
  const page = await open(browser, await server.page({ "max-uploads": 2, "return-url": `${receiver.origin}/album` }));
  page.elsewhereIsFine = true;
  await choose(page, media.otherPhoto);
  await page.locator("#send").click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.waitForURL(`${receiver.origin}/album*`);
  await close(page);
});

test("leaving while bytes flow asks, and leaving afterwards does not", async () => {
  const page = await open(browser, await server.page());
  const valve = await holdAfter(page, 3);
  await choose(page, media.photo);
  await page.locator("#send").click();
  await reaches(page, kPhoto, "uploading");
  const asked = page.waitForEvent("dialog");
  const leaving = page.evaluate(() => setTimeout(() => location.reload()));
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  await leaving;
  await valve.release();
  await reaches(page, kPhoto, "finished");
  let again = false;
  page.on("dialog", (unwanted) => {
    again = true;
    return unwanted.accept();
  });
  await page.reload();
  await reaches(page, kPhoto, "finished");
  assert.equal(again, false);
  await close(page);
});
