// The pure parts of the page's script, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { accentProperties, contrast } from "../../src/web/ui/color.js";
import { bytes, count, cutName, fill, timeLeft } from "../../src/web/ui/format.js";
import { identify } from "../../src/web/ui/memory.js";
import { Meter } from "../../src/web/ui/meter.js";
import { objection } from "../../src/web/ui/rules.js";

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

test("sizes are short and never promise more than there is", () => {
  assert.equal(bytes(0), "0 bytes");
  assert.equal(bytes(1023), "1,023 bytes");
  assert.equal(bytes(1536), "1.5 kB");
  assert.equal(bytes(1_999_999), "1.9 MB");
  assert.equal(bytes(5 * 2 ** 30), "5 GB");
});

test("time left is coarser the further away it is", () => {
  assert.equal(timeLeft(2), "a few seconds left");
  assert.equal(timeLeft(41), "45 seconds left");
  assert.equal(timeLeft(61), "about 1 minute left");
  assert.equal(timeLeft(600), "about 10 minutes left");
  assert.equal(timeLeft(7000), "about 2 hours left");
});

test("words are filled and counted", () => {
  assert.equal(fill("{a} {b}", { a: "x" }), "x {b}");
  assert.equal(count("send", 1), "Send file");
  assert.equal(count("send", 2), "Send 2 files");
});

test("a long name keeps its end, and no character is cut in two", () => {
  assert.deepEqual(cutName("short.jpg"), ["short.jpg", ""]);
  assert.deepEqual(cutName("a very long name of a film.mp4"), ["a very long name of a", " film.mp4"]);
  const [head, tail] = cutName("🌄".repeat(30));
  assert.equal(head + tail, "🌄".repeat(30));
  assert.doesNotMatch(tail, /\p{Surrogate}/u);
});

test("an accent of any colour is readable on both grounds", () => {
  for (const color of ["#2457d6", "#ffd400", "#000000", "#ffffff", "#e5005c", "#7f7f7f", "#00ff00"]) {
    const made = accentProperties(color);
    assert.ok(contrast(rgb(made["--accent-light"]), rgb("#efedea")) >= 4.5, `${color} on light`);
    assert.ok(contrast(rgb(made["--accent-dark"]), rgb("#292c2a")) >= 4.5, `${color} on dark`);
    assert.ok(contrast(rgb(made["--accent-light"]), rgb(made["--on-accent-light"])) >= 4.5, `text on ${color}, light`);
    assert.ok(contrast(rgb(made["--accent-dark"]), rgb(made["--on-accent-dark"])) >= 4.5, `text on ${color}, dark`);
  }
  assert.equal(accentProperties("red"), null);
});

test("the meter is steady when the line is not", () => {
  const meter = new Meter();
  const total = 100e6;
  let moved = 0;
  let last = null;
  let jump = 0;
  for (let second = 0; second < 40; second += 0.5) {
    moved += second % 2 < 1 ? 1.0e6 : 0;  // bursts: 2 MB/s, then nothing, 1 MB/s on average
    meter.add(moved, total - moved, second);
    if (second > 10 && last !== null) jump = Math.max(jump, Math.abs(meter.left - last));
    last = meter.left;
  }
  assert.ok(meter.speed > 0.6e6 && meter.speed < 1.5e6, `${meter.speed}`);
  assert.ok(meter.left > 45 && meter.left < 90, `${meter.left}`);
  assert.ok(jump < 8, `${jump} seconds from one look to the next`);
});

test("one file has one identifier, and files that differ have different ones", () => {
  const file = { name: "Größe & Co.mp4", size: 12, lastModified: 1 };
  assert.equal(identify(file), identify({ ...file }));
  assert.match(identify(file), /^[0-9A-Za-z_-]+$/);
  for (const change of [{ name: "Grosse & Co.mp4" }, { size: 13 }, { lastModified: 2 }]) assert.notEqual(identify(file), identify({ ...file, ...change }));
});

test("only what is certainly hopeless is stopped before it is sent", () => {
  const page = { max_file_bytes: 100, accepted_types: ["image/*", "video/*"], accepted_kinds: "photos and videos" };
  const about = (name, type, size = 10) => objection({ name, type, size }, page);
  assert.equal(about("a.jpg", "image/jpeg"), "");
  assert.equal(about("a.mkv", ""), "");
  assert.equal(about("a.bin", "application/octet-stream"), "");
  assert.equal(about("a.ts", "text/x-typescript"), "", "may be a film");
  assert.match(about("a.jpg", "image/jpeg", 0), /empty/);
  assert.match(about("a.jpg", "image/jpeg", 101), /largest/);
  assert.match(about("a.pdf", "application/pdf"), /photos and videos/);
  assert.match(about("a.mp3", "audio/mpeg"), /photos and videos/);
});
