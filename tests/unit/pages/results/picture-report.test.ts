/** What can be looked at of the picture job types' results. */
import { describe, expect, test } from "vitest";
import type { Manifest } from "#contract/manifest.ts";
import { inputPicture } from "../../../../pages/src/features/results/input-picture.ts";
import { animationFiles, cutoutPairs } from "../../../../pages/src/features/results/picture-report.ts";

const manifest = (names: readonly string[], report: Record<string, unknown> = {}, bytes = 10): Manifest => ({
  jobType: "x",
  typeVersion: 1,
  params: {},
  artifacts: names.map((name) => ({ name, bytes, sha256: "0".repeat(64), contentType: "image/webp" })),
  versions: {},
  timings: [],
  peakMemoryBytes: null,
  seed: null,
  report,
  warnings: [],
});

describe("pictures before and after", () => {
  test("are the original and the full cut-out where there is one", () => {
    const pictures = [{ filename: "cat.png", warnings: ["In many pieces."] }];
    expect(cutoutPairs(manifest(["cutout.webp", "before.webp", "preview.webp"], { pictures }))).toEqual([
      { number: 1, before: "before.webp", after: "cutout.webp", filename: "cat.png", warnings: ["In many pieces."] },
    ]);
  });

  test("are the small ones where there are many, by number, with names and warnings of the report", () => {
    const names = ["after-0010.webp", "after-0002.webp", "before-0002.webp", "before-0010.webp", "cutouts.zip"];
    const pictures = [
      { filename: "a.png", warnings: [] },
      { filename: "b.png", warnings: ["Empty."] },
    ];
    expect(cutoutPairs(manifest(names, { pictures }))).toEqual([
      { number: 2, before: "before-0002.webp", after: "after-0002.webp", filename: "b.png", warnings: ["Empty."] },
      { number: 10, before: "before-0010.webp", after: "after-0010.webp", filename: null, warnings: [] },
    ]);
  });

  test("are the mask where only that was asked for, and the preview where the cut-out is huge", () => {
    expect(cutoutPairs(manifest(["mask.png", "before.webp"]))[0]?.after).toBe("mask.png");
    const huge = manifest(["cutout.png", "before.webp", "preview.webp"], {}, 90_000_000);
    expect(cutoutPairs(huge)[0]?.after).toBe("preview.webp");
  });

  test("are none where nothing of the kind was written", () => {
    expect(cutoutPairs(manifest(["cutouts.zip", "after-0001.webp"]))).toEqual([]);
  });
});

test("an animation's files come with what is told of each, or of all", () => {
  const report = {
    frames: 30,
    durationS: 1.2,
    files: [{ name: "animation.gif", frames: 24, durationS: 1.2, bytes: 10, quality: null }],
  };
  const files = animationFiles(manifest(["animation.webm", "animation.gif", "poster.png"], report));
  expect(files.map(({ format, video, frames, durationS }) => [format, video, frames, durationS])).toEqual([
    ["GIF", false, 24, 1.2],
    ["WebM", true, 30, 1.2],
  ]);
});

describe("a picture of a job's input", () => {
  const input = (role: string | null = null) => ({
    upload: "upl_1",
    job: null,
    artifact: null,
    filename: "a.png",
    bytes: 1,
    contentType: "image/png",
    role,
  });
  const single = { manifest: manifest(["before.webp", "preview.webp"]), purgedAt: null, inputs: [input()] };

  test("is what was kept of it, or else the result", () => {
    expect(inputPicture(single, 0)).toBe("before.webp");
    expect(inputPicture({ ...single, manifest: manifest(["preview.webp"]) }, 0)).toBe("preview.webp");
  });

  test("of many is its own or none", () => {
    const many = { ...single, manifest: manifest(["before-0001.webp", "preview.webp"]), inputs: [input(), input()] };
    expect([inputPicture(many, 0), inputPicture(many, 1)]).toEqual(["before-0001.webp", null]);
  });

  test("is gone with the files", () => {
    expect(inputPicture({ ...single, purgedAt: 5 }, 0)).toBeNull();
    expect(inputPicture({ ...single, manifest: null }, 0)).toBeNull();
  });
});
