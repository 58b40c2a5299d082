// The real binary with a data folder of its own: started, stopped, killed, started again on the same port.
import { spawn, execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const kRoot = fileURLToPath(new URL("../../..", import.meta.url));
const kBinary = resolve(process.env.STILE_BIN ?? join(kRoot, "build/release/stile"));
const kListening = /^listening on (http:\/\/127\.0\.0\.1:(\d+))$/m;
const kStartMilliseconds = 30_000;
const kStopMilliseconds = 40_000;  // beyond the server's own drain

const kRunning = new Set();
process.once("exit", () => kRunning.forEach((child) => child.kill("SIGKILL")));

function environment(extra) {
  const foreign = Object.entries(process.env).filter(([name]) => !name.startsWith("STILE_"));
  return {
    ...Object.fromEntries(foreign),
    STILE_SITE_NAME: "Example Films",
    STILE_PAGE_CHUNK_BYTES: "64 KiB",  // many chunks from small files: there is a middle to act in
    STILE_UPLOAD_RETRY_DELAY: "0s",
    ...extra,
  };
}

export class Server {
  // env: further STILE_* settings.
  static async start(env = {}) {
    if (!existsSync(kBinary)) throw new Error(`${kBinary} does not exist; build it or point STILE_BIN to it`);
    const server = new Server();
    server.env = environment(env);
    server.folder = mkdtempSync(join(tmpdir(), "stile-browser-"));
    server.data = join(server.folder, "data");
    server.port = 0;
    server.log = "";
    await server.up();
    return server;
  }

  async up() {
    const args = ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.port}`, "--domain", "videos.example.com"];
    const child = spawn(kBinary, args, { env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    this.ended = new Promise((done) => child.once("exit", done));
    child.stderr.on("data", (data) => (this.log += data));
    kRunning.add(child);
    child.once("exit", () => kRunning.delete(child));
    let out = "";
    await new Promise((ready, fail) => {
      const late = setTimeout(() => fail(new Error(`the server did not say that it listens\n${this.log}`)), kStartMilliseconds);
      child.stdout.on("data", (data) => {
        out += data;
        const found = kListening.exec(out);
        if (!found) return;
        clearTimeout(late);
        this.url = found[1];
        this.port = Number(found[2]);
        ready();
      });
      this.ended.then((code) => fail(new Error(`the server ended with ${code}\n${this.log}`)));
    });
  }

  // Power off: nothing is flushed or said.
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), kStopMilliseconds);
    await this.ended;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
    if (this.child.exitCode !== 0) throw new Error(`the server did not stop by itself\n${this.log}`);
  }

  // options: {title, "return-url", "max-uploads", "valid-minutes", …} as the command line names them.
  async token(options = {}) {
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const { stdout } = await run(kBinary, ["token", "create", "--data", this.data, "--json", ...flags], { env: this.env });
    return JSON.parse(stdout).upload_token;
  }

  // Runs `stile …` on this server's data; `input` is what somebody types. The JSON it printed.
  async stile(args, input = "") {
    const running = run(kBinary, [...args, "--data", this.data, "--json"], { env: this.env });
    running.child.stdin.end(`${input}\n`);
    return JSON.parse((await running).stdout);
  }

  async page(options) {
    return this.pageOf(await this.token(options));
  }

  pageOf(token) {
    return `${this.url}/upload/${token}`;
  }

  // What time, or somebody else, does to a token.
  expire(token) {
    return this.sql("UPDATE tokens SET valid_until = ? WHERE token = ?", Date.now() - 60_000, token);
  }

  revoke(token) {
    return this.sql("UPDATE tokens SET revoked = 1 WHERE token = ?", token);
  }

  async sql(statement, ...values) {
    const program = `
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=20)
with connection:
    changed = connection.execute(sys.argv[2], json.loads(sys.argv[3])).rowcount
connection.close()
print(changed)`;
    const { stdout } = await run("python3", ["-c", program, join(this.data, "stile.db"), statement, JSON.stringify(values)]);
    if (stdout.trim() !== "1") throw new Error(`${statement} changed ${stdout.trim()} rows`);
  }
}
