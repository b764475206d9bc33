/** `attempt.ts` against a Worker in memory: what ends an attempt, what is reported of it, what is left. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Attempt } from "../../../../gpu-runner/attempt/attempt.ts";
import type { Engines } from "../../../../gpu-runner/engines/engines.ts";
import { type JobContext, JobFailure } from "../../../../gpu-runner/jobs/job.ts";
import { ApiError, LeaseLostError } from "../../../../gpu-runner/runner-api.ts";
import { FakeRunnerApi } from "../../../helpers/fake-runner-api.ts";
import { ManualClock } from "../../../helpers/manual-clock.ts";
import { makeLease, makeRecipe, silentLog } from "../../../helpers/runner-fixtures.ts";

let workRoot: string;
let api: FakeRunnerApi;
let clock: ManualClock;
beforeEach(async () => {
  workRoot = await mkdtemp(join(tmpdir(), "kiln-test-"));
  api = new FakeRunnerApi();
  clock = new ManualClock();
});
afterEach(async () => {
  expect(await readdir(workRoot), "the workspace is removed").toEqual([]);
  await rm(workRoot, { recursive: true });
});

function start(step: (context: JobContext) => Promise<void>, lease = makeLease()) {
  const recipes = new Map([["test", makeRecipe(step)]]);
  const attempt = new Attempt(lease, { api, recipes, engines: {} as Engines, workRoot, clock, log: silentLog });
  return { attempt, outcome: attempt.run() };
}

/** A step that says when it has begun and then waits for its signal. */
function hangingStep() {
  const begun = Promise.withResolvers<JobContext>();
  const step = async (context: JobContext) => {
    begun.resolve(context);
    await new Promise((_, reject) => context.signal.addEventListener("abort", () => reject(context.signal.reason)));
  };
  return { begun: begun.promise, step };
}

const writeA = async ({ outDir }: JobContext) => writeFile(join(outDir, "a.txt"), "hello");
const names = () => api.calls.map((call) => call.name);

describe("an attempt that succeeds", () => {
  test("downloads the inputs, uploads what was written, and completes with the manifest", async () => {
    api.files.set("/in/1", "input");
    const lease = makeLease({
      params: { size: 5 },
      inputs: [{ url: "/in/1", filename: "../evil.svg", bytes: 5, contentType: "image/svg+xml", role: null }],
    });
    const { outcome } = start(async ({ inputs, outDir, params, report }) => {
      expect(inputs[0]).toMatchObject({ filename: "../evil.svg", path: expect.stringMatching(/\/in\/000001\.bin$/) });
      await writeFile(join(outDir, "a.txt"), await readFile(inputs[0]?.path ?? ""));
      report({ params });
    }, lease);
    expect(await outcome).toBe("succeeded");
    expect(api.artifacts.get("a.txt")).toBe("input");
    const [, manifest] = api.of("complete")[0] ?? [];
    expect(manifest).toMatchObject({
      jobType: "test",
      params: { size: 5 },
      artifacts: [
        {
          name: "a.txt",
          bytes: 5,
          contentType: "text/plain",
          sha256: "c96c6d5be8d08a12e7b5cdc1b207fa6b2430974c86803d8891675e76fd992c20",
        },
      ],
      report: { params: { size: 5 } },
    });
  });

  test("sends its log before it completes", async () => {
    const { outcome } = start(async (context) => {
      context.log("one\ntwo");
      await writeA(context);
    });
    await outcome;
    expect(api.of("logs").map(([, batch, lines]) => [batch, lines])).toEqual([[1, ["one", "two"]]]);
    expect(names().indexOf("logs")).toBeLessThan(names().indexOf("complete"));
  });
});

describe("an attempt after a lost one", () => {
  test("finds the checkpoints of the one before", async () => {
    api.before = ({ name }) => {
      if (name === "complete") throw new LeaseLostError("the runner was too slow");
    };
    const step = async ({ checkpoints, workDir, outDir, report }: JobContext) => {
      const path = join(workDir, "part");
      const found = await checkpoints.read("part", path);
      if (!found) {
        await writeFile(path, "half");
        await checkpoints.write("part", path);
      }
      report({ found });
      await writeFile(join(outDir, "a.txt"), await readFile(path));
    };
    expect(await start(step).outcome).toBe("lease_lost");
    api.before = () => {};
    expect(await start(step, makeLease({ attempt: 2, leaseId: "b".repeat(32) })).outcome).toBe("succeeded");
    expect(api.of("complete").at(-1)?.[1]).toMatchObject({ report: { found: true } });
    expect(api.artifacts.get("a.txt")).toBe("half");
  });
});

describe("an attempt that is stopped", () => {
  test("a cancel in a heartbeat's answer ends it, and the cancel is confirmed afterwards", async () => {
    const { begun, step } = hangingStep();
    const { outcome } = start(step);
    await begun;
    api.status = { ttlMs: 60_000, cancel: true };
    await clock.advance(18_000);
    expect(await outcome).toBe("canceled");
    expect(api.of("release")[0]?.[1]).toBe("canceled");
    expect(names()).not.toContain("fail");
  });

  test("a lost lease ends it without another word", async () => {
    const { begun, step } = hangingStep();
    const { outcome } = start(step);
    const { log } = await begun;
    log("never sent");
    api.before = ({ name }) => {
      if (name === "extend") throw new LeaseLostError("another runner has it");
    };
    await clock.advance(18_000);
    expect(await outcome).toBe("lease_lost");
    expect(names().at(-1)).toBe("extend");
  });

  test("without a heartbeat that succeeds for the lease's TTL, it takes the lease for lost", async () => {
    const { begun, step } = hangingStep();
    const { outcome } = start(step);
    await begun;
    api.before = ({ name }) => {
      if (name === "extend") throw new ApiError("extend", null, null, "no network");
    };
    await clock.advance(59_999);
    expect(api.of("extend").length).toBeGreaterThanOrEqual(3);
    await clock.advance(1);
    expect(await outcome).toBe("lease_lost");
    expect(names()).not.toContain("fail");
  });

  test("a heartbeat that is never answered does not keep an expired lease alive", async () => {
    const { begun, step } = hangingStep();
    const { outcome } = start(step);
    await begun;
    api.before = ({ name }) => name === "extend" && new Promise(() => {});
    await clock.advance(60_000);
    expect(await outcome).toBe("lease_lost");
  });

  test("a heartbeat that succeeds keeps it alive", async () => {
    const { begun, step } = hangingStep();
    const { attempt, outcome } = start(step);
    const { signal } = await begun;
    await clock.advance(200_000);
    expect(signal.aborted).toBe(false);
    expect(api.of("extend").length).toBeGreaterThan(200_000 / (15_000 * 1.2) - 1);
    attempt.stop("shutdown");
    await outcome;
  });

  test("a shutdown gives the job back uncounted", async () => {
    const { begun, step } = hangingStep();
    const { attempt, outcome } = start(step);
    await begun;
    attempt.stop("shutdown");
    expect(await outcome).toBe("released");
    expect(api.of("release")[0]?.[1]).toBe("shutdown");
  });

  test("the time-out fails the job for good", async () => {
    const { begun, step } = hangingStep();
    const { outcome } = start(step, makeLease({ executionTimeoutS: 20 }));
    await begun;
    await clock.advance(20_000);
    expect(await outcome).toBe("failed");
    expect(api.of("fail")[0]?.slice(1, 3)).toEqual([
      { code: "timeout", message: expect.stringContaining("20 s") },
      false,
    ]);
  });

  test("the first reason counts", async () => {
    const { begun, step } = hangingStep();
    const { attempt, outcome } = start(step);
    await begun;
    attempt.stop("cancel");
    attempt.stop("shutdown");
    expect(await outcome).toBe("canceled");
  });

  test("a cancel during the upload stops it", async () => {
    const { attempt, outcome } = start(writeA);
    api.before = ({ name }) => {
      if (name !== "putArtifact") return;
      attempt.stop("cancel");
      throw new Error("aborted");
    };
    expect(await outcome).toBe("canceled");
    expect(names()).not.toContain("complete");
  });

  test("a job that ends at its cancel all the same is not completed", async () => {
    const { attempt, outcome } = start(async (context) => {
      attempt.stop("cancel");
      await writeA(context);
    });
    expect(await outcome).toBe("canceled");
    expect(names()).not.toContain("complete");
  });
});

describe("an attempt that fails", () => {
  const failureOf = async (step: (context: JobContext) => Promise<void>, lease = makeLease()) => {
    const { outcome } = start(step, lease);
    expect(await outcome).toBe("failed");
    const [, error, retryable] = api.of("fail")[0] ?? [];
    return { error, retryable };
  };

  test("bad input is not retryable and keeps its message", async () => {
    const failed = await failureOf(async () => {
      throw new JobFailure("nothing_to_draw", "The logo is empty.");
    });
    expect(failed).toEqual({ error: { code: "nothing_to_draw", message: "The logo is empty." }, retryable: false });
  });

  test("a fault of ours is retryable, logged with its stack, and shows no internals", async () => {
    const failed = await failureOf(async () => {
      throw new TypeError("cannot read /srv/secret of undefined");
    });
    expect(failed.retryable).toBe(true);
    expect(failed.error).toMatchObject({ code: "engine_failed", message: expect.not.stringContaining("secret") });
    expect(JSON.stringify(api.of("logs"))).toContain("TypeError: cannot read");
  });

  test.each([
    [
      "an empty input",
      makeLease({ inputs: [{ url: "/1", filename: "a.svg", bytes: 0, contentType: "x/y", role: null }] }),
      "input_empty",
    ],
    [
      "an input over the type's limit",
      makeLease({ inputs: [{ url: "/1", filename: "a.svg", bytes: 101, contentType: "x/y", role: null }] }),
      "input_too_large",
    ],
    [
      "too many inputs",
      makeLease({ inputs: Array(3).fill({ url: "/1", filename: "a", bytes: 1, contentType: "x/y", role: null }) }),
      "input_invalid",
    ],
    ["a wrong parameter", makeLease({ params: { size: 11 } }), "invalid_request"],
  ])("%s fails at once, without a retry", async (_, lease, code) => {
    const failed = await failureOf(async () => expect.unreachable(), lease);
    expect(failed).toMatchObject({ error: { code }, retryable: false });
  });

  test("nothing is downloaded for inputs that can't be used", async () => {
    await failureOf(
      writeA,
      makeLease({ inputs: [{ url: "/1", filename: "a.svg", bytes: 0, contentType: "x/y", role: null }] }),
    );
    expect(names()).not.toContain("download");
  });

  test("a job type of another version is left to a runner that has it", async () => {
    expect(await failureOf(writeA, makeLease({ typeVersion: 2 }))).toMatchObject({
      error: { code: "engine_missing" },
      retryable: true,
    });
  });

  test("an upload that can't be done is retried by another attempt", async () => {
    api.before = ({ name }) => {
      if (name === "putArtifact") throw new ApiError("PUT", 503, null, "busy");
    };
    expect(await failureOf(writeA)).toMatchObject({ error: { code: "unavailable" }, retryable: true });
  });

  test("a Worker that misses an artifact makes another attempt", async () => {
    api.before = ({ name }) => {
      if (name === "complete") throw new ApiError("complete", 409, "artifact_missing", "a.txt");
    };
    expect(await failureOf(writeA)).toMatchObject({ error: { code: "artifact_missing" }, retryable: true });
  });

  test("a failure that can't be reported does not end the runner", async () => {
    api.before = ({ name }) => {
      if (name === "fail") throw new ApiError("fail", null, null, "no network");
    };
    const { outcome } = start(async () => {
      throw new JobFailure("input_invalid", "No.");
    });
    expect(await outcome).toBe("failed");
  });
});
