// Takes docs/images/upload-page.png anew:  node tests/browser/support/readme_picture.mjs
import { mkdirSync, statSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { choose, launch, open, reaches, row, throttle } from "./browser.mjs";
import { Media } from "./media.mjs";
import { Server } from "./server.mjs";

const kPicture = fileURLToPath(new URL("../../../docs/images/upload-page.png", import.meta.url));
const browser = await launch();
const media = await Media.make(browser);
const server = await Server.start();
try {
  const page = await open(browser, await server.page({ title: "Pictures from the spring walk", "max-uploads": 3 }), { viewport: { width: 1120, height: 1060 } });
  await choose(page, media.photo, media.video);
  await row(page, "Walk to the stile.mp4").locator(".still canvas").waitFor();
  await page.locator("#send").click();
  await reaches(page, "Evening above the valley.jpg", "finished");
  await page.locator(".media img").evaluate((image) => image.decode());
  await throttle(page, 400_000);
  await page.waitForFunction(() => /\/s · \d+ .*left/.test(document.querySelectorAll(".pace")[1].textContent));
  await page.evaluate(() => document.activeElement.blur());
  await page.waitForFunction(() => document.querySelectorAll("[role=progressbar]")[1].ariaValueNow >= 40);
  mkdirSync(fileURLToPath(new URL("../../../docs/images", import.meta.url)), { recursive: true });
  await page.screenshot({ path: kPicture, animations: "disabled" });
  const small = `${kPicture}.small.png`;
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", kPicture, "-vf", "split[a][b];[a]palettegen=max_colors=192[p];[b][p]paletteuse=dither=none", small]);
  execFileSync("mv", [small, kPicture]);
  console.log(`${kPicture}: ${statSync(kPicture).size} bytes`);
} finally {
  await browser.close();
  await server.stop();
}
