/** `recipe-runner.ts`: steps in order, what a step may say, what becomes of its errors. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Progress } from "../../../../contract/job.ts";
import { MAX_LOG_LINE_BYTES } from "../../../../contract/limits.ts";
import { manifestSchema } from "../../../../contract/manifest.ts";
import { type RecipeRun, runRecipe } from "../../../../gpu-runner/attempt/recipe-runner.ts";
import { Workspace } from "../../../../gpu-runner/attempt/workspace.ts";
import type { Engines } from "../../../../gpu-runner/engines/engines.ts";
import { type JobContext, JobFailure, NO_CHECKPOINTS, type Recipe } from "../../../../gpu-runner/jobs/job.ts";
import { notePeakMemory, trackChild } from "../../../../gpu-runner/process/attempt-children.ts";
import { ProcessError } from "../../../../gpu-runner/process/process-error.ts";
import { makeRecipe, testType } from "../../../helpers/runner-fixtures.ts";

let root: string;
let workspace: Workspace;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kiln-test-"));
  workspace = await Workspace.create(root);
});
afterEach(() => rm(root, { recursive: true }));

function makeRun(recipe: Recipe, more: Partial<RecipeRun> = {}) {
  const seen = { progress: [] as Progress[], log: [] as string[], warnings: [] as string[] };
  const run: RecipeRun = {
    recipe,
    params: {},
    inputs: [],
    workspace,
    engines: {} as Engines,
    checkpoints: NO_CHECKPOINTS,
    signal: new AbortController().signal,
    attempt: 1,
    tag: crypto.randomUUID(),
    timeoutMs: 5_000,
    observer: {
      onProgress: (progress) => seen.progress.push(progress),
      onLog: (line) => seen.log.push(line),
      onWarning: (message) => seen.warnings.push(message),
    },
    now: () => 0,
    ...more,
  };
  return { run, seen };
}

const writeA = ({ outDir }: JobContext) => writeFile(join(outDir, "a.txt"), "hello");

describe("runRecipe", () => {
  test("runs the steps in order on one state and collects what they say", async () => {
    const recipe: Recipe<string[]> = {
      type: testType,
      engines: [],
      createState: () => [],
      steps: [
        {
          stage: "read",
          run: async (context, state) => {
            state.push("read");
            context.warn("Careful.");
            context.version("tool", "1.2");
          },
        },
        {
          stage: "build",
          run: async (context, state) => {
            context.report({ state, size: context.params.size });
            context.report({ more: 1 });
            await writeA(context);
          },
        },
      ],
    };
    const { run, seen } = makeRun(recipe as Recipe);
    const { manifest } = await runRecipe(run);
    expect(manifestSchema.parse(manifest)).toMatchObject({
      jobType: "test",
      params: { size: 3 },
      report: { state: ["read"], size: 3, more: 1 },
      warnings: ["Careful."],
      versions: { tool: "1.2", kiln: expect.any(String) },
      timings: [{ stage: "read" }, { stage: "build" }],
    });
    expect(seen.warnings).toEqual(["Careful."]);
    expect(seen.progress.map(({ stage, percent }) => [stage, percent])).toEqual([
      ["read", null],
      ["read", 25],
      ["build", 25],
      ["build", 100],
    ]);
  });

  test("gives a stage without work no share of the percentage", async () => {
    const steps = ["read", "build"].map((stage) => ({ stage, run: writeA }));
    const percents = async (idleStages?: Recipe["idleStages"]) => {
      const { run, seen } = makeRun({ type: testType, engines: [], createState: () => null, steps, idleStages });
      await runRecipe(run);
      return seen.progress.map(({ percent }) => percent);
    };
    expect(await percents()).toEqual([null, 25, 25, 100]);
    expect(await percents(() => ["build"])).toEqual([null, 100, 100, 100]);
  });

  test("gives engine calls the time that is left", async () => {
    let now = 0;
    const recipe = makeRecipe(async (context) => {
      now = 2_000;
      expect(context.run).toMatchObject({ timeoutMs: 3_000, workDir: workspace.workDir, signal: context.signal });
      await writeA(context);
    });
    await runRecipe(makeRun(recipe, { now: () => now }).run);
  });

  test("names the peak memory of the attempt's children", async () => {
    const recipe = makeRecipe(async (context) => {
      notePeakMemory(context.run.tag, 7_000);
      notePeakMemory(context.run.tag, 5_000);
      await writeA(context);
    });
    const { run } = makeRun(recipe);
    expect((await runRecipe(run)).manifest.peakMemoryBytes).toBe(7_000);
  });

  test("is not over before the last child is gone, even if the step did not wait for it", async () => {
    const child = Promise.withResolvers<void>();
    const { run } = makeRun(
      makeRecipe(async (context) => {
        trackChild(context.run.tag, child.promise);
        throw new Error("first failure");
      }),
    );
    let over = false;
    const ended = runRecipe(run).catch(() => {
      over = true;
    });
    await new Promise(setImmediate);
    expect(over).toBe(false);
    child.resolve();
    await ended;
  });

  test("ends what a failing step left at work", async () => {
    const { run } = makeRun(
      makeRecipe(async (context) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        context.run.signal.addEventListener("abort", () => resolve());
        trackChild(context.run.tag, promise);
        throw new JobFailure("input_invalid", "Bad.");
      }),
    );
    await expect(runRecipe(run)).rejects.toMatchObject({ code: "input_invalid" });
  });

  test("an abort is passed on as the signal's own reason, whatever the step threw", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const recipe = makeRecipe(async () => {
      controller.abort(reason);
      throw new Error("a consequence");
    });
    await expect(runRecipe(makeRun(recipe, { signal: controller.signal }).run)).rejects.toBe(reason);
  });

  test.each([
    ["timeout", "timeout", false],
    ["spawn", "engine_missing", true],
    ["exit", "engine_failed", true],
    ["signal", "engine_failed", true],
  ] as const)("a child's %s becomes %s", async (reason, code, retryable) => {
    const recipe = makeRecipe(async () => {
      throw new ProcessError(reason, "/opt/tools/blender", { exitCode: 1, stderrTail: "Traceback in /root/secret" });
    });
    const { run, seen } = makeRun(recipe);
    await expect(runRecipe(run)).rejects.toMatchObject({ code, retryable, message: expect.not.stringContaining("/") });
    expect(seen.log.join("\n")).toContain("Traceback");
  });

  test("long lines are cut and a flood of lines is stopped with a note", async () => {
    const recipe = makeRecipe(async (context) => {
      context.log("é".repeat(MAX_LOG_LINE_BYTES));
      for (let i = 0; i < 5_000; i++) context.log(`line ${i}`);
      await writeA(context);
    });
    const { run, seen } = makeRun(recipe);
    await runRecipe(run);
    expect(Buffer.byteLength(seen.log[0] ?? "")).toBeLessThanOrEqual(MAX_LOG_LINE_BYTES);
    expect(seen.log.length).toBeLessThan(2_100);
    expect(seen.log.at(-1)).toMatch(/the rest is left out/);
  });
});
