/** `shared-workers.ts` with real children: who serves what, in which order, and what ends a worker. */
import { afterEach, describe, expect, test } from "vitest";
import { CANCEL_MAX_MS } from "../../../../contract/limits.ts";
import { peakMemoryOf } from "../../../../gpu-runner/process/attempt-children.ts";
import { JobFailure } from "../../../../gpu-runner/process/job-failure.ts";
import type { OneShotRun } from "../../../../gpu-runner/process/one-shot.ts";
import { SharedWorkers, type SharedWorkersOptions } from "../../../../gpu-runner/process/shared-workers.ts";
import { fixture, isRunning, signalled } from "./fixtures.ts";

const never = new AbortController().signal;
const pools: SharedWorkers[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function makeWorkers(more: Partial<SharedWorkersOptions> = {}, mode = "many"): SharedWorkers {
  const workers = new SharedWorkers({
    name: "Fixture",
    argv: fixture("one-shot", mode),
    size: 1,
    maxRequests: 100,
    recycleAboveBytes: Number.POSITIVE_INFINITY,
    ...more,
  });
  pools.push(workers);
  return workers;
}

function makeRun(more: Partial<OneShotRun> = {}): OneShotRun {
  return { signal: never, timeoutMs: 30_000, workDir: "/", tag: crypto.randomUUID(), ...more };
}

const pidOf = async (result: Promise<Record<string, unknown>>) => (await result).pid as number;

/** A request that is never answered; resolves when a worker is at it. */
async function startWaiting(workers: SharedWorkers, more: Partial<OneShotRun> = {}, how: "wait" | "hang" = "wait") {
  const waiting = signalled<number>();
  const run = makeRun({ onEvent: (event) => waiting.resolve(event.pid as number), ...more });
  const error = workers.run("a", { do: how }, run).catch((reason) => reason);
  return { pid: await waiting.promise, error };
}

describe("SharedWorkers", () => {
  test("one worker serves many jobs in the order they came, each with its own listeners", async () => {
    const workers = makeWorkers();
    const log: string[][] = [[], [], []];
    const order: unknown[] = [];
    const results = await Promise.all(
      log.map((lines, value) => {
        const run = makeRun({ onLog: (line) => lines.push(line), onEvent: (event) => order.push(event.value) });
        return workers.run("a", { do: "echo", value }, run);
      }),
    );
    expect(new Set(results.map((result) => result.pid)).size).toBe(1);
    expect(order).toEqual([0, 1, 2]);
    for (const lines of log) expect(lines.toSorted()).toEqual(["a log line", "not JSON", "on stderr"]);
  });

  test("prefers the worker that last served the key, and has no more of them than its size", async () => {
    const workers = makeWorkers({ size: 2 });
    workers.start();
    await expect.poll(() => workers.warmCount).toBe(2);
    const ask = (key: string) => pidOf(workers.run(key, { do: "echo" }, makeRun()));
    const [a, b] = await Promise.all([ask("a"), ask("b")]);
    expect(a).not.toBe(b);
    for (const [key, pid] of [
      ["b", b],
      ["a", a],
      ["a", a],
      ["b", b],
    ] as const)
      expect(await ask(key)).toBe(pid);
    // The worker that was idle longest gives up its key.
    expect(await ask("c")).toBe(a);
    const all = await Promise.all(["a", "b", "c", "d", "e"].map(ask));
    expect(new Set(all)).toEqual(new Set([a, b]));
  });

  test("takes a warm child for a new key rather than a worker that has another one", async () => {
    const workers = makeWorkers({ size: 2 });
    workers.start();
    await workers.ready();
    const a = await pidOf(workers.run("a", { do: "echo" }, makeRun()));
    await expect.poll(() => workers.warmCount).toBe(2);
    const b = await pidOf(workers.run("b", { do: "echo" }, makeRun()));
    expect(b).not.toBe(a);
    expect(await pidOf(workers.run("a", { do: "echo" }, makeRun()))).toBe(a);
  });

  test("an error message rejects its request only; the worker serves on", async () => {
    const workers = makeWorkers();
    const before = await pidOf(workers.run("a", { do: "echo" }, makeRun()));
    await expect(workers.run("a", { do: "fail" }, makeRun())).rejects.toBeInstanceOf(JobFailure);
    expect(await pidOf(workers.run("a", { do: "echo" }, makeRun()))).toBe(before);
  });

  test("replaces a worker after its last request, in the background", async () => {
    const workers = makeWorkers({ maxRequests: 2 });
    workers.start();
    const pids: number[] = [];
    for (let i = 0; i < 4; i++) pids.push(await pidOf(workers.run("a", { do: "echo" }, makeRun())));
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[1]);
    expect(pids[3]).toBe(pids[2]);
    await expect.poll(() => workers.warmCount).toBe(1);
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
  });

  test("replaces a worker whose memory has grown too large", async () => {
    const workers = makeWorkers({ recycleAboveBytes: 200_000_000 });
    const small = await pidOf(workers.run("a", { do: "grow", bytes: 1_000_000 }, makeRun()));
    const run = makeRun();
    expect(await pidOf(workers.run("a", { do: "grow", bytes: 250_000_000 }, run))).toBe(small);
    expect(peakMemoryOf(run.tag)).toBeGreaterThan(250_000_000);
    expect(await pidOf(workers.run("a", { do: "echo" }, makeRun()))).not.toBe(small);
  });

  test("an abort ends the worker at work within 12 s, even one that ignores SIGTERM; a new one serves the rest", async () => {
    const workers = makeWorkers();
    const controller = new AbortController();
    const { pid, error } = await startWaiting(workers, { signal: controller.signal }, "hang");
    const next = workers.run("a", { do: "echo" }, makeRun());
    const startedAt = performance.now();
    controller.abort();
    expect(await error).toMatchObject({ reason: "aborted" });
    expect(performance.now() - startedAt).toBeLessThan(CANCEL_MAX_MS);
    expect(isRunning(pid)).toBe(false);
    expect(await pidOf(next)).not.toBe(pid);
  });

  test("a time-out ends the worker at work", async () => {
    const workers = makeWorkers();
    await workers.ready();
    const { pid, error } = await startWaiting(workers, { timeoutMs: 700 });
    expect(await error).toMatchObject({ reason: "timeout" });
    expect(isRunning(pid)).toBe(false);
  });

  test("an abort or time-out of a request that waits only removes it", async () => {
    const workers = makeWorkers();
    const busy = new AbortController();
    const { pid, error } = await startWaiting(workers, { signal: busy.signal });
    const controller = new AbortController();
    const removed = workers.run("a", { do: "echo" }, makeRun({ signal: controller.signal }));
    const late = workers.run("a", { do: "echo" }, makeRun({ timeoutMs: 50 }));
    const served = workers.run("a", { do: "echo", value: "served" }, makeRun());
    controller.abort();
    await expect(removed).rejects.toMatchObject({ reason: "aborted" });
    await expect(late).rejects.toMatchObject({ reason: "timeout" });
    expect(isRunning(pid)).toBe(true);
    busy.abort();
    await error;
    expect(await served).toMatchObject({ value: "served" });
  });

  test("a worker that dies fails the request it had in hand, no other", async () => {
    const workers = makeWorkers();
    const dead = workers.run("a", { do: "crash" }, makeRun());
    const next = workers.run("a", { do: "echo", value: 1 }, makeRun());
    await expect(dead).rejects.toMatchObject({ reason: "signal", signal: "SIGKILL" });
    expect(await next).toMatchObject({ value: 1 });
  });

  test("what a job left behind ends with its worker", async () => {
    const workers = makeWorkers({ maxRequests: 1 });
    const { pid, leaked } = await workers.run("a", { do: "result-then-hang" }, makeRun());
    await workers.close();
    expect(isRunning(pid as number)).toBe(false);
    expect(isRunning(leaked as number)).toBe(false);
  });

  test("a worker that can't start fails every request with its last words", async () => {
    const workers = makeWorkers({}, "broken");
    await expect(workers.ready()).rejects.toMatchObject({ reason: "exit" });
    const runs = await Promise.allSettled([1, 2].map(() => workers.run("a", { do: "echo" }, makeRun())));
    for (const run of runs) expect(run).toMatchObject({ reason: { stderrTail: "ImportError: no such library" } });
  });

  test("closing ends all workers, and requests at work, waiting and later ones reject", async () => {
    const workers = makeWorkers();
    const { pid, error } = await startWaiting(workers);
    const waiting = workers.run("a", { do: "echo" }, makeRun()).catch((reason) => reason);
    await workers.close();
    expect(isRunning(pid)).toBe(false);
    expect(await error).toMatchObject({ reason: "aborted" });
    expect(await waiting).toMatchObject({ reason: "aborted" });
    await expect(workers.run("a", { do: "echo" }, makeRun())).rejects.toMatchObject({ reason: "aborted" });
  });
});
