// Every state of the page, reached for real or by what a network does, looked at in light and dark, wide and narrow.
// The pictures are in build/screenshots.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bigEnough, choose, close, holdAfter, launch, looksRight, open, reaches, row, throttle } from "./support/browser.mjs";
import { Media } from "./support/media.mjs";
import { holdingProxy } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kPhoto = "Evening above the valley.jpg";
const kVideo = "Walk to the stile.mp4";

let browser, media, server;

before(async () => {
  browser = await launch();
  media = await Media.make(browser);
  server = await Server.start({ STILE_UPLOAD_MAX_FILE_BYTES: "5 GiB" });
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const fresh = (options = {}) => server.page({ title: "Pictures from the spring walk", ...options });

async function sending(options, file = media.photo) {
  const page = await open(browser, await fresh(options));
  await choose(page, file);
  return page;
}

test("waiting says what may be sent, how many, how large and until when", async () => {
  const page = await open(browser, await fresh({ "max-uploads": 3 }));
  const facts = await page.locator(".facts").innerText();
  for (const words of [/photos, videos and audio/i, /up to 3 files/i, /up to 5 GB each/i, /open until \d+ \w+ \d{4}/i]) assert.match(facts, words);
  assert.equal(await page.locator("h1").innerText(), "Pictures from the spring walk");
  assert.equal(await page.locator("#file").getAttribute("accept"), "image/*,video/*,audio/*");
  assert.equal(await page.locator("#file").getAttribute("capture"), null, "a phone offers its library, too");
  await bigEnough(page);
  await looksRight(page, "01-waiting");
  await close(page);
});

test("chosen shows a still of each file and waits for the word", async () => {
  const page = await open(browser, await fresh({ "max-uploads": 3 }));
  await choose(page, media.photo, media.video);
  await reaches(page, kPhoto, "chosen");
  await reaches(page, kVideo, "chosen");
  await row(page, kPhoto).locator(".still canvas").waitFor();
  await row(page, kVideo).locator(".still canvas").waitFor();
  assert.equal(await page.locator("#send").innerText(), "Send 2 files");
  await bigEnough(page);
  await looksRight(page, "02-chosen");
  await close(page);
});

test("uploading shows percent, speed and time left, and tells them to everybody", async () => {
  const page = await sending({}, media.video);
  await throttle(page, 300_000);
  await page.locator("#send").click();
  await page.waitForFunction(() => /\/s · .*left/.test(document.querySelector(".pace").textContent));
  const bar = page.getByRole("progressbar", { name: `Progress of ${kVideo}` });
  assert.match(await bar.getAttribute("aria-valuetext"), /^\d+%$/);
  assert.equal(await bar.getAttribute("aria-valuemax"), "100");
  await page.waitForFunction(() => /^\d+% · Pictures from/.test(document.title));
  await bigEnough(page);
  await looksRight(page, "03-uploading");
  await close(page);
});

test("paused stands still until resumed", async () => {
  const page = await sending();
  const valve = await holdAfter(page, 8);
  await page.locator("#send").click();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]").ariaValueNow) > 20);
  await page.getByRole("button", { name: `Pause: ${kPhoto}` }).click();
  await reaches(page, kPhoto, "paused");
  assert.match(await page.locator("[role=status]").innerText(), /paused/i);
  await looksRight(page, "04-paused");
  await page.getByRole("button", { name: `Resume: ${kPhoto}` }).click();
  await valve.release();
  await reaches(page, kPhoto, "finished");
  await close(page);
});

test("offline says so and goes on by itself", async () => {
  const page = await sending();
  const valve = await holdAfter(page, 8);
  await page.locator("#send").click();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]").ariaValueNow) > 20);
  await page.context().setOffline(true);
  await reaches(page, kPhoto, "offline");
  assert.match(await row(page, kPhoto).locator(".status").innerText(), /offline/i);
  await looksRight(page, "05-offline");
  await valve.release();
  await page.context().setOffline(false);
  await reaches(page, kPhoto, "finished");
  await close(page);
});

test("retrying says so, offers to try now, and goes on", async () => {
  const page = await sending();
  let sick = true;
  await page.route("**/redeem-upload-token*", (route) =>
    sick && route.request().method() === "POST" ? route.fulfill({ status: 503, body: "Please try again later" }) : route.continue());
  await page.locator("#send").click();
  await reaches(page, kPhoto, "retrying");
  await looksRight(page, "06-retrying");
  await page.getByRole("button", { name: `Try now: ${kPhoto}` }).waitFor();
  // Between two attempts the button sends at once; during one there is nothing to hurry.
  await page.waitForFunction(() => {
    const { send } = XMLHttpRequest.prototype;
    let sent = 0;
    XMLHttpRequest.prototype.send = function (...args) {
      sent += 1;
      return send.apply(this, args);
    };
    document.querySelector("[data-action=retry_now]")?.click();
    XMLHttpRequest.prototype.send = send;
    return sent > 0;
  });
  sick = false;
  await reaches(page, kPhoto, "finished");
  await close(page);
});

test("refused says why in the server's words and what would be accepted", async () => {
  const page = await sending({}, media.disguised);
  await page.locator("#send").click();
  await reaches(page, "holiday.mp4", "refused");
  assert.match(await row(page, "holiday.mp4").locator(".status").innerText(), /PDF.*accepted/is);
  assert.equal(await page.locator("#choose").innerText(), "Choose another file");
  await page.waitForFunction(() => document.title.startsWith("! "));
  await looksRight(page, "07-refused");
  await choose(page, media.photo);
  await reaches(page, kPhoto, "chosen");
  assert.equal(await row(page, "holiday.mp4").count(), 0, "the next choice takes its place");
  await close(page);
});

test("failed keeps the file and offers to try again", async () => {
  const page = await sending();
  let sick = true;
  await page.route("**/redeem-upload-token*", (route) =>
    sick ? route.fulfill({ status: 500, contentType: "text/html", body: "<h1>Bad Gateway</h1>" }) : route.continue());
  await page.locator("#send").click();
  await reaches(page, kPhoto, "failed");
  assert.match(await row(page, kPhoto).locator(".status").innerText(), /went wrong.*try again/is);
  await looksRight(page, "08-failed");
  sick = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await reaches(page, kPhoto, "finished");
  await close(page);
});

test("finishing waits for the answer after the last byte", async () => {
  const proxy = await holdingProxy(server.url, (text) => text.startsWith("{"));
  try {
    const page = await open(browser, `${proxy.origin}/upload/${await server.token()}`);
    await choose(page, media.photo);
    await page.locator("#send").click();
    await reaches(page, kPhoto, "finishing");
    await looksRight(page, "09-finishing");
    proxy.release();
    await reaches(page, kPhoto, "finished");
    await close(page);
  } finally {
    await proxy.close();
  }
});

test("finished shows the photo itself", async () => {
  const page = await sending();
  await page.locator("#send").click();
  await reaches(page, kPhoto, "finished");
  const picture = page.getByAltText(`The picture you sent: ${kPhoto}`);
  await picture.evaluate((image) => image.decode());
  assert.equal(await page.locator("h1").innerText(), "Thank you");
  assert.match(await page.locator(".lead").innerText(), /has arrived/);
  assert.equal(await page.locator("#choose").isVisible(), false);
  await page.waitForFunction(() => document.title.startsWith("✓ "));
  await bigEnough(page);
  await looksRight(page, "10-finished-photo");
  await close(page);
});

test("finished shows the film itself and offers to send another while the link allows", async () => {
  const page = await sending({ "max-uploads": 2 }, media.video);
  await page.locator("#send").click();
  await reaches(page, kVideo, "finished");
  await page.waitForFunction(() => document.querySelector(".media video").readyState >= 1);
  assert.equal(await page.locator("#choose").innerText(), "Send another");
  await looksRight(page, "11-finished-video");
  await close(page);
});

test("after a reload it knows what was under way and asks for the file", async () => {
  const page = await sending();
  await holdAfter(page, 8);
  await page.locator("#send").click();
  await page.waitForFunction(() => Number(document.querySelector("[role=progressbar]").ariaValueNow) > 20);
  page.once("dialog", (dialog) => dialog.accept());
  await page.reload();
  await reaches(page, kPhoto, "remembered");
  assert.match(await row(page, kPhoto).innerText(), /Choose this file again/);
  await looksRight(page, "12-remembered");
  await close(page);
});

test("more files than the link takes are left out with a word", async () => {
  const page = await open(browser, await fresh({ "max-uploads": 2 }));
  await choose(page, media.photo, media.otherPhoto, media.video);
  assert.match(await page.locator(".aside").innerText(), /One file was left out: this link takes 2/);
  assert.equal(await page.locator(".row").count(), 2);
  await looksRight(page, "13-left-out");
  await close(page);
});

test("what is hopeless is said before a byte is sent", async () => {
  const page = await open(browser, await fresh());
  let sent = 0;
  page.on("request", (request) => (sent += request.url().includes("redeem") ? 1 : 0));
  await choose(page, media.empty);
  assert.match(await row(page, "empty.jpg").locator(".status").innerText(), /empty/);
  await choose(page, media.text);
  assert.match(await row(page, "notes.txt").locator(".status").innerText(), /You can send photos, videos and audio/);
  assert.equal(await page.locator("#send").isVisible(), false);
  assert.equal(sent, 0);
  await looksRight(page, "14-refused-at-once");
  await close(page);
});

test("a link that has been used, has expired, was withdrawn or never was says so kindly", async () => {
  const used = await server.token({ title: "Used" });
  const sender = await open(browser, server.pageOf(used));
  await choose(sender, media.otherPhoto);
  await sender.locator("#send").click();
  await sender.locator(".row[data-state=finished]").waitFor();
  await close(sender);
  const expired = await server.token();
  await server.expire(expired);
  const revoked = await server.token();
  await server.revoke(revoked);
  const cases = [
    ["15-used-up", used, "This link has been used", /new link/],
    ["16-expired", expired, "This link has expired", /open until \d+ \w+ \d{4}/],
    ["17-revoked", revoked, "This link was withdrawn", /closed it/],
    ["18-unknown", "0123456789abcdef0123456789abcdef", "This link leads nowhere", /address/],
  ];
  for (const [name, token, heading, words] of cases) {
    const page = await open(browser, server.pageOf(token));
    assert.equal(await page.locator("h1").innerText(), heading);
    assert.match(await page.locator(".notice > p").innerText(), words);
    assert.equal(await page.locator("form").count(), 0);
    await looksRight(page, name);
    await close(page);
  }
});

test("the front door says that a link is needed", async () => {
  const page = await open(browser, `${server.url}/`);
  assert.equal(await page.locator("h1").innerText(), "You need a link");
  await looksRight(page, "19-home");
  await close(page);
});

test("should the script never come, the plain form appears", async () => {
  const page = await open(browser, "about:blank");
  await page.route("**/assets/*.js", (route) => route.abort());
  page.elsewhereIsFine = true;
  await page.goto(await fresh());
  await page.waitForFunction(() => getComputedStyle(document.querySelector("form")).visibility === "visible");
  assert.equal(await page.getByLabel("Your file").isVisible(), true);
  assert.equal(await page.getByRole("button", { name: "Send" }).isVisible(), true);
  assert.equal(await page.locator("#choose").isVisible(), false);
  await bigEnough(page);
  await looksRight(page, "20-without-script");
  await close(page);
});
