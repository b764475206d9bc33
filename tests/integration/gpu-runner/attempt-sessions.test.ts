/** `recipe-runner.ts` with real children: a step may forget a session, the attempt does not. */
import { describe, expect, onTestFinished, test } from "vitest";
import { runRecipe } from "../../../gpu-runner/attempt/recipe-runner.ts";
import { Workspace } from "../../../gpu-runner/attempt/workspace.ts";
import type { Engines } from "../../../gpu-runner/engines/engines.ts";
import { type JobContext, JobFailure, NO_CHECKPOINTS } from "../../../gpu-runner/jobs/job.ts";
import { OneShotPool } from "../../../gpu-runner/process/one-shot.ts";
import { makeRecipe } from "../../helpers/runner-fixtures.ts";
import { fixture, isRunning, signalled, tempDir } from "./process/fixtures.ts";

/** Runs a recipe of one step to its end. */
async function runStep(step: (context: JobContext) => Promise<void>): Promise<unknown> {
  const run = {
    recipe: makeRecipe(step),
    params: {},
    inputs: [],
    workspace: await Workspace.create(await tempDir()),
    engines: {} as Engines,
    checkpoints: NO_CHECKPOINTS,
    signal: new AbortController().signal,
    attempt: 1,
    tag: crypto.randomUUID(),
    timeoutMs: 30_000,
    observer: { onProgress: () => {}, onLog: () => {} },
    now: () => performance.now(),
  };
  return await runRecipe(run).catch((error) => error);
}

function makePool(): OneShotPool {
  const pool = new OneShotPool({ name: "Fixture", argv: fixture("one-shot", "many"), size: 1 });
  onTestFinished(() => pool.close());
  return pool;
}

describe("a step that fails", () => {
  test("leaves no child of a session that it did not close", async () => {
    const pool = makePool();
    const pids: number[] = [];
    const error = await runStep(async ({ run }) => {
      const session = await pool.open(run);
      pids.push((await session.request({ do: "echo" })).pid as number);
      throw new JobFailure("input_invalid", "Bad.");
    });
    expect(error).toMatchObject({ code: "input_invalid" });
    expect(pids.map(isRunning)).toEqual([false]);
  });

  test("leaves no child that is still at work", async () => {
    const pool = makePool();
    const waiting = signalled<number>();
    const error = await runStep(async ({ run }) => {
      const session = await pool.open(run);
      void session.request({ do: "wait" }, { onEvent: (event) => waiting.resolve(event.pid as number) });
      await waiting.promise;
      throw new JobFailure("input_invalid", "Bad.");
    });
    expect(error).toMatchObject({ code: "input_invalid" });
    expect(isRunning(await waiting.promise)).toBe(false);
  });
});
