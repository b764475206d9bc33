/** What can be made of a result without sending it again. */
import { expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { onwardFrom } from "../../../../pages/src/features/onward/onward.ts";

const types = JOB_TYPES.map((type) => describeJobType(type));
const jobOf = (type: string, ...files: [name: string, contentType: string][]) =>
  ({
    id: "job_1",
    type,
    manifest: { artifacts: files.map(([name, contentType]) => ({ name, contentType, bytes: 9, sha256: "" })) },
  }) as unknown as Job;
const ways = (job: Job) => onwardFrom(job, types).map(({ type, from }) => [type.name, from.artifact]);

test("a cut-out can become a solid, an SVG and an animation, of the file that was written", () => {
  const png = jobOf("remove-background", ["preview.webp", "image/webp"], ["cutout.png", "image/png"]);
  expect(ways(png)).toEqual([
    ["logo-to-3d", "cutout.png"],
    ["image-to-svg", "cutout.png"],
    ["animate", "cutout.png"],
  ]);
  // A solid takes no WebP, and a preview is not what the job was run for.
  const webp = jobOf("remove-background", ["preview.webp", "image/webp"], ["cutout.webp", "image/webp"]);
  expect(ways(webp)).toEqual([
    ["image-to-svg", "cutout.webp"],
    ["animate", "cutout.webp"],
  ]);
});

test("an SVG is taken before its picture", () => {
  const svg = jobOf("image-to-svg", ["image.png", "image/png"], ["image.svg", "image/svg+xml"]);
  expect(ways(svg)[0]).toEqual(["logo-to-3d", "image.svg"]);
});

test("of a job that is under way no file is named", () => {
  const running = { ...jobOf("remove-background"), manifest: null };
  expect(ways(running)).toContainEqual(["image-to-svg", null]);
});

test("nothing is made of a model, of an animation, or of a type that the server does not tell", () => {
  expect(ways(jobOf("logo-to-3d", ["model.glb", "model/gltf-binary"]))).toEqual([]);
  expect(ways(jobOf("animate", ["animation.webp", "image/webp"]))).toEqual([]);
  expect(ways(jobOf("unknown", ["x.png", "image/png"]))).toEqual([]);
});
