/** `one-shot.ts` with real children: warm ones are taken, replaced, reported when they die, and gone after their job. */
import { mkdtemp, readdir } from "node:fs/promises";
import { afterEach, describe, expect, test } from "vitest";
import { JobFailure } from "../../../../gpu-runner/process/job-failure.ts";
import { OneShotPool, type OneShotPoolOptions, type OneShotRun } from "../../../../gpu-runner/process/one-shot.ts";
import { fixture, isRunning, signalled, tempDir } from "./fixtures.ts";

const never = new AbortController().signal;
const pools: OneShotPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function makePool(mode = "normal", more: Partial<OneShotPoolOptions> = {}): OneShotPool {
  const pool = new OneShotPool({ name: "Fixture", argv: fixture("one-shot", mode), size: 1, ...more });
  pools.push(pool);
  return pool;
}

function makeRun(more: Partial<OneShotRun> = {}): OneShotRun {
  return { signal: never, timeoutMs: 30_000, workDir: "/", tag: crypto.randomUUID(), ...more };
}

describe("OneShotPool", () => {
  test("tells the version of a ready child", async () => {
    const pool = makePool();
    pool.start();
    expect(await pool.ready()).toEqual({ version: "1.2.3" });
    expect(pool.warmCount).toBe(1);
  });

  test("passes on progress, events and every kind of log line, then the result", async () => {
    const seen: unknown[] = [];
    const run = makeRun({
      onProgress: (fraction) => seen.push(fraction),
      onEvent: (event) => seen.push(event.value),
      onLog: (line) => seen.push(line),
    });
    const result = await makePool().run({ do: "echo", value: 42 }, run);
    expect(result).toMatchObject({ kind: "result", value: 42 });
    expect(seen).toEqual(expect.arrayContaining([0.5, null, 42, "a log line", "not JSON", "on stderr"]));
  });

  test("each job has a child of its own, and a taken one is replaced", async () => {
    const pool = makePool();
    pool.start();
    await pool.ready();
    const first = await pool.run({ do: "echo" }, makeRun());
    await pool.ready();
    const second = await pool.run({ do: "echo" }, makeRun());
    expect(second.pid).not.toBe(first.pid);
    expect(isRunning(first.pid as number)).toBe(false);
  });

  test("more jobs than warm children all run", async () => {
    const pool = makePool();
    pool.start();
    const results = await Promise.all([1, 2, 3].map((value) => pool.run({ do: "echo", value }, makeRun())));
    expect(results.map((result) => result.value)).toEqual([1, 2, 3]);
  });

  test("started once, a taken child is not replaced", async () => {
    const pool = makePool();
    pool.start({ once: true });
    await pool.ready();
    await pool.run({ do: "echo" }, makeRun());
    expect(pool.warmCount).toBe(0);
  });

  test("an error message becomes a failure with its code", async () => {
    const run = makePool().run({ do: "fail" }, makeRun());
    await expect(run).rejects.toBeInstanceOf(JobFailure);
    await expect(run).rejects.toMatchObject({
      code: "nothing_to_draw",
      message: "Nothing is there.",
      retryable: false,
    });
  });

  test("a code nobody knows becomes engine_failed", async () => {
    await expect(makePool().run({ do: "fail-oddly" }, makeRun())).rejects.toMatchObject({
      code: "engine_failed",
      retryable: true,
    });
  });

  test("a child that kills itself, or ends without a result, is no success", async () => {
    await expect(makePool().run({ do: "crash" }, makeRun())).rejects.toMatchObject({
      reason: "signal",
      signal: "SIGKILL",
    });
    await expect(makePool().run({ do: "exit-without-result" }, makeRun())).rejects.toMatchObject({
      reason: "exit",
      exitCode: 0,
    });
  });

  test("an abort ends a child that ignores SIGTERM", async () => {
    const controller = new AbortController();
    const hanging = signalled<number>();
    const run = makePool().run(
      { do: "hang" },
      makeRun({ signal: controller.signal, onEvent: (event) => hanging.resolve(event.pid as number) }),
    );
    const ended = run.catch((error) => error);
    const pid = await hanging.promise;
    controller.abort();
    expect(await ended).toMatchObject({ reason: "aborted" });
    expect(isRunning(pid)).toBe(false);
  }, 20_000);

  test("the time-out ends a child that hangs", async () => {
    await expect(makePool().run({ do: "hang" }, makeRun({ timeoutMs: 1_000 }))).rejects.toMatchObject({
      reason: "timeout",
    });
  }, 20_000);

  test("the time-out counts while a child is still warming", async () => {
    await expect(makePool("never-ready").run({ do: "echo" }, makeRun({ timeoutMs: 300 }))).rejects.toMatchObject({
      reason: "timeout",
    });
  });

  test("after the result nothing of the child is left, even if it does not end by itself", async () => {
    const result = await makePool().run({ do: "result-then-hang" }, makeRun());
    expect(isRunning(result.pid as number)).toBe(false);
    expect(isRunning(result.leaked as number)).toBe(false);
  });

  test("a child that can't start is reported with its last words", async () => {
    const pool = makePool("broken");
    await expect(pool.ready()).rejects.toMatchObject({ reason: "exit", exitCode: 3 });
    await expect(pool.run({ do: "echo" }, makeRun())).rejects.toThrow(/ImportError: no such library/);
  });

  test("a program that is not there is reported as such", async () => {
    const pool = makePool("", { argv: ["/no/such/python"] });
    await expect(pool.ready()).rejects.toMatchObject({ reason: "spawn" });
    await expect(pool.run({}, makeRun())).rejects.toMatchObject({ reason: "spawn" });
  });

  test("a child that dies while warm is reported and replaced later, not at once", async () => {
    const warning = signalled<string>();
    const pool = makePool("dies-warm", { onWarning: warning.resolve });
    pool.start();
    expect(await warning.promise).toMatch(/warm child died, the next one starts in 1 s.*warm, and dead/s);
    expect(pool.warmCount).toBe(0);
  });

  test("closing ends warm and running children and makes running calls reject", async () => {
    const pool = makePool();
    pool.start();
    await pool.ready();
    const hanging = signalled<number>();
    const run = pool
      .run({ do: "hang" }, makeRun({ onEvent: (event) => hanging.resolve(event.pid as number) }))
      .catch((error) => error);
    const pid = await hanging.promise;
    await pool.close();
    expect(isRunning(pid)).toBe(false);
    expect(await run).toMatchObject({ reason: "aborted" });
    await expect(pool.run({ do: "echo" }, makeRun())).rejects.toMatchObject({ reason: "aborted" });
  }, 20_000);

  test("children leave no folder behind", async () => {
    const scratchRoot = await mkdtemp(`${await tempDir()}/`);
    const pool = makePool("normal", { scratchRoot });
    pool.start();
    await pool.ready();
    expect(await readdir(scratchRoot)).toHaveLength(1);
    await pool.run({ do: "echo" }, makeRun());
    await pool.close();
    expect(await readdir(scratchRoot)).toEqual([]);
  });
});
