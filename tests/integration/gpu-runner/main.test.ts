/** `gpu-runner/main.ts` as a program, against an HTTP server that plays the Worker: its whole life, from settings to signals. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Lease } from "../../../contract/runner-api.ts";
import { listPids, readEnvironmentValue } from "../../../gpu-runner/process/proc-table.ts";
import { type Handler, json, problem, startHttpServer } from "../../helpers/http-server.ts";
import { makeLease } from "../../helpers/runner-fixtures.ts";
import { PLAYED_RUNNER_KEY, startRunner } from "../../helpers/runner-program.ts";
import { tempDir } from "./process/fixtures.ts";

/** Answers like the Worker does; hands out `leases`, then nothing. */
class PlayedWorker {
  readonly calls: { name: string; body: Record<string, unknown> }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #leases: Lease[];

  constructor(leases: Lease[] = []) {
    this.#leases = leases;
  }

  readonly handler: Handler = ({ method, url, body }, response) => {
    const name = method === "PUT" ? "PUT" : (url.split("/").at(-1) ?? "");
    this.calls.push({ name, body: method === "POST" ? JSON.parse(body) : {} });
    for (const wake of this.#waiting) wake();
    const answers: Record<string, unknown> = {
      register: { heartbeatMs: 15_000, pollMs: 15_000 },
      artifacts: { url: "/put/x" },
      PUT: {},
      complete: { state: "succeeded" },
      release: { state: "queued" },
      fail: { state: "failed" },
    };
    const lease = name === "lease" ? this.#leases.shift() : undefined;
    const answer = lease ?? answers[name] ?? { ttlMs: 60_000, cancel: false };
    if (name === "lease" && !lease) response.writeHead(204).end();
    else json(200, answer)({ method, url, body, headers: {} }, response);
  };

  names(): string[] {
    return this.calls.map((call) => call.name);
  }

  /** Whether this call came after the first one of that name. */
  isSince(name: string, body: Record<string, unknown>): boolean {
    const first = this.names().indexOf(name);
    return first !== -1 && this.calls.findIndex((call) => call.body === body) > first;
  }

  async called(name: string, fits: (body: Record<string, unknown>) => boolean = () => true): Promise<void> {
    const seen = () => this.calls.some((call) => call.name === name && fits(call.body));
    while (!seen()) await new Promise<void>((wake) => this.#waiting.add(wake));
  }
}

async function setUp(leases: Lease[] = [], env: Record<string, string> = {}) {
  const workRoot = join(await tempDir(), "work");
  await mkdir(workRoot);
  const worker = new PlayedWorker(leases);
  const { url } = await startHttpServer(worker.handler);
  const start = () => startRunner({ KILN_API: url, KILN_WORK_DIR: workRoot, ...env });
  return { worker, workRoot, start, runner: start() };
}

const echoLease = (params: Record<string, unknown>) => makeLease({ type: "echo", params });
const childrenUnder = (root: string) =>
  listPids().filter((pid) => readEnvironmentValue(pid, "TMPDIR")?.startsWith(root));
const isTicking = (body: Record<string, unknown>) => (body.progress as { percent: number | null }).percent !== null;

describe("the runner", () => {
  test("does a job with a real child, and in drain mode ends when there is no more", async () => {
    const { worker, workRoot, runner } = await setUp([echoLease({ text: "hi" })], { KILN_RUNNER_MODE: "drain" });
    expect(await runner.code).toBe(0);
    const names = worker.names();
    expect(names.filter((name) => ["artifacts", "PUT", "complete"].includes(name))).toEqual([
      "artifacts",
      "PUT",
      "complete",
    ]);
    expect(worker.calls.find(({ name }) => name === "register")?.body).toMatchObject({
      ready: false,
      jobTypes: ["echo"],
      engines: { echo: process.version },
    });
    expect(await readdir(workRoot)).toEqual([]);
    expect(childrenUnder(workRoot)).toEqual([]);
    expect(runner.stderr()).not.toContain(PLAYED_RUNNER_KEY);
  });

  test("on SIGTERM gives the running job back within 10 s and ends with 0, with no child left", async () => {
    const { worker, workRoot, runner } = await setUp([echoLease({ leak: true, sleepMs: 60_000, ticks: 600 })]);
    await worker.called("progress", isTicking);
    const startedAt = performance.now();
    runner.child.kill("SIGTERM");
    expect(await runner.code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(worker.calls.at(-1)).toMatchObject({ name: "release", body: { reason: "shutdown" } });
    expect(childrenUnder(workRoot)).toEqual([]);
    expect(await readdir(workRoot)).toEqual([]);
  }, 30_000);

  test("with KILN_DRAIN_S, on SIGTERM finishes the running job, takes no other one, and ends with 0", async () => {
    const leases = [echoLease({ sleepMs: 3_000, ticks: 30 }), echoLease({ text: "another one" })];
    const { worker, workRoot, runner } = await setUp(leases, { KILN_DRAIN_S: "60" });
    await worker.called("progress", isTicking);
    runner.child.kill("SIGTERM");
    await worker.called("register", (body) => body.ready === false && worker.isSince("progress", body));
    expect(await runner.code).toBe(0);
    const names = worker.names();
    expect(names.filter((name) => ["lease", "complete", "release"].includes(name))).toEqual(["lease", "complete"]);
    expect(worker.calls.findLast(({ name }) => name === "register")?.body).toMatchObject({ ready: false });
    expect(childrenUnder(workRoot)).toEqual([]);
    expect(await readdir(workRoot)).toEqual([]);
  }, 30_000);

  test.each(["the drain time ends", "a second signal comes"])(
    "while it drains, gives the job back when %s",
    async (when) => {
      const seconds = when === "the drain time ends" ? "1" : "60";
      const { worker, runner } = await setUp([echoLease({ sleepMs: 60_000, ticks: 600 })], { KILN_DRAIN_S: seconds });
      await worker.called("progress", isTicking);
      runner.child.kill("SIGTERM");
      await worker.called("register", (body) => body.ready === false && worker.isSince("progress", body));
      if (seconds === "60") runner.child.kill("SIGTERM");
      expect(await runner.code).toBe(0);
      expect(worker.calls.at(-1)).toMatchObject({ name: "release", body: { reason: "shutdown" } });
    },
    30_000,
  );

  test("its children die with it when it is killed, and the next runner removes the rest", async () => {
    const { worker, workRoot, runner, start } = await setUp([echoLease({ leak: true, sleepMs: 60_000, ticks: 600 })]);
    await worker.called("progress", isTicking);
    runner.child.kill("SIGKILL");
    await runner.code;
    const next = start();
    await worker.called("register", (body) => body.ready === true && body.runnerId !== worker.calls[0]?.body.runnerId);
    next.child.kill("SIGTERM");
    expect(await next.code).toBe(0);
    await expect.poll(() => childrenUnder(workRoot)).toEqual([]);
    expect(await readdir(workRoot)).toEqual([]);
  }, 30_000);

  test("starts and stops many times without leaving a child or a folder", async () => {
    const { worker, workRoot, runner, start } = await setUp();
    let current = runner;
    for (let round = 1; round <= 5; round++) {
      await worker.called("register", () => worker.calls.filter(({ body }) => body.ready === true).length >= round);
      current.child.kill("SIGTERM");
      expect(await current.code).toBe(0);
      if (round < 5) current = start();
    }
    expect(childrenUnder(workRoot)).toEqual([]);
    expect(await readdir(workRoot)).toEqual([]);
  }, 60_000);

  test("a key that the Worker refuses ends it with 1 and a reason", async () => {
    const { url } = await startHttpServer(problem(401, "unauthorized", "Send a runner key."));
    const runner = startRunner({ KILN_API: url, KILN_WORK_DIR: await tempDir() });
    expect(await runner.code).toBe(1);
    expect(runner.stderr()).toContain("Send a runner key.");
  });

  test("wrong settings end it with 2 and name every variable", async () => {
    const runner = startRunner({ KILN_API: "nonsense", KILN_SLOTS: "many" });
    expect(await runner.code).toBe(2);
    expect(runner.stderr()).toMatch(/KILN_API.*KILN_SLOTS/s);
  });
});
