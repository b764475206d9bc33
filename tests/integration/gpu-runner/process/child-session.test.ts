/** Sessions of `one-shot.ts` with real children: many requests, one child, and what ends it. */
import { afterEach, describe, expect, test } from "vitest";
import { CANCEL_MAX_MS } from "../../../../contract/limits.ts";
import { peakMemoryOf, settleChildren } from "../../../../gpu-runner/process/attempt-children.ts";
import { JobFailure } from "../../../../gpu-runner/process/job-failure.ts";
import { OneShotPool, type OneShotRun } from "../../../../gpu-runner/process/one-shot.ts";
import { fixture, isRunning, signalled } from "./fixtures.ts";

const never = new AbortController().signal;
const pools: OneShotPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function makePool(mode = "many"): OneShotPool {
  const pool = new OneShotPool({ name: "Fixture", argv: fixture("one-shot", mode), size: 1 });
  pools.push(pool);
  return pool;
}

function makeRun(more: Partial<OneShotRun> = {}): OneShotRun {
  return { signal: never, timeoutMs: 30_000, workDir: "/", tag: crypto.randomUUID(), ...more };
}

/** Asks for something that is never answered; resolves when the child is at it. */
async function startWaiting(session: Awaited<ReturnType<OneShotPool["open"]>>) {
  const waiting = signalled<number>();
  const request = session.request({ do: "wait" }, { onEvent: (event) => waiting.resolve(event.pid as number) });
  const error = request.catch((reason) => reason);
  return { pid: await waiting.promise, error };
}

describe("a session", () => {
  test("answers request after request from one child, each with its own listeners", async () => {
    const log: string[] = [];
    const session = await makePool().open(makeRun({ onLog: (line) => log.push(line) }));
    const seen: unknown[][] = [[], [], []];
    const answers = await Promise.all(
      seen.map((mine, value) => session.request({ do: "echo", value }, { onEvent: (event) => mine.push(event.value) })),
    );
    expect(answers.map((answer) => answer.value)).toEqual([0, 1, 2]);
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(1);
    expect(seen).toEqual([[0], [1], [2]]);
    expect(log.filter((line) => line === "on stderr")).toHaveLength(3);
  });

  test("tells the run's listeners of requests that name none", async () => {
    const seen: unknown[] = [];
    const session = await makePool().open(makeRun({ onProgress: (fraction) => seen.push(fraction) }));
    await session.request({ do: "echo" });
    expect(seen).toEqual([0.5, null]);
  });

  test("lives on after an error message, which ends only its own request", async () => {
    const session = await makePool().open(makeRun());
    const failed = session.request({ do: "fail" });
    const next = session.request({ do: "echo", value: 7 });
    await expect(failed).rejects.toBeInstanceOf(JobFailure);
    expect(await next).toMatchObject({ value: 7 });
  });

  test("leaves nothing when it is closed, not even what a request left behind", async () => {
    const session = await makePool().open(makeRun());
    const { pid, leaked } = await session.request({ do: "result-then-hang" });
    await session.close();
    expect(isRunning(pid as number)).toBe(false);
    expect(isRunning(leaked as number)).toBe(false);
    await expect(session.request({ do: "echo" })).rejects.toMatchObject({ reason: "aborted" });
  });

  test("rejects the request at work and all later ones when its child dies", async () => {
    const session = await makePool().open(makeRun());
    const requests = [session.request({ do: "crash" }), session.request({ do: "echo" })];
    for (const end of await Promise.allSettled(requests)) {
      expect(end).toMatchObject({ status: "rejected", reason: { reason: "signal", signal: "SIGKILL" } });
    }
  });

  test("rejects the next request when its child ended between two", async () => {
    const session = await makePool().open(makeRun());
    await session.request({ do: "exit-after-result" });
    await expect(session.request({ do: "echo" })).rejects.toMatchObject({ reason: "exit", exitCode: 5 });
  });

  test("ends with its run's signal, at work or idle", async () => {
    const controller = new AbortController();
    const pool = makePool();
    const run = makeRun({ signal: controller.signal });
    const [busy, idle] = await Promise.all([pool.open(run), pool.open(run)]);
    const { pid, error } = await startWaiting(busy);
    const { pid: idlePid } = await idle.request({ do: "echo" });
    const startedAt = performance.now();
    controller.abort();
    expect(await error).toMatchObject({ reason: "aborted" });
    expect(isRunning(pid)).toBe(false);
    await expect(idle.request({ do: "echo" })).rejects.toMatchObject({ reason: "aborted" });
    expect(isRunning(idlePid as number)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(CANCEL_MAX_MS);
  });

  test("ends with its time-out, which counts over all its requests", async () => {
    const pool = makePool();
    await pool.ready();
    const session = await pool.open(makeRun({ timeoutMs: 1_000 }));
    await session.request({ do: "echo" });
    const { pid, error } = await startWaiting(session);
    expect(await error).toMatchObject({ reason: "timeout" });
    expect(isRunning(pid)).toBe(false);
  });

  test("ends with its pool", async () => {
    const pool = makePool();
    const { pid, error } = await startWaiting(await pool.open(makeRun()));
    await pool.close();
    expect(await error).toMatchObject({ reason: "aborted" });
    expect(isRunning(pid)).toBe(false);
    await expect(pool.open(makeRun())).rejects.toMatchObject({ reason: "aborted" });
  });

  test("counts among the attempt's children until it is closed, even while it is being opened", async () => {
    const run = makeRun();
    const opening = makePool().open(run);
    let isSettled = false;
    const settled = settleChildren(run.tag).then(() => {
      isSettled = true;
    });
    const session = await opening;
    const { pid } = await session.request({ do: "echo" });
    expect(peakMemoryOf(run.tag)).toBeGreaterThan(1_000_000);
    expect(isSettled).toBe(false);
    await session.close();
    await settled;
    expect(isRunning(pid as number)).toBe(false);
    expect(peakMemoryOf(run.tag)).toBeNull();
  });

  test("of a child for one request rejects the second", async () => {
    const session = await makePool("normal").open(makeRun());
    await session.request({ do: "echo" });
    await expect(session.request({ do: "echo" })).rejects.toMatchObject({ reason: "exit", exitCode: 0 });
  });
});
