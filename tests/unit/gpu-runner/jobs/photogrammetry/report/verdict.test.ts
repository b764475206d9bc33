import { rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { readReportScene } from "../../../../../../gpu-runner/jobs/photogrammetry/report/report-scene.ts";
import { judge, type Verdict } from "../../../../../../gpu-runner/jobs/photogrammetry/report/verdict.ts";
import { type Files, reportFolder, type Until } from "./report-folder.ts";

async function verdictOn(until: Until, change: (files: Files) => void): Promise<Verdict> {
  const folder = await reportFolder(until, change);
  try {
    return judge(await readReportScene(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Everything is as it should be. */
function flawless({ photos, poses }: Files): void {
  for (const photo of photos.photos) photo.use = true;
  if (!poses) return;
  poses.gaps = [];
  const view = { ...poses.views[0], photo: 12, file: "IMG_12.JPG" };
  poses.views = [...poses.views, view].map((each) => ({ ...each, kept: true }));
}

describe("verdict", () => {
  test("a model with every figure as it should be can be trusted", async () => {
    const { grade, headline, checks } = await verdictOn("model", flawless);
    expect(checks.filter((check) => check.grade !== "good")).toEqual([]);
    expect([grade, headline]).toEqual(["good", "This model can be trusted"]);
  });

  test("points seen by too few photos make a model not to rely on, however well they fit", async () => {
    const { grade, summary } = await verdictOn("model", (files) => {
      flawless(files);
      Object.assign(files.poses, { meanTrackLength: 2.53, reprojectionErrorPx: 0.2 });
    });
    expect(grade).toBe("poor");
    expect(summary).toContain("2.5 on average");
  });

  test("cameras on which both ways disagree make a model not to rely on", async () => {
    const { grade } = await verdictOn("model", (files) => {
      flawless(files);
      files.poses.views[3].agreement = { centerPercent: 11, rotationDeg: 4 };
    });
    expect(grade).toBe("poor");
  });

  test.each([
    ["a gap in the coverage", ({ poses }: Files) => poses.gaps.push({ between: ["a", "b"], degrees: 50, advice: "" })],
    ["a surface that was partly guessed", ({ texture }: Files) => Object.assign(texture, { seenShare: 0.8 })],
    ["an uncertain scale", ({ scale }: Files) => Object.assign(scale, { errorPercent: 20 })],
    ["some photos missing", ({ poses }: Files) => Object.assign(poses.views[0], { kept: false })],
  ])("%s is a reservation", async (_, change) => {
    const { grade } = await verdictOn("model", (files) => {
      flawless(files);
      change(files);
    });
    expect(grade).toBe("fair");
  });

  test("depths that few photos confirm are a reservation that names shiny, transparent and plain surfaces, and what helps", async () => {
    const { grade, summary } = await verdictOn("model", (files) => {
      flawless(files);
      for (const view of files.fuse.views) view.confirmed = 0.52;
    });
    expect(grade).toBe("fair");
    expect(summary).toContain("Shiny, transparent or plain surfaces");
    expect(summary).toContain("matting spray or powder");
  });

  test("a size that nobody asked for counts neither for nor against", async () => {
    const { grade, checks } = await verdictOn("model", (files) => {
      flawless(files);
      delete files.scale;
      files.frame.scaleSource = null;
    });
    expect(grade).toBe("good");
    expect(checks.find(({ title }) => title === "Real size")?.grade).toBeNull();
  });

  test("fewer than three usable photos are too few", async () => {
    const { grade, headline } = await verdictOn("check", ({ photos }) => {
      for (const photo of photos.photos) photo.use = photo.id < 3;
    });
    expect([grade, headline]).toEqual(["poor", "Too few photos can be used"]);
  });
});
