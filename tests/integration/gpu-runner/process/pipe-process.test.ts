/** `pipeProcess` with real programs: bytes in and out, what ends a program, and programs that a child of the runner starts. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { CANCEL_MAX_MS } from "../../../../contract/limits.ts";
import { OneShotPool } from "../../../../gpu-runner/process/one-shot.ts";
import { type PipedRun, pipeProcess } from "../../../../gpu-runner/process/run-process.ts";
import { probeSandbox } from "../../../../gpu-runner/process/sandbox.ts";
import { fixture, isRunning, signalled, tempDir } from "./fixtures.ts";

const never = new AbortController().signal;

async function makeRun(argv: readonly string[], more: Partial<PipedRun> = {}): Promise<PipedRun> {
  return { argv, workDir: await tempDir(), signal: never, timeoutMs: 30_000, tag: crypto.randomUUID(), ...more };
}

describe("pipeProcess", () => {
  test("passes bytes through untouched, in both directions", async () => {
    const bytes = randomBytes(3_000_000);
    const { stdin, stdout, done } = await pipeProcess(await makeRun(["/bin/cat"]));
    const [received] = await Promise.all([buffer(stdout), pipeline([bytes], stdin), done]);
    expect(received.equals(bytes)).toBe(true);
  });

  test("keeps what a program wrote until somebody reads it, even after its end", async () => {
    const { stdout, done } = await pipeProcess(await makeRun(["/usr/bin/printf", "a\\0\\nb"]));
    await done;
    expect(await buffer(stdout)).toEqual(Buffer.from("a\0\nb"));
  });

  test("holds a program back that nobody reads", async () => {
    const { stdout, done } = await pipeProcess(await makeRun(["/usr/bin/head", "-c", "5000000", "/dev/zero"]));
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    await once(stdout, "readable");
    expect(isDone).toBe(false);
    expect((await buffer(stdout)).length).toBe(5_000_000);
    await done;
  });

  test("tells why a program failed, to whoever waits and whoever reads", async () => {
    const lines: string[] = [];
    const run = await makeRun(fixture("spam", "100"), { onStderrLine: (line) => lines.push(line) });
    const { stdin, stdout, done } = await pipeProcess(run);
    stdin.end();
    const read = buffer(stdout).catch((error) => error);
    await expect(done).rejects.toMatchObject({ reason: "exit", exitCode: 7 });
    expect(await read).toMatchObject({ reason: "exit", exitCode: 7 });
    expect(lines).toHaveLength(100);
  });

  test("ends a program at its signal and at its time-out, and whoever reads it hears of it", async () => {
    const controller = new AbortController();
    const run = await makeRun(["/bin/cat"], { signal: controller.signal });
    const aborted = await pipeProcess(run);
    const read = buffer(aborted.stdout);
    controller.abort();
    await expect(aborted.done).rejects.toMatchObject({ reason: "aborted" });
    await expect(read).rejects.toMatchObject({ reason: "aborted" });
    await expect(pipeProcess(run)).rejects.toMatchObject({ reason: "aborted" });
    const late = await pipeProcess(await makeRun(["/bin/cat"], { timeoutMs: 200 }));
    await expect(late.done).rejects.toMatchObject({ reason: "timeout" });
  });

  test("stops a program when its reader has had enough", async () => {
    const { stdout, done } = await pipeProcess(await makeRun(["/usr/bin/yes"]));
    await once(stdout, "readable");
    stdout.destroy();
    await expect(done).rejects.toMatchObject({ reason: expect.stringMatching(/signal|exit/) });
  });

  test("says so when the program does not exist", async () => {
    await expect(pipeProcess(await makeRun(["no-such-program"]))).rejects.toMatchObject({ reason: "spawn" });
  });

  test("the end of one program leaves the others of its attempt alone", async () => {
    const run = await makeRun(["/bin/cat"]);
    const cat = await pipeProcess(run);
    const other = await pipeProcess({ ...run, argv: ["/bin/true"] });
    await other.done;
    cat.stdin.end("still here");
    expect(String(await buffer(cat.stdout))).toBe("still here");
    await cat.done;
  });
});

describe("a program that a child of the runner started", () => {
  /** A session whose child runs a program that has left a process in a session of its own, which ignores SIGTERM. */
  async function openStarter(signal: AbortSignal = never) {
    const argv = [process.execPath, "--disable-warning=ExperimentalWarning", starter];
    const pool = new OneShotPool({ name: "Starter", argv, size: 1 });
    onTestFinished(() => pool.close());
    const workDir = await tempDir();
    await chmod(workDir, 0o777);
    const session = await pool.open({ signal, timeoutMs: 30_000, workDir, tag: crypto.randomUUID() });
    const { line, uid } = await session.request({ do: "start", argv: fixture("leak"), workDir });
    return { session, pid: Number(line), uid };
  }
  const starter = new URL("../../../fixtures/bin/program-starter.ts", import.meta.url).pathname;

  test("runs under the child's own uid", async () => {
    const { uid } = await openStarter();
    expect(uid).toBe((await probeSandbox()).uid ?? process.getuid?.());
  });

  test("and all it left behind ends with that child, even when the child was killed", async () => {
    const { session, pid } = await openStarter();
    expect(isRunning(pid)).toBe(true);
    await expect(session.request({ do: "crash" })).rejects.toMatchObject({ reason: "signal" });
    expect(isRunning(pid)).toBe(false);
  });

  test("is gone within 12 s of a cancel", async () => {
    const controller = new AbortController();
    const { session, pid } = await openStarter(controller.signal);
    const waiting = signalled();
    const request = session.request({ do: "wait" }, { onEvent: () => waiting.resolve() }).catch((error) => error);
    await waiting.promise;
    expect(isRunning(pid)).toBe(true);
    const startedAt = performance.now();
    controller.abort();
    expect(await request).toMatchObject({ reason: "aborted" });
    expect(isRunning(pid)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(CANCEL_MAX_MS);
  });
});
