/** The stages that are shown of a job. */
import { expect, test } from "vitest";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { photogrammetry } from "#contract/job-types/photogrammetry.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { stagesOf } from "../../../../pages/src/features/job/job-stages.ts";

const scan = describeJobType(photogrammetry);
const source = { upload: "upl_1", job: null, artifact: null };
const masks = { ...source, filename: "m.zip", bytes: 1, contentType: "application/zip", role: "masks" };
const names = (params: Record<string, unknown>, inputs = [] as (typeof masks)[]) =>
  stagesOf(scan, { params, inputs }).map(({ name }) => name);

test("a job that ends early shows the stages up to its end", () => {
  expect(names({ until: "check" })).toEqual(["read", "check"]);
  expect(names({ until: "cameras" })).toEqual(["read", "check", "match", "align"]);
});

test("masks are a stage where there are any", () => {
  expect(names({ until: "model" })).not.toContain("mask");
  expect(names({ mask: "subject" })).toContain("mask");
  expect(names({ mask: "none" }, [masks])).toContain("mask");
});

test("other job types show all of theirs, and a type that is not known none", () => {
  const logo = describeJobType(logoTo3d);
  expect(stagesOf(logo, { params: {}, inputs: [] })).toBe(logo.stages);
  expect(stagesOf(undefined, { params: {}, inputs: [] })).toEqual([]);
});
