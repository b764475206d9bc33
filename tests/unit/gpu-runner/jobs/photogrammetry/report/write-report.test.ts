import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, describe, expect, test } from "vitest";
import {
  writeCameraPicture,
  writeReport,
} from "../../../../../../gpu-runner/jobs/photogrammetry/report/write-report.ts";
import { FACTS, type Files, HOSTILE, reportFolder, type Until } from "./report-folder.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function folderFor(until: Until, change?: (files: Files) => void): Promise<string> {
  const folder = await reportFolder(until, change);
  folders.push(folder);
  return folder;
}

async function reportOf(folder: string): Promise<string> {
  const path = join(folder, "report.html");
  await writeReport(folder, FACTS, path);
  return readFile(path, "utf8");
}

const sectionsOf = (page: string): string[] => [...page.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title]) => title ?? "");

describe("a finished model's report", () => {
  test("says first how far to trust it, and has every section", async () => {
    const page = await reportOf(await folderFor("model"));
    expect(page.indexOf("<h1>Usable, with reservations</h1>")).toBeLessThan(page.indexOf("<h2>"));
    expect(sectionsOf(page)).toEqual([
      "1\u00a0thing to know",
      "What this rests on",
      "Left out",
      "Cameras",
      "Depth",
      "Model",
      "All photos",
      "How it was made",
    ]);
    for (const fact of [
      "98,765",
      "20\u00a0cm × 10\u00a0cm × 15\u00a0cm, ± 0.4",
      "123,456",
      "2\u00a0min 10\u00a0s",
      "pycolmap",
    ])
      expect(page).toContain(fact);
  });

  test("names each photo that was left out, with the reason, and what to photograph next", async () => {
    const page = await reportOf(await folderFor("model"));
    const leftOut = page.slice(page.indexOf("<h2>Left out"), page.indexOf("<h2>Cameras"));
    for (const words of [
      "broken.heic",
      "It is damaged.",
      "IMG_12.JPG",
      "Blurred: hold still.",
      "IMG_5.JPG",
      "Both ways disagree.",
    ])
      expect(leftOut).toContain(words);
    expect(page).toContain("Take photos between the two.");
  });

  test("names the groups that photos fall into, and which of them was used", async () => {
    const groups = [
      { photos: [1, 3, 4, 5, 6, 7], used: true },
      { photos: [8, 9, 10], used: false },
    ];
    const page = await reportOf(await folderFor("model", ({ poses }) => Object.assign(poses, { groups })));
    const words = page.replaceAll(/<[^>]*>|\s+/g, " ").replaceAll(/ +/g, " ");
    expect(words).toContain("The photos fall into 2 groups");
    expect(words).toContain("Used: 6 photos IMG_1.JPG IMG_3.JPG IMG_4.JPG IMG_5.JPG …");
    expect(words).toContain("Not used: 3 photos IMG_8.JPG IMG_9.JPG IMG_10.JPG");
    expect(await reportOf(await folderFor("model"))).not.toContain("groups");
  });

  test("does not speak of numbers on a map that has room for none", async () => {
    const page = await reportOf(await folderFor("model"));
    expect(page).toContain("The numbers are those of the photos below.");
    const many = await folderFor("model", ({ poses }) => {
      poses.views = Array.from({ length: 100 }, (_, index) => ({ ...poses.views[0], photo: index + 1 }));
    });
    const crowded = await reportOf(many);
    expect(crowded).not.toContain("The numbers are");
    expect(crowded).toContain("Point at a camera to read which photo it is.");
  });

  test("folds the list of a large set's photos, so that what follows is found", async () => {
    expect(await reportOf(await folderFor("model"))).not.toContain("<details");
    const many = await folderFor("check", ({ photos }) => {
      photos.photos = Array.from({ length: 150 }, (_, index) => ({ ...photos.photos[0], id: index + 1 }));
    });
    expect(await reportOf(many)).toContain("<details><summary>150\u00a0photos, each with its figures</summary><ul");
  });

  test("escapes what users named their files", async () => {
    const page = await reportOf(await folderFor("model"));
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img src=x");
    expect(page).not.toContain("<b>Mind");
    expect(page).not.toContain("\u202e");
    expect(page).toContain("&lt;/title&gt;&lt;script&gt;");
    expect(HOSTILE).toContain("<script>");
  });

  test("needs nothing from elsewhere: pictures are in it, and there are no links", async () => {
    const page = await reportOf(await folderFor("model"));
    const sources = [...page.matchAll(/<img[^>]* src="([^"]*)"/g)].map(([, source]) => source ?? "");
    // Thumbnails of 12 photos, two of them shown twice, and two depth maps: of the third one there is no picture.
    expect(sources).toHaveLength(12 + 2 + 2);
    for (const source of sources) expect(source).toMatch(/^data:image\/webp;base64,[A-Za-z0-9+/=]+$/);
    expect(page.replaceAll(/data:image[^"]*/g, "")).not.toMatch(/https?:|url\(|<link|<a |@import|javascript:/i);
  });

  test("a view whose depth fits no other counts as left out", async () => {
    const page = await reportOf(
      await folderFor("model", ({ fuse }) => {
        Object.assign(fuse.views[2], { dropped: "Its depth fits none.", confirmed: 0.01 });
      }),
    );
    expect(page.slice(page.indexOf("<h2>Left out"), page.indexOf("<h2>Cameras"))).toContain("Its depth fits none.");
    expect(page).toContain("<strong>9 of 11</strong>");
    expect(page).toContain("<strong>70\u00a0%</strong>");
  });

  test("says how much the exposure of a photo was changed", async () => {
    const page = await reportOf(await folderFor("model"));
    expect(page).toContain("1: IMG_1.JPG, +0.26 stops");
    expect(page).toContain("−0.15 stops");
  });

  test("the same scene gives the same bytes", async () => {
    const folder = await folderFor("model");
    expect(await reportOf(folder)).toBe(await reportOf(folder));
  });

  test("a file that can't be read is named, and the rest is there", async () => {
    const folder = await folderFor("model");
    await writeFile(join(folder, "poses.json"), `{"views": "none"`);
    const page = await reportOf(folder);
    expect(page).toContain("poses.json could not be read");
    expect(sectionsOf(page)).not.toContain("Cameras");
    expect(sectionsOf(page)).toContain("Model");
  });
});

describe("the report of a job that ended early", () => {
  test("after the photos: verdicts on them, nothing on cameras", async () => {
    const page = await reportOf(await folderFor("check"));
    expect(page).toContain("<h1>Most photos are good enough</h1>");
    expect(sectionsOf(page)).not.toContain("Cameras");
    expect(sectionsOf(page)).toContain("All photos");
  });

  test("after the cameras: the map, nothing on a model", async () => {
    const page = await reportOf(await folderFor("cameras"));
    expect(sectionsOf(page)).toContain("Cameras");
    expect(sectionsOf(page)).not.toContain("Model");
    expect(page).toContain("Up is as the photos were held.");
  });

  test("with nothing at all in the folder it trusts nothing and still says how it was made", async () => {
    const page = await reportOf(await folderFor("check", (files) => delete files.photos));
    expect(page).toContain("<h1>There is nothing to judge</h1>");
    expect(sectionsOf(page)).toEqual(["1\u00a0thing to know", "How it was made"]);
  });
});

describe("the picture of the cameras", () => {
  test("is drawn for a job that ends with them", async () => {
    const folder = await folderFor("cameras");
    const path = join(folder, "preview.webp");
    expect(await writeCameraPicture(folder, path)).toBe(true);
    const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([800, 600]);
    const isClay = (at: number) => (data[at] ?? 0) > 150 && (data[at + 1] ?? 255) < 110 && (data[at + 2] ?? 255) < 90;
    let clay = 0;
    for (let at = 0; at < data.length; at += 3) if (isClay(at)) clay++;
    expect(clay).toBeGreaterThan(100);
  });

  test("is not drawn where no camera is known", async () => {
    const folder = await folderFor("check");
    expect(await writeCameraPicture(folder, join(folder, "preview.webp"))).toBe(false);
  });
});
