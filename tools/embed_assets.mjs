// Bundles the upload page's scripts and styles and turns them, with the drawings and the words, into C++.
//
//   node tools/embed_assets.mjs UI_DIR OUT_DIR     writes OUT_DIR/assets_data.cc and OUT_DIR/words.h
//
// An asset's path holds the first 8 hex digits of the SHA-256 of its bytes, so it can be cached for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [uiDir, outDir] = process.argv.slice(2).map((path) => path && resolve(path));
if (!uiDir || !outDir) stop("usage: node tools/embed_assets.mjs UI_DIR OUT_DIR");

function stop(sentence) {
  console.error(`embed_assets: ${sentence}`);
  process.exit(1);
}

async function bundle(entry) {
  let esbuild;
  try {
    esbuild = await import("esbuild");
  } catch {
    stop("the npm packages of the upload page are missing: run `npm ci` in the project's folder first (./dev build does).");
  }
  const result = await esbuild.build({
    entryPoints: [join(uiDir, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    charset: "utf8",
    target: ["es2020", "chrome88", "firefox88", "safari15"],
    legalComments: "inline",
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const shrinkSvg = (name) => Buffer.from(readFileSync(join(uiDir, name), "utf8").replace(/>\s+</g, "><").trim());

// One literal per line of at most ~100 bytes. Three-digit octal escapes end where they should, whatever follows.
function cppLiteral(bytes) {
  const lines = [];
  let line = "";
  for (const byte of bytes) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
    line += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
    if (line.length > 100) {
      lines.push(`    "${line}"`);
      line = "";
    }
  }
  if (line || lines.length === 0) lines.push(`    "${line}"`);
  return lines.join("\n");
}

function assetsSource(assets) {
  const entries = assets.map(({ name, type, bytes }) => {
    const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    const path = `/assets/${name.replace(/(\.\w+)$/, `-${hash}$1`)}`;
    return `    {"${name}", {"${path}", "${type}", std::string_view(\n${cppLiteral(bytes)},\n    ${bytes.length})}},\n`;
  });
  return `// Made by tools/embed_assets.mjs from src/web/ui. Do not edit.
#include "web/assets.h"

namespace stile::web {

namespace {
constexpr NamedAsset kAssets[] = {
${entries.join("")}};
}  // namespace

std::span<const NamedAsset> all_assets() { return kAssets; }

}  // namespace stile::web
`;
}

function wordsHeader(words) {
  const constants = [];
  const add = (key, text) => constants.push(`inline constexpr std::string_view ${key} =\n${cppLiteral(Buffer.from(text))};\n`);
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") add(key, value);
    else for (const [form, text] of Object.entries(value)) add(`${key}_${form}`, text);
  }
  return `// The words of the pages. Made by tools/embed_assets.mjs from src/web/ui/words.js. Do not edit.
#pragma once

#include <string_view>

namespace stile::web::words {

${constants.join("")}
}  // namespace stile::web::words
`;
}

const { words } = await import(pathToFileURL(join(uiDir, "words.js")));
const assets = [
  { name: "upload.js", type: "text/javascript; charset=utf-8", bytes: await bundle("upload.js") },
  { name: "upload.css", type: "text/css; charset=utf-8", bytes: await bundle("upload.css") },
  { name: "favicon.svg", type: "image/svg+xml", bytes: shrinkSvg("favicon.svg") },
  { name: "icons.svg", type: "image/svg+xml", bytes: shrinkSvg("icons.svg") },
];
mkdirSync(outDir, { recursive: true });
writeFileSync(join(outDir, "assets_data.cc"), assetsSource(assets));
writeFileSync(join(outDir, "words.h"), wordsHeader(words));
