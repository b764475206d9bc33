/** What is being composed, and running a job again with changes. */
import { describe, expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import {
  draftFromJob,
  emptyDraft,
  inputOfFile,
  inRole,
  moveInput,
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

  test("without files has none", () => {
    expect(draftFromJob({ ...job, inputs: [] }, fields, undefined, () => null).inputs).toEqual([]);
  });
});

describe("inputs of a draft", () => {
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
