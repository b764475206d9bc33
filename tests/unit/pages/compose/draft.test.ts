/** Running a job again with changes. */
import { expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { draftFromJob, emptyDraft, withValue } from "../../../../pages/src/features/compose/draft.ts";
import { toFields } from "../../../../pages/src/features/parameters/form-model.ts";

const fields = toFields(describeJobType(logoTo3d).paramsSchema);
const job = {
  type: "logo-to-3d",
  params: { depthMm: 9, basePlate: "outline" },
  inputs: [{ upload: "upl_1", filename: "fox.svg", bytes: 12, contentType: "image/svg+xml" }],
} as unknown as Job;

test("a draft of a job has its parameters and its upload, and the picture it was given", () => {
  const draft = draftFromJob(job, fields, undefined, "/preview");
  expect(draft.values).toMatchObject({ depthMm: "9", basePlate: "outline", widthMm: "80" });
  expect(draft.input).toEqual({ filename: "fox.svg", bytes: 12, file: null, upload: "upl_1", picture: "/preview" });
});

test("the file of this visit is kept when it is the same upload", () => {
  const input = {
    filename: "fox.svg",
    bytes: 12,
    file: new File(["x"], "fox.svg"),
    upload: "upl_1",
    picture: "blob:1",
  };
  const current = { ...withValue(emptyDraft(fields), "depthMm", "2"), input };
  expect(draftFromJob(job, fields, current, "/preview").input).toBe(input);
  expect(
    draftFromJob(job, fields, { ...current, input: { ...input, upload: "upl_2" } }, "/preview").input?.picture,
  ).toBe("/preview");
});

test("a job without a file has a draft without one", () => {
  expect(draftFromJob({ ...job, inputs: [] }, fields, undefined, null).input).toBeNull();
});
