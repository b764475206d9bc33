/** `photogrammetry-engine.ts` with a child that is no Python: which child does which request. */
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { EngineRun } from "../../../gpu-runner/engines/engine.ts";
import { PhotogrammetryEngine } from "../../../gpu-runner/engines/photogrammetry/photogrammetry-engine.ts";
import { settleChildren } from "../../../gpu-runner/process/attempt-children.ts";
import { fixture, isRunning, tempDir } from "./process/fixtures.ts";

async function makeEngine(): Promise<PhotogrammetryEngine> {
  const python = join(await tempDir(), "python");
  const program = fixture("one-shot", "many").map((word) => `'${word}'`);
  await writeFile(python, `#!/bin/sh\nexec ${program.join(" ")}\n`);
  await chmod(python, 0o755);
  const engine = new PhotogrammetryEngine({ size: 1 }, { python, cuda: false });
  onTestFinished(() => engine.close());
  return engine;
}

const makeRun = (signal = new AbortController().signal): EngineRun => ({
  signal,
  workDir: "/",
  tag: crypto.randomUUID(),
  timeoutMs: 30_000,
});

/** What the fixture is asked is none of the engine's kinds. Answers the child's process id. */
async function ask(engine: PhotogrammetryEngine, run: EngineRun, what: string): Promise<number> {
  const answer = await engine.request({ do: what } as never, run);
  return (answer as unknown as { pid: number }).pid;
}

test("the steps of an attempt have one child, those of another attempt have another", async () => {
  const [engine, run] = [await makeEngine(), makeRun()];
  const first = await ask(engine, run, "echo");
  await expect(ask(engine, run, "fail")).rejects.toMatchObject({ code: "nothing_to_draw" });
  expect(await ask(engine, run, "echo")).toBe(first);
  expect(await ask(engine, makeRun(), "echo")).not.toBe(first);
});

test("the next step of an attempt whose child has died has a new one", async () => {
  const [engine, run] = [await makeEngine(), makeRun()];
  const first = await ask(engine, run, "echo");
  await expect(ask(engine, run, "crash")).rejects.toMatchObject({ reason: "signal" });
  expect(await ask(engine, run, "echo")).not.toBe(first);
});

test("an attempt's child ends with it", async () => {
  const over = new AbortController();
  const [engine, run] = [await makeEngine(), makeRun(over.signal)];
  const pid = await ask(engine, run, "echo");
  over.abort();
  await settleChildren(run.tag);
  expect(isRunning(pid)).toBe(false);
});
