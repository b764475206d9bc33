/** Files of other jobs as inputs: which one is taken, what is refused at once, and what a waiting job makes of reports. */
import { describe, expect, it } from "vitest";
import type { Job } from "#contract/job.ts";
import { MAX_UPLOAD_BYTES } from "#contract/limits.ts";
import type { Manifest } from "#contract/manifest.ts";
import {
  awaitedInput,
  awaitedJobs,
  type DependencyReport,
  noteDependencies,
  resolveInput,
  wholeInputs,
  whyNotChainable,
} from "../../../../worker/domain/dependencies.ts";
import { cancelJob, createJob } from "../../../../worker/domain/job-lifecycle.ts";

const FILES = { jobId: "a", leaseId: "l" };

/** A report of a finished job of that type that has written these files: name, media type, bytes. */
function succeeded(jobId: string, type: string, ...files: [string, string, number?][]): DependencyReport {
  const artifacts = files.map(([name, contentType, bytes = 10]) => ({
    name,
    contentType,
    bytes,
    sha256: "0".repeat(64),
  }));
  return report(jobId, type, "succeeded", { artifacts } as unknown as Manifest);
}

function report(jobId: string, type: string, state: Job["state"], manifest: Manifest | null = null): DependencyReport {
  const error = state === "failed" ? ({ code: "input_invalid", message: "It is no picture." } as const) : null;
  return {
    jobId,
    gone: null,
    facts: { name: `${type} (photo.png)`, job: { state, type, error, manifest }, files: manifest && FILES },
  };
}

const input = (artifact: string | null = null, role: string | null = null) =>
  awaitedInput("a", artifact, role, "cutout");

describe("the file that is taken when none is named", () => {
  const PNG = "image/png";
  const WEBP = "image/webp";

  it.each([
    [
      "remove-background",
      "image-to-svg",
      succeeded(
        "a",
        "remove-background",
        ["preview.webp", WEBP],
        ["before-0001.webp", WEBP],
        ["mask.png", PNG],
        ["cutout.png", PNG],
      ),
      "cutout.png",
    ],
    [
      "remove-background",
      "image-to-svg",
      succeeded("a", "remove-background", ["before.webp", WEBP], ["cutout.webp", WEBP]),
      "cutout.webp",
    ],
    [
      "image-to-svg",
      "logo-to-3d",
      succeeded("a", "image-to-svg", ["before.webp", WEBP], ["image.png", PNG], ["image.svg", "image/svg+xml"]),
      "image.svg",
    ],
    [
      "remove-background",
      "animate",
      succeeded("a", "remove-background", ["after-0001.webp", WEBP], ["cutouts.zip", "application/zip"]),
      "cutouts.zip",
    ],
  ])("from %s to %s is the main one that comes first in the type's list", (_, to, from, expected) => {
    expect(resolveInput(input(), from, to)).toMatchObject({
      kind: "ready",
      input: { artifact: expected, files: FILES },
    });
  });

  it("is none of the previews when the main one is not taken", () => {
    const from = succeeded("a", "remove-background", ["before-0001.webp", WEBP], ["cutouts.zip", "application/zip"]);
    expect(resolveInput(input(), from, "image-to-svg")).toMatchObject({ kind: "failed" });
  });

  it("fits the role, where there is one", () => {
    const from = succeeded("a", "image-to-svg", ["image.svg", "image/svg+xml"], ["image.png", PNG]);
    expect(resolveInput(input(null, "background"), from, "remove-background")).toMatchObject({
      input: { artifact: "image.png", role: "background" },
    });
  });
});

describe("a file that can't be an input", () => {
  it("is told at once from the job types", () => {
    expect(whyNotChainable("remove-background", "image-to-svg", null, null)).toBeNull();
    expect(whyNotChainable("image-to-svg", "logo-to-3d", null, null)).toBeNull();
    expect(whyNotChainable("echo", "echo", "input-1.bin", null)).toBeNull();
    expect(whyNotChainable("logo-to-3d", "image-to-svg", null, null)).toContain("logo-to-3d");
    expect(whyNotChainable("remove-background", "image-to-svg", "model.glb", null)).toContain("writes no file");
    expect(whyNotChainable("remove-background", "image-to-svg", "cutouts.zip", null)).toContain("application/zip");
    // A numbered output is one file of many.
    expect(whyNotChainable("remove-background", "image-to-svg", "after-0003.webp", null)).toBeNull();
  });

  it("is refused when it is larger than the type takes", () => {
    const from = succeeded("a", "image-to-svg", ["image.svg", "image/svg+xml", MAX_UPLOAD_BYTES + 1]);
    expect(resolveInput(input(), from, "logo-to-3d")).toMatchObject({ kind: "failed" });
  });
});

describe("a job that waits for two others", () => {
  const type = { name: "animate", version: 1, pool: "cpu", timeoutS: 60 };
  const inputs = [
    awaitedInput("a", null, null, "one"),
    awaitedInput("b", null, null, "two"),
    awaitedInput("a", "mask.png", null, "one"),
  ];
  const { record } = createJob({ id: "job", owner: "o", type, params: {}, inputs, policy: {} }, 1);
  const ofA = succeeded("a", "remove-background", ["cutout.png", "image/png"], ["mask.png", "image/png"]);
  const ofB = succeeded("b", "remove-background", ["cutout.png", "image/png"]);

  it("asks each once, and is queued when the last file has come, in its own order", () => {
    expect(record).toMatchObject({ state: "waiting", pending: { pool: null, askDependencies: true } });
    expect(awaitedJobs(record)).toEqual(["a", "b"]);
    const half = noteDependencies(record, [ofA], 2).record;
    expect(half.state).toBe("waiting");
    expect(awaitedJobs(half)).toEqual(["b"]);
    const whole = noteDependencies(half, [ofB, ofA], 500).record;
    expect(whole).toMatchObject({ state: "queued", queuedAt: 500, pending: { pool: "enqueue" } });
    expect(whole.inputs.map(({ job, artifact }) => [job, artifact])).toEqual([
      ["a", "cutout.png"],
      ["b", "cutout.png"],
      ["a", "mask.png"],
    ]);
  });

  it.each([
    [
      "failed",
      report("b", "remove-background", "failed"),
      "The job remove-background (photo.png), which this one builds on, failed: It is no picture.",
    ],
    ["was cancelled", report("b", "remove-background", "canceled"), "cancelled"],
    ["expired", report("b", "remove-background", "expired"), "not started in time"],
    ["does not exist", { jobId: "b", gone: "missing" as const }, "does not exist"],
    ["has lost its files", { jobId: "b", gone: "purged" as const }, "lost its files"],
  ])("fails when one of them %s, and keeps what has come", (_, bad, words) => {
    const { record: after } = noteDependencies(record, [ofA, bad], 2);
    expect(after).toMatchObject({ state: "failed", error: { code: "dependency_failed", job: "b" } });
    expect(after.error?.message).toContain(words);
    expect(awaitedJobs(after)).toEqual(["b"]);
  });

  it("tells of the job that went wrong first, however many steps lie between, and never by its id", () => {
    const root = { code: "dependency_failed", message: "The job cutout failed: No picture.", job: "root" } as const;
    const between = { ...report("b", "remove-background", "failed") };
    if (between.gone !== null) throw new Error("has facts");
    const after = noteDependencies(
      record,
      [{ ...between, facts: { ...between.facts, job: { ...between.facts.job, error: root } } }],
      2,
    ).record;
    expect(after.error).toEqual(root);
    expect(record.inputs.map(({ filename }) => filename)).toEqual(["result of one", "result of two", "mask.png"]);
  });

  it("has the result of an equal job when all its files are there, and no pool hears of it", () => {
    expect(wholeInputs(record, [ofA])).toBeNull();
    const inputs = wholeInputs(record, [ofA, ofB]);
    expect(inputs?.map(({ artifact }) => artifact)).toEqual(["cutout.png", "cutout.png", "mask.png"]);
    const shared = { files: FILES, manifest: { artifacts: [] } as unknown as Manifest };
    const done = noteDependencies(record, [ofA, ofB], 2, shared).record;
    expect(done).toMatchObject({
      state: "succeeded",
      sharedFrom: FILES,
      inputs,
      pending: { pool: null, cleanup: false },
    });
    // What was found for a job that is over by then changes nothing.
    const over = cancelJob(record, 2).record;
    expect(noteDependencies(over, [ofA, ofB], 3, shared).record).toBe(over);
    expect(wholeInputs(over, [ofA, ofB])).toBeNull();
  });

  it("is not changed by news that are none, nor by any once it is over", () => {
    expect(noteDependencies(record, [report("a", "remove-background", "running")], 2).record).toBe(record);
    const over = noteDependencies(record, [report("a", "remove-background", "failed")], 2).record;
    expect(noteDependencies(over, [ofA, ofB], 3).record).toBe(over);
  });
});
