/** What the page tells of a result. */
import { expect, test } from "vitest";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import type { Manifest } from "#contract/manifest.ts";
import { downloadsOf, resultFacts } from "../../../../pages/src/features/job/result-facts.ts";
import { swayAt } from "../../../../pages/src/features/job/sway.ts";

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

test("size, colours and triangles are told in words", () => {
  expect(resultFacts(MANIFEST)).toEqual(["80 × 79.2 × 4 mm", "2 colours", "12,480 triangles"]);
});

test("a report that holds something else is no failure", () => {
  expect(resultFacts({ ...MANIFEST, report: { sizeMm: "large", triangles: null, colors: 1 } })).toEqual(["1 colour"]);
  expect(resultFacts({ ...MANIFEST, report: {} })).toEqual([]);
});

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

test("downloads of a job type the site does not know are still there", () => {
  expect(downloadsOf(MANIFEST, undefined).map(({ name }) => name)).toHaveLength(5);
});

test("a model sways from where it stands to the other side and back", () => {
  const degrees = [0, 2_750, 5_500, 11_000].map((ms) => Math.round((swayAt(ms) * 180) / Math.PI));
  expect(degrees).toEqual([0, 27, 54, 0]);
});
