// The whole page: the list of files, whose turn it is, and the words around them.
import { h, icon, setText } from "./dom.js";
import { count, say } from "./format.js";
import { Item } from "./item.js";
import { Memory, identify } from "./memory.js";
import { objection } from "./rules.js";

const kTick = 400;  // milliseconds between two looks at what is under way
const kReadFirst = 2500;  // milliseconds to read where one is taken

const byId = (id) => document.getElementById(id);

export class Page {
  constructor(data) {
    this.data = data;
    this.memory = new Memory(data.upload_token);
    this.items = [];
    this.left = data.uploads_left;
    this.closed = data.state !== "ready";
    this.title = document.title;
    this.build();
    this.recall();
    this.listen();
    this.changed();
  }

  // Elements

  build() {
    this.main = byId("main");
    this.form = byId("form");
    this.heading = this.main.querySelector("h1");
    this.facts = this.main.querySelector(".facts");
    this.input = byId("file") ?? h("input", { type: "file" });
    this.input.hidden = true;
    this.chooseButton = byId("choose");
    this.list = h("ul", { class: "rows", "aria-label": say("rows_label") });
    this.aside = h("p", { class: "aside", hidden: true });
    this.lead = h("p", { class: "lead" });
    this.medal = h("span", { class: "medal done-medal" }, icon("check"));
    this.sendButton = h("button", { type: "button", class: "button wide", id: "send", on: { click: () => this.send() } });
    this.doneButton = h("button", { type: "button", class: "button wide", id: "done", on: { click: () => this.goBack(0) } }, say("done_button"));
    this.back = h("p", { class: "after" });
    this.live = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
    this.heading.tabIndex = -1;
    if (this.form) {
      this.heading.before(this.medal);
      this.heading.after(this.lead);
      this.form.before(this.aside, this.list);
      this.main.append(this.sendButton, this.doneButton, this.back, this.live);
    } else {
      this.heading.before(this.medal);
      this.main.append(this.lead, this.aside, this.list, this.input, this.back, this.live);
    }
  }

  listen() {
    this.input.addEventListener("change", () => {
      this.add([...this.input.files]);
      this.input.value = "";
    });
    this.form?.addEventListener("submit", (event) => event.preventDefault());
    this.chooseButton?.addEventListener("click", () => this.choose());
    window.addEventListener("online", () => this.items.forEach((item) => item.transfer?.networkBack()));
    window.addEventListener("offline", () => this.items.forEach((item) => item.transfer?.networkLost()));
    window.addEventListener("beforeunload", (event) => {
      if (this.leaving || !this.items.some((item) => item.underWay)) return;
      event.preventDefault();
      event.returnValue = "";  // what older browsers listen to
    });
    this.listenToDrops();
    setInterval(() => this.tick(), kTick);
  }

  listenToDrops() {
    let depth = 0;
    const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    const light = (on) => document.body.classList.toggle("dropping", on);
    window.addEventListener("dragenter", (event) => carriesFiles(event) && light(++depth > 0));
    window.addEventListener("dragleave", (event) => carriesFiles(event) && light(--depth > 0));
    window.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
    window.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      light(false);
      const folders = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()?.isDirectory);
      this.add([...event.dataTransfer.files].filter((file, i) => !folders[i]));
    });
    window.addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length > 0) this.add([...event.clipboardData.files]);
    });
  }

  // What a reload finds

  recall() {
    this.memory.arrived().forEach((entry) => {
      const item = this.insert(new Item(this, entry, "finished"));
      item.row.showArrived(entry.url, entry.type);
    });
    const mayContinue = this.data.state === "ready" || this.data.state === "expired";
    if (!mayContinue) return;
    this.memory.underWay().forEach((entry) => {
      const item = new Item(this, entry, "remembered");
      item.remembered = entry;
      item.draw();
      this.insert(item);
    });
  }

  insert(item) {
    this.items.push(item);
    this.list.append(item.row.element);
    return item;
  }

  // Choosing

  // Files that may still be added.
  slots() {
    if (this.closed) return 0;
    const taken = this.items.filter((item) => item.underWay || ["chosen", "paused", "failed"].includes(item.state));
    return Math.max(0, this.left - taken.length);
  }

  choose() {
    this.input.click();
  }

  add(files) {
    if (files.length === 0) return;
    this.note("");
    this.items.filter((item) => item.state === "refused").forEach((item) => this.remove(item));
    let leftOut = 0;
    for (const file of files) leftOut += this.addOne(file);
    if (leftOut > 0) {
      this.note(this.data.max_uploads <= 1 ? say("only_one") : count("left_out", leftOut, { max: this.data.max_uploads }));
    }
    this.changed();
    if (!this.sendButton.hidden) this.sendButton.focus();
  }

  // 1 when there was no place left for it.
  addOne(file) {
    // A phone may give a picked file another date each time: name and size are enough to know a remembered one.
    const known = this.items.find((item) => item.state === "remembered" && item.about.name === file.name && item.about.size === file.size);
    if (known) {
      known.attach(file);
      this.enqueue(known);
      return 0;
    }
    const about = { id: identify(file), name: file.name, size: file.size, type: file.type };
    if (this.items.some((item) => item.about.id === about.id)) {
      this.note(say("already_there", { name: file.name }));
      return 0;
    }
    const reason = this.closed ? "" : objection(file, this.data);
    if (!reason && this.slots() === 0) return 1;
    const item = this.insert(new Item(this, about, reason ? "refused" : "chosen", reason));
    item.file = file;
    item.row.preview(file);
    this.announce(reason ? say("said_problem", { name: file.name, reason }) : say("said_chosen", { name: file.name }));
    return 0;
  }

  remove(item) {
    item.transfer?.stop();
    this.memory.forget(item.about.id);
    this.items = this.items.filter((other) => other !== item);
    item.row.element.remove();
    this.announce(say("said_removed", { name: item.about.name }));
    this.note("");
    this.changed();
    this.keepFocus();
  }

  // Sending, one file after the other: the first is then done early, whatever happens later

  send() {
    this.items.filter((item) => item.state === "chosen").forEach((item) => this.enqueue(item));
    this.changed();
    this.items.find((item) => item.underWay)?.row.focus();
  }

  enqueue(item) {
    item.ownState = "queued";
    item.draw();
    this.pump();
  }

  pump() {
    if (this.items.some((item) => item.transfer?.isUnderWay())) return;
    this.items.find((item) => item.state === "queued")?.start();
  }

  tick() {
    const busy = this.items.filter((item) => item.transfer?.isUnderWay());
    if (busy.length === 0) return;
    busy.forEach((item) => item.draw());
    this.showTitle();
  }

  arrived(item) {
    this.left -= 1;
    if (this.data.max_uploads > 1 && byId("how-many")) setText(byId("how-many"), count("fact_files_left", Math.max(0, this.left)));
    if (/^https?:/i.test(item.result.redirect_url ?? "")) this.redirect = item.result.redirect_url;
    this.pump();
    this.changed();
    this.keepFocus();
  }

  // A file was refused or failed: perhaps the link itself came to its end. The page knows; ask it again.
  async troubled() {
    this.pump();
    this.changed();
    this.keepFocus();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const data = JSON.parse(fresh.getElementById("stile").textContent);
      if (data.state === "ready") {
        this.left = data.uploads_left;
      } else {
        this.closed = true;
        this.data.state = data.state;
      }
    } catch {
      // The row has said what is known.
    }
    this.changed();
  }

  // Showing. Called after every change; cheap enough to set everything each time.

  changed() {
    const states = this.items.map((item) => item.state);
    const chosen = states.filter((state) => state === "chosen").length;
    const finished = states.filter((state) => state === "finished").length;
    const done = finished > 0 && finished === states.length;
    const slots = this.slots();
    this.input.multiple = slots > 1;
    document.body.dataset.phase = done ? "done" : states.length > 0 ? "files" : "empty";
    this.list.hidden = states.length === 0;
    if (this.form) {
      this.form.hidden = slots === 0;
      setText(this.chooseButton, this.chooseWords(done, states, slots));
      this.sendButton.hidden = chosen === 0;
      setText(this.sendButton, count("send", chosen));
    }
    this.medal.hidden = !done;
    this.showHeading(done, finished);
    this.showWayBack(done || (finished > 0 && states.every((state) => ["finished", "refused"].includes(state))));
    this.showTitle();
  }

  chooseWords(done, states, slots) {
    if (states.length === 0) return slots > 1 ? count("choose", 2) : count("choose", 1);
    if (done) return say("choose_another");
    return states.every((state) => ["refused", "remembered"].includes(state)) ? say("try_another") : say("choose_more");
  }

  showHeading(done, finished) {
    const ended = this.closed && this.data.state !== "ready" && !(done && this.data.state === "used_up");
    this.heading.dataset.words ??= this.heading.textContent;
    setText(this.heading, done && !ended ? say("done_title") : ended ? say(`${this.data.state}_title`) : this.heading.dataset.words);
    const opening = document.querySelector(".notice > p");
    if (opening) opening.hidden = done;
    if (this.facts) this.facts.hidden = done || ended;
    let text = "";
    if (done) text = this.left > 0 && !this.closed ? say("done_more") : count("done_text", finished);
    else if (ended && this.form) text = say(this.data.state === "expired" ? "expired_text_plain" : `${this.data.state}_text`);
    else if (ended && this.items.some((item) => item.state === "remembered")) text = say("expired_continue");
    setText(this.lead, text);
    this.lead.hidden = text === "";
  }

  showWayBack(settled) {
    const wanted = settled && this.redirect;
    this.doneButton.hidden = !wanted || this.slots() === 0 || this.leaving;
    if (wanted && this.slots() === 0 && !this.leaving) this.goBack(kReadFirst);
  }

  goBack(delay) {
    this.leaving = true;
    this.doneButton.hidden = true;
    const host = new URL(this.redirect, location.href).host;
    this.back.replaceChildren(say("going_back", { host }), h("br"), h("a", { class: "link", href: this.redirect }, say("go_back", { host })));
    this.announce(say("going_back", { host }));
    setTimeout(() => location.assign(this.redirect), delay);
  }

  showTitle() {
    const counted = this.items.filter((item) => item.underWay || ["paused", "finished"].includes(item.state));
    const moving = counted.some((item) => item.underWay);
    let title = this.title;
    if (moving) {
      const total = counted.reduce((sum, item) => sum + item.about.size, 0);
      const done = counted.reduce((sum, item) => sum + (item.state === "finished" ? item.about.size : item.progress.done), 0);
      title = say("title_progress", { n: Math.min(99, Math.floor((done / total) * 100)), title });
    } else if (this.items.some((item) => ["refused", "failed"].includes(item.state))) {
      title = say("title_attention", { title });
    } else if (document.body.dataset.phase === "done") {
      title = say("title_done", { title });
    }
    if (document.title !== title) document.title = title;
  }

  // Said beside the list.
  note(text) {
    setText(this.aside, text);
    this.aside.hidden = text === "";
    if (text) this.announce(text);
  }

  // Said to screen readers.
  announce(text) {
    this.live.textContent = text;
  }

  // When the control with the focus has gone, the next sensible one gets it.
  keepFocus() {
    const active = document.activeElement;
    if (active && active !== document.body && active.offsetParent !== null) return;
    const next = [this.doneButton, this.sendButton, this.chooseButton].find((button) => button?.offsetParent);
    (next ?? this.heading).focus({ preventScroll: true });
  }
}
