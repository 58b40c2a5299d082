// The site's accent colour, made readable: text, buttons and bars keep their contrast whatever colour was chosen. Pure.

function parse(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const mix = (from, to, part) => from.map((value, i) => Math.round(value + (to[i] - value) * part));
const css = (rgb) => `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

const kWhite = [255, 255, 255];
const kInk = [16, 20, 18];

// Moves the colour towards `goal` until it has `ratio` on `paper`.
function towards(color, goal, paper, ratio) {
  for (let part = 0; part < 1; part += 0.04) {
    const moved = mix(color, goal, part);
    if (contrast(moved, paper) >= ratio) return moved;
  }
  return goal;
}

// The custom properties of one theme; `paper` is the darkest (light theme) or lightest (dark theme) ground text stands on.
function theme(color, paper, goal) {
  const accent = towards(color, goal, paper, 4.6);
  const onAccent = contrast(accent, kWhite) >= 4.6 ? kWhite : kInk;
  return { accent: css(accent), onAccent: css(onAccent) };
}

export function accentProperties(hex) {
  if (!/^#[0-9a-f]{6}$/i.test(hex ?? "")) return null;
  const color = parse(hex);
  const light = theme(color, parse("#efedea"), kInk);
  const dark = theme(color, parse("#292c2a"), kWhite);
  return {
    "--accent-light": light.accent,
    "--on-accent-light": light.onAccent,
    "--accent-dark": dark.accent,
    "--on-accent-dark": dark.onAccent,
  };
}
