// One file on its way through Resumable.js, from the first chunk to the answer.
//
// Resumable.js cuts, sends in parallel and asks the server what it already has. This adds what a person on a train needs:
// waiting that grows between attempts and ends when the network returns, pausing that also holds back planned attempts,
// a watchdog for connections that died silently, and the answer found in whichever chunk carried it.
//
// States: idle → uploading ⇄ paused | offline | retrying → finishing → finished | refused (the server's words) | failed.
//
// The gate: every send passes `preprocess`. While the gate is closed chunks are held there, so nothing leaves however
// Resumable.js came to the idea of sending. A chunk's preprocessState goes back to 0 when it has to pass the gate again.
import Resumable from "resumablejs";

import { Meter } from "./meter.js";

const kFirstWait = 1000;
const kLongestWait = 30_000;
const kGiveUpAfter = 40;  // attempts in a row, about a quarter of an hour
const kStalledSeconds = 60;
const kFinishSeconds = 600;  // the server may have a long file to sync
const kDefaultChunk = 8 * 1024 * 1024;

const now = () => performance.now() / 1000;

export class Transfer {
  // on: {change(), answer(result), problem(sentence or key of words)}
  constructor(file, identifier, page, on) {
    this.file = file;
    this.identifier = identifier;
    this.page = page;
    this.on = on;
    this.state = "idle";
    this.meter = new Meter();
    this.shownDone = 0;
    this.assumed = false;  // shownDone is what a former visit remembered, not yet what the server said
  }

  // Before start(): show this until the server has said what it has.
  assume(done) {
    this.shownDone = done;
    this.assumed = true;
  }

  start() {
    this.meter.reset();
    this.attempts = 0;
    this.stored = 0;  // chunks known to be on the server
    this.over = false;
    this.uploader = new Resumable({
      target: this.page.endpoint,
      query: { upload_token: this.page.upload_token },
      headers: { Accept: "application/json" },  // the result, not a redirect that a script cannot follow
      chunkSize: this.page.chunk_bytes || kDefaultChunk,
      forceChunkSize: true,
      simultaneousUploads: this.page.parallel_chunks || 3,
      testChunks: true,
      prioritizeFirstAndLastChunk: false,
      permanentErrors: [400, 401, 403, 404, 409, 410, 413, 415, 500, 501],
      maxChunkRetries: Number.MAX_SAFE_INTEGER,  // giving up is decided here
      throttleProgressCallbacks: 0.25,
      generateUniqueIdentifier: () => this.identifier,
      preprocess: (chunk) => {
        if (this.open) chunk.preprocessFinished();
      },
    });
    const uploader = this.uploader;
    const current = (handler) => (...args) => {
      if (this.uploader === uploader && !this.over) handler(...args);
    };
    uploader.on("chunkingComplete", current(() => this.state === "uploading" && this.release()));
    uploader.on("fileProgress", current(() => this.progressed()));
    uploader.on("fileRetry", current(() => this.trouble()));
    uploader.on("fileSuccess", current(() => this.succeeded()));
    uploader.on("fileError", current((file, message) => this.refused(message)));
    this.open = false;
    this.enter(navigator.onLine ? "uploading" : "offline");
    this.movedAt = now();
    uploader.addFile(this.file);
  }

  pause() {
    if (!this.isUnderWay()) return;
    this.halt();
    this.enter("paused");
  }

  resume() {
    this.attempts = 0;
    this.enter(navigator.onLine ? "uploading" : "offline");
    if (this.state === "uploading") this.release();
  }

  // For good: nothing more is sent or reported.
  stop() {
    this.over = true;
    this.open = false;
    clearTimeout(this.timer);
    if (this.uploader) this.uploader.cancel();
  }

  networkLost() {
    if (!this.isUnderWay() || this.state === "offline") return;
    this.halt();
    this.enter("offline");
  }

  networkBack() {
    if (this.state === "offline" || this.state === "retrying") this.resume();
  }

  isUnderWay() {
    return ["uploading", "finishing", "offline", "retrying"].includes(this.state);
  }

  // What to show now; also feeds the meter and watches for silence. Called a few times a second.
  snapshot() {
    const { stored, moving } = this.measure();
    const total = this.file.size;
    const done = Math.min(total, stored + moving);
    if (this.assumed && this.moved > 0) {
      this.assumed = false;
      this.shownDone = 0;
    }
    this.shownDone = Math.max(this.shownDone, done);  // an attempt that starts again does not take the bar back
    if (this.state === "uploading") {
      if (done >= total && total > 0) this.enter("finishing");
      this.meter.add(this.moved, total - done, now());
      if (now() - this.movedAt > kStalledSeconds) this.restartAttempt();
    } else if (this.state === "finishing" && now() - this.movedAt > kFinishSeconds) {
      this.restartAttempt();
    }
    return { done: this.shownDone, stored, total, speed: this.meter.speed, left: this.meter.left };
  }

  // From here on: how it works inside.

  chunks() {
    return this.uploader?.files[0]?.chunks ?? [];
  }

  measure() {
    let stored = 0;
    let moving = 0;
    let moved = 0;
    let storedChunks = 0;
    for (const chunk of this.chunks()) {
      const length = chunk.endByte - chunk.startByte;
      const sent = Math.min(chunk.loaded, length);  // `loaded` counts the form around the bytes, too
      if (chunk.xhr && chunk.xhr.readyState === 4 && chunk.xhr.status === 200) {
        stored += length;
        storedChunks += 1;
        moved += sent;
      } else if (chunk.xhr) {
        moving += sent;
        moved += sent;
      }
    }
    if (moved !== this.moved) this.movedAt = now();
    this.moved = moved;
    return { stored, moving, storedChunks };
  }

  enter(state) {
    if (this.state === state) return;
    this.state = state;
    if (state !== "uploading") this.meter.reset();
    this.on.change();
  }

  halt() {
    clearTimeout(this.timer);
    this.timer = null;
    this.open = false;
    this.uploader.files[0]?.abort();
    for (const chunk of this.chunks()) if (!chunk.xhr) this.holdBack(chunk);
  }

  holdBack(chunk) {
    chunk.preprocessState = 0;
    chunk.tested = false;  // the bytes may have arrived and only the answer got lost: ask before sending them again
    chunk.loaded = 0;
  }

  release() {
    clearTimeout(this.timer);
    this.timer = null;
    this.open = true;
    this.movedAt = now();
    for (const chunk of this.chunks()) if (!chunk.xhr) this.holdBack(chunk);
    // The first chunk goes alone: its bytes are what the server judges a file by, so a refused file costs one chunk and the
    // answer that is shown is the one that says why.
    this.fillSlots(this.stored > 0 ? this.uploader.opts.simultaneousUploads : 1);
  }

  fillSlots(slots) {
    const busy = this.chunks().filter((chunk) => chunk.xhr && chunk.xhr.readyState < 4).length;
    for (let free = slots - busy; free > 0; free -= 1) this.uploader.uploadNextChunk();
  }

  progressed() {
    const before = this.stored;
    const { storedChunks, moving } = this.measure();
    this.stored = storedChunks;
    if (storedChunks > before) this.attempts = 0;
    // Resumable.js itself sends one chunk after each that got through; the other slots open with the first.
    if (this.open && before === 0 && storedChunks > 0) this.fillSlots(this.uploader.opts.simultaneousUploads - 1);
    const flows = storedChunks > before || moving > 256 * 1024;
    if (this.open && flows && (this.state === "retrying" || this.state === "offline")) this.enter("uploading");
    this.on.change();
  }

  // A chunk did not get through: Resumable.js is about to send it again, straight into the closed gate.
  trouble() {
    for (const chunk of this.chunks()) if (!chunk.xhr) this.holdBack(chunk);
    if (this.state === "paused" || this.timer) return;
    this.open = false;
    this.attempts += 1;
    // A file that was moved or changed looks like a network error, but will never get through.
    this.file.slice(0, 1).arrayBuffer().catch(() => this.over || this.end("failed", "unreadable"));
    if (this.attempts > kGiveUpAfter) {
      this.halt();
      this.end("failed", "unreachable");
      return;
    }
    const longest = Math.min(kLongestWait, kFirstWait * 2 ** (this.attempts - 1));
    this.timer = setTimeout(() => this.release(), longest * (0.75 + Math.random() / 2));
    this.enter(navigator.onLine ? "retrying" : "offline");
  }

  restartAttempt() {
    this.halt();
    this.trouble();
  }

  succeeded() {
    for (const chunk of this.chunks()) {
      const result = parseResult(chunk.message());
      if (result) return this.finish(result);
    }
    this.enter("finishing");
    this.askForResult(0);
  }

  // Every chunk is stored, but no answer carried the result: another request of ours must have finished the file.
  async askForResult(attempt) {
    const chunks = this.chunks();
    const last = chunks[chunks.length - 1];
    const query = new URLSearchParams({
      upload_token: this.page.upload_token,
      resumableChunkNumber: last.offset + 1,
      resumableChunkSize: this.uploader.opts.chunkSize,
      resumableCurrentChunkSize: last.endByte - last.startByte,
      resumableTotalSize: this.file.size,
      resumableIdentifier: this.identifier,
      resumableFilename: this.file.name,
      resumableTotalChunks: chunks.length,
    });
    let result = null;
    try {
      const answer = await fetch(`${this.page.endpoint}?${query}`, { headers: { Accept: "application/json" } });
      result = parseResult(await answer.text());
    } catch {
      // Asked again below.
    }
    if (this.over) return;
    if (result) this.finish(result);
    else if (attempt >= 8) this.end("failed", "unreachable");
    else this.timer = setTimeout(() => this.askForResult(attempt + 1), kFirstWait * (attempt + 1));
  }

  finish(result) {
    if (result.status === "error") return this.end("refused", result.message || result.error || "");
    this.over = true;
    this.shownDone = this.file.size;
    this.enter("finished");
    this.on.answer(result);
  }

  refused(message) {
    const sentence = humanSentence(message);
    this.end(sentence ? "refused" : "failed", sentence || "failed");
  }

  end(kind, sentence) {
    this.over = true;
    this.open = false;
    clearTimeout(this.timer);
    this.state = kind;
    this.on.problem(sentence);
  }
}

function parseResult(text) {
  if (!text || text[0] !== "{") return null;
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" && value.status ? value : null;
  } catch {
    return null;
  }
}

// The server's refusals are plain sentences. Anything else (a proxy's HTML page, nothing at all) is not for people.
function humanSentence(text) {
  const line = (text ?? "").trim();
  const result = parseResult(line);
  if (result) return String(result.message ?? "");
  return line.length > 0 && line.length < 300 && !/[<>{}]/.test(line) && line.includes(" ") ? line : "";
}
