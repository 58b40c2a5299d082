// One file of the page: its row, its way to the server and what is remembered of it.
import { say } from "./format.js";
import { Row } from "./row.js";
import { Transfer } from "./transfer.js";

const kMilestones = [25, 50, 75];

export class Item {
  // about: {id, name, size, type}. page: see page.js (data, memory, say(), changed()).
  constructor(page, about, state, reason = "") {
    this.page = page;
    this.about = about;
    this.ownState = state;  // until a transfer has one
    this.reason = reason;
    this.milestone = 0;
    this.row = new Row(about, (action) => this.act(action));
    this.draw();
  }

  get state() {
    return this.transfer && this.transfer.state !== "idle" ? this.transfer.state : this.ownState;
  }

  // Bytes flow, or will without anybody doing anything.
  get underWay() {
    return this.state === "queued" || (this.transfer?.isUnderWay() ?? false);
  }

  attach(file) {
    this.file = file;
    this.ownState = "chosen";
    this.row.preview(file);
    this.draw();
  }

  start() {
    const remembered = this.remembered;
    this.reason = "";
    this.transfer ??= new Transfer(this.file, this.about.id, this.page.data, {
      change: () => this.changed(),
      answer: (result) => this.arrived(result),
      problem: (sentence) => this.problem(sentence),
    });
    if (remembered) this.transfer.assume(remembered.done);
    this.page.memory.keep({ ...this.about, done: remembered?.done ?? 0 });
    this.page.announce(say("said_started", { name: this.about.name }));
    this.transfer.start();
  }

  act(action) {
    if (action === "pause") this.transfer.pause();
    if (action === "resume" || action === "retry_now") this.transfer.resume();
    if (action === "retry") this.start();
    if (action === "choose_again") this.page.choose();
    if (action === "remove") this.page.remove(this);
    this.page.changed();
  }

  changed() {
    const state = this.state;
    if (state !== this.saidState) {
      const key = { paused: "said_paused", retrying: "said_retrying", offline: "said_offline" }[state];
      const wasWaiting = ["paused", "retrying", "offline"].includes(this.saidState);
      if (key) this.page.announce(say(key, { name: this.about.name }));
      else if (wasWaiting && state === "uploading") this.page.announce(say("said_resumed"));
      this.saidState = state;
      this.page.changed();
    }
    this.draw();
  }

  // A few times a second while under way.
  draw() {
    let progress = null;
    if (this.transfer) {
      progress = this.transfer.snapshot();
      this.remember(progress);
      this.mention(progress);
    } else if (this.remembered) {
      progress = { done: this.remembered.done, total: this.about.size };
    } else {
      progress = { done: 0, total: this.about.size };
    }
    this.progress = progress;
    this.row.show(this.state, progress, this.reason);
  }

  remember({ stored }) {
    if (stored === this.kept || !this.transfer.isUnderWay() || !(stored > 0)) return;
    this.kept = stored;
    this.page.memory.keep({ ...this.about, done: stored });
  }

  mention({ done, total }) {
    const percent = (done / total) * 100;
    const reached = kMilestones.filter((milestone) => percent >= milestone).pop() ?? 0;
    if (reached <= this.milestone || this.state !== "uploading") return;
    this.milestone = reached;
    this.page.announce(say("said_milestone", { name: this.about.name, n: reached }));
  }

  arrived(result) {
    this.result = result;
    const type = result.content_type || this.about.type;
    this.page.memory.arrive({ ...this.about, type, url: result.url });
    this.draw();
    this.row.showArrived(result.url, type);
    this.page.announce(say("said_finished", { name: this.about.name }));
    this.page.arrived(this);
  }

  problem(sentence) {
    this.reason = ["failed", "unreachable", "unreadable"].includes(sentence) ? say(sentence) : sentence || say("failed");
    if (this.state === "refused") this.page.memory.forget(this.about.id);
    this.draw();
    this.page.announce(say("said_problem", { name: this.about.name, reason: this.reason }));
    this.page.troubled();
  }
}
