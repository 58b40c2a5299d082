// A person, an application and a browser: logging in, letting the application in, and going back to it; with scripts and
// without, on a wide screen and a narrow one, in light and in dark.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { bigEnough, close, launch, looksRight, open } from "./support/browser.mjs";
import { listen, thanks } from "./support/receiver.mjs";
import { Server } from "./support/server.mjs";

const kPassword = "correct horse battery";

let browser, server, receiver, keys;

before(async () => {
  browser = await launch();
  server = await Server.start();
  receiver = await listen(thanks);
  await server.stile(["user", "create", "--email", "anna@example.com", "--username", "anna", "--name", "Anna Lund", "--password-stdin"],
    kPassword);
  keys = await server.stile(["credentials", "create", "--name", "The Film Shop", "--level", "write"]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.close();
});

const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// A signed GET, RFC 5849; the answer's parameters.
async function call(path, extra, token = {}) {
  const params = { oauth_consumer_key: keys.consumer_key, oauth_nonce: randomBytes(16).toString("hex"),
    oauth_signature_method: "HMAC-SHA1", oauth_timestamp: String(Math.floor(Date.now() / 1000)), ...extra };
  if (token.oauth_token) params.oauth_token = token.oauth_token;
  const joined = Object.keys(params).sort().map((name) => `${escape(name)}=${escape(params[name])}`).join("&");
  const base = ["GET", escape(server.url + path), escape(joined)].join("&");
  const secret = `${keys.consumer_secret}&${token.oauth_token_secret ?? ""}`;
  params.oauth_signature = createHmac("sha1", secret).update(base).digest("base64");
  const answer = await fetch(`${server.url}${path}?${new URLSearchParams(params)}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  return Object.fromEntries(new URLSearchParams(await answer.text()));
}

const ask = (callback = `${receiver.origin}/back?page=2`) => call("/oauth/request_token", { oauth_callback: callback });
const question = ({ oauth_token }) => `${server.url}/oauth/authorize?oauth_token=${oauth_token}`;

async function logIn(page, password = kPassword) {
  await page.getByLabel("User name or e-mail address").fill("anna");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

for (const javaScriptEnabled of [true, false]) {
  test(`from log-in over consent to the callback, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const request = await ask();
    const page = await open(browser, question(request), { javaScriptEnabled });
    page.elsewhereIsFine = true;
    await logIn(page);
    await page.getByRole("heading", { name: "Let The Film Shop in?" }).waitFor();
    await page.getByRole("button", { name: "Allow", exact: true }).click();
    await page.waitForURL(`${receiver.origin}/back*`);
    const back = new URL(page.url()).searchParams;
    assert.deepEqual([...back.keys()], ["page", "oauth_verifier", "oauth_token"]);
    const access = await call("/oauth/access_token", { oauth_verifier: back.get("oauth_verifier") }, request);
    assert.equal(access.user_name, "Anna Lund");
    await close(page);
  });
}

test("denying goes back without a verifier; the browser stays logged in until it logs out", async () => {
  const page = await open(browser, question(await ask()));
  page.elsewhereIsFine = true;
  await logIn(page);
  await page.getByRole("button", { name: "Do not allow" }).click();
  await page.waitForURL(`${receiver.origin}/back*`);
  assert.deepEqual([...new URL(page.url()).searchParams.keys()], ["page", "denied"]);
  await page.goto(question(await ask("oob")));
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  assert.match(await page.locator("#verifier").innerText(), /^\w{20}$/);
  await page.goto(question(await ask()));
  await page.getByRole("button", { name: "Not you? Log out" }).click();
  await page.getByLabel("Password").waitFor();
  await close(page);
});

test("every page reads well, wide and narrow, light and dark", async () => {
  const page = await open(browser, question(await ask()));
  await page.getByLabel("Password").waitFor();
  await looksRight(page, "account-login");
  await bigEnough(page);
  await logIn(page, "wrong");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByRole("alert").innerText(), "The user name or the password is wrong.");
  assert.equal(await page.getByLabel("User name or e-mail address").inputValue(), "anna");
  await looksRight(page, "account-login-wrong");
  await logIn(page);
  await page.getByRole("heading", { name: "Let The Film Shop in?" }).waitFor();
  await looksRight(page, "account-consent");
  await bigEnough(page);
  await page.goto(question(await ask("oob")));
  await page.getByRole("button", { name: "Allow", exact: true }).click();
  await page.locator("#verifier").waitFor();
  await looksRight(page, "account-code");
  await page.goto(`${server.url}/login`);
  await page.getByRole("button", { name: "Log out" }).waitFor();
  await looksRight(page, "account-in");
  await page.goto(question({ oauth_token: "1-nothing" }));
  await page.getByRole("heading", { name: "This request has ended" }).waitFor();
  await looksRight(page, "account-gone");
  await close(page);
});
