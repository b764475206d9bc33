/** What is being composed, and running a job again with changes. */
import { describe, expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import {
  changedParams,
  draftFromJob,
  emptyDraft,
  inputOfFile,
  inputOfJob,
  inRole,
  moveInput,
  toRequested,
  withInput,
  withRole,
  withValue,
  withWorkedOn,
  workedOn,
} from "../../../../pages/src/features/compose/draft.ts";
import { toFields } from "../../../../pages/src/features/parameters/form-model.ts";

const fields = toFields(describeJobType(logoTo3d).paramsSchema);
const jobInput = (upload: string, filename: string, role: string | null = null) => ({
  upload,
  job: null,
  artifact: null,
  filename,
  bytes: 12,
  contentType: "image/png",
  role,
});
const job = {
  id: "job_1",
  type: "logo-to-3d",
  purgedAt: null,
  params: { depthMm: 9, basePlate: "outline" },
  inputs: [jobInput("upl_1", "fox.png"), jobInput("upl_2", "hill.png", "background"), jobInput("upl_3", "hen.png")],
} as unknown as Job;
const fileOf = (name: string) => inputOfFile(new File(["x"], name), "image/png");

describe("a draft of a job", () => {
  test("has its parameters, its uploads with their roles, and pictures of those that are worked on", () => {
    const draft = draftFromJob(job, fields, undefined, (index) => `/picture-${index}`);
    expect(draft.values).toMatchObject({ depthMm: "9", basePlate: "outline", widthMm: "80" });
    expect(draft.inputs.map(({ upload, role, picture, file }) => [upload, role, picture, file])).toEqual([
      ["upl_1", null, "/picture-0", null],
      ["upl_2", "background", null, null],
      ["upl_3", null, "/picture-1", null],
    ]);
  });

  test("keeps the files of this visit that are the same uploads", () => {
    const known = { ...fileOf("fox.png"), upload: "upl_1" };
    const current = { ...withValue(emptyDraft(fields), "depthMm", "2"), inputs: [known, fileOf("other.png")] };
    const draft = draftFromJob(job, fields, current, () => null);
    expect(draft.inputs[0]).toEqual(known);
    expect(draft.inputs).toHaveLength(3);
    expect(draft.inputs[2]?.file).toBeNull();
  });

  test("keeps parameters that the form does not show, where it is told to", () => {
    const kept = { ...job, params: { depthMm: 9, drop: ["a.jpg"], until: "check" } } as unknown as Job;
    expect(draftFromJob(kept, fields, undefined, () => null, ["keep", "drop"]).carried).toEqual({ drop: ["a.jpg"] });
    expect(draftFromJob(kept, fields, undefined, () => null).carried).toEqual({});
  });

  test("takes a file of another job from there again, and knows which job it repeats", () => {
    const made = { ...jobInput("", "cutout.png"), upload: null, job: "job_9", artifact: "cutout.png" };
    const draft = draftFromJob({ ...job, inputs: [made] } as unknown as Job, fields, undefined, () => null);
    expect(draft.inputs[0]).toMatchObject({ upload: null, from: { job: "job_9", artifact: "cutout.png" } });
    expect(draft.repeats).toEqual({
      id: "job_1",
      params: job.params,
      inputs: [{ job: "job_9", artifact: "cutout.png" }],
    });
    const again = toRequested(draft.inputs[0] as (typeof draft.inputs)[number], new Map());
    expect(again).toEqual(draft.repeats?.inputs[0]);
  });

  test("whose files have gone has those at hand, and is no version of it", () => {
    const known = { ...fileOf("fox.png"), upload: "upl_1" };
    const current = { ...emptyDraft(fields), inputs: [known] };
    const draft = draftFromJob({ ...job, purgedAt: 1 }, fields, current, () => null);
    expect([draft.inputs, draft.repeats]).toEqual([[known], null]);
    expect(draft.values).toMatchObject({ depthMm: "9" });
  });

  test("without files has none", () => {
    expect(draftFromJob({ ...job, inputs: [] }, fields, undefined, () => null).inputs).toEqual([]);
  });
});

test("a version takes back to the default what its form does not hold any more", () => {
  expect(changedParams({ depthMm: 9, color: "#ff0000" }, { depthMm: 4 })).toEqual({ depthMm: 4, color: null });
});

describe("inputs of a draft", () => {
  test("are named to the server by upload or by job; a job's main file needs no name", () => {
    const shown = { filename: "horse.png", bytes: 0, type: "image/png", picture: null };
    const early = inputOfJob({ job: "job_9", artifact: null }, shown);
    expect(toRequested(early, new Map())).toEqual({ job: "job_9" });
    const sent = { ...fileOf("a.png"), role: "background" };
    expect(toRequested(sent, new Map([[sent.key, "upl_1"]]))).toEqual({ upload: "upl_1", role: "background" });
  });

  test("with a part of their own stay when the others change, and are replaced alone", () => {
    const hill = fileOf("hill.png");
    const draft = withRole(withWorkedOn(emptyDraft(fields), [fileOf("a.png")]), "background", hill);
    const changed = withWorkedOn(draft, [fileOf("b.png"), fileOf("c.png")]);
    expect(workedOn(changed.inputs).map(({ filename }) => filename)).toEqual(["b.png", "c.png"]);
    expect(inRole(changed.inputs, "background")?.filename).toBe("hill.png");
    const replaced = withRole(changed, "background", fileOf("sea.png"));
    expect(replaced.inputs.map(({ filename, role }) => [filename, role])).toEqual([
      ["b.png", null],
      ["c.png", null],
      ["sea.png", "background"],
    ]);
    expect(inRole(withRole(replaced, "background", null).inputs, "background")).toBeNull();
  });

  test("are told apart though they are the same file", () => {
    const file = new File(["x"], "a.png");
    expect(inputOfFile(file, "image/png").key).not.toBe(inputOfFile(file, "image/png").key);
  });

  test("can be changed and taken out one by one", () => {
    const [a, b] = [fileOf("a.png"), fileOf("b.png")];
    const draft = withWorkedOn(emptyDraft(fields), [a, b]);
    const sent = withInput(draft, b.key, (input) => ({ ...input, upload: "upl_9" }));
    expect(sent.inputs.map(({ upload }) => upload)).toEqual([null, "upl_9"]);
    expect(withInput(draft, a.key, () => null).inputs).toEqual([b]);
  });

  test.each([
    [0, 2, "bca"],
    [2, 0, "cab"],
    [1, 1, "abc"],
    [0, 99, "bca"],
    [2, -5, "cab"],
    [7, 0, "abc"],
  ])("move from %d to %d", (from, to, order) => {
    const inputs = ["a", "b", "c"].map(fileOf);
    expect(
      moveInput(inputs, from, to)
        .map(({ filename }) => filename)
        .join(""),
    ).toBe(order);
  });
});
