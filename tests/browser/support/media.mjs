// Real media files, made once per run in a temporary folder.
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export class Media {
  // browser draws the picture: hills at dusk, so that the screenshots are pleasant to look at.
  static async make(browser) {
    const media = new Media();
    media.folder = mkdtempSync(join(tmpdir(), "stile-media-"));
    process.once("exit", () => rmSync(media.folder, { recursive: true, force: true }));
    media.photo = join(media.folder, "Evening above the valley.jpg");
    media.otherPhoto = join(media.folder, "IMG_20260314_173355_the_long_way_home_over_the_hills.jpg");
    media.video = join(media.folder, "Walk to the stile.mp4");
    media.disguised = join(media.folder, "holiday.mp4");  // a PDF that says it is a film
    media.empty = join(media.folder, "empty.jpg");
    media.text = join(media.folder, "notes.txt");
    await media.draw(browser);
    writeFileSync(media.disguised, Buffer.concat([Buffer.from("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "latin1"), randomBytes(300_000)]));
    writeFileSync(media.empty, "");
    writeFileSync(media.text, "Not a picture.\n");
    return media;
  }

  async draw(browser) {
    const page = await browser.newPage({ viewport: { width: 1600, height: 1067 } });
    await page.setContent(kHills);
    writeFileSync(this.photo, await page.screenshot({ type: "jpeg", quality: 95 }));
    await page.setViewportSize({ width: 1200, height: 1200 });
    writeFileSync(this.otherPhoto, await page.screenshot({ type: "jpeg", quality: 90 }));
    await page.close();
    // Grain makes the files as large as a camera's.
    await ffmpeg("-i", this.photo, "-vf", "scale=2400:-2,noise=alls=14:allf=t", "-q:v", "2", "-frames:v", "1", join(this.folder, "grain.jpg"));
    writeFileSync(this.photo, readFileSync(join(this.folder, "grain.jpg")));
    await ffmpeg("-loop", "1", "-i", this.otherPhoto, "-f", "lavfi", "-i", "sine=frequency=330", "-t", "4", "-vf",
      "scale=960:-2,crop=960:540,noise=alls=10:allf=t", "-r", "24", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
      "-c:a", "aac", "-movflags", "+faststart", this.video);
  }
}

const ffmpeg = (...args) => run("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { timeout: 120_000 });

const kHills = `<!doctype html><style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>
<svg viewBox="0 0 1600 1067" preserveAspectRatio="xMidYMid slice">
<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#2b3d63"/><stop offset=".45" stop-color="#c9747a"/>
<stop offset=".68" stop-color="#f5bd84"/><stop offset="1" stop-color="#fbe3b4"/></linearGradient></defs>
<rect width="1600" height="1067" fill="url(#s)"/><circle cx="1090" cy="560" r="74" fill="#fff1cf"/>
<path fill="#8d5f78" d="M0 700 Q200 560 420 650 T860 610 T1280 660 T1600 590 V1067 H0z"/>
<path fill="#5d4a69" d="M0 780 Q260 660 520 745 T1010 720 T1600 700 V1067 H0z"/>
<path fill="#3a3a55" d="M0 870 Q330 740 700 840 T1600 800 V1067 H0z"/>
<path fill="#20263d" d="M0 960 Q400 850 880 935 T1600 900 V1067 H0z"/>
<g stroke="#141828" stroke-width="13" stroke-linecap="round"><path d="M470 830v150M640 830v160M455 860h200M455 905h200M455 950h200M520 905l-40 78M590 905l40 85"/></g>
</svg>`;
