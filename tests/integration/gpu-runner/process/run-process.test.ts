/** `run-process.ts` with real programs: what ends them, what they leave behind, what they can see. */
import { describe, expect, test } from "vitest";
import { CANCEL_MAX_MS } from "../../../../contract/limits.ts";
import { type ProcessRun, runProcess } from "../../../../gpu-runner/process/run-process.ts";
import { probeSandbox } from "../../../../gpu-runner/process/sandbox.ts";
import { fixture, isRunning, signalled, tempDir } from "./fixtures.ts";

const never = new AbortController().signal;

async function makeRun(argv: readonly string[], more: Partial<ProcessRun> = {}): Promise<ProcessRun> {
  return { argv, workDir: await tempDir(), signal: never, timeoutMs: 30_000, tag: crypto.randomUUID(), ...more };
}

describe("runProcess", () => {
  test("gives stdout and peak memory of a program that ends with 0", async () => {
    const result = await runProcess(await makeRun(fixture("env")));
    expect(JSON.parse(result.stdout)).toHaveProperty("env.LANG", "C.UTF-8");
    expect(result.seconds).toBeGreaterThan(0);
  });

  test("passes stdin to the program", async () => {
    const result = await runProcess(await makeRun(["/bin/cat"], { stdin: "a\nb\n" }));
    expect(result.stdout).toBe("a\nb");
  });

  test("rejects with the exit code and the end of stderr, however much was written", async () => {
    const run = runProcess(await makeRun(fixture("spam", "50000")));
    await expect(run).rejects.toMatchObject({ reason: "exit", exitCode: 7 });
    const error = await run.catch((e) => e);
    expect(error.stderrTail.split("\n").at(-1)).toBe("line 50000");
    expect(error.stderrTail.length).toBeLessThan(2_000);
  });

  test("says so when the program does not exist", async () => {
    await expect(runProcess(await makeRun(["/no/such/program"]))).rejects.toMatchObject({ reason: "spawn" });
    await expect(runProcess(await makeRun(["no-such-program"]))).rejects.toMatchObject({ reason: "spawn" });
  });

  test("does not start the program when the signal has aborted", async () => {
    await expect(
      runProcess(await makeRun(["/no/such/program"], { signal: AbortSignal.abort() })),
    ).rejects.toMatchObject({ reason: "aborted" });
  });

  test("stops a program at its time-out", async () => {
    await expect(runProcess(await makeRun(fixture("forever"), { timeoutMs: 300 }))).rejects.toMatchObject({
      reason: "timeout",
    });
  });

  test("names the signal that killed a program", async () => {
    const argv = [process.execPath, "-e", "process.kill(process.pid, 'SIGSEGV')"];
    await expect(runProcess(await makeRun(argv))).rejects.toMatchObject({ reason: "signal", signal: "SIGSEGV" });
  });

  test("the first cause wins: a time-out that is followed by an abort stays a time-out", async () => {
    const controller = new AbortController();
    const argv = [
      process.execPath,
      "-e",
      "process.on('SIGTERM', () => console.log('asked')); setInterval(() => {}, 1000); console.log('up')",
    ];
    const run = await makeRun(argv, {
      signal: controller.signal,
      timeoutMs: 500,
      onStdoutLine: (line) => line === "asked" && controller.abort(),
    });
    await expect(runProcess(run)).rejects.toMatchObject({ reason: "timeout" });
    expect(controller.signal.aborted).toBe(true);
  }, 20_000);

  test.each([["with"], ["without"]])(
    "a cancel ends a grandchild %s the tag that left the session and ignores SIGTERM within 12 s",
    async (tag) => {
      const controller = new AbortController();
      const grandchild = signalled<number>();
      const run = await makeRun(fixture("leak", ...(tag === "with" ? [] : ["--bare"])), {
        signal: controller.signal,
        onStdoutLine: (line) => grandchild.resolve(Number(line)),
      });
      const ended = runProcess(run).catch((error) => error);
      const pid = await grandchild.promise;
      expect(isRunning(pid)).toBe(true);
      const startedAt = performance.now();
      controller.abort();
      expect(await ended).toMatchObject({ reason: "aborted" });
      expect(isRunning(pid)).toBe(false);
      expect(performance.now() - startedAt).toBeLessThan(CANCEL_MAX_MS);
    },
    20_000,
  );

  test("a leaked process that holds stdout open neither hangs the run nor survives it", async () => {
    const startedAt = performance.now();
    const result = await runProcess(await makeRun(fixture("leak-stdout")));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(isRunning(Number(result.stdout.split("\n")[0]))).toBe(false);
  });

  test("a child sees none of the runner's environment and writes no core files", async () => {
    process.env.KILN_RUNNER_KEY = "secret-for-this-test";
    try {
      const run = await makeRun(fixture("env"), { env: { EXTRA: "1" } });
      const child = JSON.parse((await runProcess(run)).stdout);
      expect(Object.keys(child.env).sort()).toEqual([
        "EXTRA",
        "HOME",
        "KILN_LEASE",
        "KILN_OWNER",
        "LANG",
        "PATH",
        "TMPDIR",
      ]);
      expect(JSON.stringify(child.env)).not.toContain("secret-for-this-test");
      expect(child.env).toMatchObject({
        HOME: run.workDir,
        TMPDIR: run.workDir,
        KILN_LEASE: expect.stringMatching(`^${run.tag}/[0-9a-f]{32}$`),
      });
      expect(child.cwd).toBe(run.workDir);
      const sandbox = await probeSandbox();
      if (sandbox.prlimit) expect(child.limits).toMatch(/^Max core file size\s+0\s+0/m);
      if (sandbox.setpriv) expect(child.noNewPrivs).toBe("1");
    } finally {
      delete process.env.KILN_RUNNER_KEY;
    }
  });
});
