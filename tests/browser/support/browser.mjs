// Chromium, watched: whatever the page complains about, or asks another host for, fails the test.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const kRoot = fileURLToPath(new URL("../../..", import.meta.url));
const kShots = join(kRoot, "build/screenshots");
const kAxe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const kChromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const kPatience = Number(process.env.STILE_TEST_PATIENCE_MS ?? 30_000);  // for conditions that must come
const kWide = { width: 1280, height: 900 };
const kNarrow = { width: 360, height: 740 };

export async function launch() {
  if (!existsSync(kChromium)) throw new Error(`${kChromium} does not exist (Debian package: chromium)`);
  return chromium.launch({
    executablePath: kChromium,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
      "--disable-sync", "--disable-quic"],
  });
}

// A page in a context of its own. `complaints` must be empty at the end: see `quiet`.
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: kWide, reducedMotion: "reduce", locale: "en-GB", timezoneId: "Europe/Copenhagen", ...options });
  context.setDefaultTimeout(kPatience);
  const page = await context.newPage();
  watch(page, new URL(url).origin);
  await page.goto(url);
  return page;
}

export function watch(page, origin) {
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/i.test(message.text())) page.complaints.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (/^https?:/.test(url) && !page.elsewhereIsFine && new URL(url).origin !== origin) page.complaints.push(`asked for ${url}`);
  });
}

export function quiet(page) {
  assert.deepEqual(page.complaints, []);
}

export async function close(page) {
  quiet(page);
  await page.context().close();
}

export const row = (page, name) => page.locator(".row", { hasText: name });

export async function choose(page, ...files) {
  await page.locator("#file").setInputFiles(files);
}

// Until the row of `name` is in that state.
export async function reaches(page, name, state) {
  await page.waitForFunction(
    ([wanted, goal]) => [...document.querySelectorAll(".row")].some((element) =>
      element.querySelector(".unseen").textContent === wanted && element.dataset.state === goal),
    [name, state], { timeout: kPatience });
}

export async function percent(page) {
  return Number(await page.locator(".row [role=progressbar]").first().getAttribute("aria-valuenow"));
}

// Nothing to find for the accessibility checker and nothing that sticks out sideways, in both themes, wide and narrow, and
// at the extremes of width; leaves a picture of each in build/screenshots.
export async function looksRight(page, name) {
  mkdirSync(kShots, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [label, viewport] of [["wide", kWide], ["narrow", kNarrow]]) {
      await page.setViewportSize(viewport);
      await page.screenshot({ path: join(kShots, `${name}-${label}-${colorScheme}.png`), animations: "disabled" });
      await findsNothing(page, `${name}, ${label}, ${colorScheme}`);
    }
  }
  for (const width of [320, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    const { inside, whole } = await page.evaluate(() => ({ inside: document.documentElement.clientWidth, whole: document.documentElement.scrollWidth }));
    assert.ok(whole <= inside, `${name}: ${whole} px of content in ${inside} px`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(kWide);
}

async function findsNothing(page, where) {
  await page.evaluate(kAxe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html.slice(0, 160)).join("\n  ")}`);
  assert.deepEqual(told, [], where);
}

// Buttons and links a thumb can hit.
export async function bigEnough(page) {
  const small = await page.evaluate(() => [...document.querySelectorAll("button, a, input, [role=button]")]
    .filter((element) => element.offsetParent)
    .map((element) => ({ what: element.outerHTML.slice(0, 80), ...element.getBoundingClientRect().toJSON() }))
    .filter(({ width, height }) => width < 44 || height < 44)
    .map(({ what, width, height }) => `${width}×${height} ${what}`));
  assert.deepEqual(small, []);
}

// Upload speed in bytes per second; 0 is unlimited.
export async function throttle(page, bytesPerSecond) {
  page.cdp ??= await page.context().newCDPSession(page);
  await page.cdp.send("Network.enable");
  await page.cdp.send("Network.emulateNetworkConditions", {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond || -1 });
}

// Lets `count` chunks through and holds the next ones until release(); says how many passed.
export async function holdAfter(page, count) {
  const valve = { passed: 0, held: [], open: false };
  await page.route("**/redeem-upload-token*", (route) => {
    if (route.request().method() !== "POST") return route.continue();
    if (!valve.open && valve.passed >= count) return valve.held.push(route);
    valve.passed += 1;
    return route.continue();
  });
  valve.release = async () => {
    valve.open = true;
    await Promise.all(valve.held.splice(0).map((route) => route.continue().catch(() => {})));
  };
  return valve;
}
