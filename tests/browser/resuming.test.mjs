// What a train, a closed lid or a power cut does: the upload goes on where it was, and the file is the same.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { choose, close, holdAfter, launch, open, percent, reaches, row } from "./support/browser.mjs";
import { Media, sha256 } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

const kName = "Walk to the stile.mp4";
const kChunk = 64 * 1024;

let browser, media, server, wanted, chunks;

before(async () => {
  browser = await launch();
  media = await Media.make(browser);
  wanted = sha256(readFileSync(media.video));
  chunks = Math.ceil(readFileSync(media.video).length / kChunk);
});
after(async () => browser?.close());
beforeEach(async () => (server = await Server.start()));
afterEach(async () => server?.stop());

// A page that has sent a third of the film and is held there.
async function underWay() {
  const page = await open(browser, await server.page());
  const valve = await holdAfter(page, Math.floor(chunks / 3));
  await choose(page, media.video);
  await page.locator("#send").click();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]").ariaValueNow) >= 30);
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => JSON.parse(localStorage[key])[0]?.done > 0));
  return { page, valve };
}

function countPosts(page) {
  const counter = { posts: 0 };
  page.on("request", (request) => (counter.posts += request.method() === "POST" ? 1 : 0));
  return counter;
}

async function arrivedWhole(page) {
  await reaches(page, kName, "finished");
  const path = await row(page, kName).locator(".media > *").getAttribute("src");
  const answer = await fetch(new URL(path, server.url));
  assert.equal(sha256(Buffer.from(await answer.arrayBuffer())), wanted);
}

test("after a reload only the rest is sent", async () => {
  const { page } = await underWay();
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.unroute("**/redeem-upload-token*");
  await reaches(page, kName, "remembered");
  assert.ok((await percent(page)) >= 20, "the row shows how far it was");
  const counter = countPosts(page);
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose again" }).click();
  await (await chooser).setFiles(media.video);
  await arrivedWhole(page);
  assert.ok(counter.posts > 0 && counter.posts <= chunks - Math.floor(chunks / 4), `${counter.posts} of ${chunks} chunks were sent`);
  await close(page);
});

test("a server that is killed and started again is waited for", async () => {
  const { page, valve } = await underWay();
  await server.kill();
  await valve.release();
  await reaches(page, kName, "retrying");
  const counter = countPosts(page);
  await server.up();
  await arrivedWhole(page);
  assert.ok(counter.posts < chunks, `${counter.posts} of ${chunks} chunks were sent after the restart`);
  await close(page);
});

test("a server that is killed between two visits has kept what it acknowledged", async () => {
  const { page } = await underWay();
  await server.kill();
  await server.up();
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.unroute("**/redeem-upload-token*");
  const counter = countPosts(page);
  await choose(page, media.video);
  await arrivedWhole(page);
  assert.ok(counter.posts <= chunks - Math.floor(chunks / 4), `${counter.posts} of ${chunks} chunks were sent`);
  await close(page);
});

test("offline and back goes on by itself", async () => {
  const { page, valve } = await underWay();
  await page.context().setOffline(true);
  await reaches(page, kName, "offline");
  await valve.release();
  await page.context().setOffline(false);
  await arrivedWhole(page);
  await close(page);
});

test("pausing stops the bytes, resuming sends the rest", async () => {
  const { page, valve } = await underWay();
  await page.getByRole("button", { name: `Pause: ${kName}` }).click();
  await reaches(page, kName, "paused");
  const counter = countPosts(page);
  await valve.release();
  await page.getByRole("button", { name: `Resume: ${kName}` }).focus();
  assert.equal(counter.posts, 0);
  await page.keyboard.press("Enter");
  await arrivedWhole(page);
  await close(page);
});

test("chunks that are turned away are sent again until they are taken", async () => {
  const page = await open(browser, await server.page());
  const tries = new Map();
  await page.route("**/redeem-upload-token*", (route) => {
    const number = new URL(route.request().url()).searchParams.get("resumableChunkNumber");
    if (route.request().method() !== "POST" || number % 16 !== 3) return route.continue();
    tries.set(number, (tries.get(number) ?? 0) + 1);
    return tries.get(number) > 1 ? route.continue() : route.fulfill({ status: 503, body: "Please try again later" });
  });
  await choose(page, media.video);
  await page.locator("#send").click();
  await arrivedWhole(page);
  assert.ok(tries.size >= 3 && [...tries.values()].every((count) => count >= 1));
  await close(page);
});

test("the first chunk goes alone, then several at once", async () => {
  const page = await open(browser, await server.page());
  const held = [];
  let holding = true;
  const waiting = [];  // [how many are held, what to do then]
  await page.route("**/redeem-upload-token*", (route) => {
    if (!holding || route.request().method() !== "POST") return route.continue();
    held.push(route);
    for (const [count, come] of waiting) if (held.length >= count) come();
  });
  const numbers = () => held.map((route) => Number(new URL(route.request().url()).searchParams.get("resumableChunkNumber")));
  const holds = (count) => new Promise((come) => waiting.push([count, come]));
  const first = holds(1);
  await choose(page, media.video);
  await page.locator("#send").click();
  await first;
  assert.deepEqual(numbers(), [1]);
  const three = holds(3);
  await held.shift().continue();
  await three;
  assert.deepEqual(numbers().sort(), [2, 3, 4]);
  holding = false;
  await Promise.all(held.splice(0).map((route) => route.continue()));
  await arrivedWhole(page);
  await close(page);
});

test("when the last answer is lost, asking again finds the same photo", async () => {
  const page = await open(browser, await server.page());
  const answers = [];
  await page.route("**/redeem-upload-token*", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const response = await route.fetch();
    const text = await response.text();
    if (!text.startsWith("{")) return route.fulfill({ response });
    answers.push(JSON.parse(text).photo_id);
    return answers.length > 1 ? route.fulfill({ response }) : route.abort("connectionreset");
  });
  await choose(page, media.video);
  await page.locator("#send").click();
  await arrivedWhole(page);
  const path = await row(page, kName).locator(".media > *").getAttribute("src");
  assert.equal(path.split("/")[2], answers[0]);
  assert.deepEqual([...new Set(answers)], [answers[0]]);
  await close(page);
});

test("a link that is withdrawn on the way says so, on the row and above", async () => {
  const { page, valve } = await underWay();
  const token = page.url().split("/").pop();
  await server.revoke(token);
  await valve.release();
  await reaches(page, kName, "refused");
  assert.match(await row(page, kName).locator(".status").innerText(), /\w+ \w+/);
  await page.getByRole("heading", { name: "This link was withdrawn" }).waitFor();
  await close(page);
});

test("an upload that began in time may be finished after the link expired", async () => {
  const { page } = await underWay();
  await server.expire(page.url().split("/").pop());
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await page.unroute("**/redeem-upload-token*");
  assert.equal(await page.locator("h1").innerText(), "This link has expired");
  await reaches(page, kName, "remembered");
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose again" }).click();
  await (await chooser).setFiles(media.video);
  await arrivedWhole(page);
  await close(page);
});
