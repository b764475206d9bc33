/** Files that are refused before they are sent. */
import { describe, expect, test } from "vitest";
import { animate } from "#contract/job-types/animate.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { textTo3d } from "#contract/job-types/text-to-3d.ts";
import { checkFile, formatNames } from "../../../../pages/src/features/compose/check-file.ts";

const logo = describeJobType(logoTo3d).inputs;
const clip = describeJobType(animate).inputs;
const font = describeJobType(textTo3d).inputs;

function png(width: number, height: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(33);
  head.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(head.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return head;
}

describe("a chosen file", () => {
  test.each([
    ["an SVG after a long comment", `<?xml version="1.0"?><!-- ${"x".repeat(2_000)} --><svg xmlns="…"/>`],
    ["a PNG", png(512, 512)],
    ["a JPG", new Uint8Array([0xff, 0xd8, 0xff, 0xe0])],
  ])("is taken when it is %s", async (_what, content) => {
    expect((await checkFile(new Blob([content]), logo)).problem).toBeNull();
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ["empty", "", "This file is empty. Choose another one."],
    ["a GIF", "GIF89a", "This is a GIF file. Choose an SVG, PNG or JPG."],
    ["something else", "hello", "This is a file of another kind. Choose an SVG, PNG or JPG."],
    ["a PNG that is cut off", png(1, 1).slice(0, 20), "This PNG is cut off. Export it again."],
    [
      "a PNG that is too wide",
      png(16_385, 10),
      "This picture has 16385 × 10 pixels. Scale it to 16384 a side and 60 megapixels at most.",
    ],
    [
      "a PNG with too many pixels",
      png(8_000, 8_000),
      "This picture has 8000 × 8000 pixels. Scale it to 16384 a side and 60 megapixels at most.",
    ],
    [
      "an SVG that is too long",
      `<svg>${" ".repeat(2 * 1024 * 1024)}</svg>`,
      "This SVG is larger than 2.1 MB. Simplify it, or choose a PNG.",
    ],
  ])("is refused with a sentence when it is %s", async (_what, content, sentence) => {
    expect(await checkFile(new Blob([content]), logo)).toEqual({ type: null, problem: sentence });
  });

  test("is refused when it is larger than the job type takes", async () => {
    const check = await checkFile(new Blob([png(1, 1)]), { ...logo, maxBytes: 10 });
    expect(check.problem).toBe("This file has 33 B; up to 10 B can be taken.");
  });

  test("is judged by the job type it is for", async () => {
    const otf = new Blob(["OTTO…"]);
    expect(await checkFile(otf, font)).toEqual({ type: "font/otf", problem: null });
    expect((await checkFile(otf, logo)).problem).toBe("This is an OTF file. Choose an SVG, PNG or JPG.");
  });

  test("is refused by its content, whatever it is called", async () => {
    const playlist = new File(["#EXTM3U\nhttp://…"], "clip.mp4", { type: "video/mp4" });
    expect((await checkFile(playlist, clip)).problem).toMatch(
      /^This is an HLS playlist file\. Choose an MP4, MOV, WebM/,
    );
  });

  test("that has gone since it was chosen is refused, not a crash", async () => {
    const gone = new Blob([png(1, 1)]);
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")) }) as never;
    expect((await checkFile(gone, logo)).problem).toMatch(/^This file can't be read\./);
  });
});

test("formats are named as people do", () => {
  expect([formatNames(logo.extensions), formatNames(font.extensions), formatNames([".glb"])]).toEqual([
    "an SVG, PNG or JPG",
    "a TTF or OTF",
    "a GLB",
  ]);
  expect(formatNames(clip.extensions)).toBe("an MP4, MOV, WebM, MKV, PNG, JPG, WebP, GIF, TIFF, BMP or zip");
});
