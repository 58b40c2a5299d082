// A small still picture of a chosen file, made in the browser; an icon where that does not work.
import { h, icon } from "./dom.js";

const kEdge = 144;  // pixels: 72 CSS pixels on a dense screen

const kindOf = (type) => /^(image|video|audio)\//.exec(type ?? "")?.[1] ?? "file";

export function placeholder(type) {
  return icon(kindOf(type));
}

// Replaces the children of `box` when the still is ready.
export async function showStill(box, file) {
  try {
    const kind = kindOf(file.type);
    if (kind === "image") box.replaceChildren(await imageStill(file));
    if (kind === "video") box.replaceChildren(await videoStill(file));
  } catch {
    // The icon stays.
  }
}

function cover(source, width, height) {
  const canvas = h("canvas", { width: kEdge, height: kEdge });
  const scale = Math.max(kEdge / width, kEdge / height);
  const x = (kEdge - width * scale) / 2;
  const y = (kEdge - height * scale) / 2;
  canvas.getContext("2d").drawImage(source, x, y, width * scale, height * scale);
  return canvas;
}

async function imageStill(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    if (!image.naturalWidth) throw new Error("no picture");
    return cover(image, image.naturalWidth, image.naturalHeight);
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function videoStill(file) {
  const url = URL.createObjectURL(file);
  const video = h("video", { muted: true, playsInline: true, preload: "auto" });
  try {
    await new Promise((resolve, reject) => {
      video.addEventListener("error", reject);
      video.addEventListener("loadeddata", () => {
        // Films begin black: look a little further in.
        const at = Math.min(1, (video.duration || 0) / 4);
        if (!(at > 0)) return resolve();
        video.addEventListener("seeked", resolve);
        video.currentTime = at;
      });
      setTimeout(reject, 8000);
      video.src = url;
    });
    return cover(video, video.videoWidth, video.videoHeight);
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}

// The finished file itself, from the server; null when the browser cannot show its kind.
export function finishedMedia(type, url, label, onFail) {
  const kind = kindOf(type);
  if (!url || kind === "file") return null;
  const on = { error: onFail };
  if (kind === "image") return h("img", { src: url, alt: label, decoding: "async", on });
  return h(kind, { src: url, controls: true, preload: "metadata", playsInline: true, "aria-label": label, on });
}
