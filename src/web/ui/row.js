// One file in the list: what it is, how far it is, and what can be done about it.
import { h, icon, setText } from "./dom.js";
import { bytes, cutName, say, timeLeft } from "./format.js";
import { finishedMedia, placeholder, showStill } from "./still.js";

// What each state offers, and how it looks. `tool`: the round button beside the bar; `pill`: a button with words.
const kStates = {
  chosen: { tone: "calm" },
  queued: { tone: "calm" },
  remembered: { tone: "attention", bar: true, pill: "choose_again" },
  uploading: { tone: "active", bar: true, tool: "pause" },
  finishing: { tone: "active", bar: true },
  paused: { tone: "calm", bar: true, tool: "resume" },
  offline: { tone: "attention", bar: true, tool: "pause" },
  retrying: { tone: "attention", bar: true, tool: "retry_now" },
  refused: { tone: "bad" },
  failed: { tone: "bad", bar: true, pill: "retry" },
  finished: { tone: "good" },
};
const kIcons = { pause: "pause", resume: "play", retry_now: "retry", retry: "retry", remove: "remove", choose_again: "send" };

export class Row {
  // about: {name, size, type}; act(action): "pause" | "resume" | "retry" | "retry_now" | "choose_again" | "remove"
  constructor(about, act) {
    this.about = about;
    this.act = act;
    const [head, tail] = cutName(about.name);
    this.still = h("div", { class: "still" }, placeholder(about.type));
    this.status = h("p", { class: "status" });
    this.remove = this.button("remove", "tool");
    this.fill = h("div", { class: "fill" });
    this.bar = h("div", {
      class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0",
      "aria-label": say("progress_label", { name: about.name }),
    }, this.fill);
    this.percent = h("span", { class: "percent" });
    this.pace = h("span", { class: "pace" });
    this.toolPlace = h("div", { class: "tool-place" });
    this.progress = h("div", { class: "progress" },
      h("div", { class: "meter" }, this.bar, h("div", { class: "numbers" }, this.percent, this.pace)), this.toolPlace);
    this.pillPlace = h("div", { class: "pill-place" });
    this.media = h("div", { class: "media" });
    this.element = h("li", { class: "row" },
      h("div", { class: "top" }, this.still,
        h("div", { class: "about" },
          h("p", { class: "name", title: about.name },
            h("bdi", { "aria-hidden": "true", class: "cut" }, h("span", { class: "head" }, head), h("span", { class: "tail" }, tail)),
            h("span", { class: "unseen" }, about.name)),
          this.status),
        this.remove, h("span", { class: "mark" }, icon("check"))),
      this.progress, this.pillPlace, this.media);
  }

  button(action, look) {
    const label = say("action_on", { action: say(action), name: this.about.name });
    const inside = look === "tool" ? [icon(kIcons[action])] : [icon(kIcons[action]), say(action)];
    const button = h("button", { type: "button", class: look, "data-action": action, on: { click: () => this.act(action) } }, ...inside);
    // A button with words is called by them; one with an icon needs a name.
    if (look === "tool") {
      button.setAttribute("aria-label", label);
      button.title = say(action);
    }
    return button;
  }

  preview(file) {
    showStill(this.still, file);
  }

  // The picture or film itself. The small still stays where the browser cannot show it.
  showArrived(url, type) {
    const label = say("picture_of", { name: this.about.name });
    const media = finishedMedia(type, url, label, () => {
      this.media.replaceChildren();
      this.element.classList.remove("with-media");
    });
    if (!media) return;
    this.media.replaceChildren(media);
    this.element.classList.add("with-media");
  }

  // state: a key of kStates; progress: {done, total, speed, left} or null; reason: a sentence or ""
  show(state, progress, reason) {
    if (this.state !== state) this.changeState(state);
    const size = bytes(this.about.size);
    const sentence = reason || (state === "chosen" || state === "uploading" ? size : say(state));
    setText(this.status, sentence);
    if (!progress || !kStates[state].bar) return;
    const part = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
    const whole = state === "finishing" ? 100 : Math.min(99, Math.floor(part * 100));
    this.fill.style.setProperty("inline-size", `${(state === "finishing" ? 1 : part) * 100}%`);
    this.bar.setAttribute("aria-valuenow", String(whole));
    this.bar.setAttribute("aria-valuetext", say("percent", { n: whole }));
    setText(this.percent, say("percent", { n: whole }));
    setText(this.pace, this.paceWords(state, progress, size));
  }

  paceWords(state, progress, size) {
    const amount = say("of", { done: bytes(progress.done), total: size });
    if (state !== "uploading" || !(progress.speed > 0)) return amount;
    const speed = say("speed", { speed: bytes(progress.speed) });
    return progress.left === null ? speed : `${speed} · ${timeLeft(progress.left)}`;
  }

  changeState(state) {
    const look = kStates[state];
    const hadFocus = this.element.contains(document.activeElement) && document.activeElement !== this.remove;
    this.state = state;
    this.element.dataset.state = state;
    this.element.dataset.tone = look.tone;
    this.progress.hidden = !look.bar;
    this.remove.hidden = state === "finished" || state === "finishing";
    this.toolPlace.replaceChildren(...(look.tool ? [this.button(look.tool, "tool")] : []));
    this.pillPlace.replaceChildren(...(look.pill ? [this.button(look.pill, "pill")] : []));
    this.pillPlace.hidden = !look.pill;
    if (hadFocus) this.focus();
  }

  // Somewhere sensible after the control that had the focus went away.
  focus() {
    (this.toolPlace.firstChild ?? this.pillPlace.firstChild)?.focus();
  }
}
