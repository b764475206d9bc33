/** What the page tells of a result. */
import { expect, test } from "vitest";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { removeBackground } from "#contract/job-types/remove-background.ts";
import type { Manifest } from "#contract/manifest.ts";
import { downloadsOf, resultFacts } from "../../../../pages/src/features/results/result-facts.ts";
import { turnAt } from "../../../../pages/src/features/results/sway.ts";

const artifact = (name: string, contentType = "model/x") => ({ name, bytes: 10, sha256: "0".repeat(64), contentType });
const MANIFEST: Manifest = {
  jobType: "logo-to-3d",
  typeVersion: 1,
  params: {},
  artifacts: [
    artifact("preview.webp", "image/webp"),
    artifact("model.stl"),
    artifact("model-obj.zip"),
    artifact("model.glb"),
  ],
  versions: {},
  timings: [],
  peakMemoryBytes: null,
  seed: null,
  report: { sizeMm: [80, 79.204, 4], triangles: 12_480, colors: ["#fff", "#000"] },
  warnings: [],
};

const input = {
  upload: "upl_1",
  job: null,
  artifact: null,
  filename: "a.png",
  bytes: 200_000,
  contentType: "image/png",
  role: null,
};
const factsOf = (type: string, report: Record<string, unknown>) =>
  resultFacts({ type, inputs: [input] }, { ...MANIFEST, report });

test("size, colours and triangles of a model are told in words", () => {
  expect(factsOf("logo-to-3d", MANIFEST.report)).toEqual(["80 × 79.2 × 4 mm", "2 colours", "12,480 triangles"]);
});

test("an SVG's bytes, beside those of the picture, paths, colours and faithfulness are told", () => {
  const report = { preset: "pixel-art", paths: 96, colors: 8, bytes: 14_200, ssim: 0.98249, deltaE: 1.26, tried: [] };
  expect(factsOf("image-to-svg", report)).toEqual([
    "14.2 kB (93 % smaller)",
    "96 paths",
    "8 colours",
    "SSIM 0.982",
    "ΔE 1.3",
    "Preset pixel art",
  ]);
});

test.each([
  [2, "2 B (99 % smaller)"],
  [199_000, "199 kB"],
  [500_000, "500 kB (2.5 times the picture)"],
])("an SVG of %d bytes is compared with its picture honestly", (bytes, fact) => {
  expect(factsOf("image-to-svg", { bytes })).toEqual([fact]);
});

test("cut-outs tell how many, the model with its licence, and what it ran on", () => {
  const picture = { filename: "a.png", width: 640, height: 480, coverage: 0.3, pieces: 1, warnings: [] };
  const report = { model: "u2netp", licence: "Apache-2.0", provider: "CPUExecutionProvider", count: 60 };
  expect(factsOf("remove-background", { ...report, pictures: [picture, picture] })).toEqual([
    "60 pictures",
    "Model u2netp (Apache-2.0)",
    "On CPU",
  ]);
  expect(factsOf("remove-background", { ...report, count: 1, pictures: [picture] })[0]).toBe("640 × 480 px");
});

test("an animation tells size, frames, exact duration and speed", () => {
  const artifacts = [artifact("animation.webp"), artifact("animation.gif")];
  const file = { frames: 75, durationS: 2.502, bytes: 10, quality: 75, width: 720, height: 404 };
  const files = [
    { ...file, name: "animation.webp" },
    { ...file, name: "animation.gif", width: 360, height: 202 },
  ];
  const report = { frames: 75, durationS: 2.502, fps: 29.97, files };
  const rest = ["75 frames", "2.5 s", "29.97 fps"];
  const told = (list: typeof artifacts) =>
    resultFacts({ type: "animate", inputs: [input] }, { ...MANIFEST, artifacts: list, report });
  expect(told(artifacts)).toEqual(["720 × 404 px", "360 × 202 px", ...rest]);
  expect(told(artifacts.slice(0, 1))).toEqual(["720 × 404 px", ...rest]);
});

test.each(["logo-to-3d", "image-to-svg", "remove-background", "animate"])(
  "a report of %s that holds something else is no failure",
  (type) => {
    const odd = { sizeMm: "large", triangles: null, colors: "many", bytes: "x", pictures: 5, files: {}, width: [] };
    expect(factsOf(type, odd)).toEqual([]);
    expect(factsOf(type, {})).toEqual([]);
  },
);

test("downloads list models in the job type's order, then the picture, then the manifest", () => {
  const files = downloadsOf(MANIFEST, describeJobType(logoTo3d));
  expect(files.map(({ name, badge, main }) => [name, badge, main])).toEqual([
    ["model.glb", "GLB", true],
    ["model-obj.zip", "OBJ", true],
    ["model.stl", "STL", true],
    ["preview.webp", "WEBP", false],
    ["manifest.json", "JSON", false],
  ]);
});

test("downloads are what was asked for, without the small pictures that are only looked at", () => {
  const artifacts = ["preview.webp", "after-0001.webp", "before-0001.webp", "masks.zip", "cutouts.zip"].map((name) =>
    artifact(name),
  );
  const files = downloadsOf({ ...MANIFEST, artifacts }, describeJobType(removeBackground));
  expect(files.map(({ name, main }) => [name, main])).toEqual([
    ["cutouts.zip", true],
    ["masks.zip", true],
    ["preview.webp", false],
    ["manifest.json", false],
  ]);
});

test("downloads of a job type the site does not know are still there", () => {
  expect(downloadsOf(MANIFEST, undefined).map(({ name }) => name)).toHaveLength(5);
});

test("a model sways from where it stands to the other side and back", () => {
  const degrees = [0, 2_750, 5_500, 11_000].map((ms) => Math.round((turnAt("sway", ms) * 180) / Math.PI));
  expect(degrees).toEqual([0, 27, 54, 0]);
});

test("a model that turns goes all the way around", () => {
  const degrees = [0, 6_000, 12_000, 24_000].map((ms) => Math.round((turnAt("turn", ms) * 180) / Math.PI));
  expect(degrees).toEqual([0, 90, 180, 0]);
});
