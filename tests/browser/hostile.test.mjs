// What strangers wrote and sent, in front of a real browser: nothing of it runs, asks, or makes the policy complain.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { kPatience, launch, reaches, watch } from "./support/browser.mjs";
import { Media } from "./support/media.mjs";
import { listen, thanks } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kPassword = "correct horse battery";
const kPayloads = [
  `<script>owned()</script>`,
  `</script><script>owned()</script>`,
  `</title></head><body onload=owned()><img src=x onerror=owned()>`,
  `"><img src=x onerror=owned()>`,
  `' autofocus onfocus=owned() x='`,
  `<svg/onload=owned()>`,
  `<!--<script>`,
  `javascript:owned()`,
  `&lt;img src=x onerror=owned()&gt;`,
  `<iframe srcdoc="<script>parent.owned()</script>">`,
  `{{constructor.constructor('owned()')()}}\${owned()}\\u003cscript\\u003e`,
  `\u2028owned()//\u2029</textarea><style>*{display:none}</style>`,
];
// Names of files, which hold no slash.
const kNames = [`<img src=x onerror=owned()>.jpg`, `"><svg onload=owned()>.jpg`, `' onfocus=owned() autofocus x='.jpg`, `&lt;b&gt;\u202egpj.exe`];

let browser, server, receiver, media;

before(async () => {
  browser = await launch();
  server = await Server.start();
  receiver = await listen(thanks);
  media = await Media.make(browser);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.close();
});

// A page that notices when something runs: owned() is what every payload calls.
async function victim(url, { elsewhere = false } = {}) {
  const context = await browser.newContext();
  context.setDefaultTimeout(kPatience);
  const page = await context.newPage();
  page.owned = [];
  page.elsewhereIsFine = elsewhere;
  watch(page, new URL(url).origin);
  page.on("dialog", (dialog) => {
    page.owned.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.exposeFunction("tellOwned", (what) => page.owned.push(what));
  await page.addInitScript(() => {
    globalThis.owned = () => globalThis.tellOwned(`a script at ${location.href}`);
    document.addEventListener("securitypolicyviolation", (event) =>
      globalThis.tellOwned(`the policy had to step in: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  await page.goto(url);
  return page;
}

async function unharmed(page, what) {
  // Whatever would run runs before this: a task, a frame, an image that fails to load.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0))));
  assert.deepEqual(page.owned, [], what);
  assert.deepEqual(page.complaints, [], what);
  assert.deepEqual(await page.locator("main script, main iframe, main img[src=x], main svg[onload], [onerror], [onfocus], [onload]").count(), 0, what);
}

test("a title is text on the upload page", async () => {
  for (const title of kPayloads) {
    const page = await victim(await server.page({ title }));
    await page.locator("#title").waitFor();
    await unharmed(page, title);
    await page.context().close();
  }
});

test("the name of a file is text while it waits, when it is refused, when it has arrived and after a reload", async () => {
  const url = await server.page({ title: kPayloads[3], "max-uploads": 50 });
  const picture = readFileSync(media.photo);
  for (const name of kNames) {
    const page = await victim(url);
    await page.locator("#file").setInputFiles([{ name, mimeType: "image/jpeg", buffer: picture }]);
    await reaches(page, name, "chosen");
    await unharmed(page, name);
    await page.getByRole("button", { name: /^Send/ }).click();
    await reaches(page, name, "finished");
    await unharmed(page, name);
    await page.context().close();

    const other = await victim(url);
    await other.locator("#file").setInputFiles([{ name, mimeType: "image/jpeg", buffer: Buffer.concat([Buffer.from("<html><script>owned()</script>"), randomBytes(300_000)]) }]);
    await other.getByRole("button", { name: /^Send/ }).click();
    await reaches(other, name, "refused");
    await unharmed(other, name);
    await other.reload();
    await unharmed(other, name);
    await other.context().close();
  }
});

const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

async function question(keys) {
  const params = { oauth_callback: "oob", oauth_consumer_key: keys.consumer_key, oauth_nonce: randomBytes(16).toString("hex"),
    oauth_signature_method: "HMAC-SHA1", oauth_timestamp: String(Math.floor(Date.now() / 1000)) };
  const joined = Object.keys(params).sort().map((name) => `${escape(name)}=${escape(params[name])}`).join("&");
  const base = ["GET", escape(`${server.url}/oauth/request_token`), escape(joined)].join("&");
  params.oauth_signature = createHmac("sha1", `${keys.consumer_secret}&`).update(base).digest("base64");
  const answer = await fetch(`${server.url}/oauth/request_token?${new URLSearchParams(params)}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  return `${server.url}/oauth/authorize?oauth_token=${new URLSearchParams(await answer.text()).get("oauth_token")}`;
}

test("names of people and applications are text on the account pages", async () => {
  for (const [index, name] of kPayloads.filter((_, number) => number % 3 === 0).entries()) {
    await server.stile(["user", "create", "--email", `u${index}@example.com`, "--username", `person${index}`, "--name", name, "--password-stdin"], kPassword);
    const page = await victim(await question(await server.stile(["credentials", "create", "--name", name, "--level", "write"])));
    const logIn = async (login, password) => {
      await page.getByLabel("User name or e-mail address").fill(login);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Log in" }).click();
    };
    await unharmed(page, name);
    await logIn(name, "wrong");
    await page.getByRole("alert").waitFor();
    await unharmed(page, name);
    await logIn(`person${index}`, kPassword);
    await page.getByRole("button", { name: "Allow", exact: true }).waitFor();
    await unharmed(page, name);
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await page.locator("#verifier").waitFor();
    await unharmed(page, name);
    await page.goto(`${server.url}/login`);
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await unharmed(page, name);
    await page.context().close();
  }
});

async function send(token, bytes, name, extras = {}) {
  const form = new FormData();
  form.append("upload_token", token);
  for (const [key, value] of Object.entries(extras)) form.append(key, value);
  form.append("file", new Blob([bytes]), name);
  return fetch(`${server.url}/api/photo/redeem-upload-token`, { method: "POST", body: form, redirect: "manual", headers: { Accept: "application/json" } });
}

// FF D8, then a comment that is a page; and the one whose first segment's length reads "/*".
function polyglots() {
  const jpeg = readFileSync(media.photo);
  const page = Buffer.from(`<!doctype html><html><body><script>(parent.owned ?? owned)()</script><img src=x onerror=owned()></body></html>`);
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, (page.length + 2) >> 8, (page.length + 2) & 255]), page]);
  const script = Buffer.from("JFIF\0\x01\x02\0\0\x01\0\x01\0\0*/=1;owned();/*", "latin1");
  const padding = Buffer.alloc(0x2f2a - 2 - script.length, 0x20);
  return {
    "a page": Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2), page]),
    "a script": Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x2f, 0x2a]), script, padding, jpeg.subarray(2), Buffer.from("*/")]),
  };
}

test("a picture that is also a page or a script is only ever a picture", async () => {
  const token = await server.token({ "max-uploads": 9 });
  for (const [what, bytes] of Object.entries(polyglots())) {
    const answer = await send(token, bytes, "holiday.html");
    assert.equal(answer.status, 200, await answer.clone().text());
    const address = server.url + (await answer.json()).url;

    // Opened as it is, and with a name behind it that promises more.
    for (const url of [address, `${address}/holiday.html`]) {
      const page = await victim(url);  // until its load event: what would run has run
      const { frameTree } = await (await page.context().newCDPSession(page)).send("Page.getFrameTree");
      assert.equal(frameTree.frame.mimeType, "image/jpeg");
      assert.equal(frameTree.childFrames, undefined);
      assert.deepEqual([...page.owned, ...page.complaints], [], `${what}, opened`);
      await page.context().close();
    }

    // Put into a page of somebody else's in every way that would run it; and into one of our own.
    const stage = await listen((_, response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><main></main>"));
    for (const home of [stage.origin, `${server.url}/login`]) {
      const page = await victim(home, { elsewhere: true });
      const ended = await page.evaluate(async (url) => {
        const put = (tag, attributes) => new Promise((done) => {
          const element = Object.assign(document.createElement(tag), attributes);
          element.addEventListener("load", () => done(`${tag}: loaded`));
          element.addEventListener("error", () => done(`${tag}: refused`));
          // A frame may be refused without a word; of scripts and style sheets the end is always told.
          if (!["script", "link"].includes(tag)) setTimeout(() => done(`${tag}: silent`), 3000);
          document.body.append(element);
        });
        const ends = await Promise.all([put("script", { src: url }), put("script", { src: url, charset: "ISO-8859-1" }), put("script", { src: url, type: "module" }),
          put("link", { rel: "stylesheet", href: url }), put("iframe", { src: url }), put("object", { data: url, type: "text/html" }), put("embed", { src: url, type: "text/html" })]);
        try {
          const worker = new Worker(url);
          await new Promise((done) => {
            worker.onerror = done;
            setTimeout(done, 3000);  // a frame's policy may refuse it without a word
          });
        } catch { /* not even begun */ }
        return ends;
      }, address);
      assert.deepEqual(ended.slice(0, 4), ["script: refused", "script: refused", "script: refused", "link: refused"], what);
      assert.deepEqual(page.owned.filter((event) => !event.startsWith("the policy")), [], `${what}, within ${home}`);
      await page.context().close();
    }
    await stage.close();
  }
});

test("the form that sends a browser on holds what strangers wrote as values, and runs nothing else", async () => {
  const bytes = readFileSync(media.photo);
  for (const value of kPayloads) {
    const token = await server.token({ "return-url": `${receiver.origin}/back?own=1` });
    const form = new FormData();
    form.append("upload_token", token);
    form.append("note", value);
    form.append("pad", "p".repeat(1600));
    form.append("file", new Blob([bytes]), "a.jpg");
    const answer = await fetch(`${server.url}/api/photo/redeem-upload-token`, { method: "POST", body: form, redirect: "manual" });
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
    const html = await answer.text();
    const policy = answer.headers.get("content-security-policy");
    // Shown as the browser that sent the form would see it.
    const stage = await listen((_, response) => response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy }).end(html));
    const seen = receiver.requests.length;
    const page = await victim(stage.origin, { elsewhere: true });
    await page.waitForURL(`${receiver.origin}/back?own=1`);
    assert.deepEqual(page.owned, [], value);
    assert.equal(receiver.requests.length > seen && receiver.requests.some(({ method, url }) => method === "POST" && url === "/back?own=1"), true);
    await page.context().close();
    await stage.close();
  }
});
