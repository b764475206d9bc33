/**
 * What happens to a job when real processes die: the runner, the Blender child, the Worker, the whole stack. Real Worker in
 * workerd, real runners. All faults, many times over: `npm run faults`.
 */
import { openAsBlob } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { test as base, describe, expect } from "vitest";
import { Kiln } from "#client/kiln.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import { CANCEL_MAX_MS } from "#contract/limits.ts";
import { FaultRig } from "../../bench/faults/fault-rig.ts";
import { runRound } from "../../bench/faults/fault-round.ts";
import { FAULTS } from "../../bench/faults/faults.ts";
import { type Stack, type StackOptions, startStack } from "../../scripts/stack/stack.ts";
import { blenderChildren } from "../helpers/processes.ts";
import { sampleClip } from "../helpers/samples.ts";

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${Array.from(
  { length: 60 },
  (_, i) =>
    `<circle cx="${5 + (i % 10) * 10}" cy="${5 + Math.floor(i / 10) * 15}" r="4" fill="hsl(${i * 6} 80% 50%)"/>`,
).join("")}</svg>`;

/** What one test starts and leaves on disk; gone when it is over, the last first. */
class Rig {
  readonly #cleanups: (() => Promise<void>)[] = [];

  async stateDir(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), "kiln-e2e-"));
    this.#cleanups.push(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  async start(options: Partial<StackOptions> & { stateDir: string }): Promise<{ stack: Stack; kiln: Kiln }> {
    const stack = await startStack({ port: 0, runners: 1, site: false, ...options });
    this.#cleanups.push(() => stack.stop());
    return { stack, kiln: new Kiln({ api: stack.url }) };
  }

  /** A stack of `npm run faults`. */
  async faulty(): Promise<FaultRig> {
    const faulty = await FaultRig.start({ jobTypes: "echo", leaseS: 5 });
    this.#cleanups.push(() => faulty.stop());
    return faulty;
  }

  async clear(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }
}

/** Side by side with the others: most of the time a lease has to run out, or a process to come up. */
const test = base.extend<{ rig: Rig }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs here
  rig: async ({}, use) => {
    const rig = new Rig();
    await use(rig);
    await rig.clear();
  },
}).concurrent;

/** Reads the job's events until one fits. */
async function until(kiln: Kiln, id: string, fits: (event: JobEvent) => boolean): Promise<JobEvent> {
  for await (const event of kiln.events(id)) if (fits(event)) return event;
  throw new Error("the job ended before that event came");
}

/** Waits for the job's end; the events must be numbered without gaps, and exactly one of them final. */
async function finished(kiln: Kiln, id: string): Promise<Job> {
  const events: JobEvent[] = [];
  for await (const event of kiln.events(id)) events.push(event);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const job = await kiln.job(id);
  const ends = events.filter((event) => event.kind === "status" && event.data.state === job.state);
  expect(ends).toHaveLength(1);
  return job;
}

/** A lease that is over soon, and a first retry that waits as short as it can: as settings of the Worker. */
const SHORT_LEASE = { LEASE_TTL_S: "8", RETRY_BASE_S: "1" };
/** Of `npm run faults`: a stale runner, a Worker and runners that go at the worst moment, the last one while it helps another. */
const SAMPLE = [
  "stopped (SIGSTOP) beyond its lease",
  "Worker killed as it answers complete",
  "killed before complete is answered",
  "assistant killed in the middle of a part",
];

const isProgress = (event: JobEvent) => event.kind === "progress";

describe("when real processes die", () => {
  test("a job whose runner is killed is finished by another attempt from the last checkpoint on, and its artifacts are published once", async ({
    rig,
  }) => {
    const { stack, kiln } = await rig.start({
      stateDir: await rig.stateDir(),
      runnerEnv: { KILN_JOB_TYPES: "animate" },
      workerVariables: SHORT_LEASE,
    });
    const upload = await kiln.upload(await openAsBlob(sampleClip("carphone_pristine.mp4")), { filename: "call.mp4" });
    const params = { removeBackground: true, endS: 1.5, maxSidePx: 128 };
    const { id } = await kiln.createJob({ type: "animate", inputs: [{ upload: upload.id }], params });
    // Past the middle of the stage that takes longest: some of its chunks are done.
    const isDeepIn = (event: JobEvent) => event.kind === "progress" && (event.data.percent ?? 0) > 35;
    await until(kiln, id, isDeepIn);
    process.kill(stack.runners[0]?.pid ?? 0, "SIGKILL");
    const job = await finished(kiln, id);
    expect(job).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(job.attempts.map(({ outcome }) => outcome)).toEqual(["lease_lost", "succeeded"]);
    const frames = Number(job.manifest?.report.frames);
    expect(frames).toBe(45);
    expect(job.manifest?.report.resumedFrames).toBeGreaterThanOrEqual(16);
    const animation = Buffer.from(await (await kiln.download(id, "animation.webp")).arrayBuffer());
    const { pages, delay, hasAlpha } = await sharp(animation).metadata();
    expect({ pages, hasAlpha }).toEqual({ pages: frames, hasAlpha: true });
    expect(delay?.reduce((sum, ms) => sum + ms, 0)).toBe(1_500);
    expect(job.manifest?.artifacts.map(({ name }) => name).sort()).toEqual(["animation.webp", "preview.webp"]);
  });

  test("every job ends, is published once, and leaves nothing behind, whoever goes at the worst moment", async ({
    rig,
  }) => {
    const faulty = await rig.faulty();
    for (const name of SAMPLE) {
      const fault = FAULTS.find((candidate) => candidate.name === name);
      if (!fault) throw new Error(`no fault ${name}`);
      const { verdicts, problems } = await runRound(faulty, fault, "echo");
      expect(problems).toEqual([]);
      const kept = { isTerminal: true, succeeded: true, isLost: false, isTwice: false, problems: [] };
      expect(verdicts).toEqual(fault.sharesStage ? [kept] : [kept, kept]);
    }
  });

  test("a job that is cancelled while Blender works on it is canceled within 12 s, with no process of it left", async ({
    rig,
  }) => {
    const workDir = await rig.stateDir();
    const runnerEnv = { KILN_JOB_TYPES: "logo-to-3d", KILN_WORK_DIR: workDir };
    const { kiln } = await rig.start({ stateDir: await rig.stateDir(), runnerEnv });
    const blender = await blenderChildren(workDir);
    expect(blender.length).toBeGreaterThan(0);
    const upload = await kiln.upload(new Blob([LOGO]), { filename: "dots.svg" });
    const formats = ["glb", "usdz", "obj", "fbx", "stl", "ply"];
    const params = { formats, bevelMm: 1.5, bevelSegments: 16, layering: "stacked", basePlate: "outline" };
    const { id } = await kiln.createJob({ type: "logo-to-3d", inputs: [{ upload: upload.id }], params });
    await until(kiln, id, (event) => event.kind === "progress" && event.data.stage === "export");
    const askedAt = Date.now();
    await kiln.cancel(id);
    const job = await finished(kiln, id);
    expect(job).toMatchObject({ state: "canceled", attempts: [{ outcome: "canceled" }] });
    expect(Date.now() - askedAt).toBeLessThan(CANCEL_MAX_MS);
    // The runner confirms once the last process is gone, so there is nothing to wait for.
    const left = new Set(await blenderChildren(workDir));
    expect(blender.filter((pid) => left.has(pid))).toEqual([]);
  });

  test("a queued and a running job both finish after the whole stack was stopped and started again", async ({
    rig,
  }) => {
    const state = await rig.stateDir();
    const runnerEnv = { KILN_JOB_TYPES: "echo" };
    const first = await rig.start({ stateDir: state, runnerEnv });
    const running = await first.kiln.createJob({ type: "echo", params: { text: "one", sleepMs: 4_000, ticks: 4 } });
    const queued = await first.kiln.createJob({ type: "echo", params: { text: "two" } });
    await until(first.kiln, running.id, isProgress);
    await first.stack.stop();
    const second = await rig.start({ stateDir: state, runnerEnv });
    const jobs = await Promise.all([running, queued].map(({ id }) => finished(second.kiln, id)));
    expect(jobs.map((job) => job.state)).toEqual(["succeeded", "succeeded"]);
    // Stopping gave the running job back: that attempt does not count.
    expect(jobs.map((job) => job.attempt)).toEqual([1, 1]);
    expect(jobs[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["released", "succeeded"]);
  });
});
