// Numbers, times and names in words. Pure.
import { words } from "./words.js";

const kLang = words.lang;
const plural = new Intl.PluralRules(kLang);

export function fill(pattern, values = {}) {
  return pattern.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
}

export const say = (key, values) => fill(words[key], values);

// The form of words[key] that goes with the number n, which also fills {n}.
export function count(key, n, values) {
  const forms = words[key];
  return fill(forms[plural.select(n)] ?? forms.other, { n: n.toLocaleString(kLang), ...values });
}

const kUnits = ["unit_b", "unit_kb", "unit_mb", "unit_gb", "unit_tb"];

// "3.5 GB", in steps of 1024.
export function bytes(size) {
  let unit = 0;
  let value = size;
  while (value >= 1024 && unit < kUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && value < 100 ? 1 : 0;
  const rounded = Math.floor(value * 10 ** digits) / 10 ** digits;
  return say(kUnits[unit], { n: rounded.toLocaleString(kLang, { maximumFractionDigits: digits }) });
}

// Coarser the further away, so that it stays still: nobody needs the seconds of an hour.
export function timeLeft(seconds) {
  if (seconds < 5) return say("eta_soon");
  if (seconds < 55) return count("eta_seconds", Math.ceil(seconds / 5) * 5);
  if (seconds < 55 * 60) return count("eta_minutes", Math.max(1, Math.round(seconds / 60)));
  return count("eta_hours", Math.max(1, Math.round(seconds / 3600)));
}

export function moment(epochSeconds) {
  return new Date(epochSeconds * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

// The end of a name that must stay visible when the middle is cut: the extension and a few characters before it.
export function cutName(name) {
  const characters = Array.from(name);
  if (characters.length <= 16) return [name, ""];
  const dot = characters.lastIndexOf(".");
  const extension = dot > 0 && characters.length - dot <= 6 ? characters.length - dot : 0;
  const tail = extension + 5;
  return [characters.slice(0, -tail).join(""), characters.slice(-tail).join("")];
}
